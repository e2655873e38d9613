#include "daemon/commands/grants.hpp"

#include <algorithm>

#include "daemon/commands/command_line.hpp"
#include "daemon/inbox/discovery.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/schema.hpp"
#include "importer/store/words.hpp"
#include "importer/text.hpp"

namespace clientsync {

std::unique_ptr<ConnectionPool> open_existing(const DatabaseOptions& database) {
  require_database(database);
  auto connections = std::make_unique<ConnectionPool>(database);
  connections->use([](Connection& connection) { prepare_schema(connection); });
  return connections;
}

void require_firms(ConnectionPool& connections, const Config& config, const std::vector<std::string>& firms) {
  const std::vector<InboxConfig> inboxes = all_inboxes(config).inboxes;
  for (const std::string& firm : firms) {
    const bool configured =
        std::ranges::any_of(inboxes, [&](const InboxConfig& inbox) { return inbox.rules.firm == firm; });
    if (configured || connections.use([&](Connection& connection) { return find_firm(connection, firm); })) continue;
    throw UsageError("unknown firm " + escape(firm) + "; neither the configuration nor the database has it");
  }
}

CLI::Option* add_role(CLI::App& command, std::string& role, const std::string& help) {
  CLI::Option* option = command.add_option("--role", role, help);
  std::vector<std::string> words;
  words.reserve(all_roles.size());
  for (const Role each : all_roles) words.emplace_back(word_of(each));
  take_one_of(*option, words);
  return option;
}

}  // namespace clientsync
