// The ledger: one row for each import, its row errors, its changes, its bytes (docs/specification.md §2 "Once", §6).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/database.hpp"
#include "importer/store/ledger_reports.hpp"

namespace clientsync {

/// What makes a file of an inbox the same drop (docs/specification.md §2 "Once").
struct FileIdentity {
  std::string sha256;  ///< 64 hexadecimal digits; "" where the file was too large to be read: it is done by size and
                       ///< mtime alone
  std::uint64_t size = 0;  ///< bytes
  std::int64_t mtime = 0;  ///< whole seconds since the epoch

  bool operator==(const FileIdentity&) const = default;
};

/// Bytes of a name in the ledger, escaped: what fits an index on every database. Names of files in inboxes always do.
inline constexpr std::size_t longest_ledger_name = 1700;

/// A row to begin: everything that is known before the register is read.
struct LedgerEntry {
  std::optional<std::string> inbox;  ///< nullopt: a file from elsewhere, never counted by an inbox
  std::string name;                  ///< bytes of the file's name
  std::int64_t version = 0;          ///< with an inbox: one more than the newest seen before the bytes were read
  FileIdentity file;
  std::string input;            ///< the bytes; not kept where `file.sha256` is ""
  std::string who;              ///< user or service that did it
  std::int64_t started_at = 0;  ///< seconds since the epoch
};

/// What the ledger says of the newest import of a name in an inbox.
struct LedgerRow {
  ImportId id = 0;
  std::int64_t version = 0;
  FileIdentity file;
  bool rejected = false;
  Counts counts;
  ReportState report_state = ReportState::none;
  std::string report_name;  ///< bytes; "" where none was chosen yet
  std::string report_sha256;
};

/// The newest import of that inbox and name, nullopt where there is none.
/// Here and below `inbox` "" stands for files from elsewhere, whose names are
/// whatever their entries had.
[[nodiscard]] std::optional<LedgerRow> newest_import(Connection& connection, std::string_view inbox,
                                                     std::string_view name);

/// Inside a transaction, its first statement: inserts the ledger row as `applying`. nullopt where another import has
/// that inbox, name and version: whoever read late loses. `conflict` where that one is not committed yet: trying again
/// tells.
[[nodiscard]] std::optional<ImportId> begin_import(Connection& connection, const LedgerEntry& entry);

/// Inside the same transaction: the import's errors in one statement, those of the file first, then one for each failed
/// row.
void record_errors(Connection& connection, ImportId import, std::span<const PlannedRow> rows,
                   std::span<const Problem> problems, Language language);
/// Inside the same transaction: the history of `writes` in one statement. A creation is a change of `created` (new: the
/// name) and, where it has one, of `number`.
void record_changes(Connection& connection, ImportId import, FirmId firm, std::span<const ClientWrite> writes,
                    std::string_view who, std::int64_t at);

/// Inside the same transaction, its last statement: turns `applying` into `imported` or `rejected`, with counts, report
/// bytes and state. Must hit exactly one row. The report is pending for `report_name`, its intended place; `report` "":
/// none is wanted, and a stale one is to be removed. `finished_at`: seconds since the epoch. Kind::bug where the counts
/// don't add up.
void finish_import(Connection& connection, ImportId import, FirmId firm, const Plan& plan, Language language,
                   std::string_view report, std::string_view report_name, std::int64_t finished_at);

/// The input's bytes of an import; nullopt where retention has removed them.
[[nodiscard]] std::optional<std::string> input_bytes(Connection& connection, ImportId import);

/// The newest import of all; 0 where there is none.
[[nodiscard]] ImportId last_import(Connection& connection);

/// In a transaction of its own: removes the bytes of up to `most` imports that finished before then (seconds since the
/// epoch), oldest first, and gives how many; never of one whose report is pending. All else stays: a file is still
/// done, and a report that stands in its place is still known as ours. A report that is missing can't be had again.
[[nodiscard]] std::size_t remove_bytes(Connection& connection, std::int64_t before, std::size_t most);

/// In a transaction of its own: the files count as done without having been imported, as rows of the kind `adopt`
/// without bytes and report. `conflict` where another import has one's inbox, name and version.
void record_as_done(Connection& connection, std::string_view firm, std::span<const LedgerEntry> files);

/// How many imports of the inbox there are, those of the kind `adopt` left out.
[[nodiscard]] std::size_t count_imports(Connection& connection, std::string_view inbox);

}  // namespace clientsync
