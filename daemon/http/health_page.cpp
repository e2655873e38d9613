#include "daemon/http/health_page.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <ctime>

#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;
using std::chrono::system_clock;

/// RFC 3339, in whole seconds of UTC.
std::string timestamp(system_clock::time_point time) {
  const std::time_t seconds = system_clock::to_time_t(time);
  std::tm utc{};
  std::array<char, sizeof "2026-11-23T10:15:00Z"> text{};
  ::gmtime_r(&seconds, &utc);
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return {text.data(), length};
}

json::object json_of(const StandingFault& fault, system_clock::time_point now) {
  json::object object{{"event", fault.event}};
  if (!fault.inbox.empty()) object["inbox"] = escape(fault.inbox);
  if (!fault.file.empty()) object["file"] = escape(fault.file);
  object["why"] = escape(fault.why);
  object["since"] = timestamp(now - fault.lasts);
  return object;
}

}  // namespace

Page health_page(std::span<const StandingFault> faults, system_clock::time_point now) {
  const bool failing = !std::ranges::all_of(faults, &StandingFault::warning);
  json::array listed;
  for (const StandingFault& fault : faults) listed.push_back(json_of(fault, now));
  const char* const status = failing ? "failing" : (faults.empty() ? "ok" : "warning");
  const json::object page{{"status", status}, {"faults", std::move(listed)}};
  return {failing ? 503U : 200U, "application/json", json::serialize(page) + "\n"};
}

}  // namespace clientsync
