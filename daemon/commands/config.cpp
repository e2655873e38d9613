#include <algorithm>
#include <cstdint>
#include <iostream>

#include "daemon/commands/command_line.hpp"

namespace clientsync {
namespace {

constexpr std::uint64_t megabyte = std::uint64_t{1} << 20;

/// MemoryMax of systemd/clientsync.service.
constexpr std::uint64_t memory_of_service = 256 * megabyte;

/// What the import of the largest file that an inbox allows may take, if every row fails: measured with some reserve.
std::uint64_t largest_import(const SheetRules& rules) {
  constexpr std::uint64_t of_service = 24 * megabyte, of_row = 3000, of_byte = 12, shortest_row = 6;
  const std::uint64_t rows = std::min<std::uint64_t>(rules.max_rows, rules.max_bytes / shortest_row);
  return of_service + rows * of_row + rules.max_bytes * of_byte;
}

void tell_memory(const InboxConfig& inbox) {
  const std::uint64_t needed = largest_import(inbox.rules.sheet);
  if (needed <= memory_of_service) return;
  std::cout << "    the largest files that it allows may take " << needed / megabyte
            << " MB of memory, and the service's "
            << "unit has " << memory_of_service / megabyte << " MB: lower limits.rows or limits.bytes, or run "
            << "`systemctl edit clientsync` and set MemoryMax=" << needed / megabyte << "M under [Service]\n";
}

ExitStatus check_config(const Options& options) {
  if (options.format != Format::table) throw UsageError("this command has no --format json or csv; use table");
  const Config config = read_config(options, {.folders = ConfigChecks::Folders::all});
  std::cout << options.config.string() << ": good\n";
  for (const InboxConfig& inbox : config.inboxes) {
    std::cout << "  inbox " << inbox.name << ": " << inbox.path.string() << ", firm " << inbox.rules.firm << "\n";
    tell_memory(inbox);
  }
  for (const std::filesystem::path& root : config.roots) {
    std::cout << "  root " << root.string() << ": each folder in it is an inbox of its own firm\n";
  }
  return ExitStatus::all_good;
}

}  // namespace

void add_config(CLI::App& app, CommandLine& line) {
  CLI::App* config = app.add_subcommand("config", "The configuration")->require_subcommand(1);
  CLI::App* check =
      config->add_subcommand("check", "Check the configuration and report everything that is wrong with it");
  add_examples(*check,
               "  clientsync config check\n"
               "  clientsync --config new.yaml config check");
  on_command(*check, line, check_config);
}

}  // namespace clientsync
