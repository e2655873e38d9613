#include "daemon/console/session_cookie.hpp"

namespace clientsync {
namespace {

/// With the port that the browser sees: it sends cookies of one host to all ports, so that two services on one machine
/// would sign each other's users out.
std::string start_of_cookie(const HttpRequest& request) {
  const std::string_view host = header_of(request.headers, "host");
  const std::size_t colon = host.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? "" : host.substr(colon + 1);
  const bool has_port = !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
  return "clientsync_session" + (has_port ? "_" + std::string(port) : "") + "=";
}

HttpHeader cookie_with(std::string_view rest, const HttpRequest& request) {
  std::string cookie = start_of_cookie(request);
  cookie.append(rest).append("; HttpOnly; SameSite=Strict");
  if (request.secure) cookie += "; Secure";
  return {"set-cookie", std::move(cookie)};
}

}  // namespace

HttpHeader session_cookie(std::string_view secret, const HttpRequest& request) {
  return cookie_with(secret, request);
}

HttpHeader no_session_cookie(const HttpRequest& request) {
  return cookie_with("; Max-Age=0", request);
}

std::string_view session_secret_of(const HttpRequest& request) {
  const std::string name = start_of_cookie(request);
  for (const HttpHeader& header : request.headers) {
    if (header.name != "cookie") continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      std::string_view cookie = rest.substr(0, rest.find(';'));
      rest.remove_prefix(std::min(cookie.size() + 1, rest.size()));
      cookie.remove_prefix(std::min(cookie.find_first_not_of(' '), cookie.size()));
      if (cookie.starts_with(name)) return cookie.substr(name.size());
    }
  }
  return {};
}

}  // namespace clientsync
