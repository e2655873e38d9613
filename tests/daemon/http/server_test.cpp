#include "daemon/http/server.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <future>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>

#include "daemon/http/client.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

namespace asio = boost::asio;

HttpConfig a_config() {
  return {.socket = std::filesystem::temp_directory_path() / ("clientsync-server-test-" + std::to_string(::getpid()))};
}

/// Says what it was asked.
void echo(const HttpRequest& request, const HttpRespond& respond) {
  respond({.status = 200,
           .type = "text/plain",
           .body = request.path + " " + request.query + " " + request.body + " " + request.peer,
           .headers = {{"X-Secure", request.secure ? "yes" : "no"}}});
}

std::size_t sixteen(const HttpRequest& /*head*/) {
  return 16;
}

/// A client that writes and reads bytes.
class Wire {
 public:
  explicit Wire(const HttpConfig& config) : socket_(context_) {
    socket_.connect(asio::local::stream_protocol::endpoint(config.socket.string()));
  }
  void say(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }
  /// Everything up to and with `end`.
  std::string read_until(const std::string& end) {
    const std::size_t size = asio::read_until(socket_, asio::dynamic_buffer(read_), end);
    std::string said = read_.substr(0, size);
    read_.erase(0, size);
    return said;
  }
  std::string rest() {
    boost::system::error_code end;
    asio::read(socket_, asio::dynamic_buffer(read_), end);
    return read_;
  }

 private:
  asio::io_context context_;
  asio::local::stream_protocol::socket socket_;
  std::string read_;
};

std::string answer_to(const HttpConfig& config, const std::string& bytes) {
  Wire wire(config);
  wire.say(bytes);
  return wire.rest();
}

const std::string head = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

}  // namespace

TEST_CASE("a server answers with what its handler says", "[http]") {
  const HttpConfig config = a_config();
  const HttpServer server(config, echo, sixteen);
  const HttpResponse response = fetch_page(config, "/some/path?a=b");
  CHECK(response.status == 200);
  CHECK(response.type == "text/plain");
  CHECK(response.body == "/some/path a=b  ");
  const std::string answer = answer_to(config, "HEAD /" + head + "\r\n");
  CHECK_THAT(answer, Catch::Contains("\r\nContent-Length: 4\r\n"));
  CHECK_THAT(answer, Catch::EndsWith("\r\n\r\n"));
}

