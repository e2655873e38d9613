// The steps that a file is taken through, whoever takes it: for process.cpp and by_hand.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/report/publish.hpp"
#include "importer/import.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {

/// What was read of a file, and what identifies it.
struct Read {
  FileBytes file;
  FileIdentity identity;
  bool own_report = false;  ///< a report as the ledger wrote it under that name
};

/// One that was too large to read is done by size and mtime alone.
[[nodiscard]] FileIdentity identify(const FileBytes& file);

/// Room for the report of an input of that size: its cells, and a sentence or two for each row.
[[nodiscard]] std::uint64_t likely_report_bytes(std::uint64_t input);

/// The newest import of a name, as the ledger had it before the file's bytes were read.
using Newest = std::optional<LedgerRow>;

[[nodiscard]] std::int64_t next_version(const Newest& newest);

/// What the ledger says of a name before its file is read.
struct Lookup {
  Newest newest;
  bool edited_report = false;  ///< a report was published under this name: whatever stands there now may be an input
};

[[nodiscard]] Lookup look_up(ConnectionPool& connections, const Folder& folder, const std::string& name);

/// How large a file may be. A report says more than its input did, and whoever mends it in place can't make it smaller.
[[nodiscard]] std::uint64_t largest_input(const InboxConfig& inbox, bool edited_report);

/// What stands in an inbox under a name.
[[nodiscard]] Result<Read, ReadFault> read_drop(ConnectionPool& connections, const Folder& folder,
                                                const InboxConfig& inbox, const std::string& name, bool edited_report);

/// A file as its author meant it. One that is a report as it was written is marked as such: nobody has mended anything
/// in it.
[[nodiscard]] Sheet sheet_of(ConnectionPool& connections, const std::string& name, const Read& read,
                             const InboxConfig& inbox, const SheetRules& rules);

/// Imports what was read, and publishes its report. The temporary file is made first: where no report can be written,
/// nothing is imported. Without a version it is a file from elsewhere.
[[nodiscard]] Processed import_read(ConnectionPool& connections, const Folder& folder, const Attempt& attempt,
                                    const Read& read, const Sheet& sheet, std::optional<std::int64_t> version,
                                    const ImportRules& rules);

}  // namespace clientsync
