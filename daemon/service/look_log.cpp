#include "daemon/service/look_log.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "daemon/log.hpp"

namespace clientsync {

void LookLog::tell(const std::string& inbox, std::size_t entries, const Arrivals& arrivals) {
  if (!logs(LogLevel::debug)) return;
  std::vector<Arrivals::Waiting> files = arrivals.waiting_files(std::numeric_limits<std::size_t>::max());
  using Wait = Arrivals::Wait;
  std::erase_if(files,
                [](const auto& file) { return file.wait == Wait::handed_out || file.wait == Wait::second_link; });
  if (entries != entries_ || files.size() != waiting_) {
    log(LogLevel::debug, "inbox.looked",
        {{"inbox", inbox}, {"entries", std::to_string(entries)}, {"waiting", std::to_string(files.size())}});
  }
  entries_ = entries;
  waiting_ = files.size();
  std::map<std::string, std::string> told;
  for (const Arrivals::Waiting& file : files) {
    const std::string why(sentence(file.wait));
    std::string state = why + ", " + std::to_string(file.bytes);
    const auto before = told_.find(file.name);
    if (before == told_.end() || before->second != state) {
      log(LogLevel::debug, "file.settling",
          {{"inbox", inbox}, {"file", file.name}, {"bytes", std::to_string(file.bytes)}, {"why", why}});
    }
    told.emplace(file.name, std::move(state));
  }
  told_ = std::move(told);
}

}  // namespace clientsync
