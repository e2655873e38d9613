#include <algorithm>
#include <system_error>
#include <utility>

#include "daemon/http/health_page.hpp"
#include "daemon/http/metrics_page.hpp"
#include "daemon/log.hpp"
#include "daemon/service/service_parts.hpp"

namespace clientsync {
namespace {

using std::chrono::milliseconds;

StandingFault fault_of(const Outage& outage, const std::string& inbox, Moment at) {
  return {outage.event(), inbox, "", outage.why(), std::chrono::duration_cast<milliseconds>(at - outage.since())};
}

void add_troubles(const Watched& inbox, Moment at, std::vector<StandingFault>& faults) {
  const auto add = [&](const char* event, const std::string& file, const char* why, Moment since) {
    faults.push_back({event, inbox.config.name, file, why, std::chrono::duration_cast<milliseconds>(at - since)});
  };
  for (const auto& [file, trouble] : inbox.troubles) {
    if (trouble.unreadable_since)
      add("file.unreadable", file, "the service has no right to read it", *trouble.unreadable_since);
    if (trouble.told) add("file.in_other_hands", file, other_stands_still, *trouble.in_other_hands_since);
  }
}

}  // namespace

/// Where nobody can listen, folders are watched all the same.
void Service::listen() {
  if (!config_.http || options_.once || stopping_) return;
  try {
    http_.emplace(context_, *config_.http, [this](std::string_view path) { return page(path); });
  } catch (const std::system_error& error) {
    if (!listening_.failing()) log(LogLevel::error, "http.unavailable", {{"error", error.what()}});
    http_timer_.expires_after(listening_.next());
    return http_timer_.async_wait([this](const boost::system::error_code& cancelled) {
      if (!cancelled) listen();
    });
  }
  log(LogLevel::info, "http.listening", {{"on", shown(*config_.http)}});
}

std::optional<Page> Service::page(std::string_view path) const {
  if (path == "/health") return health_page(faults(), std::chrono::system_clock::now());
  if (path == "/metrics") return metrics_page(metrics());
  return std::nullopt;
}

std::vector<StandingFault> Service::faults() const {
  const Moment at = now();
  std::vector<StandingFault> faults;
  if (database_.failing()) faults.push_back(fault_of(database_, "", at));
  for (const StandingFault& weakness : weaknesses_) {
    faults.push_back(weakness);
    faults.back().lasts = std::chrono::duration_cast<milliseconds>(at - begun_);
  }
  for (const auto& root : roots_) {
    if (root->fault.failing()) faults.push_back(fault_of(root->fault, "", at));
  }
  for (const auto& [number, inbox] : inboxes_) {
    if (inbox->fault.failing()) faults.push_back(fault_of(inbox->fault, inbox->config.name, at));
    add_troubles(*inbox, at, faults);
  }
  return faults;
}

Metrics Service::metrics() const {
  const Moment at = now();
  Metrics metrics{.version = CLIENTSYNC_VERSION, .database_up = !database_.failing(), .reports = reports_};
  for (const StandingFault& fault : faults()) ++metrics.faults[fault.event];
  for (const auto& [number, inbox] : inboxes_) {
    const auto oldest = inbox->arrivals.oldest_waiting();
    metrics.inboxes.push_back({.inbox = inbox->config.name,
                               .up = inbox->directory && !inbox->fault.failing(),
                               .waiting = inbox->arrivals.waiting(),
                               .oldest = std::chrono::duration_cast<milliseconds>(at - oldest.value_or(at)),
                               .tally = inbox->tally});
  }
  std::ranges::sort(metrics.inboxes, {}, &InboxMetrics::inbox);
  return metrics;
}

}  // namespace clientsync
