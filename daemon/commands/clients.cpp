#include <algorithm>
#include <boost/json.hpp>
#include <iomanip>
#include <iostream>

#include "daemon/commands/common.hpp"
#include "daemon/commands/named_file.hpp"
#include "importer/import.hpp"
#include "importer/sheet/csv.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

void print_table_line(std::string_view id, std::string_view number, std::string_view status, std::string_view name) {
  constexpr std::size_t id_width = 20, number_width = 16, status_width = 10;
  const auto pad = [](std::string_view text, std::size_t width) {
    const std::string shown = escape(text);
    const std::size_t length = code_points(shown);
    return shown + std::string(length < width ? width - length : 1, ' ');
  };
  std::cout << pad(id, id_width) << pad(number, number_width) << pad(status, status_width) << escape(name) << "\n";
}

std::string_view status_of(const Client& client) {
  return client.active ? "active" : "inactive";
}

void print_client(const Client& client, Format format) {
  if (format == Format::json) {
    std::cout << boost::json::serialize(
                     boost::json::object{{"company_id", client.company_id},
                                         {"display_name", client.display_name},
                                         {"client_number", client.number ? boost::json::value(*client.number)
                                                                         : boost::json::value(nullptr)},
                                         {"type", client.type},
                                         {"lead", client.lead},
                                         {"status", status_of(client)}})
              << "\n";
  } else if (format == Format::csv) {
    std::string line;
    write_record(line,
                 std::array{guard(client.company_id), guard(client.display_name), guard(client.number.value_or(""))},
                 Dialect{});
    std::cout << line;
  } else {
    print_table_line(client.company_id, client.number.value_or("-"), status_of(client), client.display_name);
  }
}

void print_head(Format format) {
  if (format == Format::table) print_table_line("Company ID", "Client number", "Status", "Display name");
  if (format != Format::csv) return;
  std::string line = "\xEF\xBB\xBF";
  std::array<std::string, all_columns.size()> names;
  std::ranges::transform(all_columns, names.begin(),
                         [](Column column) { return std::string(header(column, Language::en)); });
  write_record(line, names, Dialect{});
  std::cout << line;
}

/// A register is loaded whole or not at all. Clients that it lacks are created, with or without a number; those that it
/// has stay as they are unless `update`.
ImportRules loading_rules(const InboxConfig& inbox, bool update) {
  constexpr std::size_t max_register_bytes = std::size_t{64} << 20;
  ImportRules rules = inbox.rules;
  rules.sheet.max_rows = inbox.rules.policy.max_clients;
  rules.sheet.max_bytes = max_register_bytes;
  rules.policy.unknown_company = Policy::UnknownCompany::create;
  rules.policy.existing_clients = update ? Policy::ExistingClients::write : Policy::ExistingClients::keep;
  rules.policy.display_name = Policy::DisplayName::update;
  rules.policy.blank_number = Policy::BlankNumber::keep;
  rules.policy.apply = Policy::Apply::all_or_nothing;
  rules.policy.max_changes_percent = std::nullopt;
  rules.policy.older_files = Policy::OlderFiles::accept;
  return rules;
}

struct Loaded {
  Imported imported;
  std::size_t differing = 0;  ///< clients that the register has with another name or number
};

/// Of the rows that change nothing.
std::size_t count_differing(const Sheet& sheet, const Plan& plan, const Register& current) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const KnownClient* client = current.find(plan.rows[i].company_id);
    if (client == nullptr || plan.rows[i].outcome != RowOutcome::unchanged) continue;
    const auto& cells = sheet.rows[i].cells;
    const std::string_view number = cells[index_of(Column::client_number)];
    const bool other_name =
        fold_white_space(cells[index_of(Column::display_name)]) != fold_white_space(client->display_name);
    if (other_name || (!number.empty() && number != client->number)) ++count;
  }
  return count;
}

/// Recorded in the ledger like an import, without a report next to the file.
Loaded load_register(ConnectionPool& connections, const ImportRules& rules, const std::filesystem::path& file) {
  const Directory directory = directory_of(file);
  const InputFile input = read_named_file(directory, file, rules.sheet.max_bytes);
  const FileBytes& bytes = input.file;
  Sheet sheet = bytes.over_limit ? oversized_sheet(bytes.bytes, bytes.stamp.size, rules.sheet)
                                 : read_sheet(bytes.bytes, rules.sheet);
  LedgerEntry entry;
  entry.kind = EntryKind::load;
  entry.source = EntrySource::command;
  entry.name = directory.path().string() + "/" + file.filename().string();
  require_recordable(entry.name);
  entry.file = input.identity;
  entry.input = bytes.bytes;
  entry.who = user_name();
  entry.started_at = now_seconds();
  return connections.use([&](Connection& connection) {
    auto begun = begin_import(connection, entry, rules, sheet);
    if (!begun) throw std::logic_error("a file that is in no inbox has an earlier version in the ledger");
    Judged judged = judge(sheet, begun->background, rules);
    judged.report.clear();
    finish_import(connection, *begun, entry, sheet, judged, "", now_seconds());
    begun->transaction.commit();
    const std::size_t differing = count_differing(sheet, judged.plan, begun->background.current);
    return Loaded{{begun->import, sheet.language, std::move(judged.plan)}, differing};
  });
}

void tell_problems(const std::filesystem::path& file, const Imported& imported) {
  const auto tell = [&](const Problem& problem) {
    std::cerr << escape(file.string());
    if (problem.row != 0) std::cerr << ": row " << problem.row;
    std::cerr << ": " << escape(sentence(problem, imported.language)) << "\n";
  };
  for (const Problem& problem : imported.plan.problems) tell(problem);
  for (const PlannedRow& row : imported.plan.rows) {
    for (const Problem& problem : row.problems) {
      if (problem.message != Message::not_applied) tell(problem);
    }
  }
}

}  // namespace

ExitStatus clients_load_command(const Options& options, const std::filesystem::path& file, bool update) {
  const Config config = read_config(options);
  const InboxConfig inbox = chosen_inbox(config, options);
  ConnectionPool connections(config.database);
  connections.use([](Connection& connection) { prepare_schema(connection); });
  const auto [imported, differing] = load_register(connections, loading_rules(inbox, update), file);
  if (imported.plan.rejected) {
    tell_problems(file, imported);
    std::cerr << "clientsync: nothing was loaded; correct the file and load it again\n";
    return ExitStatus::file_rejected;
  }
  const Counts& counts = imported.plan.counts;
  std::cout << "firm " << inbox.rules.firm << ": " << counted(counts.created, "client") << " created, "
            << counts.updated << " updated, " << counts.unchanged << " unchanged\n";
  if (differing > 0)
    std::cout << counted(differing, "client") << " in the register " << (differing == 1 ? "differs" : "differ")
              << " from the file; to write the file's names and numbers, load it with --update\n";
  return ExitStatus::all_good;
}

ExitStatus clients_list_command(const Options& options) {
  const Config config = read_config(options);
  const InboxConfig inbox = chosen_inbox(config, options);
  require_database(config.database);
  Connection connection(config.database);
  prepare_schema(connection);
  print_head(options.format);
  const std::optional<Firm> firm = find_firm(connection, inbox.rules.firm);
  if (firm) list_clients(connection, firm->id, [&](const Client& client) { print_client(client, options.format); });
  return ExitStatus::all_good;
}

}  // namespace clientsync
