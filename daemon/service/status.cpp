#include "daemon/service/status.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "daemon/http/health_page.hpp"
#include "daemon/http/metrics_page.hpp"
#include "daemon/http/status_page.hpp"

namespace clientsync {
namespace {

std::vector<Fault> faults_of(const StatusSources& sources) {
  std::vector<Fault> faults = sources.queue.faults(sources.now);
  for (Fault weakness : sources.weaknesses) {
    weakness.lasts = std::chrono::duration_cast<std::chrono::milliseconds>(sources.now - sources.begun);
    faults.push_back(std::move(weakness));
  }
  for (Fault& fault : sources.roots.faults(sources.now)) faults.push_back(std::move(fault));
  return faults;
}

ServiceStatus status_of(const StatusSources& sources, const StatusFilter& filter) {
  const ThisMoment moment{sources.now, std::chrono::system_clock::now()};
  ServiceStatus status{.version = CLIENTSYNC_VERSION, .inboxes = sources.queue.inboxes(moment, filter)};
  for (Fault& fault : faults_of(sources)) {
    status.faults.push_back({.event = std::move(fault.event),
                             .inbox = std::move(fault.inbox),
                             .file = std::move(fault.file),
                             .why = std::move(fault.why),
                             .since = moment.shown(sources.now - fault.lasts),
                             .warning = fault.warning});
  }
  return status;
}

}  // namespace

std::optional<Page> status_page(std::string_view path, std::string_view query, const StatusSources& sources) {
  if (path == "/health") return health_page(faults_of(sources), std::chrono::system_clock::now());
  if (path == "/status") return page_of(status_of(sources, filter_of(query)));
  if (path != "/metrics") return std::nullopt;
  Metrics metrics{.version = CLIENTSYNC_VERSION};
  sources.queue.add_metrics(metrics, sources.now);
  for (const Fault& fault : faults_of(sources)) ++metrics.faults[fault.event];
  return metrics_page(metrics);
}

}  // namespace clientsync
