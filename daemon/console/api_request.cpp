#include "daemon/console/api_request.hpp"

#include <optional>

#include "daemon/access/sign_in.hpp"
#include "daemon/console/forgery.hpp"
#include "daemon/console/session_cookie.hpp"
#include "daemon/console/visit.hpp"

namespace clientsync {

HttpResponse api_refusal(unsigned status, std::string_view title, std::string_view code) {
  return {.status = status,
          .type = "application/problem+json",
          .body = "{\"type\":\"about:blank\",\"title\":\"" + std::string(title) +
                  "\",\"status\":" + std::to_string(status) + ",\"code\":\"" + std::string(code) + "\"}"};
}

namespace {

constexpr std::string_view bearer = "Bearer ";

}  // namespace

HttpResponse answer_api_request(const ApiContext& context, const HttpRequest& request, std::string_view path) {
  const std::string_view authorization = header_of(request.headers, "authorization");
  std::optional<Caller> caller;
  if (authorization.starts_with(bearer)) {
    caller = identify_token(context.connections, authorization.substr(bearer.size()), now_of_day());
  } else if (const std::string_view secret = session_secret_of(request); !secret.empty()) {
    caller = identify_session(context.connections, secret, now_of_day());
    const bool forged = caller && is_unsafe(request.method) &&
                        !same_secret(header_of(request.headers, "x-form-token"), caller->form_token);
    if (forged) return api_refusal(403, "Forbidden", "form_token_wrong");
  }
  if (!caller) {
    HttpResponse response = api_refusal(401, "Unauthorized", "not_signed_in");
    response.headers.push_back({"www-authenticate", "Bearer"});
    return response;
  }
  return answer_api(context, *caller, request, path);
}

}  // namespace clientsync
