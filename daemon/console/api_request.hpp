// From a request to the API to `answer_api`: who asks, by a token or by a session.
#pragma once

#include "daemon/api/api.hpp"

namespace clientsync {

/// `path` is what follows `/api/v1/`. Blocks while the database works. Throws DatabaseError.
[[nodiscard]] HttpResponse answer_api_request(const ApiContext& context, const HttpRequest& request,
                                              std::string_view path);

}  // namespace clientsync
