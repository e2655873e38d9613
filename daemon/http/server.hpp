// Answers HTTP requests on a thread of its own (docs/specification.md §11). It knows connections, framing, TLS and
// proxies, and nothing of what the responses say.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "config/config.hpp"
#include "daemon/http/message.hpp"

namespace clientsync {

/// For logs: `127.0.0.1:9464`, `[::1]:9464`, or the socket's path.
[[nodiscard]] std::string shown(const HttpConfig& config);

/// The largest body that a request with this head may have: bytes. Called on the server's thread.
using BodyLimit = std::function<std::size_t(const HttpRequest& head)>;

struct HttpState;

/// Listens from construction until `stop`. What the guard refuses, requests to unknown hosts and bodies over their
/// limit never reach the handler. Slow connections are closed, and idle ones if there are too many.
class HttpServer {
 public:
  /// Replaces a Unix socket that no service listens on any more. Owner and group may connect to the new one. Throws
  /// std::system_error if it cannot listen or cannot use the certificate.
  HttpServer(const HttpConfig& config, HttpHandler handler, BodyLimit largest_body);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Sends an event to all who listen for events. Neither part may contain a line break. For any thread.
  void tell(std::string_view event, std::string_view data);

  /// Removes the socket, and closes all connections. Requests at work get 2 s for their answers.
  void stop();

 private:
  std::shared_ptr<HttpState> state_;
  std::thread thread_;
};

}  // namespace clientsync
