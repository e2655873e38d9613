#include "daemon/service/service_parts.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/service/rules.hpp"
#include "daemon/service/startup_checks.hpp"
#include "importer/store/ledger.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

/// Each inbox takes a file descriptor, and the soft limit is 1,024 by custom.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // What can't be had is told when it is missed.
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace

Service::Service(const Config& config, Ledger ledger, const ServiceOptions& options)
    : config_(config),
      ledger_(std::move(ledger.uuid)),
      options_(options),
      connections_(options_of(config.database)),
      locks_(options_of(config.database), ledger_),
      retention_(context_, pool_, connections_, config.retention, [this] { end_if_idle(); }),
      weaknesses_(std::move(ledger.weaknesses)),
      newest_import_(ledger.newest_import) {
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
      {{"version", CLIENTSYNC_VERSION},
       {"inboxes", std::to_string(config_.inboxes.size())},
       {"roots", std::to_string(config_.roots.size())}});
  retention_.start();
  listen();
  for (const InboxConfig& inbox : config_.inboxes) add(inbox, {});
  for (const std::filesystem::path& root : config_.roots) {
    roots_.push_back(std::make_unique<Root>(context_, ++numbers_, root));
    wake(*roots_.back(), now());
  }
  context_.run();
  pool_.join();
  log(LogLevel::info, "service.stopped", {});
  return options_.once ? status_ : all_good;
}

bool Service::idle(const Watched& inbox) const {
  if (inbox.busy || inbox.untried) return false;
  if (!inbox.directory) return true;
  // What waits for the database, or for another try to recover it, is left for the next run.
  return database_.failing() || (!has_work(inbox) && inbox.arrivals.waiting() == 0);
}

void Service::end_if_idle() {
  if (running_ > 0) return;
  if (stopping_) return stop();
  if (!options_.once || retention_.busy()) return;
  if (std::ranges::any_of(roots_, [](const auto& root) { return root->untried; })) return;
  if (std::ranges::all_of(inboxes_, [this](const auto& inbox) { return idle(*inbox.second); })) stop();
}

/// No new file is begun; files in hand are finished by their workers, whose results end the loop.
void Service::stop() {
  stopping_ = true;
  boost::system::error_code ignored;
  signals_.cancel(ignored);
  retention_.stop();
  http_timer_.cancel();
  http_.reset();
  database_timer_.cancel();
  for (const auto& inbox : inboxes_) inbox.second->timer.cancel();
  for (const auto& root : roots_) root->timer.cancel();
  turns_.clear();
  if (running_ > 0) return;
  if (watcher_) watcher_->stop();
  guard_.reset();
}

int run_service(const Config& config, const ServiceOptions& options) {
  raise_file_limit();
  const Ledger ledger = ConnectionPool(options_of(config.database)).use([&](Connection& connection) {
    std::vector<StandingFault> weaknesses = prepare_database(connection, config);
    return Ledger{ledger_uuid(connection), last_import(connection), std::move(weaknesses)};
  });
  Service service(config, ledger, options);
  return service.run();
}

}  // namespace clientsync
