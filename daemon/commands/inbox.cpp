#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <span>
#include <system_error>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/named_file.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/inbox/file_names.hpp"
#include "daemon/inbox/ownership.hpp"
#include "daemon/terminal/table.hpp"
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
      case MarkSight::State::damaged:
        return "unmarked";
    }
  } catch (const std::system_error& error) {
    std::cerr << "clientsync: inbox " << inbox.name << ": " << error.what() << "\n";
  }
  return "missing";
}

InboxConfig inbox_named(const Config& config, const std::string& name) {
  return chosen_inbox(config, {.config = {}, .inbox = name});
}

/// A file of an inbox that the ledger does not know as done.
struct Drop {
  std::string name;
  FileIdentity file;
  std::int64_t version = 0;  ///< that its import would have
  bool report = false;       ///< it is a report of another ledger, or of what this one has forgotten
};

/// By its name and its columns.
bool is_report(const std::string& name, const FileBytes& file, const SheetRules& rules) {
  const bool named = glob_match("*.errors.csv", name) || glob_match("*.errors.[0-9]*.csv", name) ||
                     glob_match("*.errors.recovered-*.csv", name);
  return named && !file.over_limit && read_sheet(file.bytes, rules).is_report;
}

/// The file as a drop; nullopt if it is not an input, is gone, or is done.
std::optional<Drop> drop_of(ConnectionPool& connections, const InboxConfig& inbox, const Directory& directory,
                            const std::string& name) {
  const NameKind kind = name_kind(name, inbox.patterns);
  if (kind == NameKind::temporary) return std::nullopt;
  const LedgerName known =
      connections.use([&](Connection& connection) { return look_up_name(connection, inbox.name, name); });
  if (!known.report_of && kind == NameKind::other) return std::nullopt;
  const auto input = read_input(connections, inbox, directory, name, known.report_of.has_value());
  if (!input) {
    if (input.error() == ReadFault::unreadable || input.error() == ReadFault::changed)
      throw read_error(input.error(), directory.path() / name);
    return std::nullopt;
  }
  const bool done = known.newest && known.newest->file == input->identity;
  if (input->own_report || done) return std::nullopt;
  return Drop{.name = name,
              .file = input->identity,
              .version = known.newest ? known.newest->version + 1 : 1,
              .report = !known.report_of && is_report(name, input->file, inbox.rules.sheet)};
}

/// All drops in the inbox, by name. Throws std::system_error if one cannot be read now.
std::vector<Drop> find_drops(ConnectionPool& connections, const InboxConfig& inbox, const Directory& directory) {
  std::vector<Drop> drops;
  for (const Entry& entry : directory.list()) {
    if (auto drop = drop_of(connections, inbox, directory, entry.name)) drops.push_back(std::move(*drop));
  }
  std::ranges::sort(drops, {}, &Drop::name);
  return drops;
}

void tell_standing(const std::vector<Drop>& drops) {
  for (const Drop& drop : drops) std::cout << escape(drop.name) << "\n";
}

void skip(ConnectionPool& connections, const InboxConfig& inbox, std::span<const Drop> drops) {
  if (drops.empty()) return;
  std::vector<LedgerEntry> entries;
  entries.reserve(drops.size());
  for (const Drop& drop : drops) {
    entries.push_back({.source = EntrySource::command,
                       .inbox = inbox.name,
                       .name = drop.name,
                       .version = drop.version,
                       .file = drop.file,
                       .input = {},
                       .who = user_name(),
                       .started_at = now_seconds()});
  }
  connections.use([&](Connection& connection) { record_as_done(connection, inbox.rules.firm, entries); });
}

