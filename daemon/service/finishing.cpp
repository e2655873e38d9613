#include <algorithm>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/service/service_parts.hpp"

namespace clientsync {
namespace {

using std::chrono::milliseconds;

/// The longest time until a file that is in other hands, or has a second link, is looked at again.
constexpr milliseconds others_pause{1000};
/// After this long the other is told of as one that stands still.
constexpr milliseconds others_patience{60000}, others_patience_once{10000};

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

/// True where no job can be done for now. A conflict that planning again did not solve, and a statement that can't be
/// right, are the trouble of one job alone.
bool is_of_database(const std::exception_ptr& error) {
  using Kind = DatabaseError::Kind;
  try {
    std::rethrow_exception(error);
  } catch (const DatabaseError& failure) {
    return failure.kind() == Kind::unavailable || failure.kind() == Kind::refused;
  } catch (...) {
    return false;
  }
}

}  // namespace

void Service::finish(Watched& inbox, JobResult& result) {
  newest_import_ = std::max(newest_import_, result.processed.newest_import);
  if (result.in_hand && inbox.directory == result.directory) inbox.in_hand = std::move(result.in_hand);
  result.in_hand.reset();
  for (const auto& [input, place] : result.reports) {
    inbox.reports[input] = place;
    if (place.empty()) inbox.reports.erase(input);
  }
  if (result.error) {
    failed(inbox, result);
  } else {
    if (result.ready) finish_file(inbox, *result.ready, result);
    succeeded(inbox, result);
  }
  if (stopping_) return end_if_idle();
  if (inbox.directory && (inbox.queue.empty() || inbox.recover_after)) {
    refill(inbox);
    schedule(inbox);
  }
  if (inbox.queue.empty()) inbox.in_hand.reset();
  offer(inbox);
  dispatch();
}

void Service::finish_file(Watched& inbox, const Ready& ready, const JobResult& result) {
  using What = Processed::What;
  const Processed& processed = result.processed;
  if (processed.what != What::unreadable && processed.what != What::in_other_hands) inbox.troubles.erase(ready.name);
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
      if (options_.once) break;
      return inbox.arrivals.withdrawn(ready.name);
    case What::settling:
      return inbox.arrivals.settling(ready.name, now());
    case What::needs_patience:
      return inbox.arrivals.needs_patience(ready.name);
    case What::not_a_file:
      if (inbox.refused.insert(ready.name).second)
        log(LogLevel::warning, "file.not_taken",
            {{"inbox", inbox.config.name}, {"file", ready.name}, {"why", "a link, or a file with a second hard link"}});
      // Backups make a second link for a moment.
      return inbox.arrivals.retry(ready.name, now() + others_pause);
    case What::unreadable:
      return finish_unreadable(inbox, ready, processed);
    case What::in_other_hands:
      return finish_in_other_hands(inbox, ready);
  }
  // An import by another daemon may be of an arrival that is yet to be seen here.
  inbox.arrivals.done(ready.name, ready.stamp, processed.imported ? processed.imported->import : 0);
}

/// It is looked at again: whoever has it may die. One that stands still for long is told of, once.
void Service::finish_in_other_hands(Watched& inbox, const Ready& ready) {
  Trouble& trouble = inbox.troubles[ready.name];
  if (!trouble.in_other_hands_since) trouble.in_other_hands_since = now();
  const auto waited = now() - *trouble.in_other_hands_since;
  const milliseconds patience = options_.once ? others_patience_once : others_patience;
  if (waited >= patience && !trouble.told) {
    log(LogLevel::warning, "file.in_other_hands",
        {{"inbox", inbox.config.name}, {"file", ready.name}, {"why", other_stands_still}});
    trouble.told = true;
    if (options_.once) {
      worsen(environment_failed);
      return inbox.arrivals.done(ready.name, ready.stamp);
    }
  }
  inbox.arrivals.retry(ready.name, now() + jittered(others_pause, 0.2, 1.0));
}

