#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <optional>
#include <utility>

#include "daemon/access/administration.hpp"
#include "daemon/access/sign_in.hpp"
#include "daemon/commands/command_line.hpp"
#include "daemon/commands/grants.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/json/json.hpp"
#include "daemon/terminal/password.hpp"
#include "daemon/terminal/table.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// What was typed for a command about one user.
struct UserArguments {
  std::string name;
  std::string role;                ///< "": as it is
  std::vector<std::string> firms;  ///< empty: as they are
  std::string language;            ///< "": the browser's
  bool all_firms = false;
  bool password = false;        ///< set a new one
  bool password_stdin = false;  ///< read it from standard input
  bool yes = false;
};

std::string sentence_of(PasswordProblem problem) {
  switch (problem) {
    case PasswordProblem::too_short:
      return "the password is too short; it needs " + std::to_string(shortest_password) + " characters";
    case PasswordProblem::too_long:
      return "the password is too long; it may have " + std::to_string(longest_password) + " characters";
    case PasswordProblem::is_name:
      return "the password is the user's name; choose another";
    case PasswordProblem::not_text:
      break;
  }
  return "the password is not UTF-8";
}

std::string sentence_of(UserProblem problem, const std::string& name) {
  switch (problem) {
    case UserProblem::bad_name:
      return escape(name) +
             " can't be a user's name; it takes up to 64 of a-z, 0-9 and . _ - + @, and begins with a "
             "letter or a digit";
    case UserProblem::name_taken:
      return "there is a user " + escape(name) + " already";
    case UserProblem::no_firm:
      break;
  }
  return "say which firms the user may see: --firm FIRM, several times if need be, or --all-firms";
}

UsageError gone(const std::string& name) {
  return UsageError("there is no user " + escape(name));
}

User known_user(ConnectionPool& connections, const std::string& typed) {
  const std::string name = user_name_of(typed).value_or(typed);
  const auto user = connections.use([&](Connection& connection) { return find_user(connection, name); });
  if (!user) throw gone(name);
  return *user;
}

std::string typed_password(const std::string& name, bool from_input) {
  if (from_input) return read_password_line();
  if (!terminal_at(STDIN_FILENO)) throw UsageError("standard input is no terminal; use --password-stdin");
  std::string password = ask_password("Password of " + name + ": ");
  // Told before it is typed once more.
  if (const auto problem = judge_password(password, name)) throw UsageError(sentence_of(*problem));
  if (ask_password("The same once more: ") != password)
    throw UsageError("the two passwords differ; nothing was changed");
  return password;
}

boost::json::object json_of(const User& user) {
  boost::json::object object{{"user", user.name}, {"role", word_of(user.role)}, {"all_firms", user.all_firms}};
  object["firms"] = boost::json::value_from(user.firms);
  object["language"] = user.language ? boost::json::value(tag(*user.language)) : boost::json::value(nullptr);
  object["added"] = time_of(user.created_at);
  object["password_set"] = time_of(user.password_at);
  return object;
}

/// `done` is what became of the user, for people: "was added".
ExitStatus tell(const Options& options, const User& user, const std::string& done) {
  if (options.format == Format::json) {
    std::cout << boost::json::serialize(json_of(user)) << "\n";
  } else {
    std::cout << user.name << " " << done << ": " << word_of(user.role) << "; firms: " << escape(firms_of(user))
              << "\n";
  }
  return ExitStatus::all_good;
}

ExitStatus add(const Options& options, const UserArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  const auto connections = open_existing(config.database);
  require_firms(*connections, config, arguments.firms);
  User wanted{.name = arguments.name,
              .role = role_of(arguments.role),
              .all_firms = arguments.all_firms,
              .firms = arguments.firms,
              .language = read_tag(arguments.language)};
  if (const auto problem = judge_user(wanted)) throw UsageError(sentence_of(*problem, wanted.name));
  const std::string password = typed_password(user_name_of(wanted.name).value(), arguments.password_stdin);
  const auto added = add_user(*connections, wanted, password, user_name(), now_seconds());
  if (const auto* problem = std::get_if<UserProblem>(&added)) throw UsageError(sentence_of(*problem, wanted.name));
  if (const auto* problem = std::get_if<PasswordProblem>(&added)) throw UsageError(sentence_of(*problem));
  return tell(options, std::get<User>(added), "was added");
}