ExitStatus list_inboxes(const Options& options) {
  refuse_csv(options);
  const Config config = read_config(options);
  require_database(config.database);
  Connection connection(config.database);
  prepare_schema(connection);
  const std::string ledger = ledger_uuid(connection);
  Table table({{.heading = "Inbox", .key = true},
               {.heading = "State", .key = true},
               {.heading = "Imports", .right = true},
               {.heading = "Firm"},
               {.heading = "Path"}},
              terminal_at(STDOUT_FILENO));
  const AllInboxes all = all_inboxes(config);
  for (const InboxConfig& inbox : all.inboxes) {
    const std::string_view state = state_of(inbox, ledger);
    const std::size_t imports = count_imports(connection, inbox.name);
    if (options.format == Format::table) {
      std::cout << table.add(
          {inbox.name, std::string(state), std::to_string(imports), inbox.rules.firm, inbox.path.string()});
    } else {
      const boost::json::object object{{"inbox", inbox.name},
                                       {"path", escape(inbox.path.string())},
                                       {"firm", inbox.rules.firm},
                                       {"state", state},
                                       {"imports", imports}};
      std::cout << boost::json::serialize(object) << "\n";
    }
  }
  if (options.format == Format::table) std::cout << table.finish();
  for (const NotTaken& each : all.not_taken)
    std::cerr << "clientsync: " << escape(each.path.native()) << " is not an inbox: " << each.why << "\n";
  for (const std::string& fault : all.faults)
    std::cerr << "clientsync: cannot read a root: " << fault << "; mount it or create it\n";
  return all.faults.empty() ? ExitStatus::all_good : ExitStatus::environment_failed;
}

/// What happens to the files that are in an inbox when it is adopted: without any of the flags, they are listed and
/// nothing is done.
struct AdoptArguments {
  std::string inbox;
  bool import = false;  ///< the service imports them
  bool skip = false;    ///< they count as done
};

ExitStatus adopt_inbox(const Options& options, const AdoptArguments& arguments) {
  const Config config = read_config(options);
  const InboxConfig inbox = inbox_named(config, arguments.inbox);
  ConnectionPool connections(config.database);
  connections.use([](Connection& connection) { prepare_schema(connection); });
  const Directory directory(inbox.path);
  const Mark mark{connections.use(ledger_uuid), inbox.name};
  if (look_at_mark(directory, mark).state == MarkSight::State::ours) {
    std::cerr << "clientsync: the inbox " << inbox.name << " already belongs to this ledger\n";
    return ExitStatus::all_good;
  }
  std::vector<Drop> drops = find_drops(connections, inbox, directory);
  tell_standing(drops);
  if (!drops.empty() && !arguments.import && !arguments.skip) {
    throw UsageError("nothing was changed: the inbox has files that this ledger does not know (listed above: " +
                     std::to_string(drops.size()) +
                     "); add --import to have them imported, or --skip to count them as done");
  }
  // Reports of another ledger are nobody's input, and would bring back what was wrong then.
  const auto reports = std::stable_partition(drops.begin(), drops.end(), [](const Drop& drop) { return !drop.report; });
  const std::size_t inputs = static_cast<std::size_t>(reports - drops.begin());
  const std::size_t skipped = arguments.skip ? drops.size() : drops.size() - inputs;
  // Before the mark: as soon as the mark is there, the service imports all files that do not count as done.
  skip(connections, inbox, std::span(drops).last(skipped));
  put_mark(directory, mark);
  std::cerr << "clientsync: the inbox " << inbox.name
            << " now belongs to this ledger; files that wait for the service: " << drops.size() - skipped
            << "; files that count as done: " << skipped << "\n";
  return ExitStatus::all_good;
}

}  // namespace

void add_inboxes(CLI::App& app, CommandLine& line) {
  CLI::App* inbox = app.add_subcommand("inbox", "The watched folders")->require_subcommand(1);
  CLI::App* list = inbox->add_subcommand("list", "Print the inboxes, and whether each belongs to this ledger");
  add_examples(*list, "  clientsync inbox list");
  on_command(*list, line, list_inboxes);
  const auto arguments = std::make_shared<AdoptArguments>();
  CLI::App* adopt = inbox->add_subcommand("adopt", "Make an inbox belong to this ledger, whatever its mark says");
  adopt->add_option("NAME", arguments->inbox, "The name of the inbox")->required();
  CLI::Option* standing =
      adopt->add_flag("--import", arguments->import, "Let the service import the files that are in it");
  adopt->add_flag("--skip", arguments->skip, "Count the files that are in it as done, without an import")
      ->excludes(standing);
  add_examples(*adopt,
               "  clientsync inbox adopt main\n"
               "  clientsync inbox adopt main --skip",
               "For an inbox whose database was replaced, or that was renamed.");
  on_command<AdoptArguments>(*adopt, line, arguments, adopt_inbox);
}

}  // namespace clientsync