void Service::finish_import(Watched& inbox, const Ready& ready, const JobResult& result) {
  const Processed& processed = result.processed;
  log_import(inbox, ready, result);
  inbox.tally.add(processed.counts, processed.imported->plan.rejected);
  if (processed.report_error.empty()) reports_.add(now() - ready.since);
  if (!processed.report_error.empty()) {
    log(LogLevel::error, "report.pending",
        {{"inbox", inbox.config.name}, {"file", ready.name}, {"error", processed.report_error}});
    worsen(environment_failed);
    inbox.to_recover = true;
    inbox.recover_after = now() + inbox.fault.failed("report.pending", processed.report_error, now());
  } else if (!processed.report_name.empty()) {
    inbox.reports[ready.name] = processed.report_name;
    inbox.arrivals.done(processed.report_name, processed.report_stamp);
  }
}

/// The file stays queued; after a while its user is told once.
void Service::finish_unreadable(Watched& inbox, const Ready& ready, const Processed& processed) {
  Trouble& trouble = inbox.troubles[ready.name];
  trouble.wants_database = false;
  if (!trouble.unreadable_since) {
    trouble.unreadable_since = now();
    log(LogLevel::warning, "file.unreadable", {{"inbox", inbox.config.name}, {"file", ready.name}});
  }
  if (processed.imported) {
    log(LogLevel::warning, "file.unreadable_reported",
        {{"inbox", inbox.config.name}, {"file", ready.name}, {"import", std::to_string(processed.imported->import)}});
    inbox.tally.add(processed.counts, true);
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
  worsen(environment_failed);
  const std::string why = message_of(result.error);
  is_of_database(result.error) ? database_failed(inbox, result, why) : inbox_failed(inbox, result, why);
}

/// Nothing is wrong with the file: it keeps its place before those that came later.
void Service::database_failed(Watched& inbox, const JobResult& result, const std::string& why) {
  if (!database_.failing()) log(LogLevel::error, "database.unavailable", {{"error", why}});
  // Of jobs that fail side by side the first makes the pause longer.
  if (!database_not_before_ || now() >= *database_not_before_)
    database_not_before_ = now() + database_.failed("database.unavailable", why, now());
  const Moment again = *database_not_before_;
  if (result.ready) inbox.troubles[result.ready->name].wants_database = true;
  database_timer_.expires_at(again);
  database_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) dispatch();
  });
  if (result.ready && inbox.directory) {
    inbox.queue.push_front(*result.ready);
  } else if (result.ready) {
    inbox.arrivals.retry(result.ready->name, again);
  } else {
    inbox.to_recover = true;
    inbox.recover_after = again;
  }
}

/// The others of the inbox go on where it is a file's own trouble.
void Service::inbox_failed(Watched& inbox, const JobResult& result, const std::string& why) {
  if (!inbox.fault.failing() && !inbox.gone) {
    log(LogLevel::error, "inbox.fault",
        {{"inbox", inbox.config.name}, {"file", result.ready ? result.ready->name : ""}, {"error", why}});
  }
  const milliseconds pause = inbox.fault.failed("inbox.fault", why, now());
  if (result.ready && options_.once) {
    // It is left for the next run.
    inbox.arrivals.done(result.ready->name, result.ready->stamp);
  } else if (result.ready) {
    inbox.arrivals.retry(result.ready->name, now() + inbox.troubles[result.ready->name].backoff.next());
  } else {
    inbox.to_recover = true;
    inbox.recover_after = now() + pause;
  }
}

/// A look at the ledger shows little: a database may answer and yet take nothing, since its disk is full or the role
/// has not the rights. It is back with the next import, or where none of the files is left that it failed. And where
/// nothing was to be published, nothing of the directory was tried, unless such a job had failed.
void Service::succeeded(Watched& inbox, const JobResult& result) {
  const bool of_directory = result.ready.has_value() != inbox.recover_after.has_value();
  if (!result.ready) inbox.recover_after.reset();
  if (database_.failing() && (result.processed.imported || !a_file_wants_database())) {
    database_not_before_.reset();
    database_.succeeded();
    log(LogLevel::info, "database.back", {});
  }
  if (of_directory && inbox.directory && inbox.fault.succeeded())
    log(LogLevel::info, "inbox.back", {{"inbox", inbox.config.name}});
}

/// Of an inbox that is away it is not known whether its files still stand there.
bool Service::a_file_wants_database() const {
  return std::ranges::any_of(inboxes_, [](const auto& each) {
    const Watched& inbox = *each.second;
    return inbox.directory &&
           std::ranges::any_of(inbox.troubles, [](const auto& trouble) { return trouble.second.wants_database; });
  });
}

}  // namespace clientsync
