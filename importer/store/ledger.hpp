// The ledger: one row for each import, with its row errors, its changes and its bytes (docs/specification.md §2 "Once",
// §6). Here and in ledger_reports.hpp the inbox "" stands for files from elsewhere, which the ledger knows by their
// whole path and which have no version. What takes a Batch adds its statements to it (clients.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "importer/plan/plan.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/database.hpp"
#include "importer/store/ledger_reports.hpp"
#include "importer/store/request_keys.hpp"
#include "importer/store/words.hpp"

namespace clientsync {

/// What makes a file of an inbox the same drop (docs/specification.md §2 "Once").
struct FileIdentity {
  std::string sha256;  ///< 64 hexadecimal digits; "" if the file was too large to be read: then size and mtime alone
                       ///< say whether it is done
  std::uint64_t size = 0;  ///< bytes
  std::int64_t mtime = 0;  ///< whole seconds since the epoch

  bool operator==(const FileIdentity&) const = default;
};

/// The longest name that the ledger takes, in bytes after `escape`: what fits an index on every database. Names of
/// files in inboxes are always shorter.
inline constexpr std::size_t longest_ledger_name = 1700;

/// An entry to begin: everything that is known before the register is read. An edit and an undo have no file: no inbox,
/// an empty name and the default `file`.
struct LedgerEntry {
  EntryKind kind = EntryKind::import;
  EntrySource source = EntrySource::folder;
  std::optional<ImportId> original{};  ///< the entry that an undo reverses or a replay repeats
  std::optional<std::string> inbox;    ///< nullopt: no file, or one from elsewhere
  std::string name;                    ///< of the file, as bytes
  std::int64_t version = 0;            ///< in an inbox: one more than the newest version before the file was read
  FileIdentity file;
  std::string_view input;       ///< the file's bytes, which outlive the entry; not kept if `file.sha256` is ""
  std::string who;              ///< the person or service that makes it
  std::int64_t started_at = 0;  ///< seconds since the epoch
  std::vector<ReportOutcome> unrecorded{};  ///< of earlier imports, to be recorded in the same transaction
  std::optional<RequestKey> request{};      ///< by which a program may ask for the import again
};

/// What the ledger says of one import.
struct LedgerRow {
  ImportId id = 0;
  std::int64_t version = 0;  ///< 0: a file from elsewhere
  FileIdentity file;
  bool rejected = false;
  Counts counts;
  ReportState report_state = ReportState::none;
  std::string report_name;  ///< bytes; "" if it never had a place
};

/// What the ledger knows of a name in an inbox before the file is read.
struct LedgerName {
  std::optional<LedgerRow> newest;  ///< the newest import of that name
  /// The input whose report the ledger published last under that name, or has pending for it. With a value, whatever
  /// stands there may be a report, as it was written or as a user has edited it.
  std::optional<std::string> report_of;
};

/// In one round trip. `foreign` as in Connection::run_in_ledger.
[[nodiscard]] LedgerName look_up_name(Connection& connection, std::string_view inbox, std::string_view name);

/// Inside a transaction in which the firm is locked: inserts the ledger row as `applying`. `import`: its number;
/// unchanged if another import has that inbox, name and version: whoever comes late loses. Waits for one that is not
/// committed yet; `conflict` if that one is committed then: trying again tells. `cells_sha256`: the digest by which the
/// file is recognised though a spreadsheet saved it again; "": it has none.
/// `firm`: the row is inserted only if there is a firm of that name; "": in any case.
void insert_import(Batch& batch, const LedgerEntry& entry, const std::string& cells_sha256,
                   std::optional<ImportId>& import, std::string_view firm = "");

/// An entry whose transaction is open.
struct BegunEntry {
  Transaction transaction;
  ImportId id = 0;
  Firm firm;
};

/// Begins a transaction: locks the firm, creating it if necessary, and inserts the ledger row. The lock comes first, so
/// that the entries of a firm are numbered in the order in which they change its register. `more`, if there is one,
/// adds statements to the same round trip; it is called once more for a new firm. nullopt as for insert_import: then
/// nothing was done.
[[nodiscard]] std::optional<BegunEntry> begin_entry(Connection& connection, const LedgerEntry& entry,
                                                    const std::string& cells_sha256, std::string_view firm,
                                                    const std::function<void(Batch&)>& more = {});

/// Inside the same transaction: the import's errors, first those of the file, then one for each failed row.
void record_errors(Batch& batch, ImportId import, std::span<const PlannedRow> rows, std::span<const Problem> problems,
                   Language language);

/// Inside the same transaction: the history of `writes`, a change for each field that differs (docs/database.md,
/// "Tables"). A creation is a change of `created` (new: the name) and of each other field that has not its default; a
/// deletion one of `deleted` (old: the name) and of the same.
void record_changes(Batch& batch, ImportId import, FirmId firm, std::span<const ClientWrite> writes);

/// Inside the same transaction: the bytes of the input and of the report ("": there is none).
void record_bytes(Batch& batch, ImportId import, const LedgerEntry& entry, std::string_view report);

/// Inside the same transaction, its last statement: turns `applying` into `imported` or `rejected`. The report is
/// pending for `report_name`, its intended place; with `report` "" it is the removal of a stale one that is pending,
/// and with `report_name` "" nothing is. `finished_at`: seconds since the epoch. `bug` if the counts do not add up.
void complete_import(Batch& batch, ImportId import, FirmId firm, bool rejected, const Counts& counts, Language language,
                     std::string_view report, std::string_view report_name, std::int64_t finished_at);

/// The newest import of all; 0 if there is none.
[[nodiscard]] ImportId last_import(Connection& connection);

/// In a transaction of its own: removes the bytes of up to `most` imports that finished before then (seconds since the
/// epoch), oldest first, and returns how many imports that were. Leaves those whose report is pending. Everything else
/// stays: the file is still done, and its report is still known as ours.
[[nodiscard]] std::size_t remove_bytes(Connection& connection, std::int64_t before, std::size_t most);

/// In a transaction of its own: the files count as done without having been imported, as rows of the kind `adopt`,
/// without bytes and report. `conflict` if another import has the inbox, name and version of one of them.
void record_as_done(Connection& connection, std::string_view firm, std::span<const LedgerEntry> files);

/// How many imports of the inbox there are, without those of the kind `adopt`.
[[nodiscard]] std::size_t count_imports(Connection& connection, std::string_view inbox);

}  // namespace clientsync
