// One file from its folder to its report: the straight line of docs/architecture.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"
#include "daemon/inbox/arrivals.hpp"
#include "daemon/service/rules.hpp"
#include "importer/import.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/locks.hpp"

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
    in_other_hands,  ///< another daemon has it in hand: look again soon
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
  bool any_name = false;            ///< also one that matches no pattern
  bool anew = false;                ///< a new drop, though the newest import of its name has the same bytes and time
  ImportId arrived_after = 0;       ///< but for imports newer than this one, which was the newest when it arrived
  unsigned deaths = 0;              ///< how often the service died with it in hand: from max_deaths on it is set aside
  bool patient = false;             ///< it waited long enough to be taken though it may be cut off
  bool report_unreadable = false;   ///< where it may not be read, answer with a report now
  std::string who;                  ///< for the history: the user or service that does it
};

/// Takes a file of an inbox to its report, under its drop's lock. Throws DatabaseError and std::system_error: nothing
/// was done, or a commit's outcome is unknown. The same attempt again finds out.
[[nodiscard]] Processed process_file(ConnectionPool& connections, DropLocks& locks, const InboxConfig& inbox,
                                     const Directory& directory, const Attempt& attempt);

}  // namespace clientsync
