#include "daemon/commands/command_line.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "importer/text.hpp"

namespace clientsync {
namespace {

std::string default_config() {
  const char* from_environment = std::getenv("CLIENTSYNC_CONFIG");
  return from_environment != nullptr ? from_environment : "/etc/clientsync/clientsync.yaml";
}

void add_options(CLI::App& app, Options& options) {
  app.add_option("--config", options.config,
                 "Configuration file (default: $CLIENTSYNC_CONFIG or /etc/clientsync/clientsync.yaml)")
      ->option_text("FILE");
  app.add_option("--inbox", options.inbox, "The inbox whose rules and firm apply, if several are configured")
      ->option_text("NAME");
  CLI::Option* format = app.add_option_function<std::string>(
      "--format",
      [&options](const std::string& typed) {
        options.format = typed == "json" ? Format::json : typed == "csv" ? Format::csv : Format::table;
      },
      "The form of the results (default: table)");
  take_one_of(*format, {"table", "json", "csv"});
}

/// What was typed may have any bytes, and a terminal would obey some of them.
std::string fault_of(const CLI::App* /*app*/, const CLI::Error& error) {
  return escape(error.what()) + "\nRun with --help for more information.\n";
}

/// The message for a missing or unknown command or subcommand; empty if the command that was typed has no subcommands.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* group = &app;
  std::string typed;
  while (!group->get_subcommands().empty()) {
    group = group->get_subcommands().front();
    typed += group->get_name() + " ";
  }
  std::string known;
  for (const CLI::App* each : group->get_subcommands([](const CLI::App*) { return true; }))
    known += (known.empty() ? "" : ", ") + typed + each->get_name();
  if (known.empty()) return "";
  const std::vector<std::string> rest = app.remaining(true);
  const auto word = std::ranges::find_if(rest, [](const std::string& text) { return !text.starts_with('-'); });
  const std::string fault = word == rest.end() ? "missing command" : "unknown command " + escape(typed + *word);
  return fault + "; expected one of: " + known;
}

}  // namespace

void add_examples(CLI::App& command, const std::string& examples, const std::string& notes) {
  command.footer((notes.empty() ? "" : notes + "\n\n") + "Examples:\n" + examples +
                 "\n\n--config, --inbox and --format work with every command: see clientsync --help.");
}

void take_one_of(CLI::Option& option, const std::vector<std::string>& words) {
  const auto fault = [words](const std::string& typed) {
    return std::ranges::find(words, typed) != words.end()
               ? std::string()
               : "unknown value " + typed + "; expected one of: " + CLI::detail::join(words, ", ");
  };
  option.option_text(CLI::detail::join(words, "|"))->check(fault);
}

int run_command_line(int argc, char** argv) {
  CommandLine line;
  line.options.config = default_config();
  CLI::App app("Imports client numbers from CSV files that people drop into a folder.", "clientsync");
  app.set_version_flag("--version", CLIENTSYNC_VERSION);
  app.get_formatter()->label("REQUIRED", "(required)");
  app.get_formatter()->label("Excludes", "not with");
  app.footer("clientsync COMMAND --help describes a command, with examples. So does man clientsync.");
  app.failure_message(fault_of);
  app.require_subcommand(1);
  app.fallthrough();  // options may also come after the subcommand
  add_options(app, line.options);
  add_run(app, line);
  add_files(app, line);
  add_clients(app, line);
  add_imports(app, line);
  add_split(app, line);
  add_export(app, line);
  add_status(app, line);
  add_explain(app, line);
  add_inboxes(app, line);
  add_users(app, line);
  add_tokens(app, line);
  add_config(app, line);
  add_database(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    const std::string fault = unknown_command(app);
    if (!fault.empty()) throw UsageError(fault);
    app.exit(error);
    return static_cast<int>(ExitStatus::usage);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitStatus::usage);
  }
  return static_cast<int>(line.status);
}

}  // namespace clientsync
