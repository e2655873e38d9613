// From a request to the API to `answer_api`: who asks, by a token or by a session.
#pragma once

#include "daemon/api/api.hpp"

namespace clientsync {

/// `path` is what follows `/api/v1/`. Blocks while the database works. Throws DatabaseError.
[[nodiscard]] HttpResponse answer_api_request(const ApiContext& context, const HttpRequest& request,
                                              std::string_view path);

/// An error of the API (`application/problem+json`) about a request that does not reach it.
[[nodiscard]] HttpResponse api_refusal(unsigned status, std::string_view title, std::string_view code);

}  // namespace clientsync
