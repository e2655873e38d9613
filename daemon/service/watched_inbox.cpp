#include "daemon/service/watched_inbox.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/files/temporary.hpp"
#include "daemon/log.hpp"

namespace clientsync {
namespace {

using std::chrono::milliseconds;
using Kind = FileOutcome::Kind;

/// While we hold a removed directory open, inotify reports only the removal of its files.
constexpr milliseconds second_look_after{500};
/// When a directory that was removed from its root is opened again, should the root not have noticed.
constexpr milliseconds removed_pause{1000};
/// When a file that has a second link is looked at again: backups make one for a moment.
constexpr milliseconds link_pause{1000};

/// When a report is tried again that another daemon keeps from being published.
constexpr milliseconds report_pause{1000};

/// Listings because of events take a tenth of the time at most, since a directory may have many thousand entries. Looks
/// at names take half of it: one that took long because the machine is busy must not keep the next drop waiting.
Moment::duration rest_after_look(const DirectorySight& sight, Moment::duration took) {
  constexpr Moment::duration shortest = milliseconds{1}, longest = std::chrono::seconds{2};
  return std::clamp<Moment::duration>((sight.listed ? 10 : 1) * took, shortest, longest);
}

/// The next of the moments at which rescans begin. A thousand idle inboxes wake the service once a second, and not each
/// for itself.
Moment next_beat(Moment at, milliseconds rescan) {
  constexpr int beats = 60;
  const Moment::duration beat = std::clamp<Moment::duration>(rescan / beats, milliseconds{1}, std::chrono::seconds{1});
  const Moment::duration past = at.time_since_epoch() % beat;
  return past == Moment::duration{} ? at : at + (beat - past);
}

}  // namespace

WatchedInbox::WatchedInbox(std::uint64_t number, InboxConfig config, bool in_root)
    : number_(number),
      config_(std::make_shared<const InboxConfig>(std::move(config))),
      in_root_(in_root),
      arrivals_(config_->patterns, Patience{.settle = config_->settle}) {}

bool WatchedInbox::look_is_due(Moment now) const {
  return now >= (directory_ ? next_look() : not_before_);
}

/// The next look that is due by time. A file that settled is seen once more before it is taken, unless others are in
/// the queue before it.
Moment WatchedInbox::next_look() const {
  const Moment by_names =
      std::min({requests_.any() ? not_before_ : Moment::max(), second_look_, next_settled_, next_poll_});
  return std::min(std::max(by_names, not_before_), next_listing());
}

/// The next listing that is not a poll. Rescans come in any case.
Moment WatchedInbox::next_listing() const {
  return std::min(next_full_look_, requests_.listing() ? listing_not_before_ : Moment::max());
}

bool WatchedInbox::recovery_is_due(Moment now) const {
  return directory_ && to_recover_ && (!recover_after_ || now >= *recover_after_);
}

/// Only a file takes along what is unrecorded. What other jobs ask of the ledger depends on it.
bool WatchedInbox::record_is_due(Moment now) const {
  return !unrecorded_.empty() && (queue_.empty() || to_check_ || recovery_is_due(now));
}

std::optional<Lane> WatchedInbox::wants(Moment now) const {
  if (busy_) return std::nullopt;
  if (look_is_due(now)) return Lane::directory;
  const bool waits = recovery_is_due(now) || record_is_due(now) || !queue_.empty();
  return waits ? std::optional(Lane::database) : std::nullopt;
}

Moment WatchedInbox::due_since(Moment now) const {
  return recovery_is_due(now) || record_is_due(now) ? Moment::min() : queue_.front().complete;
}

Moment WatchedInbox::next_change(Moment now) const {
  if (busy_ || look_is_due(now)) return Moment::max();
  if (!directory_) return not_before_;
  const bool recovery_waits = to_recover_ && !recovery_is_due(now);
  return std::min(next_look(), recovery_waits ? *recover_after_ : Moment::max());
}

Job WatchedInbox::job(decltype(Job::task) task) const {
  return {.task = std::move(task), .inbox = number_, .config = config_, .in_root = in_root_, .directory = directory_};
}

Job WatchedInbox::next_job(Moment now, ImportId newest_import) {
  busy_ = true;
  if (look_is_due(now)) return next_look(now, newest_import);
  if (record_is_due(now)) return job(RecordJob{std::exchange(unrecorded_, {})});
  if (recovery_is_due(now)) {
    to_recover_ = false;
    return job(RecoveryJob{std::exchange(strays_, {})});
  }
  if (std::exchange(to_check_, false)) return job(standing_job());
  Ready ready = std::move(queue_.front());
  queue_.pop_front();
  const std::optional<Moment> since = troubles_[ready.name].unreadable_since;
  const bool report_unreadable = since && now - *since >= unreadable_patience;
  return job(FileJob{std::move(ready), report_unreadable, std::exchange(unrecorded_, {}), !queue_.empty()});
}

std::optional<Job> WatchedInbox::last_job() {
  if (busy_ || unrecorded_.empty()) return std::nullopt;
  busy_ = true;
  return job(RecordJob{std::exchange(unrecorded_, {})});
}

/// Only what may have changed is looked at. A directory is listed when it is opened, at each rescan and poll, and if
/// events were lost.
Job WatchedInbox::next_look(Moment now, ImportId newest_import) {
  const bool lists = !directory_ || polled_ || now >= next_listing();
  LookJob look{.reopen = lists && requests_.reopening(), .full = now >= next_full_look_};
  if (!lists) look.names = names_to_look_at(now);
  if (requests_.any_removal()) {
    second_look_ = now + second_look_after;
  } else if (now >= second_look_) {
    second_look_ = Moment::max();
  }
  hints_of_look_ = requests_.grant(lists);
  hints_of_look_.newest_import = !directory_ ? newest_import : lists ? known_to_listing_ : known_import_;
  known_import_ = newest_import;
  if (lists) known_to_listing_ = newest_import;
  return job(std::move(look));
}

std::vector<std::string> WatchedInbox::names_to_look_at(Moment now) const {
  std::set<std::string> names = requests_.names();
  // Whoever makes a file by a link and removes the other name raises no event of the name that stays.
  if (requests_.any_removal() || now >= second_look_) names.insert(linked_.begin(), linked_.end());
  if (now >= next_settled_) {
    for (std::string& name : arrivals_.due(now, most_ready)) names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

void WatchedInbox::finished(const JobResult& result, Moment now, Moment database_again, const QuietInboxes& quiet) {
  busy_ = false;
  unrecorded_.insert(unrecorded_.end(), result.unrecorded.begin(), result.unrecorded.end());
  if (std::holds_alternative<LookJob>(result.job.task)) {
    result.fault ? lose(result, now) : finish_look(result, now, quiet);
  } else if (result.fault) {
    fail(result, now, database_again);
  } else {
    if (const auto* file = std::get_if<FileJob>(&result.job.task)) finish_file(file->ready, result, now);
    if (std::holds_alternative<StandingJob>(result.job.task)) finish_standing(result);
    if (std::holds_alternative<RecoveryJob>(result.job.task)) recover_after_.reset();
    if (result.report_waits) retry_recovery(now + report_pause);
  }
  if (directory_ && !recover_after_ && !any_file_has(&Trouble::own_fault)) end_fault();
  refill(now);
}

void WatchedInbox::finish_look(const JobResult& result, Moment now, const QuietInboxes& quiet) {
  const DirectorySight& sight = result.sight;
  const auto& look = std::get<LookJob>(result.job.task);
  const bool full = look.full || sight.reopened;
  if (sight.reopened) {
    directory_ = sight.directory;
    arrivals_.forget_directory();
  }
  if (sight.mark.state == MarkSight::State::foreign) return give_up_foreign(sight, now);
  if (full) tell_mark(sight.mark);
  if (sight.reopened) opened(sight);
  observe(look, sight, now);
  if (full) take_full_look(sight, now, quiet);
  const Moment rested = now + rest_after_look(sight, result.took);
  if (sight.listed) listing_not_before_ = rested;
  // After a long listing a file that was dropped meanwhile is not kept waiting, since only its name is looked at.
  if (polled_ || !sight.listed) not_before_ = rested;
  next_poll_ = polled_ ? now + config_->poll : Moment::max();
}

/// Takes what the look found in the directory.
void WatchedInbox::observe(const LookJob& look, const DirectorySight& sight, Moment now) {
  // What arrived between the beginning of the watch and the first look was found by that look. Its hint must not count
  // as a second arrival.
  for (const Entry& entry : sight.entries) {
    if (sight.reopened) requests_.move_sign(entry.name, hints_of_look_);
  }
  const Hints hints = std::exchange(hints_of_look_, {});
  if (sight.listed) {
    arrivals_.observe(sight.entries, hints, now);
    entries_ = sight.entries.size();
  } else {
    arrivals_.observe_names(*look.names, sight.entries, hints, now);
  }
  log_not_taken(*config_, sight, told_);
  look_log_.tell(config_->name, entries_, arrivals_);
  note_links(look, sight, now);
  forget_troubles(look, sight);
}

/// A file with a second link is looked at again when something is removed; and once in any case, since the link may be
/// gone before its removal is told.
void WatchedInbox::note_links(const LookJob& look, const DirectorySight& sight, Moment now) {
  const std::set<std::string> before = linked_;
  if (sight.listed) {
    linked_.clear();
  } else {
    for (const std::string& name : *look.names) linked_.erase(name);
  }
  for (const Entry& entry : sight.entries) {
    if (entry.type != FileType::regular || entry.links == 1) continue;
    linked_.insert(entry.name);
    if (!before.contains(entry.name)) second_look_ = std::min(second_look_, now + second_look_after);
  }
}

void WatchedInbox::opened(const DirectorySight& sight) {
  polled_ = sight.polled;
  arrivals_.set_polling(polled_);
  end_fault();
  foreign_.clear();
  log(LogLevel::info, "inbox.watched",
      {{"inbox", config_->name}, {"path", config_->path.string()}, {"by", polled_ ? "polling" : "inotify"}});
}

/// Looks for what events do not tell: reports that are not published, and temporary files that a daemon left which
/// died. On a remote file system the locks of daemons on other hosts may not show: a temporary file counts as left
/// behind only if it stood there at two full looks, whose distance is many times what a report takes.
void WatchedInbox::take_full_look(const DirectorySight& sight, Moment now, const QuietInboxes& quiet) {
  // Many inboxes that were opened at once do not all look fully at once from then on.
  next_full_look_ =
      next_beat(now + (sight.reopened ? jittered(config_->rescan, 0.5, 1.0) : config_->rescan), config_->rescan);
  std::set<std::string> temporaries;
  for (const Entry& entry : sight.entries) {
    if (entry.type == FileType::regular && is_temporary(entry.name)) temporaries.insert(entry.name);
  }
  strays_.clear();
  for (const std::string& name : temporaries) {
    if (!sight.remote || temporaries_.contains(name)) strays_.push_back(name);
  }
  temporaries_ = std::move(temporaries);
  constexpr int share = 4;
  const bool is_quiet = now - quiet.asked < config_->rescan / share && quiet.names.contains(config_->name);
  to_recover_ = to_recover_ || !is_quiet || !strays_.empty();
}

/// A mark that cannot be replaced is logged once.
void WatchedInbox::tell_mark(const MarkSight& mark) {
  if (!mark.unmarked || !mark_told_) log_mark(config_->name, mark);
  mark_told_ = mark.unmarked;
}

/// Files that are gone are in no trouble any more.
void WatchedInbox::forget_troubles(const LookJob& look, const DirectorySight& sight) {
  if (troubles_.empty()) return;
  std::set<std::string_view> looked_at, there;
  if (!sight.listed) looked_at.insert(look.names->begin(), look.names->end());
  for (const Entry& entry : sight.entries) {
    // An entry that could not be looked at may still be the file.
    if (entry.type == FileType::regular || entry.stamp.inode == 0) there.insert(entry.name);
  }
  std::erase_if(troubles_, [&](const auto& trouble) {
    return (sight.listed || looked_at.contains(trouble.first)) && !there.contains(trouble.first);
  });
}

/// The directory is missing or cannot be read.
void WatchedInbox::lose(const JobResult& result, Moment now) {
  if (result.sight.removed) return close(now + removed_pause, now);
  const std::string& why = result.fault->why;
  if (!fault_.failing("inbox.unavailable"))
    log(LogLevel::error, "inbox.unavailable", {{"inbox", config_->name}, {"error", why}});
  foreign_.clear();
  close(now + fault_.failed("inbox.unavailable", why, now), now);
}

/// The inbox belongs to another ledger. It is looked at again at each rescan until somebody adopts it.
void WatchedInbox::give_up_foreign(const DirectorySight& sight, Moment now) {
  const std::string& found = sight.mark.found;
  if (foreign_ != found) log_foreign(config_->name, sight);
  foreign_ = found;
  static_cast<void>(fault_.failed("inbox.foreign", "found " + found + ", expected " + sight.expected, now));
  close(now + config_->rescan, now);
}

/// Nothing that was in the directory counts as removed.
void WatchedInbox::close(Moment open_again, Moment now) {
  directory_.reset();
  arrivals_.forget_directory();
  for (const Ready& ready : queue_) arrivals_.retry(ready.name, now);
  queue_.clear();
  static_cast<void>(requests_.grant(false));
  linked_.clear();
  hints_of_look_ = {};
  not_before_ = open_again;
}

/// Of the files in the queue, those that nobody saw arrive.
StandingJob WatchedInbox::standing_job() const {
  StandingJob standing;
  std::ranges::remove_copy_if(queue_, std::back_inserter(standing.files), &Ready::anew);
  return standing;
}

/// The files that are not done stay in the queue.
void WatchedInbox::finish_standing(const JobResult& result) {
  const std::set<std::string_view> done(result.done.begin(), result.done.end());
  std::erase_if(queue_, [&](const Ready& ready) {
    if (!done.contains(ready.name)) return false;
    log_passed_over(config_->name, ready.name, Kind::done);
    arrivals_.done(ready.name, ready.stamp);
    return true;
  });
}

void WatchedInbox::finish_file(const Ready& ready, const JobResult& result, Moment now) {
  const FileOutcome& outcome = result.outcome;
  if (outcome.kind != Kind::unreadable) troubles_.erase(ready.name);
  log_passed_over(config_->name, ready.name, outcome.kind);
  switch (outcome.kind) {
    case Kind::imported:
      finish_import(ready, result, now);
      break;
    case Kind::done:
    case Kind::own_report:
      break;
    case Kind::not_taken:
      log_other_name(*config_, ready.name, told_);
      break;
    case Kind::withdrawn:
      log(LogLevel::info, "file.withdrawn", {{"inbox", config_->name}, {"file", ready.name}});
      requests_.ask(ready.name);
      return arrivals_.withdrawn(ready.name);
    case Kind::settling:
      return arrivals_.settling(ready.name, now);
    case Kind::needs_patience:
      return arrivals_.needs_patience(ready.name);
    case Kind::not_a_file:
      log_not_taken(config_->name, ready.name, "it is a link or has a second hard link", told_);
      return arrivals_.retry(ready.name, now + link_pause);
    case Kind::unreadable:
      return finish_unreadable(ready, outcome, now);
  }
  // An import by another daemon may be of an arrival that is yet to be seen here.
  arrivals_.done(ready.name, ready.stamp, outcome.imported ? outcome.imported->import : 0);
  if (outcome.report_stamp.inode != 0 && outcome.report_error.empty()) take_report(ready, outcome);
}

/// Our own report is no drop. If somebody changes it, another event tells.
void WatchedInbox::take_report(const Ready& ready, const FileOutcome& outcome) {
  if (outcome.report_name.empty()) return;
  arrivals_.done(outcome.report_name, outcome.report_stamp);
  // If it replaced the input, the input may have been dropped again just before.
  if (outcome.report_name != ready.name) requests_.forget_placed(outcome.report_name);
}

void WatchedInbox::finish_import(const Ready& ready, const JobResult& result, Moment now) {
  const FileOutcome& outcome = result.outcome;
  log_import(config_->name, ready.name, outcome, result.took);
  tally_.add(outcome.counts, outcome.imported->plan.rejected);
  if (!outcome.report_error.empty()) retry_recovery(now + fault_.failed("report.pending", outcome.report_error, now));
}

/// The file stays queued; after a while its user is told once.
void WatchedInbox::finish_unreadable(const Ready& ready, const FileOutcome& outcome, Moment now) {
  Trouble& trouble = troubles_[ready.name];
  trouble.database = trouble.own_fault = false;
  if (!trouble.unreadable_since) {
    trouble.unreadable_since = now;
    log(LogLevel::warning, "file.unreadable", {{"inbox", config_->name}, {"file", ready.name}});
  }
  if (outcome.imported) {
    log(LogLevel::warning, "file.unreadable_reported",
        {{"inbox", config_->name}, {"file", ready.name}, {"import", std::to_string(outcome.imported->import)}});
    tally_.add(outcome.counts, true);
  }
  const Moment to_report = *trouble.unreadable_since + unreadable_patience;
  const Moment again = now + trouble.backoff.next();
  arrivals_.retry(ready.name, now < to_report ? std::min(again, to_report) : again);
}

void WatchedInbox::fail(const JobResult& result, Moment now, Moment database_again) {
  const auto* file = std::get_if<FileJob>(&result.job.task);
  const JobFault& fault = *result.fault;
  // If the fault is of one of many files that stand there, it shows when its own turn comes.
  if (std::holds_alternative<StandingJob>(result.job.task)) return void(to_check_ = fault.of_database);
  if (fault.of_database) {
    if (file == nullptr) return retry_recovery(database_again);
    troubles_[file->ready.name].database = true;
    // Nothing is wrong with the file: it keeps its place before those that came later.
    return queue_.push_front(file->ready);
  }
  if (!fault_.failing("inbox.fault")) log_job_fault(config_->name, file == nullptr ? "" : file->ready.name, fault);
  const milliseconds pause = fault_.failed("inbox.fault", fault.why, now);
  if (file == nullptr) return retry_recovery(now + pause);
  // The inbox's other files go on: it may be the trouble of this one alone.
  Trouble& trouble = troubles_[file->ready.name];
  trouble.database = false;
  trouble.own_fault = true;
  trouble.unreadable_since.reset();
  arrivals_.retry(file->ready.name, now + trouble.backoff.next());
}

void WatchedInbox::retry_recovery(Moment at) {
  to_recover_ = true;
  recover_after_ = at;
}

bool WatchedInbox::any_file_has(bool Trouble::*trouble) const {
  return std::ranges::any_of(troubles_, [&](const auto& file) { return file.second.*trouble; });
}

void WatchedInbox::end_fault() {
  if (fault_.succeeded()) log(LogLevel::info, "inbox.back", {{"inbox", config_->name}});
}

void WatchedInbox::refill(Moment now) {
  if (!directory_) return;
  if (queue_.empty()) {
    for (Ready& ready : arrivals_.ready(now, most_ready)) queue_.push_back(std::move(ready));
    // One file alone is found out to be done by its own job.
    to_check_ = queue_.size() > 1 && !std::ranges::all_of(queue_, &Ready::anew);
  }
  next_settled_ = queue_.empty() ? arrivals_.next(now).value_or(Moment::max()) : Moment::max();
}

bool WatchedInbox::wants_database() const {
  // Of an inbox that is away nobody knows whether its files still stand there.
  return directory_ && any_file_has(&Trouble::database);
}

std::vector<Fault> WatchedInbox::faults(Moment now) const {
  std::vector<Fault> faults;
  if (fault_.failing()) faults.push_back(fault_.fault(config_->name, now));
  for (const auto& [file, trouble] : troubles_) {
    if (!trouble.unreadable_since) continue;
    faults.push_back({.event = "file.unreadable",
                      .inbox = config_->name,
                      .file = file,
                      .why = "the service has no permission to read it",
                      .lasts = std::chrono::duration_cast<milliseconds>(now - *trouble.unreadable_since)});
  }
  return faults;
}

InboxMetrics WatchedInbox::metrics(Moment now) const {
  const auto oldest = arrivals_.oldest_waiting();
  return {.inbox = config_->name,
          .up = directory_ && !fault_.failing(),
          .waiting = arrivals_.waiting(),
          .oldest = std::chrono::duration_cast<milliseconds>(now - oldest.value_or(now)),
          .tally = tally_};
}

}  // namespace clientsync
