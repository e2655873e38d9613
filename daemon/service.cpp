#include "daemon/service.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "daemon/backoff.hpp"
#include "daemon/connections.hpp"
#include "daemon/in_hand.hpp"
#include "daemon/inbox.hpp"
#include "daemon/log.hpp"
#include "daemon/mark.hpp"
#include "daemon/process.hpp"
#include "daemon/reports.hpp"
#include "daemon/retention.hpp"
#include "daemon/watcher.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr unsigned workers = 4;
/// A file that may not be read is reported after this long (spec §4.1, `file_unreadable`).
constexpr milliseconds unreadable_patience{60000};

enum ExitStatus { all_good = 0, rows_failed = 1, file_rejected = 3, environment_failed = 4 };

Moment now() {
  return std::chrono::steady_clock::now();
}

/// What the service remembers of a file between two attempts.
struct Trouble {
  Backoff backoff;
  std::optional<Moment> unreadable_since;
};

/// One inbox while the service runs. Touched by the watching thread alone, but for what a job is given by value.
struct Watched {
  Watched(asio::io_context& context, const InboxConfig& inbox)
      : config(inbox), arrivals(inbox.patterns, Patience{.settle = inbox.settle}), timer(context) {}

  const InboxConfig& config;
  std::shared_ptr<const Directory> directory;  ///< null while it can't be opened
  std::unique_ptr<InHand> in_hand;             ///< notes in that directory
  bool polling = false;
  Arrivals arrivals;
  Hints hints;
  std::deque<Ready> queue;
  std::map<std::string, Trouble> troubles;
  std::map<std::string, std::string> reports;  ///< by input: where its report stands
  std::set<std::string> missing_reports;       ///< inputs whose report was missing at the last full look
  std::deque<std::string> to_restore;          ///< inputs whose report is to be written again
  bool to_recover = true;                      ///< the ledger may hold reports that are not published
  bool busy = false;
  bool scan_posted = false;
  bool watch_lost = false;
  Moment next_scan{};                ///< no scan for the sake of an event before then
  std::set<std::string> refused;     ///< links that have had their log line
  std::optional<Moment> not_before;  ///< no job of this inbox before then
  Moment next_full_look{};
  Backoff fault;        ///< of the directory
  std::string foreign;  ///< what its mark was when it was last found to be another's; empty: it was not
  asio::steady_timer timer;
};

/// What a job found, for the watching thread.
struct JobResult {
  std::optional<Ready> ready{};
  Processed processed{};
  std::string not_restored{};  ///< input whose missing report can't be had again
  milliseconds took{0};
  std::exception_ptr error{};
};

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

/// What is known of the ledger when the service starts.
struct Ledger {
  std::string uuid;
  ImportId newest_import = 0;
};

class Service {
 public:
  Service(const Config& config, Ledger ledger, const ServiceOptions& options);
  int run();

 private:
  // Watching.
  void open(Watched& inbox);
  [[nodiscard]] bool watch(const Watched& inbox);
  [[nodiscard]] bool claim(Watched& inbox);
  void lose(Watched& inbox, const std::string& why);
  void close(Watched& inbox, milliseconds pause);
  void on_event(const WatchEvent& event);
  void post_scan(Watched& inbox);
  void scan(Watched& inbox);
  static void tell_links(Watched& inbox, const std::vector<Entry>& listing);
  static void refill(Watched& inbox);
  void look_for_missing_reports(Watched& inbox, const std::vector<Entry>& listing);
  void schedule(Watched& inbox);

  // Working.
  void dispatch();
  [[nodiscard]] bool can_start(const Watched& inbox) const;
  [[nodiscard]] static bool has_work(const Watched& inbox);
  void start(Watched& inbox);
  template <class Work>
  void launch(Watched& inbox, std::optional<Ready> ready, Work work);
  void finish(Watched& inbox, const JobResult& result);
  void finish_file(Watched& inbox, const Ready& ready, const JobResult& result);
  void finish_import(Watched& inbox, const Ready& ready, const JobResult& result);
  void finish_unreadable(Watched& inbox, const Ready& ready, const Processed& processed);
  void failed(Watched& inbox, const JobResult& result);
  void succeeded(Watched& inbox);
  void log_import(const Watched& inbox, const Ready& ready, const JobResult& result);

