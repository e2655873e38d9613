// One inbox while the service runs: what is to be done in it next, and what became of it. Knows no threads and reads no
// clock: events, results and the time come in as values; jobs, faults and metrics go out as values.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/http/health_page.hpp"
#include "daemon/http/metrics_page.hpp"
#include "daemon/http/status_page.hpp"
#include "daemon/inbox/arrivals.hpp"
#include "daemon/service/inbox_status.hpp"
#include "daemon/service/job.hpp"
#include "daemon/service/look_log.hpp"
#include "daemon/service/look_requests.hpp"
#include "daemon/service/retry.hpp"

namespace clientsync {

/// A file that may not be read is reported after this long (docs/specification.md §4.1, `file_unreadable`).
inline constexpr std::chrono::milliseconds unreadable_patience{60000};

class WatchedInbox {
 public:
  /// `number` is its name for the Watcher. It is looked at for the first time when `next_job` is asked.
  WatchedInbox(std::uint64_t number, InboxConfig config, bool in_root);

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] const InboxConfig& config() const { return *config_; }
  [[nodiscard]] bool in_root() const { return in_root_; }
  /// Null while it cannot be opened.
  [[nodiscard]] const Directory* directory() const { return directory_.get(); }

  /// Something happened in the directory.
  void on_event(const WatchEvent& event) { requests_.on_event(event); }

  /// The lane of the job that next_job would give now; nullopt: none.
  [[nodiscard]] std::optional<Lane> wants(Moment now) const;
  /// When what waits for the database became due: Moment::min() for a recovery, or when the next file became complete.
  /// Only to be asked if `wants` says so.
  [[nodiscard]] Moment due_since(Moment now) const;
  /// When after `now` `wants` may have another answer though neither an event nor a result came; Moment::max(): never.
  [[nodiscard]] Moment next_change(Moment now) const;
  /// The next job. `newest_import` is the newest import of the ledger that the service knows of. No further job is
  /// given until `finished` was told of this one. Only to be asked if `wants` says so.
  [[nodiscard]] Job next_job(Moment now, ImportId newest_import);
  /// Of an inbox that is given no other job any more: records what is unrecorded; nullopt: nothing is, or a job is at
  /// work.
  [[nodiscard]] std::optional<Job> last_job();
  /// What came of the job. After a fault of the database files wait until `database_again`. `quiet` is what the service
  /// was told last: as long as it is fresh, a quiet inbox needs no recovery.
  void finished(const JobResult& result, Moment now, Moment database_again = {}, const QuietInboxes& quiet = {});

  /// What does not work for now.
  [[nodiscard]] std::vector<Fault> faults(Moment now) const;
  [[nodiscard]] InboxMetrics metrics(Moment now) const;
  /// What it says of itself, with up to `most` of the files that wait; `file` is the only one that is wanted, or empty.
  [[nodiscard]] InboxStatus status(const ThisMoment& moment, const std::string& file, std::size_t most) const;
  /// True if the database failed a file that still waits for it.
  [[nodiscard]] bool wants_database() const;

 private:
  /// What is remembered of a file between two attempts.
  struct Trouble {
    Backoff backoff;
    std::optional<Moment> unreadable_since;
    bool database = false;   ///< the database failed it
    bool own_fault = false;  ///< it failed by itself, and has not succeeded since
  };

  [[nodiscard]] WaitingFile told(const Arrivals::Waiting& file, const ThisMoment& moment) const;
  [[nodiscard]] Moment next_look() const;
  [[nodiscard]] bool look_is_due(Moment now) const;
  [[nodiscard]] bool recovery_is_due(Moment now) const;
  [[nodiscard]] bool record_is_due(Moment now) const;
  [[nodiscard]] Job job(decltype(Job::task) task) const;
  [[nodiscard]] Moment next_listing() const;
  [[nodiscard]] Job next_look(Moment now, ImportId newest_import);
  [[nodiscard]] std::vector<std::string> names_to_look_at(Moment now) const;

  void finish_look(const JobResult& result, Moment now, const QuietInboxes& quiet);
  void observe(const LookJob& look, const DirectorySight& sight, Moment now);
  void opened(const DirectorySight& sight);
  void take_full_look(const DirectorySight& sight, Moment now, const QuietInboxes& quiet);
  void tell_mark(const MarkSight& mark);
  void note_links(const LookJob& look, const DirectorySight& sight, Moment now);
  void forget_troubles(const LookJob& look, const DirectorySight& sight);
  void lose(const JobResult& result, Moment now);
  void give_up_foreign(const DirectorySight& sight, Moment now);
  void close(Moment open_again, Moment now);

  [[nodiscard]] StandingJob standing_job() const;
  void finish_standing(const JobResult& result);
  void finish_file(const Ready& ready, const JobResult& result, Moment now);
  void finish_import(const Ready& ready, const JobResult& result, Moment now);
  void take_report(const Ready& ready, const FileOutcome& outcome);
  void finish_unreadable(const Ready& ready, const FileOutcome& outcome, Moment now);
  void fail(const JobResult& result, Moment now, Moment database_again);
  void retry_recovery(Moment at);
  [[nodiscard]] bool any_file_has(bool Trouble::*trouble) const;
  void end_fault();
  void refill(Moment now);

  const std::uint64_t number_;
  const std::shared_ptr<const InboxConfig> config_;
  const bool in_root_;

  std::shared_ptr<const Directory> directory_;  ///< null while it cannot be opened
  bool polled_ = false;
  bool busy_ = false;  ///< a job was given and is not finished

  // Looks.
  LookRequests requests_;         ///< for the next look
  std::set<std::string> linked_;  ///< names that had a second link when they were last looked at
  Moment not_before_{};           ///< no look because of an event or a file that settled, and no opening, before then
  Moment listing_not_before_{};   ///< no listing because of an event before then
  Moment next_full_look_{};
  Moment next_poll_ = Moment::max();
  /// Whether the directory still stands after something in it was removed, and whether second links are gone.
  Moment second_look_ = Moment::max();
  Hints hints_of_look_;            ///< for the one that a worker is taking
  ImportId known_import_ = 0;      ///< the newest one known before the last look
  ImportId known_to_listing_ = 0;  ///< the newest one known before the last listing
  std::size_t entries_ = 0;        ///< of the last listing

  // Files.
  Arrivals arrivals_;
  std::list<Ready> queue_;
  bool to_check_ = false;                ///< files of the queue may have stood there for long
  Moment next_settled_ = Moment::max();  ///< when `arrivals_` may have more for the queue
  std::map<std::string, Trouble> troubles_;
  std::set<std::string> told_;  ///< names that have had a log line because they are not taken

  // Reports.
  std::vector<ReportOutcome> unrecorded_;  ///< the next file's import records them
  bool to_recover_ = false;
  std::optional<Moment> recover_after_;  ///< a recovery failed: when the next one is due
  std::set<std::string> temporaries_;    ///< that stood there at the last full look
  std::vector<std::string> strays_;      ///< those of them that a daemon which died may have left

  Outage fault_;
  std::string foreign_;  ///< what its mark said when it was last found to be another's; empty: it was not
  bool mark_told_ = false;
  LookLog look_log_;
  Tally tally_;
};

}  // namespace clientsync
