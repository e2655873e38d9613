#include "daemon/http/server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <exception>
#include <system_error>
#include <utility>

#include "daemon/http/connection.hpp"
#include "daemon/http/endpoint.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds pause{1};          ///< after a connection that could not be accepted
constexpr std::chrono::seconds stop_patience{2};  ///< for the requests at work when the server stops
constexpr std::size_t longest_backlog = 4096;     ///< bytes of events that a client has not read

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

/// What an exception meant to its connection, which is closed by then; others go on.
void close_quietly(const std::exception_ptr& /*error*/) {}

asio::awaitable<void> accept_all(std::shared_ptr<HttpState> state) {
  while (state->acceptor.is_open()) {
    SocketProtocol::socket socket(state->context);
    error_code error;
    co_await state->acceptor.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      state->timer.expires_after(pause);
      co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    } else {
      asio::co_spawn(state->context, serve_connection(state, std::move(socket)), close_quietly);
    }
  }
}

/// Opens the socket on which the server listens.
void listen(HttpState& state) {
  const std::string path = state.config.socket.string();
  if (!path.empty()) remove_left_socket(state.context, path);
  const SocketProtocol::endpoint endpoint = endpoint_of(state.config);
  error_code error;
  state.acceptor.open(endpoint.protocol(), error);
  if (!error && path.empty()) state.acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) state.acceptor.bind(endpoint, error);
  if (error) fail(error, "listen on", shown(state.config));
  constexpr mode_t mode = 0660;
  if (!path.empty() && ::chmod(path.c_str(), mode) != 0)
    fail(error_code(errno, boost::system::generic_category()), "let the group use", path);
  if (!path.empty()) state.socket = identity_of(path);
  state.acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) fail(error, "listen on", shown(state.config));
}

/// The thread ends when the last connection has.
void begin_stop(HttpState& state) {
  state.stopping = true;
  error_code ignored;
  state.acceptor.close(ignored);
  state.open.close_idle();
  state.timer.cancel();
  if (state.open.empty()) return;
  state.timer.expires_after(stop_patience);
  state.timer.async_wait([&state](const error_code& cancelled) {
    if (!cancelled) state.open.close_all();
  });
}

}  // namespace

std::string shown(const HttpConfig& config) {
  if (!config.socket.empty()) return config.socket.string();
  const bool colons = config.address.find(':') != std::string::npos;
  return (colons ? "[" + config.address + "]" : config.address) + ":" + std::to_string(config.port);
}

HttpState::HttpState(const HttpConfig& listen, HttpHandler given, BodyLimit limit)
    : config(listen), handler(std::move(given)), largest_body(std::move(limit)) {
  if (config.tls) certificate.emplace(*config.tls);
}

HttpServer::HttpServer(const HttpConfig& config, HttpHandler handler, BodyLimit largest_body)
    : state_(std::make_shared<HttpState>(config, std::move(handler), std::move(largest_body))) {
  listen(*state_);
  asio::co_spawn(state_->context, accept_all(state_), asio::detached);
  thread_ = std::thread([state = state_.get()] { state->context.run(); });
}

HttpServer::~HttpServer() {
  stop();
}

void HttpServer::tell(std::string_view event, std::string_view data) {
  std::string text = "event: " + std::string(event) + "\ndata: " + std::string(data) + "\n\n";
  asio::post(state_->context, [state = state_.get(), text = std::move(text)] {
    for (Exchange* const listener : state->listeners) {
      if (listener->events.size() < longest_backlog) listener->events += text;
      listener->timer.cancel();
    }
  });
}

void HttpServer::stop() {
  if (!thread_.joinable()) return;
  // If somebody removed it, the socket there may be another service's.
  const std::string path = state_->config.socket.string();
  if (!path.empty() && identity_of(path) == state_->socket) ::unlink(path.c_str());
  asio::post(state_->context, [state = state_.get()] { begin_stop(*state); });
  thread_.join();
}

}  // namespace clientsync
