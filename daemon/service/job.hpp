// The jobs that inboxes give to the workers, as values, and how a worker does one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "config/config.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/inbox/arrivals.hpp"
#include "daemon/inbox/crash_count.hpp"
#include "daemon/inbox/ownership.hpp"
#include "daemon/inbox/watcher.hpp"
#include "daemon/service/outcomes.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// Looks at some names, or lists the directory. One that is not open, or no longer in its place, is opened and listed.
struct LookJob {
  bool reopen = false;                              ///< the watch on the directory was lost
  bool full = true;                                 ///< lists it, and looks at the inbox's mark too
  std::optional<std::vector<std::string>> names{};  ///< looks at these alone; nullopt: lists the directory
};
/// Publishes pending reports and removes temporary files that a daemon which died left behind. Also asks the ledger
/// which of `inboxes` are quiet.
struct RecoveryJob {
  std::vector<std::string> temporaries;
  std::vector<std::string> inboxes{};
};
/// Finds out which of these files, that may have stood there for long, are done.
struct StandingJob {
  std::vector<Ready> files;
};
/// Imports a file.
struct FileJob {
  Ready ready;
  bool report_unreadable = false;
  std::vector<ReportOutcome> unrecorded{};  ///< see import_file
  bool more_follow = false;  ///< what is unrecorded after it goes into the inbox's next FileJob, or into a RecordJob
};
/// Records what became of reports that were published before.
struct RecordJob {
  std::vector<ReportOutcome> unrecorded;
};

/// Inboxes of which no report was still to be published when the ledger was asked.
struct QuietInboxes {
  Moment asked{};
  std::set<std::string> names{};
};

/// What kind of work a job is: looks need only the directory, all others the database too.
enum class Lane { directory, database };

struct Job {
  std::variant<LookJob, RecoveryJob, StandingJob, FileJob, RecordJob> task;
  std::uint64_t inbox = 0;  ///< its number
  std::shared_ptr<const InboxConfig> config{};
  bool in_root = false;                          ///< the inbox was found in a root
  std::shared_ptr<const Directory> directory{};  ///< null for a LookJob that has to open it

  [[nodiscard]] Lane lane() const { return std::holds_alternative<LookJob>(task) ? Lane::directory : Lane::database; }
};

/// What a look found.
struct DirectorySight {
  std::shared_ptr<const Directory> directory{};
  bool reopened = false;
  bool polled = false;     ///< of a directory that was just opened: no event tells of it
  MarkSight mark{};        ///< of a full look
  std::string expected{};  ///< what a mark of this ledger says, for people
  bool remote = false;     ///< of a full look
  bool listed = false;     ///< `entries` are all that the directory has; otherwise those of the names of the look
  std::vector<Entry> entries{};
  bool removed = false;  ///< the directory is gone from its root, and its look failed
};

struct JobResult {
  Job job{};
  std::optional<JobFault> fault{};          ///< the job failed; the rest is empty then, except `sight.removed`
  DirectorySight sight{};                   ///< of a LookJob
  std::vector<std::string> quiet{};         ///< of a RecoveryJob
  std::vector<std::string> done{};          ///< of a StandingJob: names
  FileOutcome outcome{};                    ///< of a FileJob
  std::vector<ReportOutcome> unrecorded{};  ///< after a FileJob or RecordJob, even if it failed
  bool report_waits = false;                ///< a report is left that another daemon keeps from being published
  ImportId newest_import = 0;               ///< the newest one of the ledger that was seen; 0: none
  Moment::duration took{};
};

/// Logs that the inbox is another ledger's, and how to adopt it.
void log_foreign(const std::string& inbox, const DirectorySight& sight);
/// Logs that a damaged mark was replaced, or that it could not be.
void log_mark(const std::string& inbox, const MarkSight& mark);
/// Logs what is never taken, whatever its name: links, files with a second hard link, folders, devices
/// (docs/specification.md §2, "Which"). Says nothing of hidden and temporary names. `told` are the names of the inbox
/// that have had their log line; if they become many, those that are gone from a whole listing are forgotten.
void log_not_taken(const InboxConfig& inbox, const DirectorySight& sight, std::set<std::string>& told);
/// Logs that the file's name matches no pattern.
void log_other_name(const InboxConfig& inbox, const std::string& name, std::set<std::string>& told);

/// What the workers share. For any number of threads.
struct Workshop {
  ConnectionPool& connections;
  const CrashCount& crash_count;
  Watcher* watcher;    ///< null: everything is polled
  std::string ledger;  ///< its UUID
};

/// Does the job and catches what goes wrong.
[[nodiscard]] JobResult perform(const Job& job, const Workshop& workshop);

}  // namespace clientsync
