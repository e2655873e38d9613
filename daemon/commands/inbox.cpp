#include <algorithm>
#include <boost/json.hpp>
#include <iomanip>
#include <iostream>
#include <system_error>

#include "daemon/commands/common.hpp"
#include "daemon/import/by_hand.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/inbox/ownership.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

std::string_view state_of(const InboxConfig& inbox, const std::string& ledger) {
  try {
    switch (look_at_mark(Directory(inbox.path), {ledger, inbox.name}).state) {
      case MarkSight::State::ours:
        return "ok";
      case MarkSight::State::foreign:
        return "foreign";
      case MarkSight::State::absent:
        return "unmarked";
    }
  } catch (const std::system_error& error) {
    std::cerr << "clientsync: inbox " << inbox.name << ": " << error.what() << "\n";
  }
  return "missing";
}

void print_table_line(std::string_view name, std::string_view state, std::string_view imports, std::string_view firm,
                      std::string_view path) {
  constexpr int name_width = 16, state_width = 10, imports_width = 7, firm_width = 16;
  std::cout << std::left << std::setw(name_width) << name << " " << std::setw(state_width) << state << " " << std::right
            << std::setw(imports_width) << imports << "  " << std::left << std::setw(firm_width) << firm << " " << path
            << "\n";
}

InboxConfig inbox_named(const Config& config, const std::string& name) {
  return chosen_inbox(config, {.config = {}, .inbox = name});
}

void tell_standing(const std::vector<Drop>& drops) {
  for (const Drop& drop : drops) std::cout << escape(drop.name) << "\n";
}

void skip(ConnectionPool& connections, const InboxConfig& inbox, const std::vector<Drop>& drops) {
  std::vector<LedgerEntry> entries;
  entries.reserve(drops.size());
  for (const Drop& drop : drops) {
    entries.push_back({.inbox = inbox.name,
                       .name = drop.name,
                       .version = drop.version,
                       .file = drop.file,
                       .input = {},
                       .who = user_name(),
                       .started_at = now_seconds()});
  }
  connections.use([&](Connection& connection) { record_as_done(connection, inbox.firm, entries); });
}

}  // namespace

Exit inbox_list_command(const Options& options) {
  if (options.format == Format::csv) throw UsageError("--format csv is not for this command; use table or json");
  const Config config = read_config(options);
  require_database(config.database);
  Connection connection(options_of(config.database));
  prepare_schema(connection);
  const std::string ledger = ledger_uuid(connection);
  if (options.format == Format::table) print_table_line("Inbox", "State", "Imports", "Firm", "Path");
  const AllInboxes all = all_inboxes(config);
  for (const InboxConfig& inbox : all.inboxes) {
    const std::string_view state = state_of(inbox, ledger);
    const std::size_t imports = count_imports(connection, inbox.name);
    const std::string path = escape(inbox.path.string());
    if (options.format == Format::table) {
      print_table_line(inbox.name, state, std::to_string(imports), escape(inbox.firm), path);
    } else {
      const boost::json::object object{
          {"inbox", inbox.name}, {"path", path}, {"firm", inbox.firm}, {"state", state}, {"imports", imports}};
      std::cout << boost::json::serialize(object) << "\n";
    }
  }
  for (const NotTaken& each : all.not_taken)
    std::cerr << "clientsync: " << escape(each.path.native()) << " is no inbox: " << each.why << "\n";
  for (const std::string& fault : all.faults)
    std::cerr << "clientsync: a root can't be looked at: " << fault << "; mount or make it\n";
  return all.faults.empty() ? Exit::all_good : Exit::environment_failed;
}

Exit inbox_adopt_command(const Options& options, const std::string& name, Standing standing) {
  const Config config = read_config(options);
  const InboxConfig inbox = inbox_named(config, name);
  ConnectionPool connections(options_of(config.database));
  connections.use([](Connection& connection) { prepare_schema(connection); });
  const Directory directory(inbox.path);
  const Mark mark{connections.use(ledger_uuid), inbox.name};
  if (look_at_mark(directory, mark).state == MarkSight::State::ours) {
    std::cerr << "clientsync: the inbox " << inbox.name << " is this ledger's already\n";
    return Exit::all_good;
  }
  const std::vector<Drop> drops = find_drops(connections, inbox, directory);
  tell_standing(drops);
  if (!drops.empty() && standing == Standing::ask) {
    throw UsageError("files: " + std::to_string(drops.size()) +
                     ", which this ledger does not know; say --import to have them imported, or --skip to have them "
                     "count as done. Nothing was changed");
  }
  // Before the mark: once that stands, the service imports what does not count as done.
  if (standing == Standing::skip) skip(connections, inbox, drops);
  put_mark(directory, mark);
  const char* fate = standing == Standing::skip ? "count as done" : "wait for the service";
  std::cerr << "clientsync: the inbox " << inbox.name << " is now this ledger's; files that " << fate << ": "
            << drops.size() << "\n";
  return Exit::all_good;
}

}  // namespace clientsync
