// The cookie by which a browser is known.
#pragma once

#include <string>
#include <string_view>

#include "daemon/http/message.hpp"

namespace clientsync {

/// Sets the cookie. It has no Path, so that browsers send it to the directory of the page that set it, under whatever
/// prefix they see.
[[nodiscard]] HttpHeader session_cookie(std::string_view secret, const HttpRequest& request);

/// Removes it.
[[nodiscard]] HttpHeader no_session_cookie(const HttpRequest& request);

/// The secret that the request's cookie has; "" if there is none.
[[nodiscard]] std::string_view session_secret_of(const HttpRequest& request);

}  // namespace clientsync
