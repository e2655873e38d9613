// From a request for a page to the function that answers it: who asks, for which firm, and whether he may.
#pragma once

#include "daemon/api/api.hpp"
#include "daemon/console/words.hpp"

namespace clientsync {

/// `page` is the last segment of the path. Blocks while the database works. Throws DatabaseError.
[[nodiscard]] HttpResponse answer_page_request(const ApiContext& context, const HttpRequest& request,
                                               std::string_view page);

/// A page for a request of which nothing else is known, or is to be found out.
[[nodiscard]] HttpResponse page_refusal(const ApiContext& context, const HttpRequest& request, unsigned status,
                                        Word title, Word sentence);

}  // namespace clientsync
