#include "daemon/service/job_queue.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "daemon/log.hpp"

namespace clientsync {
namespace {

const std::string why_slow = "a job has waited for 30 s: the database is locked, or does not answer";

}  // namespace

JobQueue::JobQueue(Workers workers, ImportId newest_import)
    : workers_(std::move(workers)), newest_import_(newest_import) {}

void JobQueue::add(std::shared_ptr<WatchedInbox> inbox) {
  const std::uint64_t number = inbox->number();
  firms_[inbox->config().rules.firm].insert(number);
  const auto [place, is_new] = places_.emplace(number, Place{.inbox = std::move(inbox)});
  set_alarm(place->second, Moment::min());
}

void JobQueue::drop(std::uint64_t number) {
  const auto place = places_.find(number);
  if (place == places_.end()) return;
  leave_line(place->second);
  set_alarm(place->second, Moment::max());
  const auto firm = firms_.find(place->second.inbox->config().rules.firm);
  firm->second.erase(number);
  if (firm->second.empty()) firms_.erase(firm);
  const std::shared_ptr<WatchedInbox> inbox = std::move(place->second.inbox);
  places_.erase(place);
  if (!start_last(inbox) && !running_.contains(number)) workers_.dropped(number);
}

void JobQueue::stop() {
  stopping_ = true;
  for (const auto& [number, place] : places_) start_last(place.inbox);
}

void JobQueue::on_event(const WatchEvent& event) {
  const auto tell = [&](Place& place) {
    place.inbox->on_event(event);
    set_alarm(place, Moment::min());
  };
  if (event.kind == WatchEvent::Kind::overflow) {
    for (auto& [number, place] : places_) tell(place);
  } else if (const auto place = places_.find(event.directory); place != places_.end()) {
    tell(place->second);
  }
}

void JobQueue::pump(Moment now) {
  pumped_ = now;
  for (const JobResult& result : std::exchange(results_, {})) finish(result, now);
  if (stopping_) return;
  find_stalled(now);
  tell_slow(now);
  ring_alarms(now);
  start_jobs(Lane::directory, directory_jobs, now);
  if (now >= database_again_) start_jobs(Lane::database, database_jobs, now);
}

Moment JobQueue::next_pump() const {
  if (stopping_) return Moment::max();
  Moment next = alarms_.empty() ? Moment::max() : alarms_.begin()->first;
  if (!database_line_.empty() && database_again_ > pumped_) next = std::min(next, database_again_);
  for (const auto& [number, running] : running_) {
    if (!running.stalled) next = std::min(next, stalls_at(running));
    if (running.lane == Lane::database && !slow_told_) next = std::min(next, running.since + slow_job);
  }
  return next;
}

/// Puts the inbox into the line where its next job waits, if it is not there yet.
void JobQueue::reconsider(Place& place, Moment now) {
  const std::optional<Lane> lane = place.inbox->wants(now);
  set_alarm(place, place.inbox->next_change(now));
  if (lane == place.lane) return;
  leave_line(place);
  if (!lane) return;
  Line& line = line_of(*lane);
  place.in_line = line.insert(line.end(), place.inbox->number());
  place.lane = lane;
}

void JobQueue::leave_line(Place& place) {
  if (place.lane) line_of(*place.lane).erase(place.in_line);
  place.lane.reset();
}

void JobQueue::set_alarm(Place& place, Moment at) {
  if (place.alarm == at) return;
  const std::uint64_t number = place.inbox->number();
  if (place.alarm != Moment::max()) alarms_.erase({place.alarm, number});
  if (at != Moment::max()) alarms_.emplace(at, number);
  place.alarm = at;
}

void JobQueue::ring_alarms(Moment now) {
  std::vector<std::uint64_t> due;
  for (auto at = alarms_.begin(); at != alarms_.end() && at->first <= now; ++at) due.push_back(at->second);
  for (const std::uint64_t number : due) reconsider(places_.at(number), now);
}

Moment JobQueue::stalls_at(const Running& running) {
  return running.since + (running.lane == Lane::directory ? stalled_look : stalled_job);
}

std::string JobQueue::why_stalled(const Running& running) {
  const std::string path = running.inbox->config().path.string();
  return running.lane == Lane::directory ? "the file system of " + path + " does not answer"
                                         : "a job in " + path + " waits for its file system or the database";
}

void JobQueue::find_stalled(Moment now) {
  unsigned stalled = 0;
  for (auto& [number, running] : running_) {
    if (!running.stalled && now >= stalls_at(running)) {
      running.stalled = true;
      log(LogLevel::error, "inbox.stalled", {{"inbox", running.inbox->config().name}, {"error", why_stalled(running)}});
    }
    if (running.stalled) ++stalled;
  }
  if (stalled > 0) workers_.replace(stalled);
}

/// The beginning of the oldest job for which the database takes too long; nullopt if there is none.
std::optional<Moment> JobQueue::slow_since(Moment now) const {
  std::optional<Moment> oldest;
  for (const auto& [number, running] : running_) {
    const bool slow = running.lane == Lane::database && now >= running.since + slow_job;
    if (slow) oldest = std::min(oldest.value_or(running.since), running.since);
  }
  return oldest;
}

void JobQueue::tell_slow(Moment now) {
  const bool slow = slow_since(now).has_value();
  if (slow && !slow_told_) log(LogLevel::error, "database.slow", {{"error", why_slow}});
  if (!slow && slow_told_) log(LogLevel::info, "database.answers", {});
  slow_told_ = slow;
}

/// A stalled job has a worker of its own and keeps nobody waiting.
unsigned JobQueue::at_work(Lane lane) const {
  return static_cast<unsigned>(std::ranges::count_if(
      running_, [&](const auto& each) { return each.second.lane == lane && !each.second.stalled; }));
}

/// Imports of one firm never run side by side: the lock on the firm's row would only make a worker wait.
bool JobQueue::is_busy(const std::string& firm) const {
  return std::ranges::any_of(running_, [&](const auto& each) {
    const Running& running = each.second;
    return running.lane == Lane::database && !running.stalled && running.inbox->config().rules.firm == firm;
  });
}

/// Files of one firm are imported in the order in which they become complete, whatever their inbox. The one whose turn
/// it is takes the place in the line of the firm's first inbox, so that no firm waits longer because of that.
JobQueue::Place& JobQueue::first_of_firm(Place& place, Moment now) {
  Place* first = &place;
  for (const std::uint64_t number : firms_.at(place.inbox->config().rules.firm)) {
    Place& other = places_.at(number);
    const bool waits = other.lane == Lane::database && other.inbox->wants(now) == Lane::database;
    if (waits && other.inbox->due_since(now) < first->inbox->due_since(now)) first = &other;
  }
  std::swap(*place.in_line, *first->in_line);
  std::swap(place.in_line, first->in_line);
  return *first;
}

void JobQueue::start_jobs(Lane lane, unsigned most, Moment now) {
  Line& line = line_of(lane);
  unsigned working = at_work(lane);
  for (auto next = line.begin(); next != line.end() && working < most;) {
    Place& place = places_.at(*next++);
    if (place.inbox->wants(now) != lane) {
      reconsider(place, now);
      continue;
    }
    if (lane == Lane::database && is_busy(place.inbox->config().rules.firm)) continue;
    start(lane == Lane::database ? first_of_firm(place, now) : place, now);
    ++working;
  }
}

void JobQueue::start(Place& place, Moment now) {
  leave_line(place);
  Job job = place.inbox->next_job(now, newest_import_);
  set_alarm(place, Moment::max());
  if (auto* const recovery = std::get_if<RecoveryJob>(&job.task)) {
    for (const auto& [number, each] : places_) recovery->inboxes.push_back(each.inbox->config().name);
  }
  start(place.inbox, std::move(job), now);
}

/// Starts the last job of an inbox that is given no other; false if it has none. While the database fails, nobody waits
/// for it: the next recovery of the inbox finds what is not recorded.
bool JobQueue::start_last(const std::shared_ptr<WatchedInbox>& inbox) {
  if (database_.failing()) return false;
  std::optional<Job> job = inbox->last_job();
  if (!job) return false;
  start(inbox, *std::move(job), pumped_);
  return true;
}

void JobQueue::start(const std::shared_ptr<WatchedInbox>& inbox, Job job, Moment now) {
  running_.emplace(job.inbox, Running{.inbox = inbox, .lane = job.lane(), .since = now});
  boost::asio::post(workers_.workers, [this, job = std::move(job)] {
    boost::asio::post(workers_.home, [this, result = workers_.perform(job)]() mutable {
      results_.push_back(std::move(result));
      workers_.finished();
    });
  });
}

void JobQueue::finish(const JobResult& result, Moment now) {
  const auto ended = running_.extract(result.job.inbox);
  const Running& running = ended.mapped();
  newest_import_ = std::max(newest_import_, result.newest_import);
  if (running.stalled) log(LogLevel::info, "inbox.answers", {{"inbox", running.inbox->config().name}});
  if (!result.quiet.empty()) quiet_ = {running.since, {result.quiet.begin(), result.quiet.end()}};
  // Recoveries go on until the database works again, since they tell that it does.
  if (database_.failing()) quiet_ = {};
  const bool of_database = result.fault && result.fault->of_database;
  const Moment again = of_database ? note_database_fault(*result.fault, now) : Moment{};
  const auto place = places_.find(result.job.inbox);
  // A dropped inbox has no faults any more.
  if (place != places_.end() || !result.fault) running.inbox->finished(result, now, again, quiet_);
  if (const auto* file = std::get_if<FileJob>(&result.job.task);
      file != nullptr && result.outcome.imported && result.outcome.report_error.empty())
    report_times_.add(now - file->ready.since);
  if (!result.fault) note_database_success(result);
  const bool ends = place == places_.end() || stopping_;
  const bool goes_on = ends && !std::holds_alternative<RecordJob>(result.job.task) && start_last(running.inbox);
  if (place != places_.end()) return set_alarm(place->second, Moment::min());
  if (!goes_on) workers_.dropped(result.job.inbox);
}

/// Gives when the database is tried again. If jobs fail side by side, the first one makes the pause longer.
Moment JobQueue::note_database_fault(const JobFault& fault, Moment now) {
  const std::string event = database_event(fault);
  if (database_.failing() && now < database_again_) return database_again_;
  if (!database_.failing(event)) log_job_fault("", "", fault);
  return database_again_ = now + database_.failed(event, fault.why, now);
}

/// A query of the ledger shows little: a database may answer and yet take nothing because its disk is full or the role
/// lacks a right. It works again if it took an import, or if no file is left that it failed.
void JobQueue::note_database_success(const JobResult& result) {
  if (!database_.failing() || result.job.lane() != Lane::database) return;
  const bool a_file_waits =
      std::ranges::any_of(places_, [](const auto& place) { return place.second.inbox->wants_database(); });
  if (!result.outcome.imported && a_file_waits) return;
  database_again_ = {};
  database_.succeeded();
  log(LogLevel::info, "database.back", {});
}

std::set<std::pair<std::uint64_t, std::uint64_t>> JobQueue::named_directories() const {
  std::set<std::pair<std::uint64_t, std::uint64_t>> directories;
  for (const auto& [number, place] : places_) {
    const Directory* const directory = place.inbox->in_root() ? nullptr : place.inbox->directory();
    if (directory != nullptr) directories.insert(directory->identity());
  }
  return directories;
}

std::vector<Fault> JobQueue::faults(Moment now) const {
  std::vector<Fault> faults;
  if (database_.failing()) faults.push_back(database_.fault("", now));
  if (const auto since = slow_since(now)) {
    faults.push_back({.event = "database.slow",
                      .why = why_slow,
                      .lasts = std::chrono::duration_cast<std::chrono::milliseconds>(now - *since)});
  }
  for (const auto& [number, running] : running_) {
    if (!running.stalled) continue;
    faults.push_back({.event = "inbox.stalled",
                      .inbox = running.inbox->config().name,
                      .why = why_stalled(running),
                      .lasts = std::chrono::duration_cast<std::chrono::milliseconds>(now - running.since)});
  }
  for (const auto& [number, place] : places_) {
    for (Fault& fault : place.inbox->faults(now)) faults.push_back(std::move(fault));
  }
  return faults;
}

void JobQueue::add_metrics(Metrics& metrics, Moment now) const {
  metrics.database_up = !database_.failing();
  metrics.reports = report_times_;
  for (const auto& [number, place] : places_) {
    const auto running = running_.find(number);
    const bool stalled = running != running_.end() && running->second.stalled;
    metrics.inboxes.push_back(place.inbox->metrics(now));
    if (stalled) metrics.inboxes.back().up = false;
  }
  std::ranges::sort(metrics.inboxes, {}, &InboxMetrics::inbox);
}

std::vector<InboxStatus> JobQueue::inboxes(const ThisMoment& moment, const StatusFilter& filter) const {
  const std::size_t most = std::min(most_shown, most_shown_in_all / std::max<std::size_t>(places_.size(), 1) + 1);
  std::vector<InboxStatus> inboxes;
  for (const auto& [number, place] : places_) {
    if (!filter.inbox.empty() && place.inbox->config().name != filter.inbox) continue;
    inboxes.push_back(place.inbox->status(moment, filter.file, filter.inbox.empty() ? most : most_shown));
    for (WaitingFile& file : inboxes.back().files) {
      if (file.reason == "database" && database_again_ > moment.now) file.next = moment.shown(database_again_);
    }
  }
  std::ranges::sort(inboxes, {}, &InboxStatus::name);
  return inboxes;
}

}  // namespace clientsync
