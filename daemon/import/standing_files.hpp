// Files that stand in an inbox when the service starts, most of which were imported long ago.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"
#include "daemon/inbox/arrivals.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// The names of those of the files for which import_file would find nothing to do, because the newest import of the
/// name is this very file (docs/specification.md §2 "Once"), or because it is a report as the ledger published it last.
/// Asks the ledger once for all, and reads each file that may be done, since only its bytes tell. A file that it does
/// not name may be done all the same, such as one that changed meanwhile. Throws as import_file.
[[nodiscard]] std::vector<std::string> find_done(ConnectionPool& pool, const InboxConfig& inbox,
                                                 const Directory& directory, std::span<const Ready> files);

}  // namespace clientsync
