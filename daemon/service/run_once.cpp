#include "daemon/service/run_once.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/files/temporary.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/log.hpp"
#include "daemon/service/job.hpp"
#include "daemon/service/retention.hpp"
#include "daemon/service/startup_checks.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

using Kind = FileOutcome::Kind;

/// An inbox of this run. `job` keeps its configuration and, once it is open, its directory.
struct OnceInbox {
  explicit OnceInbox(InboxConfig config, bool in_root)
      : job{.task = LookJob{}, .config = std::make_shared<const InboxConfig>(std::move(config)), .in_root = in_root},
        arrivals(job.config->patterns, Patience{.settle = job.config->settle}) {}

  [[nodiscard]] const std::string& name() const { return job.config->name; }

  Job job;
  Arrivals arrivals;
  std::set<std::string> told{};             ///< names that have had a log line because they are not taken
  std::vector<std::string> strays{};        ///< temporary files that a daemon which died may have left
  std::vector<ReportOutcome> unrecorded{};  ///< what became of reports
};

class OnceRun {
 public:
  OnceRun(const Config& config, std::string ledger)
      : config_(config),
        connections_(config.database, ledger),
        crash_count_(config.state),
        ledger_(std::move(ledger)) {}

  ExitStatus run() {
    std::vector<std::unique_ptr<OnceInbox>> inboxes = find();
    std::erase_if(inboxes, [this](const auto& inbox) { return !look(*inbox) || !recover(*inbox); });
    Moment imported = now();
    while (!database_failed_ && !inboxes.empty()) {
      Moment next = Moment::max();
      for (const auto& inbox : inboxes) {
        if (import_ready(*inbox)) imported = now();
        if (inbox->arrivals.waiting() > 0) next = std::min(next, inbox->arrivals.next(now()).value_or(next));
      }
      if (next == Moment::max() || gave_up(inboxes, imported)) break;
      std::this_thread::sleep_until(std::max(next, now() + std::chrono::milliseconds{1}));
      std::erase_if(inboxes, [this](const auto& inbox) { return !look(*inbox); });
    }
    if (!database_failed_) remove_old_bytes(connections_, config_.retention);
    return status_;
  }

 private:
  static Moment now() { return std::chrono::steady_clock::now(); }

  void worsen(ExitStatus status) { status_ = std::max(status_, status); }

  std::vector<std::unique_ptr<OnceInbox>> find() {
    const AllInboxes all = all_inboxes(config_);
    std::vector<std::unique_ptr<OnceInbox>> inboxes;
    for (const InboxConfig& inbox : all.inboxes)
      inboxes.push_back(std::make_unique<OnceInbox>(inbox, inboxes.size() >= config_.inboxes.size()));
    for (const NotTaken& each : all.not_taken)
      log(LogLevel::warning, "inbox.not_taken", {{"path", each.path.string()}, {"why", each.why}});
    for (const std::string& fault : all.faults) log(LogLevel::error, "root.unavailable", {{"error", fault}});
    if (!all.faults.empty()) worsen(ExitStatus::environment_failed);
    return inboxes;
  }

  JobResult perform_now(const Job& job) {
    JobResult result = perform(job, {connections_, crash_count_, nullptr, ledger_});
    if (!result.fault) return result;
    worsen(ExitStatus::environment_failed);
    database_failed_ = database_failed_ || result.fault->of_database;
    return result;
  }

  /// False if the inbox cannot be looked at, or is another ledger's.
  bool look(OnceInbox& inbox) {
    inbox.job.task = LookJob{};
    const JobResult result = perform_now(inbox.job);
    const DirectorySight& sight = result.sight;
    if (result.fault) {
      log(LogLevel::error, "inbox.unavailable", {{"inbox", inbox.name()}, {"error", result.fault->why}});
      return false;
    }
    if (sight.mark.state == MarkSight::State::foreign) {
      log_foreign(inbox.name(), sight);
      worsen(ExitStatus::environment_failed);
      return false;
    }
    if (sight.reopened || sight.mark.restored) log_mark(inbox.name(), sight.mark);
    log_not_taken(*inbox.job.config, sight, inbox.told);
    inbox.job.directory = sight.directory;
    inbox.arrivals.observe(sight.entries, {}, now());
    // On a remote file system they may belong to a daemon on another host, whose locks do not show.
    for (const Entry& entry : sight.entries) {
      if (!sight.remote && entry.type == FileType::regular && is_temporary(entry.name))
        inbox.strays.push_back(entry.name);
    }
    return true;
  }

