// `clients show` (docs/specification.md §10).
#include <unistd.h>

#include <iostream>
#include <utility>

#include "daemon/commands/client_reading.hpp"
#include "daemon/commands/entries.hpp"
#include "daemon/json/clients.hpp"
#include "daemon/json/json.hpp"
#include "daemon/terminal/table.hpp"
#include "daemon/terminal/terminal.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct ShowArguments {
  std::string id;
};

/// A client of the register, or what is left of one that was deleted.
struct Shown {
  std::optional<Client> client;
  std::vector<ClientChange> history;
};

Shown look_up(const DatabaseOptions& database, const std::string& firm, const std::string& id) {
  const std::unique_ptr<Connection> connection = open_to_read(database);
  const std::optional<Firm> found = find_firm(*connection, firm);
  if (!found) return {};
  return {.client = find_client(*connection, found->id, id),
          .history = read_client_history(*connection, found->id, id)};
}

/// `import of clients.csv`, `edit`.
std::string what_it_was(const ClientChange& change) {
  if (change.entry == 0) return "by hand";
  const std::string file = file_name_of(change.name);
  return std::string(word_of(change.kind)) + (file.empty() ? "" : " of " + file);
}

void print_client(const std::string& id, const Client& client) {
  const auto line = [](const char* name, const std::string& text) {
    std::cout << name << (text.empty() ? "–" : escape(text)) << "\n";
  };
  line("Company ID       ", id);
  line("Display name     ", client.display_name);
  line("Client number    ", client.number.value_or(""));
  line("Type             ", client.type);
  line("Lead accountant  ", client.lead);
  line("Status           ", std::string(status_word(client.active)));
}

void print_history(const std::vector<ClientChange>& history) {
  Table table({{.heading = "When", .key = true, .narrow = date_length},
               {.heading = "Entry", .key = true, .right = true},
               {.heading = "What", .narrow = 0},
               {.heading = "Who", .narrow = 0},
               {.heading = "Field"},
               {.heading = "Before"},
               {.heading = "After"}},
              terminal_at(STDOUT_FILENO));
  for (const ClientChange& change : history) {
    const bool known = change.entry != 0;
    std::cout << table.add({known ? time_of(change.started_at) : "–", known ? std::to_string(change.entry) : "–",
                            what_it_was(change), change.who, std::string(word_of(change.field)), shown(change.before),
                            shown(change.after)});
  }
  std::cout << table.finish();
}

void print_json(const std::string& id, const Shown& found) {
  boost::json::object object{{"company_id", id}, {"deleted", !found.client}};
  if (found.client) {
    constexpr std::array columns{ClientColumn::display_name, ClientColumn::client_number, ClientColumn::type,
                                 ClientColumn::lead, ClientColumn::status};
    for (auto& [key, value] : json_of(*found.client, columns)) object[key] = std::move(value);
  }
  object["history"] = json_of(found.history);
  std::cout << boost::json::serialize(object) << "\n";
}

ExitStatus show_client(const Options& options, const ShowArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  if (!is_utf8(arguments.id)) throw UsageError("the company ID is not valid UTF-8: " + escape(arguments.id));
  const std::string firm = firm_inbox(config, options).rules.firm;
  const Shown found = look_up(config.database, firm, arguments.id);
  if (!found.client && found.history.empty()) {
    throw UsageError("the firm " + escape(firm) + " has no client with the company ID " + escape(arguments.id) +
                     "; clientsync clients list --find TEXT searches names and numbers");
  }
  if (options.format == Format::json) {
    print_json(arguments.id, found);
    return ExitStatus::all_good;
  }
  if (found.client) {
    print_client(arguments.id, *found.client);
  } else {
    std::cout << "Client " << escape(arguments.id)
              << " was deleted; to bring it back, undo the entry that deleted it.\n";
  }
  std::cout << "\n";
  print_history(found.history);
  return ExitStatus::all_good;
}

}  // namespace

void add_clients_show(CLI::App& clients, CommandLine& line) {
  const auto arguments = std::make_shared<ShowArguments>();
  CLI::App* show = clients.add_subcommand("show", "Show a client and its history: where each number came from");
  show->add_option("ID", arguments->id, "Company ID")->required();
  add_examples(*show, "  clientsync clients show 9130351530529746");
  on_command<ShowArguments>(*show, line, arguments, show_client);
}

}  // namespace clientsync
