#include "daemon/http/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <chrono>
#include <exception>
#include <system_error>

#include "daemon/http/endpoint.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Stream = boost::beast::basic_stream<asio::generic::stream_protocol>;

constexpr std::chrono::seconds patience{5};
constexpr std::uint64_t longest_page = std::uint64_t{64} << 20U;

asio::awaitable<Page> ask(HttpConfig config, std::string target) {
  Stream stream(co_await asio::this_coro::executor);
  stream.expires_after(patience);
  co_await stream.async_connect(endpoint_of(config), asio::use_awaitable);
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, "localhost");
  co_await http::async_write(stream, request, asio::use_awaitable);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(longest_page);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  auto response = parser.release();
  co_return Page{response.result_int(), std::string(response[http::field::content_type]), std::move(response.body())};
}

}  // namespace

Page fetch_page(const HttpConfig& config, const std::string& target) {
  asio::io_context context(1);
  Page page;
  std::exception_ptr thrown;
  asio::co_spawn(context, ask(config, target), [&](std::exception_ptr error, Page answer) {
    thrown = std::move(error);
    page = std::move(answer);
  });
  context.run();
  try {
    if (thrown) std::rethrow_exception(thrown);
    return page;
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
