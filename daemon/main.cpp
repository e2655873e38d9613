// Arguments to command to exit status.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "daemon/commands/commands.hpp"

namespace {

using clientsync::Exit;

std::string default_config() {
  const char* from_environment = std::getenv("CLIENTSYNC_CONFIG");
  return from_environment != nullptr ? from_environment : "/etc/clientsync/clientsync.yaml";
}

int run(int argc, char** argv) {
  clientsync::Options options{.config = default_config(), .inbox = {}};
  std::vector<std::filesystem::path> files;
  std::filesystem::path file;
  bool once = false;
  Exit status = Exit::all_good;

  CLI::App app("Imports client numbers from CSV files that people drop into a folder.", "clientsync");
  app.set_version_flag("--version", CLIENTSYNC_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--config", options.config,
                 "Configuration file (default: $CLIENTSYNC_CONFIG or /etc/clientsync/clientsync.yaml)");
  app.add_option("--inbox", options.inbox, "Which inbox's rules and firm, where several are configured");
  const std::map<std::string, clientsync::Format> formats{
      {"table", clientsync::Format::table}, {"json", clientsync::Format::json}, {"csv", clientsync::Format::csv}};
  app.add_option("--format", options.format, "How results are printed: table, json or csv")
      ->transform(CLI::CheckedTransformer(formats))
      ->option_text("table|json|csv");

  CLI::App* run = app.add_subcommand("run", "Watch the inboxes and import what is dropped there (the service)");
  run->add_flag("--once", once, "Handle what stands in the inboxes, then end");
  run->callback([&] { status = clientsync::run_command(options, once); });

  CLI::App* import = app.add_subcommand("import", "Import files now; the report is written next to each");
  import->add_option("FILE", files, "CSV files")->required();
  import->callback([&] { status = clientsync::import_command(options, files);
});

CLI::App* check = app.add_subcommand("check", "Say what an import of the files would do; nothing is changed");
check->add_option("FILE", files, "CSV files")->required();
check->callback([&] { status = clientsync::check_command(options, files); });

CLI::App* clients = app.add_subcommand("clients", "The register")->require_subcommand(1);
CLI::App* load =
    clients->add_subcommand("load", "Create the register from a CSV with the three headers; the number may be blank");
load->add_option("FILE", file, "CSV file")->required();
load->callback([&] { status = clientsync::clients_load_command(options, file); });
CLI::App* list = clients->add_subcommand("list", "Print the register");
list->callback([&] { status = clientsync::clients_list_command(options); });

CLI::App* config = app.add_subcommand("config", "The configuration")->require_subcommand(1);
CLI::App* config_check =
    config->add_subcommand("check", "Read the configuration and tell everything that is wrong with it");
config_check->callback([&] { status = clientsync::config_check_command(options); });
for (CLI::App* group : {run, import, check, clients, load, list, config, config_check}) group->fallthrough();

try {
  app.parse(argc, argv);
} catch (const CLI::ParseError& error) {
  return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
}
return static_cast<int>(status);
}  // namespace

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const clientsync::UsageError& error) {
    std::cerr << "clientsync: " << error.what() << "\n";
    return static_cast<int>(Exit::usage);
  } catch (const std::exception& error) {
    std::cerr << "clientsync: " << error.what() << "\n";
    return static_cast<int>(Exit::environment_failed);
  }
}
