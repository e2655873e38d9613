// What inboxes are in JSON: what waits there, what is not taken, what was imported last.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "daemon/explain/inbox_view.hpp"
#include "importer/store/file_history.hpp"

namespace clientsync {

/// "imported", "rejected" or "adopted".
[[nodiscard]] std::string_view outcome_of(const PastImport& import);

/// An import of a file, as `explain` and `status` print it.
[[nodiscard]] boost::json::object json_of(const PastImport& import);

/// As `status` prints it.
[[nodiscard]] boost::json::object json_of(const InboxView& view);

}  // namespace clientsync
