// Gives the inboxes' jobs to the workers, in turn. Keeps at most one job of an inbox and one import of a firm at work,
// and knows whether the database works. The time comes in as a value.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/http/metrics_page.hpp"
#include "daemon/service/watched_inbox.hpp"

namespace clientsync {

/// Jobs at a time that need the database, and looks at directories.
inline constexpr unsigned database_jobs = 4, directory_jobs = 2;
/// A job that takes longer is stalled: it waits for a file system that does not answer. The statements of a job that
/// needs the database may take a minute, and end by themselves.
inline constexpr std::chrono::seconds stalled_look{10}, stalled_job{90};
/// If a job that needs the database takes longer, the database is slow: it is locked, or does not answer.
inline constexpr std::chrono::seconds slow_job{30};

class JobQueue {
 public:
  struct Workers {
    boost::asio::any_io_executor workers;          ///< where jobs are done
    boost::asio::any_io_executor home;             ///< the thread that uses this object
    std::function<JobResult(const Job&)> perform;  ///< does a job; called by a worker
    std::function<void()> finished;                ///< called at home after a job has ended: `pump` has something to do
    std::function<void(unsigned)> replace;       ///< sees to it that there is a worker for each of so many stalled ones
    std::function<void(std::uint64_t)> dropped;  ///< called at home when no job of a dropped inbox is at work any more
  };

  /// `newest_import` is the newest import of the ledger as the service begins.
  JobQueue(Workers workers, ImportId newest_import);

  void add(std::shared_ptr<WatchedInbox> inbox);
  /// A job of the inbox that is at work ends as it would have; no further one is begun, except the inbox's last_job.
  void drop(std::uint64_t number);
  void on_event(const WatchEvent& event);

  /// Takes the results of jobs that have ended, and starts what can be started.
  void pump(Moment now);
  /// When to call `pump` though no job has ended and no event came; Moment::max(): never.
  [[nodiscard]] Moment next_pump() const;

  /// Starts nothing any more, except what records the reports that were published before.
  void stop();
  /// True if no job is at work.
  [[nodiscard]] bool idle() const { return running_.empty(); }

  /// The newest import of the ledger that the service has seen.
  [[nodiscard]] ImportId newest_import() const { return newest_import_; }
  /// Device and inode of each directory that is open for an inbox which the configuration names.
  [[nodiscard]] std::set<std::pair<std::uint64_t, std::uint64_t>> named_directories() const;
  [[nodiscard]] std::vector<Fault> faults(Moment now) const;
  /// Adds the inboxes, the database and the times of reports.
  void add_metrics(Metrics& metrics, Moment now) const;
  /// What the inboxes say of themselves, by name.
  [[nodiscard]] std::vector<InboxStatus> inboxes(const ThisMoment& moment, const StatusFilter& filter) const;

 private:
  using Line = std::list<std::uint64_t>;
  struct Place {
    std::shared_ptr<WatchedInbox> inbox;
    std::optional<Lane> lane{};  ///< in whose line it waits
    Line::iterator in_line{};
    Moment alarm = Moment::max();  ///< in `alarms_`
  };
  struct Running {
    std::shared_ptr<WatchedInbox> inbox;
    Lane lane = Lane::directory;
    Moment since{};
    bool stalled = false;
  };

  [[nodiscard]] Line& line_of(Lane lane) { return lane == Lane::directory ? directory_line_ : database_line_; }
  void reconsider(Place& place, Moment now);
  void leave_line(Place& place);
  void set_alarm(Place& place, Moment at);
  void ring_alarms(Moment now);
  [[nodiscard]] static Moment stalls_at(const Running& running);
  [[nodiscard]] static std::string why_stalled(const Running& running);
  void find_stalled(Moment now);
  [[nodiscard]] std::optional<Moment> slow_since(Moment now) const;
  void tell_slow(Moment now);
  [[nodiscard]] unsigned at_work(Lane lane) const;
  [[nodiscard]] bool is_busy(const std::string& firm) const;
  [[nodiscard]] Place& first_of_firm(Place& place, Moment now);
  void start_jobs(Lane lane, unsigned most, Moment now);
  void start(Place& place, Moment now);
  void start(const std::shared_ptr<WatchedInbox>& inbox, Job job, Moment now);
  bool start_last(const std::shared_ptr<WatchedInbox>& inbox);
  void finish(const JobResult& result, Moment now);
  [[nodiscard]] Moment note_database_fault(const JobFault& fault, Moment now);
  void note_database_success(const JobResult& result);

  const Workers workers_;
  ImportId newest_import_;
  std::unordered_map<std::uint64_t, Place> places_;                 ///< by the inboxes' numbers
  std::unordered_map<std::string, std::set<std::uint64_t>> firms_;  ///< the inboxes of each
  Line directory_line_, database_line_;                             ///< inboxes that wait for a worker, in turn
  std::set<std::pair<Moment, std::uint64_t>> alarms_;
  std::map<std::uint64_t, Running> running_;  ///< jobs at work, by their inboxes' numbers
  QuietInboxes quiet_;                        ///< what a recovery was told last
  std::vector<JobResult> results_;            ///< of jobs that have ended since the last pump
  Outage database_;
  bool slow_told_ = false;   ///< that the database is slow has had its log line
  Moment database_again_{};  ///< no job that needs the database before then
  Moment pumped_{};          ///< the last time
  Durations report_times_;
  bool stopping_ = false;
};

}  // namespace clientsync
