#include "daemon/commands/client_reading.hpp"

#include <utility>
#include <vector>

#include "daemon/terminal/progress.hpp"
#include "importer/store/clients.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

void require_text(const std::string& typed, const char* option) {
  if (!is_utf8(typed)) throw UsageError(std::string(option) + " takes UTF-8 text");
}

/// The firm's clients that pass, while they are read.
void read_passing(Connection& connection, const Firm& firm, const ClientFilter& filter, bool with_progress,
                  const std::function<void(const Client&)>& each) {
  std::optional<Progress> progress;
  if (with_progress) progress.emplace("reading clients", firm.client_count);
  list_clients(connection, firm.id, [&](const Client& client) {
    if (matches(client, filter)) each(client);
    if (progress) progress->advance();
  });
}

}  // namespace

void add_filters(CLI::App& command, FilterArguments& arguments) {
  command.add_option("--find", arguments.find,
                     "Only clients with this text in their name or number; case and accents do not count");
  // An empty text is a filter too, so it matters whether the option was given.
  command.add_option_function<std::string>(
      "--type", [&arguments](const std::string& typed) { arguments.type = typed; },
      "Only clients of this type; \"\": those without a type");
  command.add_option_function<std::string>(
      "--lead", [&arguments](const std::string& typed) { arguments.lead = typed; },
      "Only clients of this lead accountant; \"\": those without one");
  CLI::Option* status = command.add_option_function<std::string>(
      "--status",
      [&arguments](const std::string& typed) {
        arguments.active = typed == "all" ? std::nullopt : std::optional(typed == "active");
      },
      "Only clients of this status (default: all)");
  take_one_of(*status, {"active", "inactive", "all"});
  command.add_flag("--without-number", arguments.without_number, "Only clients that have no number");
}

ClientFilter filter_of(const FilterArguments& arguments) {
  require_text(arguments.find, "--find");
  if (arguments.type) require_text(*arguments.type, "--type");
  if (arguments.lead) require_text(*arguments.lead, "--lead");
  return folded_filter({.find = arguments.find,
                        .type = arguments.type,
                        .lead = arguments.lead,
                        .active = arguments.active,
                        .without_number = arguments.without_number});
}

std::size_t read_clients(const DatabaseOptions& database, const std::string& firm, const ClientFilter& filter,
                         std::optional<ClientColumn> sort, bool progress,
                         const std::function<void(const Client&)>& each) {
  const std::unique_ptr<Connection> connection = open_to_read(database);
  const std::optional<Firm> found = find_firm(*connection, firm);
  if (!found) return 0;
  if (!sort) {
    std::size_t count = 0;
    read_passing(*connection, *found, filter, progress, [&](const Client& client) {
      ++count;
      each(client);
    });
    return count;
  }
  std::vector<Client> clients;
  read_passing(*connection, *found, filter, true, [&](const Client& client) { clients.push_back(client); });
  sort_clients(clients, *sort);
  for (const Client& client : clients) each(client);
  return clients.size();
}

}  // namespace clientsync
