#include "daemon/console/session_cookie.hpp"

namespace clientsync {
namespace {

constexpr std::string_view name = "clientsync_session=";

HttpHeader cookie_with(std::string_view rest, const HttpRequest& request) {
  std::string cookie(name);
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
