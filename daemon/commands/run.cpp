#include "daemon/commands/common.hpp"
#include "daemon/log.hpp"
#include "daemon/service/service.hpp"

namespace clientsync {

Exit run_command(const Options& options, bool once) {
  const Config config = read_config(options, {.folders = ConfigChecks::Folders::present});
  start_log(config.log_level, config.log_format);
  return static_cast<Exit>(run_service(config, {.once = once}));
}

}  // namespace clientsync
