#include "daemon/http/forwarded.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

const HttpConfig config{.address = "127.0.0.1",
                        .trusted_proxies = {parse_network("127.0.0.1").value(), parse_network("10.0.0.0/8").value(),
                                            parse_network("2001:db8::/32").value()}};

std::string peer_of(const std::string& peer, const std::vector<std::string>& forwarded) {
  std::vector<HttpHeader> headers;
  for (const std::string& value : forwarded) headers.push_back({"x-forwarded-for", value});
  return forwarded_peer(peer, headers, config);
}

}  // namespace

TEST_CASE("what an untrusted peer says about others does not count", "[forwarded]") {
  CHECK(peer_of("192.0.2.1", {"198.51.100.7"}) == "192.0.2.1");
  CHECK(peer_of("192.0.2.1", {"127.0.0.1"}) == "192.0.2.1");
  CHECK(peer_of("", {"198.51.100.7"}).empty());
  CHECK_FALSE(forwarded_secure("192.0.2.1", {{"x-forwarded-proto", "https"}}, config));
}

TEST_CASE("behind trusted proxies the client is the last address that is not theirs", "[forwarded]") {
  CHECK(peer_of("127.0.0.1", {}) == "127.0.0.1");
  CHECK(peer_of("127.0.0.1", {"198.51.100.7"}) == "198.51.100.7");
  CHECK(peer_of("127.0.0.1", {"198.51.100.7, 10.1.2.3"}) == "198.51.100.7");
  CHECK(peer_of("127.0.0.1", {"198.51.100.7", "10.1.2.3 , 2001:db8::7"}) == "198.51.100.7");
  CHECK(peer_of("127.0.0.1", {"10.9.9.9, 10.1.2.3"}) == "10.9.9.9");
  CHECK(peer_of("127.0.0.1", {"198.51.100.7:4711"}) == "198.51.100.7");
  CHECK(peer_of("127.0.0.1", {"[2001:db9::7]:4711"}) == "2001:db9::7");
  CHECK(peer_of("::ffff:10.1.2.3", {"2001:db9::7"}) == "2001:db9::7");
}

TEST_CASE("what a client made up about himself does not count", "[forwarded]") {
  CHECK(peer_of("127.0.0.1", {"1.1.1.1, 198.51.100.7"}) == "198.51.100.7");
  CHECK(peer_of("127.0.0.1", {"10.0.0.1, 198.51.100.7, 10.1.2.3"}) == "198.51.100.7");
  CHECK(peer_of("127.0.0.1", {"198.51.100.7, unknown, 10.1.2.3"}) == "10.1.2.3");
  CHECK(peer_of("127.0.0.1", {"nonsense"}) == "127.0.0.1");
  CHECK(peer_of("127.0.0.1", {",,"}) == "127.0.0.1");
  CHECK(peer_of("127.0.0.1", {"["}) == "127.0.0.1");
}

TEST_CASE("a trusted proxy says whether it was asked over TLS", "[forwarded]") {
  CHECK(forwarded_secure("127.0.0.1", {{"x-forwarded-proto", "https"}}, config));
  CHECK_FALSE(forwarded_secure("127.0.0.1", {{"x-forwarded-proto", "http"}}, config));
  CHECK_FALSE(forwarded_secure("127.0.0.1", {}, config));
  CHECK_FALSE(is_trusted_proxy("", config));
  HttpConfig socket = config;
  socket.trust_socket = true;
  CHECK(is_trusted_proxy("", socket));
}

TEST_CASE("a request comes from this machine over loopback, the socket, or the service's own address", "[forwarded]") {
  const HttpConfig network{.address = "192.0.2.1", .port = 80};
  for (const std::string here : {"", "127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "192.0.2.1"})
    CHECK(is_from_here({.peer = here}, network));
  for (const std::string elsewhere : {"192.0.2.2", "::2", "128.0.0.1", "nonsense"})
    CHECK_FALSE(is_from_here({.peer = elsewhere}, network));
}

TEST_CASE("what a proxy that is not trusted forwards comes from nobody knows where", "[forwarded]") {
  for (const std::string name : {"x-forwarded-for", "forwarded", "x-forwarded-proto"}) {
    CHECK(is_forwarded_unknown("", {{"host", "localhost"}, {name, "any"}}, config));
    CHECK(is_forwarded_unknown("192.0.2.1", {{name, ""}}, config));
    CHECK_FALSE(is_forwarded_unknown("127.0.0.1", {{name, "any"}}, config));
  }
  CHECK_FALSE(is_forwarded_unknown("", {{"host", "localhost"}}, config));
  CHECK_FALSE(is_from_here({.forwarded_unknown = true}, config));
  CHECK_FALSE(is_from_here({.peer = "127.0.0.1", .forwarded_unknown = true}, config));
}