ExitStatus list(const Options& options) {
  refuse_csv(options);
  const auto connection = open_to_read(read_config(options).database);
  Table table({{.heading = "User", .key = true},
               {.heading = "Role"},
               {.heading = "Firms"},
               {.heading = "Added", .narrow = 0},
               {.heading = "Password set", .narrow = 0}},
              terminal_at(STDOUT_FILENO));
  for (const User& user : list_users(*connection)) {
    if (options.format == Format::json) {
      std::cout << boost::json::serialize(json_of(user)) << "\n";
    } else {
      std::cout << table.add({user.name, std::string(word_of(user.role)), firms_of(user), time_of(user.created_at),
                              time_of(user.password_at)});
    }
  }
  if (options.format == Format::table) std::cout << table.finish();
  return ExitStatus::all_good;
}

Grant grant_of(const User& user, const UserArguments& arguments) {
  Grant grant{user.role, user.all_firms, user.firms};
  if (!arguments.role.empty()) grant.role = role_of(arguments.role);
  if (arguments.all_firms || !arguments.firms.empty()) {
    grant.all_firms = arguments.all_firms;
    grant.firms = arguments.firms;
  }
  return grant;
}

ExitStatus edit(const Options& options, const UserArguments& arguments) {
  refuse_csv(options);
  const bool grants = !arguments.role.empty() || arguments.all_firms || !arguments.firms.empty();
  const bool password = arguments.password || arguments.password_stdin;
  if (!grants && !password) throw UsageError("say what is to change: --role, --firm, --all-firms or --password");
  const Config config = read_config(options);
  const auto connections = open_existing(config.database);
  require_firms(*connections, config, arguments.firms);
  const User user = known_user(*connections, arguments.name);
  if (password) {
    const std::string typed = typed_password(user.name, arguments.password_stdin);
    if (const auto problem = set_password(*connections, user, typed, user_name(), now_seconds()))
      throw UsageError(sentence_of(*problem));
  }
  if (grants && !edit_user(*connections, user, grant_of(user, arguments), user_name())) throw gone(user.name);
  return tell(options, known_user(*connections, user.name), "was changed");
}

ExitStatus tell_done(const Options& options, const char* done, const User& user, const std::string& sentence) {
  if (options.format == Format::json) {
    std::cout << boost::json::serialize(boost::json::object{{done, user.name}}) << "\n";
  } else {
    std::cout << sentence << "\n";
  }
  return ExitStatus::all_good;
}

ExitStatus remove(const Options& options, const UserArguments& arguments) {
  refuse_csv(options);
  if (!arguments.yes) throw UsageError("nothing was changed; to remove the user, add --yes");
  const auto connections = open_existing(read_config(options).database);
  const User user = known_user(*connections, arguments.name);
  if (!remove_user(*connections, user, user_name())) throw gone(user.name);
  return tell_done(options, "removed", user, user.name + " was removed; all sessions of the user have ended");
}

ExitStatus unlock(const Options& options, const UserArguments& arguments) {
  refuse_csv(options);
  const auto connections = open_existing(read_config(options).database);
  const User user = known_user(*connections, arguments.name);
  unlock_user(*connections, user, user_name());
  return tell_done(options, "unlocked", user, user.name + " may try to sign in again at once");
}

/// The page for signing in, on this machine. Of a service that listens on a socket, only what follows the address that
/// a proxy has.
std::string sign_in_page(const Config& config) {
  if (!config.http) throw UsageError("the configuration has no http.listen, so there is no console to sign in to");
  if (!config.http->console)
    throw UsageError("the configuration does not have http.console: on, so there is no console to sign in to");
  if (!config.http->socket.empty()) return "sign-in";
  std::string address = config.http->address;
  if (address == "0.0.0.0") address = "127.0.0.1";
  if (address == "::") address = "::1";
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return (config.http->tls ? "https://" : "http://") + address + ":" + std::to_string(config.http->port) + "/sign-in";
}

