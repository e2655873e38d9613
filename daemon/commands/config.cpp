#include <iostream>

#include "daemon/commands/common.hpp"

namespace clientsync {

ExitStatus config_check_command(const Options& options) {
  if (options.format != Format::table) throw UsageError("this command has no --format json or csv; use table");
  const Config config = read_config(options, {.folders = ConfigChecks::Folders::all});
  std::cout << options.config.string() << ": good\n";
  for (const InboxConfig& inbox : config.inboxes) {
    std::cout << "  inbox " << inbox.name << ": " << inbox.path.string() << ", firm " << inbox.rules.firm << "\n";
  }
  for (const std::filesystem::path& root : config.roots) {
    std::cout << "  root " << root.string() << ": each folder in it is an inbox of its own firm\n";
  }
  return ExitStatus::all_good;
}

}  // namespace clientsync
