// Requests that another web site makes a browser send (docs/specification.md §11): told apart by what browsers say of
// where a request comes from. Pure.
#pragma once

#include "daemon/http/message.hpp"

namespace clientsync {

/// True if a page of another site sent the request. Sec-Fetch-Site tells, or else Origin, which must have the host of
/// the request; a browser so old that it sends neither is left to the form token.
[[nodiscard]] bool is_from_another_site(const HttpRequest& request);

}  // namespace clientsync
