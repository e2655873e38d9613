// HTTP requests and responses as values. What answers them knows nothing of connections.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clientsync {

/// The methods that the server lets through.
enum class HttpMethod { get, head, post, patch, remove };

/// True for methods that change something.
[[nodiscard]] constexpr bool is_unsafe(HttpMethod method) {
  return method != HttpMethod::get && method != HttpMethod::head;
}

/// One line of a head. The name is in lower case.
struct HttpHeader {
  std::string name;
  std::string value;

  bool operator==(const HttpHeader&) const = default;
};

/// The first value of a header; "" if there is none. `name` is in lower case.
[[nodiscard]] inline std::string_view header_of(const std::vector<HttpHeader>& headers, std::string_view name) {
  const auto header = std::ranges::find(headers, name, &HttpHeader::name);
  return header == headers.end() ? std::string_view() : header->value;
}

/// A request that the guard has let through.
struct HttpRequest {
  HttpMethod method = HttpMethod::get;
  std::string path{};   ///< as sent: escaped, beginning with `/`
  std::string query{};  ///< what follows the `?`, as sent
  std::vector<HttpHeader> headers{};
  std::string body{};
  std::string peer{};   ///< the address of whoever asks, behind trusted proxies; "" on a Unix socket without one
  bool secure = false;  ///< over TLS, here or at a trusted proxy
  bool forwarded_unknown = false;  ///< by a peer that is no trusted proxy, so nobody knows for whom
};

struct HttpResponse {
  unsigned status = 200;
  std::string type{};  ///< Content-Type; "" if there is no body
  std::string body{};
  std::vector<HttpHeader> headers{};  ///< besides those that the server sets itself
  bool events = false;  ///< the connection stays open and gets the server's events (text/event-stream); no body
};

/// Takes the response to one request: once, from any thread.
using HttpRespond = std::function<void(HttpResponse)>;

/// Answers requests. It is called on the server's thread and may not block.
using HttpHandler = std::function<void(HttpRequest, HttpRespond)>;

}  // namespace clientsync
