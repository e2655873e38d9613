// The command line: which commands there are, and what they take (docs/specification.md §8). Each file of commands
// describes its own.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "daemon/commands/common.hpp"

namespace clientsync {

/// What was typed for every command, and the status of the command that ran.
struct CommandLine {
  Options options;
  ExitStatus status = ExitStatus::all_good;
};

/// Makes `command` call `run` once the whole line is parsed. `arguments` is what the command's own options are parsed
/// into.
template <class Arguments>
void on_command(CLI::App& command, CommandLine& line, std::shared_ptr<const Arguments> arguments,
                ExitStatus (*run)(const Options&, const Arguments&)) {
  command.callback([&line, arguments, run] { line.status = run(line.options, *arguments); });
}

/// The same for a command that takes nothing of its own.
inline void on_command(CLI::App& command, CommandLine& line, ExitStatus (*run)(const Options&)) {
  command.callback([&line, run] { line.status = run(line.options); });
}

/// Ends the help of `command` with examples, each on a line of its own, indented by two spaces. `notes`: what else
/// there is to say, before them.
void add_examples(CLI::App& command, const std::string& examples, const std::string& notes = "");

/// Lets the option take only one of these words.
void take_one_of(CLI::Option& option, const std::vector<std::string>& words);

/// Each adds a command or a group of commands to `app`. What they are given must outlive the parsing.
void add_run(CLI::App& app, CommandLine& line);
void add_files(CLI::App& app, CommandLine& line);
void add_clients(CLI::App& app, CommandLine& line);
void add_clients_list(CLI::App& clients, CommandLine& line);
void add_clients_show(CLI::App& clients, CommandLine& line);
void add_client_edits(CLI::App& clients, CommandLine& line);
void add_imports(CLI::App& app, CommandLine& line);
void add_imports_undo(CLI::App& imports, CommandLine& line);
void add_split(CLI::App& app, CommandLine& line);
void add_export(CLI::App& app, CommandLine& line);
void add_status(CLI::App& app, CommandLine& line);
void add_explain(CLI::App& app, CommandLine& line);
void add_inboxes(CLI::App& app, CommandLine& line);
void add_config(CLI::App& app, CommandLine& line);
void add_database(CLI::App& app, CommandLine& line);
void add_users(CLI::App& app, CommandLine& line);
void add_tokens(CLI::App& app, CommandLine& line);

/// Parses the arguments of the program and runs the command that they name. Returns the exit status. Throws UsageError,
/// and whatever a command throws.
[[nodiscard]] int run_command_line(int argc, char** argv);

}  // namespace clientsync
