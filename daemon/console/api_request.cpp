#include "daemon/console/api_request.hpp"

#include <optional>

#include "daemon/access/sign_in.hpp"
#include "daemon/api/call.hpp"
#include "daemon/console/forgery.hpp"
#include "daemon/console/session_cookie.hpp"
#include "daemon/import/import_file.hpp"

namespace clientsync {

namespace {

constexpr std::string_view bearer = "Bearer ";

}  // namespace

HttpResponse answer_api_request(const ApiContext& context, const HttpRequest& request, std::string_view path) {
  const std::string_view authorization = header_of(request.headers, "authorization");
  std::optional<Caller> caller;
  if (authorization.starts_with(bearer)) {
    caller = identify_token(context.connections, authorization.substr(bearer.size()), now_seconds());
  } else if (const std::string_view secret = session_secret_of(request); !secret.empty()) {
    caller = identify_session(context.connections, secret, now_seconds());
    const bool forged = caller && is_unsafe(request.method) &&
                        !same_secret(header_of(request.headers, "x-form-token"), caller->form_token);
    if (forged)
      return problem_response({403, "form_token_wrong", "The header X-Form-Token does not belong to the session."});
  }
  if (!caller) {
    HttpResponse response =
        problem_response({401, "not_signed_in", "A token or a session is needed, and what was sent is neither."});
    response.headers.push_back({"www-authenticate", "Bearer"});
    return response;
  }
  return answer_api(context, *caller, request, path);
}

}  // namespace clientsync