TEST_CASE("a body up to its limit is read, and a larger one refused before it is sent", "[http]") {
  const HttpConfig config = a_config();
  const HttpServer server(config, echo, sixteen);
  const auto post = [&](const std::string& length) { return "POST /" + head + "Content-Length: " + length + "\r\n"; };
  CHECK_THAT(answer_to(config, post("16") + "\r\n0123456789abcdef"), Catch::Contains("/  0123456789abcdef "));
  CHECK_THAT(answer_to(config, "PATCH /" + head + "\r\n"), Catch::StartsWith("HTTP/1.1 200 "));
  CHECK_THAT(answer_to(config, post("17") + "\r\n"), Catch::StartsWith("HTTP/1.1 413 "));
  CHECK_THAT(answer_to(config, post("17") + "Expect: 100-continue\r\n\r\n"), Catch::StartsWith("HTTP/1.1 413 "));
  Wire wire(config);
  wire.say(post("3") + "Expect: 100-continue\r\n\r\n");
  CHECK(wire.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  wire.say("abc");
  CHECK_THAT(wire.rest(), Catch::Contains("/  abc "));
}

TEST_CASE("only a trusted proxy says who asks and whether over TLS", "[http]") {
  HttpConfig config = a_config();
  const std::string forwarded =
      "GET /" + head + "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n";
  {
    const HttpServer server(config, echo, sixteen);
    const std::string answer = answer_to(config, forwarded);
    CHECK_THAT(answer, Catch::EndsWith("/   "));
    CHECK_THAT(answer, Catch::Contains("X-Secure: no"));
  }
  config.trust_socket = true;
  const HttpServer server(config, echo, sixteen);
  const std::string answer = answer_to(config, forwarded);
  CHECK_THAT(answer, Catch::EndsWith("/   192.0.2.7"));
  CHECK_THAT(answer, Catch::Contains("X-Secure: yes"));
}

TEST_CASE("a handler may answer later, from another thread, or badly", "[http]") {
  const HttpConfig config = a_config();
  std::thread later;
  const auto handler = [&](const HttpRequest& request, const HttpRespond& respond) {
    if (request.path == "/throws") throw std::runtime_error("no");
    if (request.path == "/split") return respond({.headers = {{"X-Name", "a\r\nSet-Cookie: b"}}});
    if (request.path == "/none") return respond({.status = 304, .headers = {{"ETag", "\"a\""}}});
    later = std::thread([respond] {
      respond({.status = 200, .type = "text/plain", .body = "first"});
      respond({.status = 200, .type = "text/plain", .body = "second"});
    });
  };
  const HttpServer server(config, handler, sixteen);
  CHECK_THAT(answer_to(config, "GET /later" + head + "\r\n"), Catch::EndsWith("\r\n\r\nfirst"));
  later.join();
  CHECK(answer_to(config, "GET /throws" + head + "\r\n").empty());
  const std::string split = answer_to(config, "GET /split" + head + "\r\n");
  CHECK_THAT(split, Catch::StartsWith("HTTP/1.1 500 ") && !Catch::Contains("Set-Cookie"));
  const std::string none = answer_to(config, "GET /none" + head + "\r\n");
  CHECK_THAT(none, Catch::StartsWith("HTTP/1.1 304 ") && Catch::EndsWith("\r\n\r\n") && !Catch::Contains("Content-L"));
}

TEST_CASE("whoever listens gets the events of the server until it stops", "[http]") {
  const HttpConfig config = a_config();
  const auto handler = [](const HttpRequest&, const HttpRespond& respond) { respond({.events = true}); };
  HttpServer server(config, handler, sixteen);
  std::list<Wire> listeners;
  const std::string ask = "GET /events" + head + "\r\n";
  for (int count = 0; count < 16; ++count) {
    listeners.emplace_back(config).say(ask);
    const std::string answer = listeners.back().read_until("\r\n\r\n");
    CHECK_THAT(answer, Catch::Contains("Content-Type: text/event-stream\r\n") &&
                           Catch::Contains("X-Accel-Buffering: no\r\n") && !Catch::Contains("Content-Length"));
    listeners.back().read_until(":\n\n");
  }
  const std::string refused = answer_to(config, ask);
  CHECK_THAT(refused, Catch::StartsWith("HTTP/1.1 503 ") && Catch::Contains("Retry-After: 30\r\n"));
  server.tell("entry", "12");
  for (Wire& listener : listeners) CHECK(listener.read_until("\n\n") == "event: entry\ndata: 12\n\n");

  // One that goes away leaves its place.
  listeners.pop_front();
  for (std::string answer; !answer.starts_with("HTTP/1.1 200 ");) {
    listeners.emplace_back(config).say(ask);
    answer = listeners.back().read_until("\r\n\r\n");
  }
  server.stop();
  for (Wire& listener : listeners) listener.rest();
  CHECK_FALSE(std::filesystem::exists(config.socket));
}

TEST_CASE("a server that stops waits for the answers that are being made, but not for long", "[http]") {
  const HttpConfig config = a_config();
  std::promise<HttpRespond> asked;
  HttpServer server(
      config, [&](const HttpRequest&, const HttpRespond& respond) { asked.set_value(respond); }, sixteen);
  Wire wire(config);
  wire.say("GET /" + head + "\r\n");
  const HttpRespond respond = asked.get_future().get();
  SECTION("the answer comes") {
    std::thread stops([&] { server.stop(); });
    respond({.status = 200, .type = "text/plain", .body = "last"});
    CHECK_THAT(wire.rest(), Catch::EndsWith("\r\n\r\nlast"));
    stops.join();
  }
  SECTION("the answer does not come") {
    server.stop();
    CHECK(wire.rest().empty());
    respond({.status = 200, .type = "text/plain", .body = "too late"});
  }
}