  /// False if the database is out of reach.
  bool recover(OnceInbox& inbox) {
    inbox.job.task = RecoveryJob{std::exchange(inbox.strays, {})};
    const JobResult result = perform_now(inbox.job);
    if (result.fault) log_job_fault(inbox.name(), "", *result.fault);
    return !database_failed_;
  }

  /// True if files keep changing: they are left for the next run. Nothing was imported since `since`.
  static bool gave_up(const std::vector<std::unique_ptr<OnceInbox>>& inboxes, Moment since) {
    constexpr std::chrono::seconds patience{60};
    constexpr int settles = 10;
    Moment::duration longest = patience;
    for (const auto& inbox : inboxes)
      longest = std::max<Moment::duration>(longest, settles * inbox->job.config->settle);
    if (now() - since < longest) return false;
    for (const auto& inbox : inboxes) {
      const std::size_t waiting = inbox->arrivals.waiting();
      if (waiting > 0)
        log(LogLevel::warning, "inbox.unsettled", {{"inbox", inbox->name()}, {"files", std::to_string(waiting)}});
    }
    return true;
  }

  /// True if a file was ready.
  bool import_ready(OnceInbox& inbox) {
    const std::vector<Ready> all = inbox.arrivals.ready(now(), most_ready);
    for (const Ready& ready : all) {
      if (database_failed_) return true;
      const bool more_follow = &ready != &all.back();
      inbox.job.task = FileJob{.ready = ready, .unrecorded = std::move(inbox.unrecorded), .more_follow = more_follow};
      JobResult result = perform_now(inbox.job);
      inbox.unrecorded = std::move(result.unrecorded);
      finish(inbox, ready, result);
    }
    // The last file has failed.
    if (!inbox.unrecorded.empty() && !database_failed_) {
      inbox.job.task = RecordJob{std::exchange(inbox.unrecorded, {})};
      const JobResult result = perform_now(inbox.job);
      if (result.fault) log_job_fault(inbox.name(), "", *result.fault);
    }
    return !all.empty();
  }

  /// What cannot be imported now counts as done: it is left for the next run.
  void finish(OnceInbox& inbox, const Ready& ready, const JobResult& result) {
    constexpr std::chrono::seconds link_pause{1};
    const FileOutcome& outcome = result.outcome;
    if (result.fault) {
      log_job_fault(inbox.name(), ready.name, *result.fault);
    } else if (outcome.kind == Kind::settling) {
      return inbox.arrivals.settling(ready.name, now());
    } else if (outcome.kind == Kind::needs_patience) {
      return inbox.arrivals.needs_patience(ready.name);
    } else if (outcome.kind == Kind::not_a_file) {
      // The next look sees whether it is linked for good.
      return inbox.arrivals.retry(ready.name, now() + link_pause);
    } else if (outcome.kind == Kind::not_taken) {
      log_other_name(*inbox.job.config, ready.name, inbox.told);
    } else if (outcome.kind == Kind::unreadable) {
      log(LogLevel::warning, "file.unreadable", {{"inbox", inbox.name()}, {"file", ready.name}});
      worsen(ExitStatus::environment_failed);
    } else if (outcome.kind == Kind::imported) {
      log_import(inbox.name(), ready.name, outcome, result.took);
      worsen(status_of(outcome));
      if (!outcome.report_name.empty()) inbox.arrivals.done(outcome.report_name, outcome.report_stamp);
    }
    inbox.arrivals.done(ready.name, ready.stamp, outcome.newest_import);
  }

  const Config& config_;
  ConnectionPool connections_;
  const CrashCount crash_count_;
  const std::string ledger_;
  ExitStatus status_ = ExitStatus::all_good;
  bool database_failed_ = false;
};

}  // namespace

ExitStatus run_once(const Config& config) {
  raise_file_limit();
  std::string ledger = ConnectionPool(config.database).use([&](Connection& connection) {
    static_cast<void>(prepare_database(connection, config));
    return ledger_uuid(connection);
  });
  return OnceRun(config, std::move(ledger)).run();
}

}  // namespace clientsync
