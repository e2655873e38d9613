// Answers HTTP requests with pages, for this machine alone. Knows nothing of what stands on them.
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
  unsigned status = 200;  ///< of HTTP
  std::string type;       ///< Content-Type
  std::string body;
};

/// As a log shows it: `127.0.0.1:9464`, `[::1]:9464`, or the socket's path.
[[nodiscard]] std::string shown(const HttpConfig& config);

struct HttpState;

/// Listens from its making to `stop`. Only `GET` and `HEAD`, one request a connection, a few connections at a time; who
/// is slow, or sends much, is hung up on. Over TCP only a Host of this machine is answered: no web page that somebody
/// reads here can ask under a name of its own.
class HttpServer {
 public:
  /// The page of a path, nullopt where there is none. Called by the thread that runs the context.
  using Pages = std::function<std::optional<Page>(std::string_view path)>;

  /// Throws std::system_error where nobody can listen there. A socket that nobody listens to any more is replaced;
  /// group and owner may use the new one.
  HttpServer(boost::asio::io_context& context, const HttpConfig& config, Pages pages);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Hangs up on everybody and removes the socket.
  void stop();

 private:
  std::shared_ptr<HttpState> state_;
};

}  // namespace clientsync