  // Ending.
  void stop();
  void end_if_idle();
  [[nodiscard]] bool idle(const Watched& inbox) const;
  void worsen(ExitStatus status) { status_ = std::max(status_, status); }

  const std::string ledger_;
  const ServiceOptions options_;
  asio::io_context context_{1};
  asio::signal_set signals_{context_, SIGTERM, SIGINT};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  asio::thread_pool pool_{workers};
  Connections connections_;
  Retention retention_;
  std::optional<Watcher> watcher_;
  std::vector<std::unique_ptr<Watched>> inboxes_;
  std::size_t turn_ = 0;  ///< the inbox that is asked first for the next job
  unsigned running_ = 0;  ///< jobs
  Backoff database_;
  std::optional<Moment> database_not_before_;
  asio::steady_timer database_timer_{context_};
  bool stopping_ = false;
  ExitStatus status_ = all_good;
  ImportId newest_import_;  ///< of the whole ledger, as far as this service knows
};

Service::Service(const Config& config, Ledger ledger, const ServiceOptions& options)
    : ledger_(std::move(ledger.uuid)),
      options_(options),
      connections_(options_of(config.database)),
      retention_(context_, pool_, connections_, config.retention, [this] { end_if_idle(); }),
      newest_import_(ledger.newest_import) {
  for (const InboxConfig& inbox : config.inboxes) inboxes_.push_back(std::make_unique<Watched>(context_, inbox));
  try {
    watcher_.emplace(context_, [this](const WatchEvent& event) { on_event(event); });
  } catch (const std::system_error& error) {
    log(LogLevel::warning, "watch.unavailable", {{"error", error.what()}, {"instead", "polling"}});
  }
}

int Service::run() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) stop();
  });
  log(LogLevel::info, "service.started",
      {{"version", CLIENTSYNC_VERSION}, {"inboxes", std::to_string(inboxes_.size())}});
  retention_.start();
  for (const auto& inbox : inboxes_) open(*inbox);
  context_.run();
  pool_.join();
  log(LogLevel::info, "service.stopped", {});
  return options_.once ? status_ : all_good;
}

// --- Watching
// ---------------------------------------------------------------------------------------------------------

void Service::open(Watched& inbox) {
  try {
    inbox.in_hand.reset();
    inbox.directory = std::make_shared<const Directory>(inbox.config.path);
    if (!claim(inbox)) return;
    inbox.in_hand = std::make_unique<InHand>(*inbox.directory);
    inbox.polling = !watch(inbox);
  } catch (const std::system_error& error) {
    return lose(inbox, error.what());
  }
  inbox.arrivals.set_polling(inbox.polling);
  inbox.to_recover = true;
  inbox.next_full_look = now();
  if (inbox.fault.succeeded()) log(LogLevel::info, "inbox.back", {{"inbox", inbox.config.name}});
  log(LogLevel::info, "inbox.watched",
      {{"inbox", inbox.config.name},
       {"path", inbox.config.path.string()},
       {"by", inbox.polling ? "polling" : "inotify"}});
  scan(inbox);
}

/// False where the inbox has to be polled.
bool Service::watch(const Watched& inbox) {
  const auto itself = std::ranges::find_if(inboxes_, [&](const auto& other) { return other.get() == &inbox; });
  const Watch wanted = inbox.config.watch;
  if (!watcher_ || wanted == Watch::poll || (wanted == Watch::automatic && is_remote(*inbox.directory))) return false;
  return watcher_->watch(static_cast<std::size_t>(itself - inboxes_.begin()), *inbox.directory);
}

