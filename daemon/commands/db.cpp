#include <boost/json.hpp>
#include <iomanip>
#include <iostream>

#include "daemon/commands/command_line.hpp"
#include "importer/store/database_status.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// These commands need no inboxes: the configuration of the tables' owner may have none.
DatabaseOptions database_of(const Options& options) {
  refuse_csv(options);
  return read_config(options, {.folders = ConfigChecks::Folders::ignore, .inboxes = false}).database;
}

std::string schema_sentence(int version, DatabaseKind kind) {
  const std::string number = "version " + std::to_string(version);
  if (version == schema_version) return number + ", which this program needs";
  const std::string state =
      version == 0 ? "no tables yet" : number + ", and this program needs " + std::to_string(schema_version);
  const bool is_server = kind != DatabaseKind::sqlite;
  return state + "; run clientsync db upgrade" + (is_server ? " with the configuration of their owner" : "");
}

void print_table(const DatabaseStatus& status, DatabaseKind kind) {
  const auto line = [](std::string_view name, std::string_view value) {
    constexpr int name_width = 14;
    std::cout << std::left << std::setw(name_width) << name << " " << value << "\n";
  };
  line("database", escape(status.place));
  line("server", escape(status.server));
  line("schema", schema_sentence(status.schema_version, kind));
  line("ledger", status.ledger.empty() ? "-" : escape(status.ledger));
  line("bytes", std::to_string(status.bytes));
  for (const auto& [table, rows] : status.rows) line(table, counted(rows, "row"));
  constexpr int setting_width = 31, value_width = 15;
  const auto row = [](std::string_view setting, std::string_view value, std::string_view verdict) {
    std::cout << std::left << std::setw(setting_width) << setting << " " << std::setw(value_width) << value << " "
              << verdict << "\n";
  };
  std::cout << "\n";
  row("Setting", "Value", "Verdict");
  for (const DurabilitySetting& setting : status.durability) {
    const std::string weak = "WEAK, expected " + setting.expected + ". " + setting.weakness;
    row(setting.name, escape(setting.value), setting.weakness.empty() ? "good" : weak);
  }
}

void print_json(const DatabaseStatus& status) {
  boost::json::object rows;
  for (const auto& [table, count] : status.rows) rows[table] = count;
  boost::json::array settings;
  for (const DurabilitySetting& setting : status.durability) {
    settings.push_back(
        {{"setting", setting.name},
         {"value", escape(setting.value)},
         {"expected", setting.expected},
         {"weak", setting.weakness.empty() ? boost::json::value(nullptr) : boost::json::value(setting.weakness)}});
  }
  const boost::json::value ledger =
      status.ledger.empty() ? boost::json::value(nullptr) : boost::json::value(escape(status.ledger));
  std::cout << boost::json::serialize(boost::json::object{{"database", escape(status.place)},
                                                          {"server", escape(status.server)},
                                                          {"schema", status.schema_version},
                                                          {"schema_needed", schema_version},
                                                          {"ledger", ledger},
                                                          {"bytes", status.bytes},
                                                          {"rows", std::move(rows)},
                                                          {"durability", std::move(settings)}})
            << "\n";
}

/// Status 4 if the tables are not those that this program needs.
ExitStatus print_status(const Options& options) {
  const DatabaseOptions database = database_of(options);
  require_database(database);
  Connection connection(database);
  const DatabaseStatus status = database_status(connection);
  options.format == Format::json ? print_json(status) : print_table(status, database.kind);
  return status.schema_version == schema_version ? ExitStatus::all_good : ExitStatus::environment_failed;
}

ExitStatus upgrade(const Options& options) {
  Connection connection(database_of(options));
  const int before = upgrade_schema(connection);
  if (options.format == Format::json) {
    std::cout << boost::json::serialize(boost::json::object{{"before", before}, {"schema", schema_version}}) << "\n";
  } else if (before == 0) {
    std::cout << "created the tables, version " << schema_version << "\n";
  } else if (before == schema_version) {
    std::cout << "nothing to do: the tables have version " << schema_version << ", which this program needs\n";
  } else {
    std::cout << "upgraded the tables from version " << before << " to " << schema_version << "\n";
  }
  return ExitStatus::all_good;
}

}  // namespace

void add_database(CLI::App& app, CommandLine& line) {
  CLI::App* db = app.add_subcommand("db", "The database")->require_subcommand(1);
  CLI::App* status =
      db->add_subcommand("status", "Print what the database is, what it holds, and how safe its settings are");
  add_examples(*status, "  clientsync db status");
  on_command(*status, line, print_status);
  CLI::App* tables = db->add_subcommand("upgrade", "Create or upgrade the tables; on a server, as their owner");
  add_examples(*tables,
               "  clientsync db upgrade\n"
               "  clientsync --config /etc/clientsync/owner.yaml db upgrade");
  on_command(*tables, line, upgrade);
}

}  // namespace clientsync
