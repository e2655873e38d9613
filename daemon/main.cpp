// Turns arguments into a command, and its outcome into an exit status (docs/specification.md §8).
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "daemon/commands/common.hpp"
#include "importer/text.hpp"

namespace {

using clientsync::ExitStatus;
using clientsync::Standing;

/// What was typed, and the status of the command that it ran.
struct Typed {
  clientsync::Options options;
  std::vector<std::filesystem::path> files;
  std::filesystem::path file;
  std::string inbox;
  bool once = false, import_standing = false, skip_standing = false, update = false;
  ExitStatus status = ExitStatus::all_good;
};

std::string default_config() {
  const char* from_environment = std::getenv("CLIENTSYNC_CONFIG");
  return from_environment != nullptr ? from_environment : "/etc/clientsync/clientsync.yaml";
}

void add_options(CLI::App& app, Typed& typed) {
  app.add_option("--config", typed.options.config,
                 "Configuration file (default: $CLIENTSYNC_CONFIG or /etc/clientsync/clientsync.yaml)");
  app.add_option("--inbox", typed.options.inbox, "The inbox whose rules and firm apply, if several are configured");
  const std::map<std::string, clientsync::Format> formats{
      {"table", clientsync::Format::table}, {"json", clientsync::Format::json}, {"csv", clientsync::Format::csv}};
  app.add_option("--format", typed.options.format, "The form of the results: table, json or csv")
      ->transform(CLI::CheckedTransformer(formats))
      ->option_text("table|json|csv");
}

void add_run(CLI::App& app, Typed& typed) {
  CLI::App* run =
      app.add_subcommand("run", "Watch the inboxes and import the files that are dropped there (the service)");
  run->add_flag("--once", typed.once, "Import the files that are in the inboxes, then end");
  run->callback([&] { typed.status = clientsync::run_command(typed.options, typed.once); });
}

void add_files(CLI::App& app, Typed& typed) {
  CLI::App* now = app.add_subcommand("import", "Import files now and write the report next to each");
  now->add_option("FILE", typed.files, "CSV files")->required();
  now->callback([&] { typed.status = clientsync::import_command(typed.options, typed.files); });

  CLI::App* check = app.add_subcommand("check", "Show what an import of the files would do; changes nothing");
  check->add_option("FILE", typed.files, "CSV files")->required();
  check->callback([&] { typed.status = clientsync::check_command(typed.options, typed.files); });
}

void add_status(CLI::App& app, Typed& typed) {
  CLI::App* status = app.add_subcommand(
      "status", "Print what each inbox is doing: what waits and why, what is not taken, and what does not work");
  status->footer(
      "Asks the running service at http.listen, the folders and the ledger. The exit status is 4 if something does "
      "not\n"
      "work.\n\nExamples:\n  clientsync status\n  clientsync status --inbox main --format json");
  status->callback([&] { typed.status = clientsync::status_command(typed.options); });

  CLI::App* explain =
      app.add_subcommand("explain", "Say why files are or are not imported, and what became of earlier ones");
  explain->add_option("FILE", typed.files, "Files, which need not exist any more")->required();
  explain->footer(
      "Changes nothing. What an import would make of a file's rows is shown by `clientsync check`.\n\nExamples:\n"
      "  clientsync explain /srv/clientsync/inbox/clients.csv\n"
      "  clientsync explain --format json /srv/clientsync/inbox/*");
  explain->callback([&] { typed.status = clientsync::explain_command(typed.options, typed.files); });
}

void add_clients(CLI::App& app, Typed& typed) {
  CLI::App* clients = app.add_subcommand("clients", "The register")->require_subcommand(1);
  CLI::App* load =
      clients->add_subcommand("load", "Load clients from a CSV file with the three headers; numbers may be blank");
  load->add_option("FILE", typed.file, "CSV file")->required();
  load->add_flag("--update", typed.update, "Also write names and numbers of clients that the register has");
  load->callback([&] { typed.status = clientsync::clients_load_command(typed.options, typed.file, typed.update); });
  CLI::App* list = clients->add_subcommand("list", "Print the register");
  list->callback([&] { typed.status = clientsync::clients_list_command(typed.options); });
}

void add_inboxes(CLI::App& app, Typed& typed) {
  CLI::App* inbox = app.add_subcommand("inbox", "The watched folders")->require_subcommand(1);
  CLI::App* list = inbox->add_subcommand("list", "Print the inboxes, and whether each belongs to this ledger");
  list->callback([&] { typed.status = clientsync::inbox_list_command(typed.options); });
  CLI::App* adopt = inbox->add_subcommand("adopt", "Make an inbox belong to this ledger, whatever its mark says");
  adopt->add_option("NAME", typed.inbox, "The name of the inbox")->required();
  CLI::Option* standing =
      adopt->add_flag("--import", typed.import_standing, "Let the service import the files that are in it");
  adopt->add_flag("--skip", typed.skip_standing, "Count the files that are in it as done, without an import")
      ->excludes(standing);
  adopt->callback([&] {
    const Standing unless_asked = typed.skip_standing ? Standing::skip : Standing::ask;
    typed.status = clientsync::inbox_adopt_command(typed.options, typed.inbox,
                                                   typed.import_standing ? Standing::import : unless_asked);
  });
}

void add_config(CLI::App& app, Typed& typed) {
  CLI::App* config = app.add_subcommand("config", "The configuration")->require_subcommand(1);
  CLI::App* check =
      config->add_subcommand("check", "Check the configuration and report everything that is wrong with it");
  check->callback([&] { typed.status = clientsync::config_check_command(typed.options); });
}

void add_database(CLI::App& app, Typed& typed) {
  CLI::App* db = app.add_subcommand("db", "The database")->require_subcommand(1);
  CLI::App* status =
      db->add_subcommand("status", "Print what the database is, what it holds, and how safe its settings are");
  status->callback([&] { typed.status = clientsync::db_status_command(typed.options); });
  CLI::App* upgrade = db->add_subcommand("upgrade", "Create or upgrade the tables; on a server, as their owner");
  upgrade->callback([&] { typed.status = clientsync::db_upgrade_command(typed.options); });
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
  const std::string fault =
      word == rest.end() ? "missing command" : "unknown command " + clientsync::escape(typed + *word);
  return fault + "; expected one of: " + known;
}

/// If whoever started the program closed a standard stream, the next file that it opens must not get that stream's
/// number: log lines would be written into it. If a reader goes away, work goes on.
void secure_standard_streams() {
  int descriptor = 0;
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for this signal
}

int run(int argc, char** argv) {
  Typed typed;
  typed.options.config = default_config();
  CLI::App app("Imports client numbers from CSV files that people drop into a folder.", "clientsync");
  app.set_version_flag("--version", CLIENTSYNC_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // options may also come after the subcommand
  add_options(app, typed);
  add_run(app, typed);
  add_files(app, typed);
  add_status(app, typed);
  add_clients(app, typed);
  add_inboxes(app, typed);
  add_config(app, typed);
  add_database(app, typed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    const std::string fault = unknown_command(app);
    if (!fault.empty()) throw clientsync::UsageError(fault);
    app.exit(error);
    return static_cast<int>(ExitStatus::usage);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitStatus::usage);
  }
  return static_cast<int>(typed.status);
}

}  // namespace

int main(int argc, char** argv) {
  secure_standard_streams();
  try {
    return run(argc, argv);
  } catch (const clientsync::UsageError& error) {
    std::cerr << "clientsync: " << error.what() << "\n";
    return static_cast<int>(ExitStatus::usage);
  } catch (const std::exception& error) {
    std::cerr << "clientsync: " << error.what() << "\n";
    return static_cast<int>(ExitStatus::environment_failed);
  }
}
