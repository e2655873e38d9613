// Puts a report next to its input (docs/specification.md §5, "Name" and "Publishing"). Uses daemon/files, report_name
// and the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/files/directory.hpp"
#include "daemon/files/replace_file.hpp"
#include "importer/store/database.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {

/// Reports, and files that stand at the place of one, are read up to this size to find out whose bytes they are.
inline constexpr std::uint64_t max_report_bytes = std::uint64_t{16} << 20;

/// The mode of a report if its input is gone.
inline constexpr std::uint32_t default_report_mode = 0660;

/// A folder, and the names under which the ledger knows its files.
struct LedgerFolder {
  const Directory& directory;
  std::string inbox;   ///< "": the files are from elsewhere and no inbox counts them
  std::string prefix;  ///< of files from elsewhere, which the ledger knows by their whole path: what precedes the name

  [[nodiscard]] std::string ledger_name(const std::string& name) const { return prefix + name; }
};

/// An input as far as the place of its report depends on it.
struct ReportSubject {
  std::string name;  ///< of the input, in the folder
  std::string input_sha256;
  bool edited_report = false;  ///< the input stands where the ledger published a report: somebody edited that report
};

/// The place that the report of the input would get now.
struct IntendedPlaces {
  std::string accepted, rejected;  ///< by what becomes of the input: the report never replaces a rejected file
};

/// Throws std::runtime_error if no name is left, std::system_error and DatabaseError.
[[nodiscard]] IntendedPlaces intended_places(Connection& connection, const LedgerFolder& folder,
                                             const ReportSubject& subject);

/// A committed import whose report is to be published.
struct ReportJob {
  ImportId import = 0;
  ReportSubject subject;
  bool rejected = false;
  std::string intended_place;  ///< as the ledger has it
  std::string report;          ///< bytes; empty: none is wanted, and a stale one is removed
  std::uint32_t mode = default_report_mode;
};

/// Publishes the report with `file`, records that in the ledger, and gives its place: "" if no report is wanted or a
/// newer import of the name supersedes this one. With `unrecorded`, what became of the report is added there instead,
/// and the caller has it recorded: until then the report counts as pending. nullopt if another daemon is publishing a
/// report of the name, so that this one has to wait. Throws std::system_error, std::runtime_error and DatabaseError;
/// the ledger then still has the report as pending.
std::optional<std::string> publish_report(Connection& connection, const LedgerFolder& folder, NewFile& file,
                                          const ReportJob& job, std::vector<ReportOutcome>* unrecorded = nullptr);

}  // namespace clientsync
