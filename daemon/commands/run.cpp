#include "daemon/commands/common.hpp"
#include "daemon/log.hpp"
#include "daemon/service/run_once.hpp"
#include "daemon/service/service.hpp"

namespace clientsync {

ExitStatus run_command(const Options& options, bool once) {
  const Config config = read_config(options, {.folders = ConfigChecks::Folders::present});
  start_log(config.log_level, config.log_format);
  if (once) return run_once(config);
  run_service(config);
  return ExitStatus::all_good;
}

}  // namespace clientsync
