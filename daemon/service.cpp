#include "daemon/service_parts.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <system_error>
#include <utility>

#include "daemon/log.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {

Service::Service(const Config& config, Ledger ledger, const ServiceOptions& options)
    : ledger_(std::move(ledger.uuid)),
      options_(options),
      connections_(options_of(config.database)),
      retention_(context_, pool_, connections_, config.retention, [this] { end_if_idle(); }),
      newest_import_(ledger.newest_import) {
  for (const InboxConfig& inbox : config.inboxes) {
    inboxes_.push_back(std::make_unique<Watched>(context_, inbox, newest_import_));
  }
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
