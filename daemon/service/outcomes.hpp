// How the log and the exit status tell what became of a file.
#pragma once

#include <chrono>
#include <set>
#include <string>

#include "daemon/exit_status.hpp"
#include "daemon/import/import_file.hpp"

namespace clientsync {

/// Logs an import as `file.imported` or `file.rejected`, `file.not_text` if its bytes are none, and `report.pending` if
/// its report could not be published.
void log_import(const std::string& inbox, const std::string& file, const FileOutcome& outcome,
                std::chrono::steady_clock::duration took);

/// Logs that something in an inbox is not taken, and why, unless its name is in `told`, to which it is added.
void log_not_taken(const std::string& inbox, const std::string& name, const std::string& why,
                   std::set<std::string>& told);

/// Logs at `debug` why a file that was read is no import; nothing for one that is.
void log_passed_over(const std::string& inbox, const std::string& file, FileOutcome::Kind kind);

/// The exit status of one file.
[[nodiscard]] ExitStatus status_of(const FileOutcome& outcome);

/// Why a job could not be done: a fault of the environment.
struct JobFault {
  bool of_database = false;  ///< no job can be done for now; otherwise it is this job's own fault
  std::string why;
  bool foreign = false;  ///< of the database: another one is in its place
};

/// The event of a database's fault in log and health: `database.unavailable` or `database.foreign`.
[[nodiscard]] std::string database_event(const JobFault& fault);

/// Logs a job's fault as `database_event` or `inbox.fault`; `file` is empty if the job was about none.
void log_job_fault(const std::string& inbox, const std::string& file, const JobFault& fault);

/// The fault of the exception in flight, for use in a catch block. A conflict that planning again did not solve, and a
/// statement that is wrong, concern one job alone.
[[nodiscard]] JobFault fault_in_flight();

}  // namespace clientsync
