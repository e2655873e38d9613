#include "daemon/service/outcomes.hpp"

#include <algorithm>

#include "daemon/log.hpp"

namespace clientsync {

namespace {

/// Tells where the bytes of a file are no text. The message for people names the row instead.
void log_wrong_byte(const std::string& inbox, const std::string& file, const Problem& problem) {
  const auto argument = [&](std::string_view name) {
    const auto found = std::ranges::find(problem.arguments, name, &decltype(problem.arguments)::value_type::first);
    return found == problem.arguments.end() ? std::string() : found->second;
  };
  log(LogLevel::info, "file.not_text",
      {{"inbox", inbox}, {"file", file}, {"byte", argument("byte")}, {"offset", argument("offset")}});
}

}  // namespace

void log_import(const std::string& inbox, const std::string& file, const FileOutcome& outcome,
                std::chrono::steady_clock::duration took) {
  const Imported& imported = *outcome.imported;
  const Counts& counts = imported.plan.counts;
  log(LogLevel::info, imported.plan.rejected ? "file.rejected" : "file.imported",
      {{"inbox", inbox},
       {"file", file},
       {"import", std::to_string(imported.import)},
       {"rows", std::to_string(counts.rows)},
       {"updated", std::to_string(counts.updated)},
       {"unchanged", std::to_string(counts.unchanged)},
       {"created", std::to_string(counts.created)},
       {"failed", std::to_string(counts.failed)},
       {"restored", std::to_string(counts.restored)},
       {"report", outcome.report_name},
       {"ms", std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count())}});
  for (const Problem& problem : imported.plan.problems) {
    if (code_of(problem.message) == Code::encoding_unknown) log_wrong_byte(inbox, file, problem);
  }
  if (outcome.report_error.empty()) return;
  log(LogLevel::error, "report.pending", {{"inbox", inbox}, {"file", file}, {"error", outcome.report_error}});
}

void log_not_taken(const std::string& inbox, const std::string& name, const std::string& why,
                   std::set<std::string>& told) {
  if (!told.insert(name).second) return;
  log(LogLevel::warning, "file.not_taken", {{"inbox", inbox}, {"file", name}, {"why", why}});
}

void log_passed_over(const std::string& inbox, const std::string& file, FileOutcome::Kind kind) {
  using Kind = FileOutcome::Kind;
  if (!logs(LogLevel::debug)) return;
  const auto tell = [&](const char* why) {
    log(LogLevel::debug, "file.passed_over", {{"inbox", inbox}, {"file", file}, {"why", why}});
  };
  if (kind == Kind::done) tell("the newest import of its name has its bytes, size and time");
  if (kind == Kind::own_report) tell("it is a report as it was written");
  if (kind == Kind::not_taken) tell("its name matches no pattern, and no report was published there");
  if (kind == Kind::settling) tell("it changed while it was read, or another service was faster");
  if (kind == Kind::needs_patience) tell("it may be cut off: its last line has no end");
}

ExitStatus status_of(const FileOutcome& outcome) {
  if (!outcome.report_error.empty()) return ExitStatus::environment_failed;
  if (outcome.imported && outcome.imported->plan.rejected) return ExitStatus::file_rejected;
  const bool rows_failed = outcome.imported && outcome.counts.failed > 0;
  return rows_failed ? ExitStatus::rows_failed : ExitStatus::all_good;
}

std::string database_event(const JobFault& fault) {
  return fault.foreign ? "database.foreign" : "database.unavailable";
}

void log_job_fault(const std::string& inbox, const std::string& file, const JobFault& fault) {
  if (fault.of_database) return log(LogLevel::error, database_event(fault), {{"error", fault.why}});
  log(LogLevel::error, "inbox.fault", {{"inbox", inbox}, {"file", file}, {"error", fault.why}});
}

JobFault fault_in_flight() {
  using Kind = DatabaseError::Kind;
  try {
    throw;
  } catch (const DatabaseError& error) {
    const Kind kind = error.kind();
    return {.of_database = kind == Kind::unavailable || kind == Kind::foreign || kind == Kind::refused,
            .why = error.what(),
            .foreign = kind == Kind::foreign};
  } catch (const std::exception& error) {
    return {.why = error.what()};
  } catch (...) {
    return {.why = "an unknown error"};
  }
}

}  // namespace clientsync
