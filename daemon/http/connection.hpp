// One connection of the server: its requests, one after another. The only file of the server that needs Beast.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "daemon/http/certificate.hpp"
#include "daemon/http/open_connections.hpp"
#include "daemon/http/server.hpp"

namespace clientsync {

using SocketProtocol = boost::asio::generic::stream_protocol;

struct Exchange;

/// What all connections of a server share. Apart from `context`, its own thread alone uses it.
struct HttpState : std::enable_shared_from_this<HttpState> {
  HttpState(const HttpConfig& listen, HttpHandler handler, BodyLimit limit);

  const HttpConfig config;
  const HttpHandler handler;
  const BodyLimit largest_body;
  std::optional<Certificate> certificate;
  OpenConnections open;
  std::set<Exchange*> listeners;  ///< those that get events
  bool stopping = false;
  bool warned_of_proxy = false;  ///< that it is not trusted
  boost::asio::io_context context{1};
  boost::asio::basic_socket_acceptor<SocketProtocol> acceptor{context};
  boost::asio::steady_timer timer{context};
  std::pair<dev_t, ino_t> socket;  ///< identity of the Unix socket
};

/// Where the answer to the request of a connection arrives, or events do.
struct Exchange {
  explicit Exchange(boost::asio::io_context& context) : timer(context) {}

  boost::asio::steady_timer timer;  ///< cancelled when something has arrived
  std::uint64_t request = 0;        ///< how many requests there were
  std::optional<HttpResponse> response;
  std::string events;
  bool ended = false;  ///< the connection is being closed
};

/// Answers the requests of a connection until one side closes it.
[[nodiscard]] boost::asio::awaitable<void> serve_connection(std::shared_ptr<HttpState> state,
                                                            SocketProtocol::socket socket);

}  // namespace clientsync
