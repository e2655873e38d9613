#include "daemon/http/server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <chrono>
#include <list>
#include <system_error>
#include <utility>

#include "daemon/http/endpoint.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using Protocol = asio::generic::stream_protocol;
using Stream = boost::beast::basic_stream<Protocol>;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

constexpr std::size_t most_connections = 16;
constexpr std::uint32_t longest_head = 8192;
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::seconds pause{1};  ///< after a connection that could not be accepted

[[noreturn]] void fail(const error_code& error, const std::string& doing, const std::string& where) {
  throw std::system_error(error.value(), std::generic_category(), "cannot " + doing + " " + where);
}

using Identity = std::pair<dev_t, ino_t>;

/// Of the file at the path; zeros if there is none.
Identity identity_of(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? Identity(status.st_dev, status.st_ino) : Identity();
}

/// Removes a socket whose service is gone. Anything else stays, and listening fails.
void remove_left_socket(asio::io_context& context, const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  asio::local::stream_protocol::socket probe(context);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (error == asio::error::connection_refused) ::unlink(path.c_str());
}

/// True for `host` or `host:port` if the host is a name of this machine.
bool names_this_machine(std::string_view host, const std::string& address) {
  const std::size_t end = host.starts_with('[') ? host.find(']') + 1 : host.find(':');
  const std::string_view name = host.substr(0, end);
  return name.empty() || boost::beast::iequals(name, "localhost") || name == address || name == "[" + address + "]";
}

Response response(const Page& page) {
  Response response(static_cast<http::status>(page.status), 11, page.body);
  response.set(http::field::content_type, page.type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.keep_alive(false);
  response.prepare_payload();
  return response;
}

Response refusal(http::status status, const std::string& why) {
  return response({static_cast<unsigned>(status), "text/plain; charset=utf-8", why + "\n"});
}

}  // namespace

struct HttpState {
  HttpState(asio::io_context& context, const HttpConfig& listen, HttpServer::Pages given)
      : config(listen), acceptor(context), timer(context), pages(std::move(given)) {}

  const HttpConfig config;
  asio::basic_socket_acceptor<Protocol> acceptor;
  asio::steady_timer timer;
  const HttpServer::Pages pages;
  std::list<Stream*> open;  ///< the oldest one first
  Identity socket;          ///< of the unix socket
};

namespace {

Response respond(const HttpState& state, const Request& request) {
  if (state.config.socket.empty() && !names_this_machine(request[http::field::host], state.config.address))
    return refusal(http::status::misdirected_request, "Unknown host; use localhost");
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response refused = refusal(http::status::method_not_allowed, "Method not allowed; use GET or HEAD");
    refused.set(http::field::allow, "GET, HEAD");
    return refused;
  }
  const std::string_view target = request.target();
  const std::size_t path = std::min(target.find('?'), target.size());
  const auto page = state.pages(target.substr(0, path), target.substr(std::min(path + 1, target.size())));
  return page ? response(*page)
              : refusal(http::status::not_found, "Not found; the pages are /health, /metrics and /status");
}

/// The response without its body if the request is a `HEAD`.
Response answer_to(const HttpState& state, const Request& request) {
  Response answer = respond(state, request);
  if (request.method() != http::verb::head) return answer;
  const std::size_t length = answer.body().size();
  answer.body().clear();
  answer.content_length(length);
  return answer;
}

/// Keeps a connection in the state as long as it is open, so that `stop` can close it.
class Listed {
 public:
  Listed(std::shared_ptr<HttpState> state, Stream& stream) : state_(std::move(state)), stream_(stream) {
    state_->open.push_back(&stream_);
  }
  ~Listed() { state_->open.remove(&stream_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::shared_ptr<HttpState> state_;
  Stream& stream_;
};

asio::awaitable<void> answer(std::shared_ptr<HttpState> state, Protocol::socket socket) {
  Stream stream(std::move(socket));
  const Listed listed(state, stream);
  stream.expires_after(patience);
  boost::beast::flat_buffer buffer(longest_head);
  http::request_parser<http::empty_body> parser;
  parser.header_limit(longest_head);
  error_code error;
  co_await http::async_read_header(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
  const bool misread = error && error.category() == http::make_error_code(http::error::bad_method).category();
  if (error && !misread) co_return;
  const Response response =
      misread ? refusal(http::status::bad_request, "Not an HTTP request") : answer_to(*state, parser.get());
  co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, error));
  if (!error) stream.socket().shutdown(Protocol::socket::shutdown_send, error);
}

/// So that nobody can keep others out by opening connections on which he asks nothing.
void close_oldest(HttpState& state) {
  Stream* const oldest = state.open.front();
  state.open.pop_front();
  oldest->close();
}

asio::awaitable<void> accept_all(std::shared_ptr<HttpState> state) {
  while (state->acceptor.is_open()) {
    Protocol::socket socket(state->acceptor.get_executor());
    error_code error;
    co_await state->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      state->timer.expires_after(pause);
      co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    } else {
      if (state->open.size() >= most_connections) close_oldest(*state);
      asio::co_spawn(state->acceptor.get_executor(), answer(state, std::move(socket)), asio::detached);
    }
  }
}

}  // namespace

std::string shown(const HttpConfig& config) {
  if (!config.socket.empty()) return config.socket.string();
  const bool colons = config.address.find(':') != std::string::npos;
  return (colons ? "[" + config.address + "]" : config.address) + ":" + std::to_string(config.port);
}

HttpServer::HttpServer(asio::io_context& context, const HttpConfig& config, Pages pages)
    : state_(std::make_shared<HttpState>(context, config, std::move(pages))) {
  const std::string path = config.socket.string();
  if (!path.empty()) remove_left_socket(context, path);
  const Protocol::endpoint endpoint = endpoint_of(config);
  auto& acceptor = state_->acceptor;
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error && path.empty()) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (error) fail(error, "listen on", shown(config));
  constexpr mode_t mode = 0660;
  if (!path.empty() && ::chmod(path.c_str(), mode) != 0)
    fail(error_code(errno, boost::system::generic_category()), "let the group use", path);
  if (!path.empty()) state_->socket = identity_of(path);
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) fail(error, "listen on", shown(config));
  asio::co_spawn(context, accept_all(state_), asio::detached);
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::stop() {
  if (!state_->acceptor.is_open()) return;
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->timer.cancel();
  for (Stream* const stream : state_->open) stream->close();
  // If somebody removed it, the socket there may be another service's.
  const std::string path = state_->config.socket.string();
  if (!path.empty() && identity_of(path) == state_->socket) ::unlink(path.c_str());
}

}  // namespace clientsync
