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
#include "importer/store/ledger.hpp"

namespace clientsync {

/// The firm's first import of a file with the entry's bytes or the digest of its cells ("": it has none), under any
/// name and in any inbox, or whose report had these bytes. If the file is a late save (record_late_save), the import of
/// the report that it comes from counts too. Imports that are not committed do not count. `found`: unchanged if there
/// was none.
void find_first_import(Batch& batch, FirmId firm, const LedgerEntry& entry, const std::string& cells_sha256,
                       std::optional<LedgerEntryName>& found);

/// The changes of these clients of the firm by entries later than `entry`, ordered as History wants them. `company_ids`
/// may repeat.
void read_changes(Batch& batch, FirmId firm, std::span<const std::string_view> company_ids, std::int64_t entry,
                  std::vector<PastChange>& changes);

/// The last errors of these clients of the firm, ordered as History wants them. `company_ids` may repeat.
void read_last_errors(Batch& batch, FirmId firm, std::span<const std::string_view> company_ids,
                      std::vector<PastError>& errors);

}  // namespace clientsync