/// False where the inbox is not this ledger's: it is closed, and looked at again at each rescan until somebody adopts
/// it.
bool Service::claim(Watched& inbox) {
  const Mark mark{ledger_, inbox.config.name};
  const MarkSight sight = claim_inbox(*inbox.directory, mark);
  if (sight.state == MarkSight::State::ours) {
    inbox.foreign.clear();
    return true;
  }
  if (inbox.foreign != sight.found) {
    log(LogLevel::error, "inbox.foreign",
        {{"inbox", inbox.config.name},
         {"found", sight.found},
         {"expected", describe(mark)},
         {"command", "clientsync inbox adopt " + inbox.config.name}});
  }
  inbox.foreign = sight.found;
  static_cast<void>(inbox.fault.next());
  close(inbox, inbox.config.rescan);
  return false;
}

/// The directory is missing or can't be read.
void Service::lose(Watched& inbox, const std::string& why) {
  if (!inbox.fault.failing() || !inbox.foreign.empty())
    log(LogLevel::error, "inbox.unavailable", {{"inbox", inbox.config.name}, {"error", why}});
  inbox.foreign.clear();
  close(inbox, inbox.fault.next());
}

/// Nothing that was in the directory counts as removed. It is opened again after the pause.
void Service::close(Watched& inbox, milliseconds pause) {
  worsen(environment_failed);
  inbox.in_hand.reset();
  inbox.directory.reset();
  inbox.arrivals.forget_directory();
  for (const Ready& ready : inbox.queue) inbox.arrivals.retry(ready.name, now());
  inbox.queue.clear();
  inbox.hints = {};
  if (options_.once) return asio::post(context_, [this] { end_if_idle(); });
  inbox.timer.expires_after(pause);
  inbox.timer.async_wait([this, &inbox](const boost::system::error_code& error) {
    if (!error && !stopping_) open(inbox);
  });
}

void Service::on_event(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::overflow) {
    log(LogLevel::warning, "watch.overflow", {});
    for (const auto& inbox : inboxes_) post_scan(*inbox);
    return;
  }
  Watched& inbox = *inboxes_[event.inbox];
  if (!inbox.directory) return;
  switch (event.kind) {
    case WatchEvent::Kind::renamed_in:
      inbox.hints.arrived[event.name] = true;
      break;
    case WatchEvent::Kind::written:
      inbox.hints.arrived[event.name] = false;
      break;
    case WatchEvent::Kind::removed:
      inbox.hints.removed.push_back(event.name);
      inbox.hints.arrived.erase(event.name);
      break;
    case WatchEvent::Kind::appeared:
      // What was renamed in before under that name is gone: this one has yet to be written.
      if (const auto known = inbox.hints.arrived.find(event.name); known != inbox.hints.arrived.end())
        known->second = false;
      break;
    case WatchEvent::Kind::lost:
      inbox.watch_lost = true;
      break;
    case WatchEvent::Kind::overflow:
      break;
  }
  post_scan(inbox);
}

/// One scan for all events that have come by then. Scans take a tenth of the time at most: a directory of many thousand
/// files is not looked through again for each report that is put into it.
void Service::post_scan(Watched& inbox) {
  if (inbox.scan_posted || !inbox.directory) return;
  inbox.scan_posted = true;
  inbox.timer.expires_at(inbox.next_scan);
  inbox.timer.async_wait([this, &inbox](const boost::system::error_code& error) {
    inbox.scan_posted = false;
    if (!error && inbox.directory && !stopping_) scan(inbox);
  });
}

void Service::scan(Watched& inbox) {
  const Moment begun = now();
  try {
    if (std::exchange(inbox.watch_lost, false) || !inbox.directory->in_place()) {
      inbox.arrivals.forget_directory();
      return open(inbox);
    }
    if (now() >= inbox.next_full_look && !claim(inbox)) return;
    const std::vector<Entry> listing = inbox.directory->list();
    inbox.hints.newest_import = newest_import_;
    inbox.arrivals.observe(listing, std::exchange(inbox.hints, {}), now());
    tell_links(inbox, listing);
    if (now() >= inbox.next_full_look) look_for_missing_reports(inbox, listing);
  } catch (const std::system_error& error) {
    return lose(inbox, error.what());
  }
  constexpr int share = 10;
  constexpr std::chrono::seconds longest_rest{2};
  inbox.next_scan = now() + std::min<Moment::duration>(share * (now() - begun), longest_rest);
  refill(inbox);
  dispatch();
  schedule(inbox);
}

