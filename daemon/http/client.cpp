#include "daemon/http/client.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <cerrno>
#include <chrono>
#include <future>
#include <string>
#include <system_error>
#include <utility>

#include "daemon/http/endpoint.hpp"
#include "daemon/http/server.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Stream = boost::beast::basic_stream<asio::generic::stream_protocol>;

constexpr std::chrono::seconds patience{5};
constexpr std::uint64_t longest_page = std::uint64_t{64} << 20U;

/// Runs an operation to its end, and gives its result or throws its error.
template <class Result>
Result finish(asio::io_context& context, std::future<Result> operation) {
  context.restart();
  context.run();
  return operation.get();
}

/// Sends the request over a stream that is connected, and reads the answer.
template <class OpenStream>
HttpResponse exchange(asio::io_context& context, OpenStream& stream, const std::string& target) {
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, "localhost");
  request.keep_alive(false);
  finish(context, http::async_write(stream, request, asio::use_future));
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(longest_page);
  finish(context, http::async_read(stream, buffer, parser, asio::use_future));
  auto response = parser.release();
  return {response.result_int(), std::string(response[http::field::content_type]), std::move(response.body())};
}

/// The certificate is not checked: it is for another name than this machine's own, and nothing secret is sent.
HttpResponse ask(const HttpConfig& config, const std::string& target) {
  asio::io_context context(1);
  asio::ssl::context tls(asio::ssl::context::tls_client);
  boost::beast::ssl_stream<Stream> stream(context, tls);
  stream.next_layer().expires_after(patience);
  finish(context, stream.next_layer().async_connect(endpoint_of(config), asio::use_future));
  if (!config.tls) return exchange(context, stream.next_layer(), target);
  finish(context, stream.async_handshake(asio::ssl::stream_base::client, asio::use_future));
  return exchange(context, stream, target);
}

}  // namespace

HttpResponse fetch_page(const HttpConfig& config, const std::string& target) {
  try {
    return ask(config, target);
  } catch (const boost::system::system_error& error) {
    const bool late = error.code() == boost::beast::error::timeout;
    const bool of_system = error.code().category() == boost::system::system_category();
    throw std::system_error(late        ? ETIMEDOUT
                            : of_system ? error.code().value()
                                        : EPROTO,
                            std::generic_category(), "cannot ask the service at " + shown(config));
  }
}

}  // namespace clientsync
