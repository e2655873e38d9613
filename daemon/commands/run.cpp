#include "daemon/commands/command_line.hpp"
#include "daemon/log.hpp"
#include "daemon/service/run_once.hpp"
#include "daemon/service/service.hpp"

namespace clientsync {
namespace {

struct RunArguments {
  bool once = false;
};

ExitStatus run(const Options& options, const RunArguments& arguments) {
  const Config config = read_config(options, {.folders = ConfigChecks::Folders::present});
  start_log(config.log_level, config.log_format);
  if (arguments.once) return run_once(config);
  run_service(config);
  return ExitStatus::all_good;
}

}  // namespace

void add_run(CLI::App& app, CommandLine& line) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* command =
      app.add_subcommand("run", "Watch the inboxes and import the files that are dropped there (the service)");
  command->add_flag("--once", arguments->once, "Import the files that are in the inboxes, then end");
  add_examples(*command, "  clientsync run --once",
               "The service runs under systemd: systemctl start clientsync. It logs to standard error.");
  on_command<RunArguments>(*command, line, arguments, run);
}

}  // namespace clientsync