/// A link, or a file with a second hard link, is never taken; whoever looks after the folder is told once (spec §2,
/// "Which").
void Service::tell_links(Watched& inbox, const std::vector<Entry>& listing) {
  std::set<std::string> refused;
  for (const Entry& entry : listing) {
    const bool linked = entry.type == FileType::link || (entry.type == FileType::regular && entry.links > 1);
    if (!linked || name_kind(entry.name, inbox.config.patterns) != NameKind::input) continue;
    if (!inbox.refused.contains(entry.name)) {
      const std::string why = entry.type == FileType::link ? "it is a link" : "it has a second hard link";
      log(LogLevel::warning, "file.not_taken", {{"inbox", inbox.config.name}, {"file", entry.name}, {"why", why}});
    }
    refused.insert(entry.name);
  }
  inbox.refused = std::move(refused);
}

void Service::refill(Watched& inbox) {
  if (!inbox.queue.empty()) return;
  for (Ready& ready : inbox.arrivals.ready(now())) inbox.queue.push_back(std::move(ready));
}

/// A report that is missing at two full looks in a row is written again. Once is not enough: spreadsheets delete a file
/// before they put the saved one in its place.
void Service::look_for_missing_reports(Watched& inbox, const std::vector<Entry>& listing) {
  inbox.next_full_look = now() + inbox.config.rescan;
  std::set<std::string_view> names;
  for (const Entry& entry : listing) names.insert(entry.name);
  std::erase_if(inbox.reports, [&](const auto& entry) { return !names.contains(entry.first); });
  std::erase_if(inbox.troubles, [&](const auto& entry) { return !names.contains(entry.first); });
  std::set<std::string> missing;
  for (const auto& [input, report] : inbox.reports) {
    if (!names.contains(report)) missing.insert(input);
  }
  for (const std::string& input : missing) {
    if (inbox.missing_reports.contains(input)) inbox.to_restore.push_back(input);
  }
  inbox.missing_reports = std::move(missing);
}

void Service::schedule(Watched& inbox) {
  if (stopping_ || inbox.scan_posted) return;
  Moment next = inbox.polling ? now() + inbox.config.poll : inbox.next_full_look;
  next = std::min(next, inbox.next_full_look);
  if (const auto settled = inbox.arrivals.next(now())) next = std::min(next, *settled);
  if (inbox.not_before) next = std::min(next, *inbox.not_before);
  inbox.timer.expires_at(std::max(next, now() + milliseconds{1}));
  inbox.timer.async_wait([this, &inbox](const boost::system::error_code& error) {
    if (!error && !stopping_ && inbox.directory) scan(inbox);
  });
}

// --- Working
// ----------------------------------------------------------------------------------------------------------

bool Service::has_work(const Watched& inbox) {
  return inbox.directory && (inbox.to_recover || !inbox.to_restore.empty() || !inbox.queue.empty());
}

/// Imports of one firm never run side by side: the lock on the firm's row would only make a worker wait.
bool Service::can_start(const Watched& inbox) const {
  if (!has_work(inbox) || inbox.busy || (inbox.not_before && now() < *inbox.not_before)) return false;
  return std::ranges::none_of(
      inboxes_, [&](const auto& other) { return other->busy && other->config.firm == inbox.config.firm; });
}

void Service::dispatch() {
  if (stopping_ || (database_not_before_ && now() < *database_not_before_)) return;
  for (std::size_t asked = 0; asked < inboxes_.size() && running_ < workers; ++asked) {
    Watched& inbox = *inboxes_[turn_];
    turn_ = (turn_ + 1) % inboxes_.size();
    if (can_start(inbox)) start(inbox);
  }
  end_if_idle();
}

