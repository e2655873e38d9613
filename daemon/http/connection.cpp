#include "daemon/http/connection.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <cstring>
#include <string_view>
#include <variant>

#include "daemon/http/forwarded.hpp"
#include "daemon/http/guard.hpp"
#include "daemon/log.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using namespace std::chrono_literals;
using boost::system::error_code;
using PlainStream = boost::beast::basic_stream<SocketProtocol>;
using TlsStream = boost::beast::ssl_stream<PlainStream>;
using BeastResponse = http::response<http::string_body>;

constexpr std::uint32_t longest_head = 8192;
constexpr std::size_t buffer_size = std::size_t{64} * 1024;
constexpr auto head_patience = 10s, body_patience = 30s, idle_patience = 60s, write_patience = 60s;
constexpr auto answer_patience = 60s;
constexpr auto drain_patience = 2s;       ///< for a client that was refused to read why
constexpr auto keep_alive_comment = 15s;  ///< so that proxies see that a stream of events is alive
constexpr auto stream_life = 10min;       ///< then the client asks again, if it still may
constexpr std::size_t most_streams = 16;

/// The IP address at one end of a connection in its shortest form; "" on a Unix socket.
std::string address_of(const SocketProtocol::endpoint& endpoint) {
  if (endpoint.protocol().family() != AF_INET && endpoint.protocol().family() != AF_INET6) return "";
  asio::ip::tcp::endpoint ip;
  if (endpoint.size() > ip.capacity()) return "";
  std::memcpy(ip.data(), endpoint.data(), endpoint.size());
  const asio::ip::address address = ip.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

/// Keeps a connection in the state as long as it is open.
struct Listed {
  Listed(std::shared_ptr<HttpState> given, std::string peer, std::function<void()> close)
      : state(std::move(given)), place(state->open.add(std::move(peer), std::move(close))) {}
  ~Listed() {
    state->open.remove(place);
    if (state->stopping && state->open.empty()) state->timer.cancel();
  }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

  std::shared_ptr<HttpState> state;
  OpenConnections::Place place;
};

template <class Stream>
struct HttpConnection : Exchange {
  template <class... Arguments>
  HttpConnection(std::shared_ptr<HttpState> state, std::string from, std::string to, Arguments&&... arguments)
      : Exchange(state->context),
        stream(std::forward<Arguments>(arguments)...),
        peer(std::move(from)),
        local(std::move(to)),
        listed(state, is_trusted_proxy(peer, state->config) ? "" : peer, [this] { close(); }) {}

  PlainStream& lowest() { return boost::beast::get_lowest_layer(stream); }
  void close() {
    ended = true;
    timer.cancel();
    lowest().close();
  }
  HttpState& state() { return *listed.state; }

  Stream stream;
  const std::string peer, local;  ///< addresses; "" on a Unix socket
  boost::beast::flat_buffer buffer{buffer_size};
  unsigned version = 11;
  bool head_only = false;   ///< the response to the present request has no body
  bool keep_alive = false;  ///< another request may follow the present one
  std::array<char, 1> scrap{};
  Listed listed;
};

template <class Stream>
using ConnectionPointer = std::shared_ptr<HttpConnection<Stream>>;

struct Gone {};  ///< the client has closed the connection, or was silent for too long

using Received = std::variant<HttpRequest, Refusal, Gone>;

Received misread(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return Refusal{431, "The head of the request is too large"};
  const bool malformed = error.category() == http::make_error_code(http::error::bad_method).category() &&
                         error != http::error::end_of_stream && error != http::error::partial_message;
  if (malformed) return Refusal{400, "Not an HTTP request"};
  return Gone{};
}

template <class Body>
RequestHead head_of(const http::request<Body>& request) {
  RequestHead head{.version = request.version(),
                   .method = std::string(request.method_string()),
                   .target = std::string(request.target())};
  for (const auto& field : request)
    head.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  return head;
}

/// Said once: behind such a proxy all users are one client.
void warn_of_proxy(HttpState& state, const std::string& peer) {
  if (std::exchange(state.warned_of_proxy, true)) return;
  log(LogLevel::warning, "http.proxy_not_trusted",
      {{"peer", peer.empty() ? shown(state.config) : peer},
       {"set", "http.trusted_proxies: [" + (peer.empty() ? "unix" : peer) + "], if this is your proxy"}});
}

/// The request of a head that may be answered, still without its body.
Received accept_head(RequestHead head, HttpState& state, const std::string& peer, const std::string& local, bool tls) {
  auto guarded = guard_request(std::move(head));
  if (auto* const refusal = std::get_if<Refusal>(&guarded)) return std::move(*refusal);
  auto& request = std::get<HttpRequest>(guarded);
  if (state.config.socket.empty() && !is_known_host(header_of(request.headers, "host"), local, state.config.hosts))
    return Refusal{421, "Unknown host; use localhost, or list the name under http.hosts"};
  request.peer = forwarded_peer(peer, request.headers, state.config);
  request.secure = tls || forwarded_secure(peer, request.headers, state.config);
  request.forwarded_unknown = is_forwarded_unknown(peer, request.headers, state.config);
  if (request.forwarded_unknown) warn_of_proxy(state, peer);
  return std::move(request);
}

template <class Stream>
asio::awaitable<Received> receive_head(ConnectionPointer<Stream> connection,
                                       http::request_parser<http::string_body>* parser) {
  error_code error;
  co_await http::async_read_header(connection->stream, connection->buffer, *parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return misread(error);
  const auto& head = parser->get();
  connection->version = head.version();
  connection->head_only = head.method() == http::verb::head;
  connection->keep_alive = head.keep_alive();
  Received received = accept_head(head_of(head), connection->state(), connection->peer, connection->local,
                                  std::is_same_v<Stream, TlsStream>);
  const auto* const request = std::get_if<HttpRequest>(&received);
  if (request == nullptr) co_return received;
  const std::size_t limit = connection->state().largest_body(*request);
  if (parser->content_length().value_or(0) > limit)
    co_return Refusal{413, "The body is larger than " + std::to_string(limit) + " bytes"};
  parser->body_limit(limit);
  co_return received;
}

/// The next request. `patience` is for its first byte.
template <class Stream>
asio::awaitable<Received> receive(ConnectionPointer<Stream> connection, std::chrono::seconds patience) {
  error_code error;
  if (connection->buffer.size() == 0) {
    connection->lowest().expires_after(patience);
    const std::size_t size = co_await connection->stream.async_read_some(
        connection->buffer.prepare(longest_head), asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return Gone{};
    connection->buffer.commit(size);
  }
  connection->lowest().expires_after(head_patience);
  http::request_parser<http::string_body> parser;
  parser.header_limit(longest_head);
  parser.body_limit(boost::none);
  Received received = co_await receive_head<Stream>(connection, &parser);
  auto* const request = std::get_if<HttpRequest>(&received);
  if (request == nullptr || parser.is_done()) co_return received;
  connection->lowest().expires_after(body_patience);
  if (!header_of(request->headers, "expect").empty()) {
    const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    co_await asio::async_write(connection->stream, asio::buffer(go_on),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  if (!error) {
    co_await http::async_read(connection->stream, connection->buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
  }
  if (error) co_return Gone{};
  request->body = std::move(parser.get().body());
  co_return received;
}

HttpResponse plain_text(unsigned status, const std::string& why) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = why + "\n"};
}

/// Asks the handler, and waits for what it says.
template <class Stream>
asio::awaitable<HttpResponse> ask_handler(ConnectionPointer<Stream> connection, HttpRequest request) {
  const std::uint64_t number = ++connection->request;
  connection->response.reset();
  const auto respond = [state = connection->listed.state, weak = std::weak_ptr(connection),
                        number](HttpResponse response) {
    asio::post(state->context, [weak, number, response = std::move(response)]() mutable {
      const auto waiting = weak.lock();
      if (!waiting || waiting->request != number || waiting->response) return;
      waiting->response = std::move(response);
      waiting->timer.cancel();
    });
  };
  connection->timer.expires_after(answer_patience);
  connection->state().handler(std::move(request), respond);
  error_code ignored;
  co_await connection->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  ++connection->request;
  if (!connection->response) co_return plain_text(503, "No answer in time");
  co_return *std::move(connection->response);
}

bool is_one_line(const HttpHeader& header) {
  return std::ranges::none_of(header.value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

/// The message for a response, without its body.
template <class Body>
void set_head(http::response<Body>& message, const HttpResponse& response) {
  message.result(response.status);
  for (const HttpHeader& header : response.headers) message.insert(header.name, header.value);
  if (!response.type.empty()) message.set(http::field::content_type, response.type);
  if (message.count(http::field::cache_control) == 0) message.set(http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
}

BeastResponse message_of(HttpResponse response, unsigned version, bool keep_alive, bool head_only) {
  if (!std::ranges::all_of(response.headers, is_one_line)) response = plain_text(500, "A header of several lines");
  BeastResponse message(http::status::ok, version);
  set_head(message, response);
  message.keep_alive(keep_alive);
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) message.content_length(response.body.size());
  if (!bodiless && !head_only) message.body() = std::move(response.body);
  return message;
}

template <class Stream>
asio::awaitable<bool> send(ConnectionPointer<Stream> connection, HttpResponse response, bool keep_alive) {
  const BeastResponse message = message_of(std::move(response), connection->version, keep_alive, connection->head_only);
  error_code error;
  connection->lowest().expires_after(write_patience);
  co_await http::async_write(connection->stream, message, asio::redirect_error(asio::use_awaitable, error));
  co_return !error && keep_alive;
}

/// While it lives, the connection gets the events of the server.
class Listening {
 public:
  Listening(HttpConnection<PlainStream>& connection) : Listening(connection, connection.listed) {}
  Listening(HttpConnection<TlsStream>& connection) : Listening(connection, connection.listed) {}
  ~Listening() { listed_.state->listeners.erase(&exchange_); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Listening(Exchange& exchange, Listed& listed) : exchange_(exchange), listed_(listed) {
    listed.place->streaming = true;
    listed.state->listeners.insert(&exchange);
  }

  Exchange& exchange_;
  Listed& listed_;
};

/// A client that closes the connection, or says anything more, gets no further events.
template <class Stream>
void end_with_client(const ConnectionPointer<Stream>& connection) {
  connection->lowest().expires_never();
  connection->stream.async_read_some(asio::buffer(connection->scrap), [connection](error_code, std::size_t) {
    connection->ended = true;
    connection->timer.cancel();
  });
}

template <class Stream>
asio::awaitable<void> stream_events(ConnectionPointer<Stream> connection, HttpResponse response) {
  const Listening listening(*connection);
  http::response<http::empty_body> head(http::status::ok, 11);
  response.type = "text/event-stream";
  set_head(head, response);
  head.set("X-Accel-Buffering", "no");
  head.keep_alive(false);
  end_with_client(connection);
  http::response_serializer<http::empty_body> serializer(head);
  error_code error;
  connection->lowest().expires_after(write_patience);
  co_await http::async_write_header(connection->stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  const auto end = std::chrono::steady_clock::now() + stream_life;
  connection->events = ":\n\n";
  while (!error && !connection->ended && std::chrono::steady_clock::now() < end) {
    const std::string text = std::exchange(connection->events, {});
    connection->lowest().expires_after(write_patience);
    co_await asio::async_write(connection->stream, asio::buffer(text),
                               asio::redirect_error(asio::use_awaitable, error));
    if (error || connection->ended || !connection->events.empty()) continue;
    error_code woken;
    connection->timer.expires_after(keep_alive_comment);
    co_await connection->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (connection->events.empty()) connection->events = ":\n\n";
  }
  connection->close();
}

/// Answers one request; true if another one may follow.
template <class Stream>
asio::awaitable<bool> answer(ConnectionPointer<Stream> connection, HttpRequest request) {
  HttpResponse response = co_await ask_handler<Stream>(connection, std::move(request));
  const bool full = response.events && connection->state().open.streams() >= most_streams;
  if (full) {
    response = plain_text(503, "Too many streams of events");
    response.headers.push_back({"Retry-After", "30"});
  }
  if (!response.events) {
    const bool keep = connection->keep_alive && !connection->state().stopping;
    const bool more = co_await send<Stream>(connection, std::move(response), keep);
    co_return more;
  }
  co_await stream_events<Stream>(connection, std::move(response));
  co_return false;
}

/// Says that nothing follows, and reads on for a while: a client may still be sending, and would not read an answer if
/// the connection broke off.
template <class Stream>
asio::awaitable<void> end_sending(ConnectionPointer<Stream> connection) {
  error_code error;
  connection->lowest().expires_after(drain_patience);
  if constexpr (std::is_same_v<Stream, TlsStream>) {
    co_await connection->stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }
  connection->lowest().socket().shutdown(SocketProtocol::socket::shutdown_send, error);
  connection->buffer.clear();
  while (!error) {
    co_await connection->lowest().async_read_some(connection->buffer.prepare(longest_head),
                                                  asio::redirect_error(asio::use_awaitable, error));
  }
}

template <class Stream>
asio::awaitable<void> converse(ConnectionPointer<Stream> connection) {
  std::chrono::seconds patience = head_patience;
  bool more = true;
  while (more && !connection->ended) {
    Received received = co_await receive<Stream>(connection, patience);
    if (std::holds_alternative<Gone>(received)) co_return;
    if (auto* const refusal = std::get_if<Refusal>(&received)) {
      co_await send<Stream>(connection, plain_text(refusal->status, refusal->why), false);
      more = false;
    } else {
      HttpState& state = connection->state();
      state.open.set_busy(connection->listed.place, true);
      more = co_await answer<Stream>(connection, std::get<HttpRequest>(std::move(received)));
      state.open.set_busy(connection->listed.place, false);
    }
    patience = idle_patience;
  }
  if (!connection->ended) co_await end_sending<Stream>(connection);
}

template <class Stream, class... Arguments>
ConnectionPointer<Stream> connection_on(const std::shared_ptr<HttpState>& state, SocketProtocol::socket socket,
                                        Arguments&... arguments) {
  error_code ignored;
  std::string peer = address_of(socket.remote_endpoint(ignored));
  std::string local = address_of(socket.local_endpoint(ignored));
  return std::make_shared<HttpConnection<Stream>>(state, std::move(peer), std::move(local), std::move(socket),
                                                  arguments...);
}

asio::awaitable<void> serve_tls(ConnectionPointer<TlsStream> connection) {
  error_code error;
  connection->lowest().expires_after(head_patience);
  co_await connection->stream.async_handshake(asio::ssl::stream_base::server,
                                              asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_await converse<TlsStream>(connection);
}

}  // namespace

asio::awaitable<void> serve_connection(std::shared_ptr<HttpState> state, SocketProtocol::socket socket) {
  error_code error;
  const std::string peer = address_of(socket.remote_endpoint(error));
  const bool limited = !peer.empty() && !is_trusted_proxy(peer, state->config);
  if (error || !state->open.make_room(limited ? peer : "")) co_return;
  if (state->certificate) {
    const auto context = state->certificate->current();
    co_await serve_tls(connection_on<TlsStream>(state, std::move(socket), *context));
  } else {
    co_await converse<PlainStream>(connection_on<PlainStream>(state, std::move(socket)));
  }
}

}  // namespace clientsync
