// Asks a service of this machine for one of its pages.
#pragma once

#include <string>

#include "config/config.hpp"
#include "daemon/http/message.hpp"

namespace clientsync {

/// The page of a target such as `/status?inbox=main`, whatever its HTTP status. Waits for at most 5 s. Throws
/// std::system_error, with the code of the system for what was wrong: ECONNREFUSED or ENOENT if nobody listens there,
/// EACCES if this user may not use the socket, ETIMEDOUT.
[[nodiscard]] HttpResponse fetch_page(const HttpConfig& config, const std::string& target);

}  // namespace clientsync
