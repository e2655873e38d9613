// One file from its folder to its report: the straight line of docs/architecture.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/connections.hpp"
#include "daemon/files.hpp"
#include "daemon/inbox.hpp"
#include "daemon/rules.hpp"
#include "importer/import.hpp"

namespace clientsync {

/// Seconds since the epoch.
[[nodiscard]] std::int64_t now_seconds();

/// What became of a file that looked ready.
struct Processed {
  enum class What {
    imported,        ///< a new import, see `imported`
    done,            ///< the newest import of its name is this very drop
    own_report,      ///< a report as it was written
    not_taken,       ///< its name matches no pattern, and the ledger never published a report there
    withdrawn,       ///< gone before it was read
    settling,        ///< it changed while it was read, or another daemon was faster: look afresh
    needs_patience,  ///< it may be cut off: wait longer
    not_a_file,      ///< a link, or a file with a second hard link
    unreadable,      ///< no permission to read
  };
  What what = What::done;
  std::optional<Imported> imported{};
  ImportId newest_import = 0;  ///< the newest that was seen in the ledger
  Counts counts{};             ///< of the import, or of the earlier one that makes it done
  FileIdentity file{};         ///< of what was read
  Stamp report_stamp{};        ///< of the report as it was just written
  std::string report_name{};   ///< where its report stands; empty: there is none, or not yet
  std::string report_error{};  ///< not empty: the report is still to be published, and why
};

/// A file and how it is to be taken.
struct Attempt {
  std::string name;
  std::optional<Stamp> expected{};  ///< with it the file counted as complete: one with another stamp is settling again
  bool anew = false;                ///< a new drop, though the newest import of its name has the same bytes and time
  ImportId arrived_after = 0;       ///< but for imports newer than this one, which was the newest when it arrived
  unsigned deaths = 0;              ///< how often the service died with it in hand: from max_deaths on it is set aside
  bool patient = false;             ///< it waited long enough to be taken though it may be cut off
  bool report_unreadable = false;   ///< where it may not be read, answer with a report now
  std::string who;                  ///< for the history: the user or service that does it
};

/// Takes a file of an inbox to its report. Throws DatabaseError and std::system_error: nothing was done, or a commit's
/// outcome is unknown. The same attempt again finds out.
[[nodiscard]] Processed process_file(Connections& connections, const InboxConfig& inbox, const Directory& directory,
                                     const Attempt& attempt);

/// A file from anywhere, now (`clientsync import`). One that stands in the inbox's directory is the inbox's,
/// and refused with a std::runtime_error where the inbox's mark is not this ledger's.
[[nodiscard]] Processed import_path(Connections& connections, const InboxConfig& inbox,
                                    const std::filesystem::path& file, const std::string& who);

/// A file of an inbox that the ledger does not know as done.
struct Drop {
  std::string name;
  FileIdentity file;
  std::int64_t version = 0;  ///< that its import would have
};

/// All that stand in the inbox, by name; nothing is imported. Throws std::system_error where one can't be read now.
[[nodiscard]] std::vector<Drop> find_drops(Connections& connections, const InboxConfig& inbox,
                                           const Directory& directory);

/// What an import of the file would do, nothing changed (`clientsync check`).
[[nodiscard]] Processed check_path(Connections& connections, const InboxConfig& inbox,
                                   const std::filesystem::path& file);

/// Loads a firm's register from a file, under `rules`: recorded in the ledger like an import, without a report next to
/// the file.
[[nodiscard]] Imported load_register(Connections& connections, const ImportRules& rules,
                                     const std::filesystem::path& file, const std::string& who);

}  // namespace clientsync
