// Answers HTTP requests from this machine with pages. The folder may use importer values and HttpConfig; the server
// itself knows nothing of what is on the pages.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace clientsync {

struct Page {
  unsigned status = 200;  ///< HTTP status
  std::string type;       ///< Content-Type
  std::string body;
};

/// For logs: `127.0.0.1:9464`, `[::1]:9464`, or the socket's path.
[[nodiscard]] std::string shown(const HttpConfig& config);

struct HttpState;

/// Listens from construction until `stop`. Answers `GET` and `HEAD`, one request per connection and a few connections
/// at a time, and closes connections that are slow or send much. Over TCP it answers only requests whose Host is this
/// machine, so that a web page open in somebody's browser here cannot get at it under a name of its own (DNS
/// rebinding).
class HttpServer {
 public:
  /// The page of a path, or nullopt if there is none. `query` is what follows a `?`. Called by the thread that runs the
  /// context.
  using Pages = std::function<std::optional<Page>(std::string_view path, std::string_view query)>;

  /// Replaces a unix socket that no service listens on any more. Owner and group may connect to the new one. Throws
  /// std::system_error if it cannot listen.
  HttpServer(boost::asio::io_context& context, const HttpConfig& config, Pages pages);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Closes all connections and removes the socket.
  void stop();

 private:
  std::shared_ptr<HttpState> state_;
};

}  // namespace clientsync
