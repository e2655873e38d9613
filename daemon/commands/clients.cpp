#include <algorithm>
#include <iostream>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/complaints.hpp"
#include "daemon/commands/entries.hpp"
#include "daemon/json/json.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// A register is loaded whole or not at all. Clients that it lacks are created, with or without a number; those that it
/// has stay as they are unless `update`.
ImportRules loading_rules(const InboxConfig& inbox, bool update) {
  ImportRules rules = rules_for_register(inbox.rules);
  rules.policy.unknown_company = Policy::UnknownCompany::create;
  rules.policy.existing_clients = update ? Policy::ExistingClients::write : Policy::ExistingClients::keep;
  return rules;
}

/// How many clients differ from the file and stay as they are: those that the same load with `--update` would write, or
/// could not write.
std::size_t count_differing(const Sheet& sheet, const Plan& plan, const Register& current, Policy policy) {
  policy.existing_clients = Policy::ExistingClients::write;
  policy.apply = Policy::Apply::good_rows;
  const Plan update = plan_import(sheet, current, policy);
  std::size_t count = 0;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const bool stays = plan.rows[i].outcome == RowOutcome::unchanged;
    if (stays && update.rows[i].outcome != RowOutcome::unchanged) ++count;
  }
  return count;
}

void tell_problems(const std::filesystem::path& file, const Plan& plan, Language language) {
  const auto tell = [&](const Problem& problem) {
    std::cerr << escape(file.string());
    if (problem.row != 0) std::cerr << ": row " << problem.row;
    std::cerr << ": " << escape(sentence(problem, language)) << "\n";
  };
  for (const Problem& problem : plan.problems) tell(problem);
  for (const PlannedRow& row : plan.rows) {
    for (const Problem& problem : row.problems) {
      if (problem.message != Message::not_applied) tell(problem);
    }
  }
}

void print_json(const Verdict& verdict, const Plan& plan, Language language, std::size_t differing) {
  boost::json::object object = json_of(verdict);
  add_counts(object, plan.counts);
  object["differing"] = differing;
  object["errors"] = json_of(complaints_of(plan, language));
  std::cout << boost::json::serialize(object) << "\n";
}

struct LoadArguments {
  std::filesystem::path file;
  bool update = false;
};

ExitStatus load_clients(const Options& options, const LoadArguments& arguments) {
  refuse_csv(options);
  const auto& [file, update] = arguments;
  const Config config = read_config(options);
  const InboxConfig inbox = firm_inbox(config, options);
  ConnectionPool connections(config.database);
  connections.use([](Connection& connection) { prepare_schema(connection); });
  const ImportRules rules = loading_rules(inbox, update);
  const NamedSheet named = read_named_sheet(file, rules.sheet);
  const SheetVerdict made =
      enter_sheet(connections, rules, entry_of(named, EntryKind::load, author()), named.sheet, {.apply = true});
  const Plan& plan = made.judged.plan;
  const bool keeps = !update && !plan.rejected;
  const std::size_t differing = keeps ? count_differing(named.sheet, plan, made.current, rules.policy) : 0;
  if (options.format == Format::json) print_json(made.verdict, plan, named.sheet.language, differing);
  if (plan.rejected) {
    if (options.format == Format::table) tell_problems(file, plan, named.sheet.language);
    std::cerr << "clientsync: nothing was loaded; correct the file and load it again\n";
    return ExitStatus::file_rejected;
  }
  if (options.format == Format::json) return ExitStatus::all_good;
  const Counts& counts = plan.counts;
  std::cout << "firm " << escape(inbox.rules.firm) << ": " << counted(counts.created, "client") << " created, "
            << counts.updated << " updated, " << counts.unchanged << " unchanged; entry " << made.verdict.entry.value()
            << "\n";
  if (differing > 0)
    std::cout << counted(differing, "client") << " in the register " << (differing == 1 ? "differs" : "differ")
              << " from the file; to write the file's names and numbers, load it with --update\n";
  return ExitStatus::all_good;
}

}  // namespace

void add_clients(CLI::App& app, CommandLine& line) {
  CLI::App* clients = app.add_subcommand("clients", "The register")->require_subcommand(1);
  add_clients_list(*clients, line);
  add_clients_show(*clients, line);
  add_client_edits(*clients, line);
  const auto arguments = std::make_shared<LoadArguments>();
  CLI::App* load =
      clients->add_subcommand("load", "Load clients from a CSV file with the three headers; numbers may be blank");
  load->add_option("FILE", arguments->file, "CSV file")->required();
  load->add_flag("--update", arguments->update, "Also write names and numbers of clients that the register has");
  add_examples(*load,
               "  clientsync clients load register.csv\n"
               "  clientsync clients load register.csv --update");
  on_command<LoadArguments>(*load, line, arguments, load_clients);
}

}  // namespace clientsync
