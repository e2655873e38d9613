// What the ledger says of a file's past and of its clients' (docs/specification.md §2 "Once").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "importer/plan/history.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

/// The digests by which a file is recognised under any name and in any inbox; "": there is none.
struct FileDigests {
  std::string bytes;  ///< as in FileIdentity
  std::string cells;  ///< of its rows
};

/// The firm's first import of a file with one of the digests, or whose report had these bytes; nullopt if there was
/// none. Imports that are not committed do not count.
[[nodiscard]] std::optional<LedgerEntryName> find_first_import(Connection& connection, FirmId firm,
                                                               const FileDigests& digests);

/// The changes of these clients of the firm by entries later than `entry`, ordered as History wants them. `company_ids`
/// may repeat.
[[nodiscard]] std::vector<PastChange> read_changes(Connection& connection, FirmId firm,
                                                   std::span<const std::string> company_ids, std::int64_t entry);

}  // namespace clientsync
