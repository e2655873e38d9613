#include "daemon/service/job.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "daemon/import/standing_files.hpp"
#include "daemon/inbox/not_taken.hpp"
#include "daemon/log.hpp"
#include "daemon/report/recover.hpp"
#include "importer/store/known_files.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {
namespace {

/// Inboxes leave some file descriptors for the work that is to be done in them: the kernel gives the lowest number that
/// is free.
void leave_descriptors_for_work(const Directory& directory) {
  constexpr rlim_t most_reserve = 64, share = 4;
  rlimit limit{};
  const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const rlim_t reserve = std::min(most_reserve, limit.rlim_cur / share);
  if (!known || static_cast<rlim_t>(directory.fd()) < limit.rlim_cur - reserve) return;
  errno = EMFILE;
  throw_errno("keep open the directory", directory, "");
}

/// False if the directory has to be polled.
bool watch(const Job& job, const Directory& directory, const Workshop& workshop) {
  const Watch wanted = job.config->watch;
  if (workshop.watcher == nullptr || wanted == Watch::poll) return false;
  if (wanted == Watch::automatic && is_remote(directory)) return false;
  return workshop.watcher->watch(job.inbox, directory);
}

/// Looks whose the directory is, and marks it if it is nobody's.
void claim(const Job& job, const Workshop& workshop, DirectorySight& sight) {
  const Mark mark{workshop.ledger, job.config->name};
  sight.expected = describe(mark);
  sight.mark = claim_inbox(*sight.directory, mark);
}

/// A directory of another ledger is left alone.
bool is_foreign(const DirectorySight& sight) {
  return sight.mark.state == MarkSight::State::foreign;
}

void open(const Job& job, const Workshop& workshop, DirectorySight& sight) {
  const auto links = job.in_root ? Directory::Links::refuse : Directory::Links::follow;
  sight.directory = std::make_shared<const Directory>(job.config->path, links);
  sight.reopened = true;
  leave_descriptors_for_work(*sight.directory);
  claim(job, workshop, sight);
  // Watched before it is listed, so that no file is missed in between.
  if (!is_foreign(sight)) sight.polled = !watch(job, *sight.directory, workshop);
}

void look(const Job& job, const LookJob& task, const Workshop& workshop, DirectorySight& sight) {
  sight.directory = job.directory;
  if (!sight.directory || task.reopen || !sight.directory->in_place()) {
    open(job, workshop, sight);
  } else if (task.full) {
    claim(job, workshop, sight);
  }
  if (is_foreign(sight)) return;
  if (task.names && !sight.reopened) {
    sight.entries = sight.directory->find(*task.names);
    return;
  }
  sight.entries = sight.directory->list();
  sight.listed = true;
  if (task.full || sight.reopened) sight.remote = is_remote(*sight.directory);
}

/// Also asks for the newest import, since other daemons may have been at work.
void recover(const Job& job, const RecoveryJob& task, const Workshop& workshop, JobResult& result) {
  workshop.connections.use([&](Connection& connection) {
    const LedgerFolder folder{*job.directory, job.config->name, ""};
    if (!task.temporaries.empty()) sweep_temporaries(connection, folder, task.temporaries);
    result.report_waits = !publish_pending(connection, folder);
    result.quiet = find_quiet(connection, task.inboxes);
    result.newest_import = last_import(connection);
  });
}

/// Whoever died with one of them in hand had committed its import before.
void find_done(const Job& job, const StandingJob& task, const Workshop& workshop, JobResult& result) {
  result.done = find_done(workshop.connections, *job.config, *job.directory, task.files);
  const std::set<std::string_view> done(result.done.begin(), result.done.end());
  for (const Ready& ready : task.files) {
    if (done.contains(ready.name)) workshop.crash_count.forget(job.config->name, ready.name, ready.stamp);
  }
}

void import(const Job& job, const FileJob& task, const Workshop& workshop, JobResult& result) {
  const Attempt attempt{.name = task.ready.name,
                        .expected = task.ready.stamp,
                        .anew = task.ready.anew,
                        .arrived_after = task.ready.arrived_after,
                        .patient = task.ready.patient,
                        .report_unreadable = task.report_unreadable,
                        .more_follow = task.more_follow};
  result.unrecorded = task.unrecorded;
  result.outcome =
      import_file(workshop.connections, &workshop.crash_count, *job.config, *job.directory, attempt, result.unrecorded);
  using Kind = FileOutcome::Kind;
  const Kind kind = result.outcome.kind;
  if (kind == Kind::imported || kind == Kind::done || kind == Kind::own_report)
    workshop.crash_count.forget(job.config->name, task.ready.name, task.ready.stamp);
  result.newest_import = result.outcome.newest_import;
  result.report_waits = result.outcome.report_waits;
}

void record(const RecordJob& task, const Workshop& workshop, JobResult& result) {
  result.unrecorded = task.unrecorded;
  workshop.connections.use([&](Connection& connection) { record_outcomes(connection, task.unrecorded); });
  result.unrecorded.clear();
}

/// The child of a root that stands: its root will see that it is gone, unless it is made again before.
bool was_removed(const Job& job) {
  if (!job.in_root) return false;
  std::error_code error;
  const std::filesystem::path& path = job.config->path;
  return std::filesystem::is_directory(path.parent_path(), error) &&
         std::filesystem::symlink_status(path, error).type() == std::filesystem::file_type::not_found;
}

}  // namespace