template <class Work>
void Service::launch(Watched& inbox, std::optional<Ready> ready, Work work) {
  inbox.busy = true;
  ++running_;
  asio::post(pool_,
             [this, &inbox, ready = std::move(ready), work = std::move(work), directory = inbox.directory]() mutable {
               JobResult result{.ready = std::move(ready)};
               const Moment begun = now();
               try {
                 work(*directory, result);
               } catch (...) {
                 result.error = std::current_exception();
               }
               result.took = std::chrono::duration_cast<milliseconds>(now() - begun);
               asio::post(context_, [this, &inbox, result = std::move(result)] {
                 inbox.busy = false;
                 if (result.ready && inbox.in_hand) inbox.in_hand->end();
                 --running_;
                 finish(inbox, result);
               });
             });
}

void Service::start(Watched& inbox) {
  const InboxConfig& config = inbox.config;
  if (inbox.to_recover) {
    inbox.to_recover = false;
    return launch(inbox, std::nullopt, [this, &config](const Directory& directory, JobResult&) {
      connections_.use([&](Connection& connection) {
        const Folder folder{directory, config.name, ""};
        sweep_temporaries(connection, folder);
        publish_pending(connection, folder);
      });
    });
  }
  if (!inbox.to_restore.empty()) {
    const std::string name = std::move(inbox.to_restore.front());
    inbox.to_restore.pop_front();
    return launch(inbox, std::nullopt, [this, &config, name](const Directory& directory, JobResult& result) {
      const bool restored = connections_.use([&](Connection& connection) {
        return restore_report(connection, Folder{directory, config.name, ""}, name);
      });
      if (!restored) result.not_restored = name;
    });
  }
  Ready ready = std::move(inbox.queue.front());
  inbox.queue.pop_front();
  const Trouble& trouble = inbox.troubles[ready.name];
  Attempt attempt{.name = ready.name,
                  .expected = ready.stamp,
                  .anew = ready.anew,
                  .arrived_after = ready.arrived_after,
                  .patient = ready.patient,
                  .who = "clientsync"};
  attempt.report_unreadable = trouble.unreadable_since && now() - *trouble.unreadable_since >= unreadable_patience;
  attempt.deaths = inbox.in_hand->deaths(ready.name, ready.stamp);
  inbox.in_hand->begin(ready.name, ready.stamp);
  launch(inbox, std::move(ready), [this, &config, attempt](const Directory& directory, JobResult& result) {
    result.processed = process_file(connections_, config, directory, attempt);
  });
}

void Service::finish(Watched& inbox, const JobResult& result) {
  newest_import_ = std::max(newest_import_, result.processed.newest_import);
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
  inbox.arrivals.done(ready.name, ready.stamp);
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

// --- Ending
// -----------------------------------------------------------------------------------------------------------

bool Service::idle(const Watched& inbox) const {
  if (inbox.busy) return false;
  if (!inbox.directory || stopping_) return true;
  // What waits for a fault of the environment is left for the next run.
  const bool held_up = database_.failing() || inbox.fault.failing();
  return held_up || (!has_work(inbox) && inbox.arrivals.waiting() == 0);
}

void Service::end_if_idle() {
  if (!stopping_ && (!options_.once || retention_.busy())) return;
  if (std::ranges::all_of(inboxes_, [this](const auto& inbox) { return idle(*inbox); })) stop();
}

/// No new file is begun; files in hand are finished by their workers, whose results end the loop.
void Service::stop() {
  stopping_ = true;
  boost::system::error_code ignored;
  signals_.cancel(ignored);
  retention_.stop();
  database_timer_.cancel();
  for (const auto& inbox : inboxes_) inbox->timer.cancel();
  if (running_ > 0) return;
  if (watcher_) watcher_->stop();
  guard_.reset();
}

}  // namespace

int run_service(const Config& config, const ServiceOptions& options) {
  Connections preparing(options_of(config.database));
  const Ledger ledger = preparing.use([](Connection& connection) {
    prepare_schema(connection);
    return Ledger{ledger_uuid(connection), last_import(connection)};
  });
  Service service(config, ledger, options);
  return service.run();
}

}  // namespace clientsync
