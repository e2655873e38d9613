// Where reports go, and how they get there from the ledger (docs/specification.md §5, "Name" and "Publishing").
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "daemon/files/directory.hpp"
#include "daemon/files/replace_file.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/ledger.hpp"
#include "importer/store/locks.hpp"

namespace clientsync {

/// Reports and edited reports are read up to this size when it must be known whose bytes they are.
inline constexpr std::uint64_t max_report_bytes = std::uint64_t{16} << 20;

/// The mode of a report whose input is not at hand.
inline constexpr std::uint32_t default_report_mode = 0660;

/// A folder and the names under which the ledger knows its files.
struct Folder {
  const Directory& directory;
  std::string inbox;   ///< "": files from elsewhere, which no inbox counts
  std::string prefix;  ///< elsewhere the ledger knows files by their whole path: what stands before the name

  [[nodiscard]] std::string ledger_name(const std::string& name) const { return prefix + name; }
};

/// A committed import whose report is to be seen in its folder.
struct ReportJob {
  ImportId import = 0;
  std::string name;  ///< of the input, in the folder
  std::string input_sha256;
  bool rejected = false;
  std::string report;  ///< bytes; empty: none is wanted, a stale one goes
  std::uint32_t mode = default_report_mode;
};

/// The place that the report of `name` gets as things stand in the folder.
[[nodiscard]] std::string intended_place(Connection& connection, const Folder& folder, const std::string& name,
                                         const std::string& input_sha256, bool rejected);

/// Puts the report in its place with `file`, tells the ledger, and gives the place ("" where none is wanted). The
/// report of an import that is not the newest of its name any more is marked as superseded instead. Throws
/// std::system_error and DatabaseError; then the ledger still knows it as pending.
std::string publish_report(Connection& connection, const Folder& folder, ReportFile& file, const ReportJob& job);

/// Where reports stand, by the names of their inputs.
using ReportPlaces = std::map<std::string, std::string>;

/// Publishes all that the ledger holds as committed and not yet published, but for what another daemon has in hand, and
/// adds where to `published`. Throws like publish_report, after having tried all of them.
void publish_pending(Connection& connection, DropLocks& locks, const Folder& folder, ReportPlaces& published);

/// Writes the report of the newest import of `name` again where it was published and is missing, or is pending, and
/// gives where it stands; "" where there is none to be had. The caller holds the lock on `name`.
[[nodiscard]] std::string restore_report(Connection& connection, const Folder& folder, const std::string& name);

/// Clears those of these temporary files that a crash left: those that hold what the ledger knows go, those with a
/// user's bytes become visible files again. One daemon at a time does so.
void sweep_temporaries(Connection& connection, DropLocks& locks, const Folder& folder,
                       std::span<const std::string> names);

}  // namespace clientsync
