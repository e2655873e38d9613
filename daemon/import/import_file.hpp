// One file from its folder to its report, in the order of docs/specification.md §1. Uses daemon/files, inbox and
// report, and all of importer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"
#include "daemon/files/read_file.hpp"
#include "daemon/inbox/crash_count.hpp"
#include "daemon/report/publish.hpp"
#include "importer/import.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// What was done with a file.
struct Imported {
  ImportId import = 0;               ///< 0: nothing was recorded (`check`)
  Language language = Language::en;  ///< of its report
  Plan plan;
};

/// What became of a file that was to be imported.
struct FileOutcome {
  enum class Kind {
    imported,        ///< it is a new import: see `imported`
    done,            ///< the newest import of its name is this very drop
    own_report,      ///< it is a report as the ledger wrote it
    not_taken,       ///< its name matches no pattern, and the ledger never published a report there
    withdrawn,       ///< it was gone before it was read
    settling,        ///< it changed while it was read, or another daemon was faster: it must be looked at again
    needs_patience,  ///< it may be cut off: it must settle longer
    not_a_file,      ///< it is a link, or a file with a second hard link
    unreadable,      ///< the service has no permission to read it; `imported` if that was reported now
  };
  Kind kind = Kind::done;
  std::optional<Imported> imported{};
  ImportId newest_import = 0;  ///< the newest one of the ledger that was seen; 0: none
  Counts counts{};             ///< of `imported`, or of the earlier import that makes the file done
  FileIdentity file{};         ///< of the bytes that were read
  Stamp report_stamp{};        ///< of the report that was just written
  std::string report_name{};   ///< where the report stands; empty: nowhere, or not yet
  std::string report_error{};  ///< not empty: the report is still to be published, and this is why
  bool report_waits = false;   ///< it is still to be published: another daemon is publishing a report of the name
};

/// How a file is to be taken.
struct Attempt {
  std::string name;
  std::optional<Stamp> expected{};  ///< the stamp with which it was complete; if it has another one, it is settling
  bool any_name = false;            ///< it is taken even if it matches no pattern
  bool anew = false;                ///< it is a new drop though the newest import of its name has the same identity,
  ImportId arrived_after = 0;       ///< unless that import is newer than this one
  bool patient = false;             ///< it is taken even if it may be cut off
  bool report_unreadable = false;   ///< if it may not be read, that is reported now
  bool more_follow = false;         ///< files of the same inbox, each of which will be given `unrecorded`
  std::string who{};                ///< for the history: the user who imports it; empty: the file's owner
};

/// Seconds since the epoch.
[[nodiscard]] std::int64_t now_seconds();

/// Imports a file of an inbox and publishes its report. `crash_count` counts the deaths of the process while the bytes
/// of an `expected` file are read and judged; from max_deaths on the file is set aside. Null: nothing is counted.
/// `unrecorded` says what became of reports that were published before in the inbox. The ledger is told in the
/// transaction of the import; before it, if what the ledger says of the file may depend on it; and in any case if no
/// more files follow. What the ledger was not told is left there, what became of this import's report included.
/// Throws DatabaseError and std::system_error: either nothing was done, or the outcome of a commit is unknown; the same
/// attempt again finds out. To record an outcome again does no harm.
[[nodiscard]] FileOutcome import_file(ConnectionPool& pool, const CrashCount* crash_count, const InboxConfig& inbox,
                                      const Directory& directory, const Attempt& attempt,
                                      std::vector<ReportOutcome>& unrecorded);

/// What the service would do with the file of an inbox: the same questions in the same order, and nothing is changed or
/// recorded. Throws as import_file.
[[nodiscard]] FileOutcome check_file(ConnectionPool& pool, const InboxConfig& inbox, const Directory& directory,
                                     const std::string& name);

/// A file's bytes, and what identifies them.
struct InputFile {
  FileBytes file;
  FileIdentity identity;
  bool own_report = false;  ///< it is a report as the ledger wrote it under that name
};

/// Reads a file of an inbox. `edited_report`: the ledger published a report under that name. Throws DatabaseError and
/// std::system_error.
[[nodiscard]] Result<InputFile, ReadFault> read_input(ConnectionPool& pool, const InboxConfig& inbox,
                                                      const Directory& directory, const std::string& name,
                                                      bool edited_report);

/// A file that was too large to be read is identified by size and time alone.
[[nodiscard]] FileIdentity identify(const FileBytes& file);

/// A record without line end (`…;20` of `2000`) or a tail of NULs may be the start of a longer file
/// (docs/specification.md §2, "When").
[[nodiscard]] bool may_be_cut_off(const FileBytes& file);

/// The sheet of a file that was read: rejected if the file is too large, or a document under its own name.
[[nodiscard]] Sheet sheet_of(const std::string& name, const FileBytes& file, const SheetRules& rules);

/// Imports a file from anywhere that was read already, and publishes its report next to it. No inbox counts it.
[[nodiscard]] FileOutcome import_elsewhere(ConnectionPool& pool, const LedgerFolder& folder, const Attempt& attempt,
                                           const InputFile& input, const Sheet& sheet, const ImportRules& rules);

/// What import_elsewhere would do.
[[nodiscard]] FileOutcome check_elsewhere(ConnectionPool& pool, const InputFile& input, Sheet sheet,
                                          const ImportRules& rules);

}  // namespace clientsync
