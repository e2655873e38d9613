// What became of the earlier drops of a file, for people who ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/history.hpp"
#include "importer/store/database.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {

/// An entry of the ledger about a file.
struct PastImport {
  ImportId id = 0;
  std::string name;      ///< of the file, as bytes
  bool adopted = false;  ///< it counts as done without having been imported
  bool rejected = false;
  std::string code;             ///< if it was rejected: the first code of the file; "": it has none
  std::string who;              ///< who imported it
  std::int64_t started_at = 0;  ///< seconds since the epoch
  FileIdentity file;
  Counts counts;
  ReportState report_state = ReportState::none;
  std::string report_name;  ///< bytes; "" if it never had a place
};

/// The imports of one name, the newest first.
struct FileHistory {
  std::size_t count = 0;  ///< of all of them
  std::vector<PastImport> imports;
};

/// Up to `most` imports of the name in that inbox; `inbox` "" for a file from elsewhere, whose name is its whole path.
[[nodiscard]] FileHistory read_file_history(Connection& connection, std::string_view inbox, std::string_view name,
                                            std::size_t most);

/// The last import of the inbox, whatever its name.
[[nodiscard]] std::optional<PastImport> read_last_import(Connection& connection, std::string_view inbox);

/// The imports of the inbox whose reports are still to be published, the oldest first.
[[nodiscard]] std::vector<PastImport> read_unpublished(Connection& connection, std::string_view inbox);

/// The firm's first import that makes a file with these bytes an old one (docs/specification.md §2 "Once"); nullopt if
/// they are new.
[[nodiscard]] std::optional<LedgerEntryName> read_first_import(Connection& connection, std::string_view firm,
                                                               std::string_view inbox, std::string_view name,
                                                               const std::string& sha256);

}  // namespace clientsync
