#include "daemon/service/look_log.hpp"

#include <utility>
#include <vector>

#include "daemon/log.hpp"

namespace clientsync {

void LookLog::tell(const std::string& inbox, std::size_t entries, const Arrivals& arrivals) {
  if (!logs(LogLevel::debug)) return;
  const std::vector<Arrivals::Settling> files = arrivals.settling_files();
  if (entries != entries_ || files.size() != waiting_) {
    log(LogLevel::debug, "inbox.looked",
        {{"inbox", inbox}, {"entries", std::to_string(entries)}, {"waiting", std::to_string(files.size())}});
  }
  entries_ = entries;
  waiting_ = files.size();
  std::map<std::string, std::string> told;
  for (const Arrivals::Settling& file : files) {
    std::string state = file.why + ", " + std::to_string(file.bytes);
    const auto before = told_.find(file.name);
    if (before == told_.end() || before->second != state) {
      log(LogLevel::debug, "file.settling",
          {{"inbox", inbox}, {"file", file.name}, {"bytes", std::to_string(file.bytes)}, {"why", file.why}});
    }
    told.emplace(file.name, std::move(state));
  }
  told_ = std::move(told);
}

}  // namespace clientsync
