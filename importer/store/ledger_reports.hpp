// What the ledger says of reports: which are still to be published, and which stood where (docs/specification.md §5,
// "Publishing").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/store/batch.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

using ImportId = std::int64_t;

/// What became of an import's report.
enum class ReportState {
  none,        ///< no report is wanted, and no stale one is left
  pending,     ///< committed; not yet seen in its place, or a stale one not yet removed
  published,   ///< was written to `report_name`
  superseded,  ///< a newer import of the name came before it was published
};

/// The state that a word in the ledger means; `refused` for a word that this program does not know.
[[nodiscard]] ReportState report_state_of(const std::string& word);

/// A report that was committed and is not yet published.
struct PendingReport {
  ImportId import = 0;
  std::string name;          ///< of the input
  std::string input_sha256;  ///< as in FileIdentity
  bool rejected = false;
  std::string report;       ///< bytes; "": none is wanted, and a stale one is to be removed
  std::string report_name;  ///< the intended place; another file may have taken it meanwhile
};

/// Oldest first.
[[nodiscard]] std::vector<PendingReport> pending_reports(Connection& connection, std::string_view inbox);

/// What became of a report that the ledger still has as pending, to be recorded by record_outcome.
struct ReportOutcome {
  ImportId import = 0;
  std::string name;  ///< of the input
  ReportState state = ReportState::published;
  std::string report_name;
};

/// A pending report that the open transaction keeps other daemons from publishing. SQLite has no row locks.
struct LockedReport {
  ImportId import = 0;
  std::string inbox, name;  ///< as the ledger spells them
  std::int64_t version = 0;
  bool newest = false;  ///< no newer import of the same inbox and name is committed
};

/// Inside a transaction: locks the report. `locked` stays empty if the report is not pending any more, or if another
/// daemon is publishing a report of the same name.
void lock_report(Batch& batch, ImportId import, std::optional<LockedReport>& locked);

/// Inside the same transaction: records what became of it. `report_name` is its place; "" leaves the one that the
/// ledger has. A report that was published counts as published at that place ever after. Whoever stood still so long
/// that a newer report of the name was published meanwhile may have replaced that one: it is pending again.
void record_outcome(Batch& batch, const LockedReport& locked, ReportState state, std::string_view report_name);

/// In a transaction of its own. Leaves out reports that are not pending any more, and those that another daemon is
/// publishing, which records them.
void record_outcomes(Connection& connection, std::span<const ReportOutcome> unrecorded);

/// The pending report of an import, for as long as it is being published.
///
/// PostgreSQL and MariaDB: a transaction with row locks, so that one daemon at a time publishes the reports of a name.
/// If its host dies, the server ends the transaction within a minute. Meanwhile queries on the connection work, another
/// Transaction does not. SQLite has no row locks and serves one machine: there no transaction is open while files are
/// written, and publishing a report twice does no harm.
class PendingReportLock {
 public:
  PendingReportLock(Connection& connection, ImportId import);

  /// False if the report is not pending any more, or if another daemon is publishing a report of the same name.
  [[nodiscard]] bool held() const { return locked_.has_value(); }

  /// False if a newer import of the same inbox and name is committed. Only if `held`.
  [[nodiscard]] bool newest() const { return locked_ && locked_->newest; }

  /// The places where the ledger published reports of the latest imports of the same inbox and name: up to four, with
  /// repeats.
  [[nodiscard]] const std::vector<std::string>& places() const { return places_; }

  /// Records another intended place before the report is put there, and commits, so that every daemon knows its bytes
  /// as ours from the moment they stand there. This lets go of the lock for a moment: ask `held` again.
  void intend(std::string_view report_name);

  /// Records what became of the report as record_outcome does, and commits; once. `bug` if it is not `held`.
  void mark(ReportState state, std::string_view report_name);

 private:
  void lock();
  void commit(Batch& last, std::string_view doing);

  Connection& connection_;
  ImportId import_;
  std::optional<Transaction> transaction_;
  std::optional<LockedReport> locked_;
  std::vector<std::string> places_;
};

/// A report that stood at a place.
struct Publication {
  ImportId import = 0;
  std::string name;  ///< of the input
};

/// The last report with these bytes that the ledger published at that place of that inbox; if there is none, one that
/// is pending for it, which may have got there before the daemon died.
[[nodiscard]] std::optional<Publication> publication_of(Connection& connection, std::string_view inbox,
                                                        std::string_view report_name, std::string_view sha256);

/// The input whose report people have edited at that place: of those whose reports the ledger published there before
/// the import `before`, the last that is not the edited report itself.
[[nodiscard]] std::optional<std::string> origin_of(Connection& connection, std::string_view inbox,
                                                   std::string_view report_name, ImportId before);

/// In a transaction of its own: what will stand at `late` is what somebody saved over the bytes with that SHA-256 at
/// `place`, when a newer report was already there. It counts as that older report, edited in place. Does nothing if the
/// ledger does not know the bytes.
void record_late_save(Connection& connection, std::string_view inbox, std::string_view place, std::string_view sha256,
                      std::string_view late);

/// True if there is a publication_of these bytes.
[[nodiscard]] bool is_published_report(Connection& connection, std::string_view inbox, std::string_view report_name,
                                       std::string_view sha256);

/// True if the ledger holds these bytes, not removed by retention, as a report of that inbox or as an input of it that
/// was read and not rejected.
[[nodiscard]] bool knows_bytes(Connection& connection, std::string_view inbox, std::string_view sha256);

}  // namespace clientsync
