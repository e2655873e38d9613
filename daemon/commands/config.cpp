#include <iostream>

#include "daemon/commands/commands.hpp"

namespace clientsync {

Exit config_check_command(const Options& options) {
  const Config config = read_config(options, {.folders = ConfigChecks::Folders::all});
  std::cout << options.config.string() << ": good\n";
  for (const InboxConfig& inbox : config.inboxes) {
    std::cout << "  inbox " << inbox.name << ": " << inbox.path.string() << ", firm " << inbox.firm << "\n";
  }
  return Exit::all_good;
}

}  // namespace clientsync
