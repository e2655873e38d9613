#include "daemon/service_parts.hpp"

#include <algorithm>
#include <utility>

#include "daemon/log.hpp"

namespace clientsync {
namespace {

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

std::optional<DatabaseError::Kind> database_error_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const DatabaseError& failure) {
    return failure.kind();
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace

/// What has arrived by now, in any inbox, came before an import that is learnt of here: its hints are read first. Told
/// of later, it would count as having come after that import, and one by another service that this arrival had already
/// got would be taken for that of an older one.
void Service::learn_of(ImportId import) {
  if (import <= newest_import_) return;
  if (watcher_) watcher_->drain();
  newest_import_ = import;
}

void Service::finish(Watched& inbox, const JobResult& result) {
  learn_of(result.processed.newest_import);
  if (result.error) {
    failed(inbox, result);
  } else {
    succeeded(inbox);
    if (result.ready) finish_file(inbox, *result.ready, result);
    inbox.reports.erase(result.not_restored);
  }
  if (stopping_) return end_if_idle();
  if (inbox.directory && (inbox.queue.empty() || inbox.not_before)) {
    refill(inbox);
    schedule(inbox);
  }
  dispatch();
}

void Service::finish_file(Watched& inbox, const Ready& ready, const JobResult& result) {
  using What = Processed::What;
  const Processed& processed = result.processed;
  if (processed.what != What::unreadable) inbox.troubles.erase(ready.name);
  switch (processed.what) {
    case What::imported:
      finish_import(inbox, ready, result);
      break;
    case What::done:
      if (!processed.report_name.empty()) inbox.reports[ready.name] = processed.report_name;
      break;
    case What::own_report:
    case What::not_taken:
      break;
    case What::withdrawn:
      log(LogLevel::info, "file.withdrawn", {{"inbox", inbox.config.name}, {"file", ready.name}});
      break;
    case What::settling:
      return inbox.arrivals.settling(ready.name, now());
    case What::needs_patience:
      return inbox.arrivals.needs_patience(ready.name);
    case What::not_a_file:
      log(LogLevel::warning, "file.not_taken",
          {{"inbox", inbox.config.name}, {"file", ready.name}, {"why", "a link, or a file with a second hard link"}});
      break;
    case What::unreadable:
      return finish_unreadable(inbox, ready, processed);
  }
  inbox.arrivals.done(ready.name, ready.stamp, processed.imported ? processed.imported->import : 0);
}

void Service::finish_import(Watched& inbox, const Ready& ready, const JobResult& result) {
  const Processed& processed = result.processed;
  log_import(inbox, ready, result);
  if (!processed.report_error.empty()) {
    log(LogLevel::error, "report.pending",
        {{"inbox", inbox.config.name}, {"file", ready.name}, {"error", processed.report_error}});
    worsen(environment_failed);
    inbox.to_recover = true;
    inbox.not_before = now() + inbox.fault.next();
  } else if (!processed.report_name.empty()) {
    inbox.reports[ready.name] = processed.report_name;
    inbox.arrivals.done(processed.report_name, processed.report_stamp);
  }
}

/// The file stays queued; after a while its user is told once.
void Service::finish_unreadable(Watched& inbox, const Ready& ready, const Processed& processed) {
  Trouble& trouble = inbox.troubles[ready.name];
  if (!trouble.unreadable_since) {
    trouble.unreadable_since = now();
    log(LogLevel::warning, "file.unreadable", {{"inbox", inbox.config.name}, {"file", ready.name}});
  }
  if (processed.imported) {
    log(LogLevel::warning, "file.unreadable_reported",
        {{"inbox", inbox.config.name}, {"file", ready.name}, {"import", std::to_string(processed.imported->import)}});
    worsen(file_rejected);
  }
  if (options_.once) {
    worsen(environment_failed);
    return inbox.arrivals.done(ready.name, ready.stamp);
  }
  const Moment to_report = *trouble.unreadable_since + unreadable_patience;
  const Moment again = now() + trouble.backoff.next();
  inbox.arrivals.retry(ready.name, now() < to_report ? std::min(again, to_report) : again);
}

void Service::log_import(const Watched& inbox, const Ready& ready, const JobResult& result) {
  const Imported& imported = *result.processed.imported;
  const Counts& counts = imported.plan.counts;
  log(LogLevel::info, imported.plan.rejected ? "file.rejected" : "file.imported",
      {{"inbox", inbox.config.name},
       {"file", ready.name},
       {"import", std::to_string(imported.import)},
       {"rows", std::to_string(counts.rows)},
       {"updated", std::to_string(counts.updated)},
       {"unchanged", std::to_string(counts.unchanged)},
       {"created", std::to_string(counts.created)},
       {"failed", std::to_string(counts.failed)},
       {"report", result.processed.report_name},
       {"ms", std::to_string(result.took.count())}});
  if (imported.plan.rejected) {
    worsen(file_rejected);
  } else if (counts.failed > 0) {
    worsen(rows_failed);
  }
}

void Service::failed(Watched& inbox, const JobResult& result) {
  const std::string why = message_of(result.error);
  const auto database_error = database_error_of(result.error);
  const bool waits_for_database = database_error && *database_error != DatabaseError::Kind::bug;
  Moment again{};
  if (database_error) {
    if (!database_.failing()) log(LogLevel::error, "database.unavailable", {{"error", why}});
    again = now() + database_.next();
    database_not_before_ = again;
    database_timer_.expires_at(again);
    database_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) dispatch();
    });
  } else {
    if (!inbox.fault.failing()) {
      log(LogLevel::error, "inbox.fault",
          {{"inbox", inbox.config.name}, {"file", result.ready ? result.ready->name : ""}, {"error", why}});
    }
    again = now() + (result.ready ? inbox.troubles[result.ready->name].backoff.next() : inbox.fault.next());
    if (result.ready) static_cast<void>(inbox.fault.next());
  }
  worsen(environment_failed);
  if (result.ready && inbox.directory && waits_for_database) {
    // Nothing is wrong with the file: it keeps its place before those that came later.
    inbox.queue.push_front(*result.ready);
  } else if (result.ready) {
    inbox.arrivals.retry(result.ready->name, again);
  } else {
    inbox.to_recover = true;
    inbox.not_before = again;
  }
}

void Service::succeeded(Watched& inbox) {
  inbox.not_before.reset();
  database_not_before_.reset();
  if (database_.succeeded()) log(LogLevel::info, "database.back", {});
  if (inbox.directory && inbox.fault.succeeded()) log(LogLevel::info, "inbox.back", {{"inbox", inbox.config.name}});
}

}  // namespace clientsync
