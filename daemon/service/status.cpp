#include "daemon/service/status.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "daemon/http/health_page.hpp"
#include "daemon/http/metrics_page.hpp"

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

}  // namespace

bool is_status_page(std::string_view path) {
  return path == "/health" || path == "/metrics" || path == "/status";
}

HttpResponse status_page(const HttpRequest& request, const StatusSources& sources) {
  if (is_unsafe(request.method)) return no_page(request.method);
  if (request.path == "/health") return health_page(faults_of(sources), std::chrono::system_clock::now());
  if (request.path == "/status") return page_of(status_of(sources, filter_of(request.query)));
  Metrics metrics{.version = CLIENTSYNC_VERSION};
  sources.queue.add_metrics(metrics, sources.now);
  for (const Fault& fault : faults_of(sources)) ++metrics.faults[fault.event];
  return metrics_page(metrics);
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

HttpResponse no_page(HttpMethod method) {
  const std::string type = "text/plain; charset=utf-8";
  if (!is_unsafe(method)) return {404, type, "Not found; the pages are /health, /metrics and /status\n"};
  return {405, type, "Method not allowed; use GET or HEAD\n", {{"Allow", "GET, HEAD"}}};
}

HttpResponse only_from_here() {
  return {403, "text/plain; charset=utf-8", "This page is for the service's own machine\n"};
}

}  // namespace clientsync
