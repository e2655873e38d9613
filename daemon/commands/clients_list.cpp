#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <string_view>
#include <utility>

#include "daemon/commands/client_reading.hpp"
#include "daemon/commands/entries.hpp"
#include "daemon/json/clients.hpp"
#include "daemon/terminal/table.hpp"
#include "importer/client_csv.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct ListArguments {
  FilterArguments filters;
  std::string columns, sort;  ///< as typed; empty: the default
};

using Each = std::function<void(const Client&)>;
/// Reads the clients and calls its argument with each.
using Read = std::function<void(const Each&)>;

ClientColumn column_of(std::string_view typed, std::string_view option) {
  if (const auto column = read_column(typed)) return *column;
  std::string known;
  for (const ClientColumn each : all_client_columns) known.append(known.empty() ? "" : ", ").append(token(each));
  throw UsageError(std::string(option) + ": unknown column " + escape(typed) + "; expected one of: " + known);
}

/// For people the columns that fit most terminals; for programs all of them.
std::vector<ClientColumn> columns_of(const std::string& typed, Format format) {
  if (typed.empty() && format == Format::table)
    return {ClientColumn::company_id, ClientColumn::client_number, ClientColumn::status, ClientColumn::display_name};
  if (typed.empty()) return {all_client_columns.begin(), all_client_columns.end()};
  std::vector<ClientColumn> columns;
  for (std::size_t start = 0; start <= typed.size();) {
    const std::size_t end = std::min(typed.find(',', start), typed.size());
    columns.push_back(column_of(std::string_view(typed).substr(start, end - start), "--columns"));
    start = end + 1;
  }
  return columns;
}

TableColumn heading_of(ClientColumn column) {
  switch (column) {
    case ClientColumn::company_id:
      return {.heading = "Company ID", .key = true};
    case ClientColumn::display_name:
      return {.heading = "Display name"};
    case ClientColumn::client_number:
      return {.heading = "Client number", .key = true};
    case ClientColumn::type:
      return {.heading = "Type"};
    case ClientColumn::lead:
      return {.heading = "Lead accountant"};
    case ClientColumn::status:
      break;
  }
  return {.heading = "Status"};
}

void print_table(const std::vector<ClientColumn>& columns, const Read& read) {
  std::vector<TableColumn> headings;
  headings.reserve(columns.size());
  for (const ClientColumn column : columns) headings.push_back(heading_of(column));
  Table table(std::move(headings), terminal_at(STDOUT_FILENO));
  read([&](const Client& client) {
    TableRow row;
    for (const ClientColumn column : columns) {
      const bool none = column == ClientColumn::client_number && !client.number;
      row.emplace_back(none ? "–" : value_of(client, column));
    }
    std::cout << table.add(std::move(row));
  });
  std::cout << table.finish();
}

void print_json(const std::vector<ClientColumn>& columns, const Read& read) {
  read([&](const Client& client) { std::cout << boost::json::serialize(json_of(client, columns)) << "\n"; });
}

void print_csv(const std::vector<ClientColumn>& columns, Language language, const Read& read) {
  const ClientCsv form{.language = language, .columns = columns};
  std::cout << csv_head(form);
  read([&](const Client& client) { std::cout << csv_record(client, form); });
}

ExitStatus list(const Options& options, const ListArguments& arguments) {
  const ClientFilter filter = filter_of(arguments.filters);
  const std::vector<ClientColumn> columns = columns_of(arguments.columns, options.format);
  const auto sort =
      arguments.sort.empty() ? std::nullopt : std::optional<ClientColumn>(column_of(arguments.sort, "--sort"));
  const Config config = read_config(options);
  const InboxConfig inbox = firm_inbox(config, options);
  const bool seen = terminal_at(STDOUT_FILENO).has_value();
  const Read read = [&](const Each& each) {
    static_cast<void>(read_clients(config.database, inbox.rules.firm, filter, sort, !seen, each));
  };
  switch (options.format) {
    case Format::table:
      print_table(columns, read);
      break;
    case Format::json:
      print_json(columns, read);
      break;
    case Format::csv:
      print_csv(columns, inbox.rules.sheet.language, read);
      break;
  }
  return ExitStatus::all_good;
}

}  // namespace

void add_clients_list(CLI::App& clients, CommandLine& line) {
  const auto arguments = std::make_shared<ListArguments>();
  CLI::App* command = clients.add_subcommand("list", "Print the register");
  add_filters(*command, arguments->filters);
  command
      ->add_option("--columns", arguments->columns,
                   "What to print, of company_id, display_name, client_number, type, lead, status")
      ->option_text("COLUMN,...");
  command
      ->add_option("--sort", arguments->sort,
                   "Sort by this column, numbers by their value (default: by company ID as text)")
      ->option_text("COLUMN");
  add_examples(*command,
               "  clientsync clients list --find joao --status active\n"
               "  clientsync clients list --without-number --columns company_id,display_name,lead --sort lead\n"
               "  clientsync clients list --format json");
  on_command<ListArguments>(*command, line, arguments, list);
}

}  // namespace clientsync
