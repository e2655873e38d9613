#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>

#include "daemon/access/administration.hpp"
#include "daemon/commands/command_line.hpp"
#include "daemon/commands/grants.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/json/json.hpp"
#include "daemon/terminal/table.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct AddArguments {
  std::string name, role, firm;
  std::int64_t days = 0;  ///< until it expires; 0: never
};

struct RemoveArguments {
  TokenId id = 0;
};

/// "–" for 0, which is never.
std::string shown_time(std::int64_t seconds) {
  return seconds == 0 ? "–" : time_of(seconds);
}

boost::json::value json_time(std::int64_t seconds) {
  return seconds == 0 ? boost::json::value(nullptr) : boost::json::value(time_of(seconds));
}

boost::json::object json_of(const Token& token) {
  return {{"id", token.id},
          {"name", token.name},
          {"role", word_of(token.role)},
          {"firm", token.firm},
          {"added", time_of(token.created_at)},
          {"added_by", token.created_by},
          {"expires", json_time(token.expires_at)},
          {"used", json_time(token.used_at)}};
}

ExitStatus add(const Options& options, const AddArguments& arguments) {
  refuse_csv(options);
  constexpr std::int64_t day = std::int64_t{24} * 60 * 60;
  const Config config = read_config(options);
  const auto connections = open_existing(config.database);
  require_firms(*connections, config, {arguments.firm});
  const std::int64_t now = now_seconds();
  const Token wanted{.name = arguments.name,
                     .role = role_of(arguments.role),
                     .firm = arguments.firm,
                     .expires_at = arguments.days == 0 ? 0 : now + arguments.days * day};
  const auto added = add_token(*connections, wanted, user_name(), now);
  if (std::holds_alternative<TokenProblem>(added))
    throw UsageError(escape(arguments.name) + " can't be a token's name; it takes 1 to 80 characters that can be seen");
  const auto& [token, secret] = std::get<NewToken>(added);
  if (options.format == Format::json) {
    boost::json::object object = json_of(token);
    object["token"] = secret;
    std::cout << boost::json::serialize(object) << "\n";
    return ExitStatus::all_good;
  }
  std::cout << secret << "\n";
  std::cerr << "clientsync: token " << token.id << " was added: " << word_of(token.role) << " of firm "
            << escape(token.firm) << "; it can't be shown again\n";
  return ExitStatus::all_good;
}

ExitStatus list(const Options& options) {
  refuse_csv(options);
  const auto connection = open_to_read(read_config(options).database);
  Table table({{.heading = "Token", .key = true, .right = true},
               {.heading = "Name"},
               {.heading = "Role"},
               {.heading = "Firm"},
               {.heading = "Added by", .narrow = 0},
               {.heading = "Expires", .narrow = 0},
               {.heading = "Last used", .narrow = 0}},
              terminal_at(STDOUT_FILENO));
  for (const Token& token : list_tokens(*connection)) {
    if (options.format == Format::json) {
      std::cout << boost::json::serialize(json_of(token)) << "\n";
    } else {
      std::cout << table.add({std::to_string(token.id), token.name, std::string(word_of(token.role)), token.firm,
                              token.created_by, shown_time(token.expires_at), shown_time(token.used_at)});
    }
  }
  if (options.format == Format::table) std::cout << table.finish();
  return ExitStatus::all_good;
}

ExitStatus remove(const Options& options, const RemoveArguments& arguments) {
  refuse_csv(options);
  const auto connections = open_existing(read_config(options).database);
  const std::vector<Token> tokens = connections->use([](Connection& connection) { return list_tokens(connection); });
  const auto token = std::ranges::find(tokens, arguments.id, &Token::id);
  if (token == tokens.end() || !remove_token(*connections, *token, user_name()))
    throw UsageError("there is no token " + std::to_string(arguments.id));
  if (options.format == Format::json) {
    std::cout << boost::json::serialize(boost::json::object{{"removed", token->id}}) << "\n";
  } else {
    std::cout << "token " << token->id << " (" << escape(token->name) << ") was removed\n";
  }
  return ExitStatus::all_good;
}

}  // namespace

void add_tokens(CLI::App& app, CommandLine& line) {
  constexpr std::int64_t most_days = 3650;
  CLI::App* tokens = app.add_subcommand("tokens", "Which scripts may use the API")->require_subcommand(1);
  const auto added = std::make_shared<AddArguments>();
  CLI::App* addition = tokens->add_subcommand("add", "Add a token for a script, and print it: it is never shown again");
  addition->add_option("NAME", added->name, "What uses it, for people and the history")->required();
  addition->add_option("--firm", added->firm, "The firm for which it is good")->option_text("FIRM")->required();
  add_role(*addition, added->role, "What it may do")->required();
  addition->add_option("--expires", added->days, "After so many days; without it, never")
      ->option_text("DAYS")
      ->check(CLI::Range(std::int64_t{1}, most_days));
  add_examples(*addition, "  clientsync tokens add \"practice management\" --firm main --role editor --expires 365");
  on_command<AddArguments>(*addition, line, added, add);
  CLI::App* listing = tokens->add_subcommand("list", "Print the tokens, without their secrets");
  add_examples(*listing, "  clientsync tokens list");
  on_command(*listing, line, list);
  const auto removed = std::make_shared<RemoveArguments>();
  CLI::App* removal = tokens->add_subcommand("remove", "Remove a token; requests with it are refused from then on");
  removal->add_option("ID", removed->id, "Its number, as tokens list prints it")->required();
  add_examples(*removal, "  clientsync tokens remove 3");
  on_command<RemoveArguments>(*removal, line, removed, remove);
}

}  // namespace clientsync