void log_foreign(const std::string& inbox, const DirectorySight& sight) {
  log(LogLevel::error, "inbox.foreign",
      {{"inbox", inbox},
       {"found", sight.mark.found},
       {"expected", sight.expected},
       {"command", "clientsync inbox adopt " + inbox}});
}

void log_mark(const std::string& inbox, const MarkSight& mark) {
  if (mark.restored) log(LogLevel::warning, "inbox.mark_restored", {{"inbox", inbox}, {"found", mark.found}});
  if (mark.unmarked) log(LogLevel::warning, "inbox.unmarked", {{"inbox", inbox}, {"found", mark.found}});
}

void log_not_taken(const InboxConfig& inbox, const DirectorySight& sight, std::set<std::string>& told) {
  constexpr std::size_t many = 10'000;
  for (const Entry& entry : sight.entries) {
    const auto why = why_not_a_file(entry);
    if (why && name_kind(entry.name, inbox.patterns) != NameKind::temporary)
      log_not_taken(inbox.name, entry.name, why->sentence, told);
  }
  if (!sight.listed || told.size() <= many) return;
  std::set<std::string> present;
  for (const Entry& entry : sight.entries) {
    if (told.contains(entry.name)) present.insert(entry.name);
  }
  told = std::move(present);
}

void log_other_name(const InboxConfig& inbox, const std::string& name, std::set<std::string>& told) {
  log_not_taken(inbox.name, name, no_pattern_matches(inbox.patterns), told);
}

JobResult perform(const Job& job, const Workshop& workshop) {
  JobResult result{.job = job};
  const Moment begun = std::chrono::steady_clock::now();
  try {
    if (const auto* task = std::get_if<LookJob>(&job.task)) look(job, *task, workshop, result.sight);
    if (const auto* task = std::get_if<RecoveryJob>(&job.task)) recover(job, *task, workshop, result);
    if (const auto* task = std::get_if<StandingJob>(&job.task)) find_done(job, *task, workshop, result);
    if (const auto* task = std::get_if<FileJob>(&job.task)) import(job, *task, workshop, result);
    if (const auto* task = std::get_if<RecordJob>(&job.task)) record(*task, workshop, result);
  } catch (...) {
    result.fault = fault_in_flight();
    result.sight = {.removed = job.lane() == Lane::directory && was_removed(job)};
  }
  result.took = std::chrono::steady_clock::now() - begun;
  return result;
}

}  // namespace clientsync