ExitStatus link(const Options& options, const UserArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  const std::string page = sign_in_page(config);
  const auto connections = open_existing(config.database);
  const User user = known_user(*connections, arguments.name);
  const std::int64_t now = now_seconds();
  const auto secret = make_sign_in_link(*connections, user, user_name(), now);
  if (!secret) throw gone(user.name);
  const std::string url = page + "?link=" + *secret;
  if (options.format == Format::json) {
    const std::string expires = time_of(now + sign_in_link_lifetime);
    std::cout << boost::json::serialize(boost::json::object{{"user", user.name}, {"url", url}, {"expires", expires}})
              << "\n";
  } else {
    std::cout << url << "\n";
    std::cerr << "clientsync: whoever opens this is signed in as " << user.name << ", once and within 10 minutes\n";
  }
  return ExitStatus::all_good;
}

CLI::Option* add_firms(CLI::App& command, UserArguments& arguments) {
  CLI::Option* all = command.add_flag("--all-firms", arguments.all_firms, "All firms, those to come too");
  return command.add_option("--firm", arguments.firms, "A firm that the user may see; can be given several times")
      ->option_text("FIRM")
      ->allow_extra_args(false)
      ->excludes(all);
}

std::pair<CLI::App*, std::shared_ptr<UserArguments>> add_command(CLI::App& users, const std::string& name,
                                                                 const std::string& help) {
  auto arguments = std::make_shared<UserArguments>();
  CLI::App* command = users.add_subcommand(name, help);
  command->add_option("NAME", arguments->name, "The user's name")->required();
  return {command, std::move(arguments)};
}

void add_add(CLI::App& users, CommandLine& line) {
  const auto [command, arguments] = add_command(users, "add", "Add a user of the console; asks for a password");
  add_role(*command, arguments->role, "What the user may do")->required();
  add_firms(*command, *arguments);
  CLI::Option* language = command->add_option("--language", arguments->language, "Of the console; else the browser's");
  take_one_of(*language, {"en", "pt-BR"});
  command->add_flag("--password-stdin", arguments->password_stdin, "Read the password from standard input");
  add_examples(*command,
               "  clientsync users add ana --role admin --all-firms\n"
               "  clientsync users add bia --role editor --firm main --language pt-BR");
  on_command<UserArguments>(*command, line, arguments, add);
}

void add_edit(CLI::App& users, CommandLine& line) {
  const auto [command, arguments] = add_command(users, "edit", "Change a user's role, firms or password");
  add_role(*command, arguments->role, "What the user may do");
  add_firms(*command, *arguments);
  command->add_flag("--password", arguments->password, "Ask for a new password; all sessions of the user end");
  command->add_flag("--password-stdin", arguments->password_stdin, "Read the new password from standard input");
  add_examples(*command,
               "  clientsync users edit bia --role viewer\n"
               "  clientsync users edit bia --password");
  on_command<UserArguments>(*command, line, arguments, edit);
}

}  // namespace

void add_users(CLI::App& app, CommandLine& line) {
  CLI::App* users = app.add_subcommand("users", "Who may use the console")->require_subcommand(1);
  add_add(*users, line);
  CLI::App* listing = users->add_subcommand("list", "Print the users of the console");
  add_examples(*listing, "  clientsync users list");
  on_command(*listing, line, list);
  add_edit(*users, line);
  const auto [removal, removed] = add_command(*users, "remove", "Remove a user and end all sessions of the user");
  removal->add_flag("--yes", removed->yes, "Remove the user; without it, nothing is changed");
  add_examples(*removal, "  clientsync users remove bia --yes");
  on_command<UserArguments>(*removal, line, removed, remove);
  const auto [unlocking, unlocked] = add_command(*users, "unlock", "Forget that sign-ins of the user failed");
  add_examples(*unlocking, "  clientsync users unlock bia");
  on_command<UserArguments>(*unlocking, line, unlocked, unlock);
  const auto [linking, linked] = add_command(*users, "link", "Print a link that signs the user in, once");
  add_examples(*linking, "  clientsync users link ana");
  on_command<UserArguments>(*linking, line, linked, link);
}

}  // namespace clientsync
