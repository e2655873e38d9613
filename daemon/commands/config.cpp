#include <iostream>

#include "daemon/commands/common.hpp"

namespace clientsync {

Exit config_check_command(const Options& options) {
  if (options.format != Format::table) throw UsageError("--format json and csv are not for this command; use table");
  const Config config = read_config(options, {.folders = ConfigChecks::Folders::all});
  std::cout << options.config.string() << ": good\n";
  for (const InboxConfig& inbox : config.inboxes) {
    std::cout << "  inbox " << inbox.name << ": " << inbox.path.string() << ", firm " << inbox.firm << "\n";
  }
  for (const std::filesystem::path& root : config.roots) {
    std::cout << "  root " << root.string() << ": each of its folders is an inbox, and a firm of its own\n";
  }
  return Exit::all_good;
}

}  // namespace clientsync
