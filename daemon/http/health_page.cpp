#include "daemon/http/health_page.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;
using std::chrono::system_clock;

json::object json_of(const Fault& fault, system_clock::time_point now) {
  json::object object{{"event", fault.event}};
  if (!fault.inbox.empty()) object["inbox"] = escape(fault.inbox);
  if (!fault.file.empty()) object["file"] = escape(fault.file);
  object["why"] = escape(fault.why);
  object["since"] = utc_timestamp(now - fault.lasts);
  return object;
}

}  // namespace

HttpResponse health_page(std::span<const Fault> faults, system_clock::time_point now) {
  const bool failing = !std::ranges::all_of(faults, &Fault::warning);
  json::array listed;
  for (const Fault& fault : faults) listed.push_back(json_of(fault, now));
  const char* const status = failing ? "failing" : (faults.empty() ? "ok" : "warning");
  const json::object page{{"status", status}, {"faults", std::move(listed)}};
  return {failing ? 503U : 200U, "application/json", json::serialize(page) + "\n"};
}

}  // namespace clientsync
