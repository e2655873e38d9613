// `clients add`, `edit`, `activate`, `deactivate` and `delete` (docs/specification.md §10).
#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/complaints.hpp"
#include "daemon/commands/entries.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// What every command here takes.
struct EditArguments {
  bool dry_run = false;
  std::vector<std::string> ids;
};

/// Text as somebody typed it, as the register keeps it. Throws UsageError if it is not UTF-8.
std::string typed(const std::string& what, const std::string& text) {
  const auto decoded = decode(text, FallbackEncoding::reject);
  if (!decoded) throw UsageError(what + " is not valid UTF-8: " + escape(text));
  return clean(*decoded);
}

/// What people are told of edits.
struct Telling {
  std::filesystem::path file;        ///< which has the edits as its rows; "": they were typed
  Language language = Language::en;  ///< of messages
  const char* to_apply = "";         ///< what to do so that a plan that was only shown is written
};

/// Leaves out what is right and was not written only because something else is wrong.
void tell(const std::vector<Complaint>& complaints, const std::filesystem::path& file) {
  for (const Complaint& complaint : complaints) {
    if (complaint.codes == token(Code::not_applied)) continue;
    std::cerr << (file.empty() ? "clientsync" : escape(file.string())) << ": ";
    if (!file.empty() && complaint.row != 0) std::cerr << "row " << complaint.row << ": ";
    if (!complaint.company_id.empty()) std::cerr << escape(complaint.company_id) << ": ";
    std::cerr << escape(complaint.message) << "\n";
  }
}

ExitStatus print_edits(const Options& options, const Verdict& verdict, const Plan& plan, const Telling& telling) {
  const std::vector<Complaint> complaints = complaints_of(plan, telling.language);
  if (options.format == Format::json) print_json(verdict, plan, complaints);
  if (plan.rejected) {
    if (options.format == Format::table) tell(complaints, telling.file);
    std::cerr << "clientsync: nothing was changed\n";
    return ExitStatus::file_rejected;
  }
  if (options.format == Format::json) return ExitStatus::all_good;
  print_changes(changes_of(plan.writes));
  if (plan.writes.empty()) {
    std::cout << "Nothing to change: the register has these values already.\n";
  } else if (!verdict.entry) {
    std::cout << "Nothing was changed. To change it, repeat the command " << telling.to_apply << ".\n";
  } else {
    print_written(*verdict.entry);
  }
  return ExitStatus::all_good;
}

constexpr const char* without_dry_run = "without --dry-run";

ExitStatus apply_edits(const Options& options, const std::vector<Edit>& edits, bool dry_run,
                       const char* to_apply = without_dry_run) {
  refuse_csv(options);
  const Config config = read_config(options);
  const InboxConfig inbox = firm_inbox(config, options);
  if (dry_run) require_database(config.database);
  ConnectionPool connections(config.database);
  connections.use([](Connection& connection) { prepare_schema(connection); });
  const EditVerdict made = edit_clients(connections, inbox.rules, edits, author(), {.apply = !dry_run});
  return print_edits(options, made.verdict, made.plan, {.file = "", .to_apply = to_apply});
}

struct AddArguments {
  bool dry_run = false;
  std::string id, name, number, type, lead;
};

ExitStatus add_client(const Options& options, const AddArguments& arguments) {
  Edit edit{.kind = Edit::Kind::add, .row = 1, .company_id = typed("the company ID", arguments.id)};
  edit.display_name = typed("the name", arguments.name);
  if (!arguments.number.empty()) edit.number = typed("the number", arguments.number);
  if (!arguments.type.empty()) edit.type = typed("the type", arguments.type);
  if (!arguments.lead.empty()) edit.lead = typed("the lead accountant", arguments.lead);
  return apply_edits(options, {std::move(edit)}, arguments.dry_run);
}

/// `number=00123`, or another of `fields`, into the edit's field.
void read_assignment(const std::string& word, Edit& edit) {
  const std::size_t sign = word.find('=');
  const std::string field = word.substr(0, sign);
  std::string value = typed("the value of " + field, word.substr(sign + 1));
  const auto assign = [&](auto& to, auto given) {
    if (to) throw UsageError(field + "=… is given twice for " + escape(edit.company_id));
    to = std::move(given);
  };
  if (field == "number") {
    assign(edit.number, std::move(value));
  } else if (field == "name") {
    assign(edit.display_name, std::move(value));
  } else if (field == "type") {
    assign(edit.type, std::move(value));
  } else if (field == "lead") {
    assign(edit.lead, std::move(value));
  } else if (const std::optional<bool> active = read_status(value)) {
    assign(edit.active, active);
  } else {
    throw UsageError("status=" + escape(value) + ": expected status=active or status=inactive");
  }
}

/// The edit of the client; a new one of this kind if there is none yet.
Edit& edit_of(std::vector<Edit>& edits, Edit::Kind kind, const std::string& word) {
  std::string id = typed("a company ID", word);
  const auto found = std::ranges::find(edits, id, &Edit::company_id);
  if (found != edits.end()) return *found;
  return edits.emplace_back(Edit{.kind = kind, .row = edits.size() + 1, .company_id = std::move(id)});
}

/// `ID number=00123 ID name=… type=…`: each ID is followed by what its client gets.
std::vector<Edit> read_edits(const std::vector<std::string>& words) {
  constexpr std::array fields{"number=", "name=", "type=", "lead=", "status="};
  std::vector<Edit> edits;
  Edit* edit = nullptr;
  bool given = true;
  const auto require_given = [&] {
    if (!given)
      throw UsageError("nothing to change for " + escape(edit->company_id) +
                       "; expected number=…, name=…, type=…, lead=… or status=… after it");
  };
  for (const std::string& word : words) {
    const bool assigns = std::ranges::any_of(fields, [&](const char* field) { return word.starts_with(field); });
    if (assigns && edit == nullptr) throw UsageError("expected a company ID before " + escape(word));
    if (assigns) {
      read_assignment(word, *edit);
    } else {
      require_given();
      edit = &edit_of(edits, Edit::Kind::change, word);
    }
    given = assigns;
  }
  require_given();
  return edits;
}

struct ChangeArguments {
  bool dry_run = false;
  std::vector<std::string> words;
  std::filesystem::path file;
};

ExitStatus edit_from_file(const Options& options, const ChangeArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  const InboxConfig inbox = firm_inbox(config, options);
  ImportRules rules = rules_for_register(inbox.rules);
  rules.policy.unknown_company = Policy::UnknownCompany::reject;
  const NamedSheet named = read_named_sheet(arguments.file, rules.sheet);
  if (arguments.dry_run) require_database(config.database);
  ConnectionPool connections(config.database);
  connections.use([](Connection& connection) { prepare_schema(connection); });
  const LedgerEntry entry = entry_of(named, EntryKind::edit, author());
  const SheetVerdict made = enter_sheet(connections, rules, entry, named.sheet, {.apply = !arguments.dry_run});
  return print_edits(options, made.verdict, made.judged.plan,
                     {.file = arguments.file, .language = named.sheet.language, .to_apply = without_dry_run});
}

ExitStatus edit_clients_command(const Options& options, const ChangeArguments& arguments) {
  if (!arguments.file.empty() && !arguments.words.empty())
    throw UsageError("either --from FILE or edits on the command line, not both");
  if (!arguments.file.empty()) return edit_from_file(options, arguments);
  if (arguments.words.empty()) throw UsageError("nothing to edit; expected ID number=… or --from FILE");
  return apply_edits(options, read_edits(arguments.words), arguments.dry_run);
}

ExitStatus set_status(const Options& options, const EditArguments& arguments, bool active) {
  std::vector<Edit> edits;
  for (const std::string& id : arguments.ids) edit_of(edits, Edit::Kind::change, id).active = active;
  return apply_edits(options, edits, arguments.dry_run);
}

ExitStatus activate_clients(const Options& options, const EditArguments& arguments) {
  return set_status(options, arguments, true);
}

ExitStatus deactivate_clients(const Options& options, const EditArguments& arguments) {
  return set_status(options, arguments, false);
}

struct DeleteArguments {
  bool yes = false;
  std::vector<std::string> ids;
};

ExitStatus delete_clients(const Options& options, const DeleteArguments& arguments) {
  std::vector<Edit> edits;
  for (const std::string& id : arguments.ids) static_cast<void>(edit_of(edits, Edit::Kind::remove, id));
  return apply_edits(options, edits, !arguments.yes, "with --yes");
}

void add_dry_run(CLI::App& command, bool& dry_run) {
  command.add_flag("--dry-run", dry_run, "Show what would change, and change nothing");
}

void add_status_change(CLI::App& clients, CommandLine& line, const char* name, const char* what,
                       ExitStatus (*run)(const Options&, const EditArguments&)) {
  const auto arguments = std::make_shared<EditArguments>();
  CLI::App* command = clients.add_subcommand(name, what);
  command->add_option("ID", arguments->ids, "Company IDs")->required();
  add_dry_run(*command, arguments->dry_run);
  add_examples(*command, std::string("  clientsync clients ") + name + " 9130351530529746");
  on_command<EditArguments>(*command, line, arguments, run);
}

}  // namespace

void add_client_edits(CLI::App& clients, CommandLine& line) {
  const auto add = std::make_shared<AddArguments>();
  CLI::App* add_command = clients.add_subcommand("add", "Add a client");
  add_command->add_option("ID", add->id, "Company ID, as the accounting system has it")->required();
  add_command->add_option("--name", add->name, "Display name")->required();
  add_command->add_option("--number", add->number, "Client number");
  add_command->add_option("--type", add->type, "Type");
  add_command->add_option("--lead", add->lead, "Lead accountant");
  add_dry_run(*add_command, add->dry_run);
  add_examples(*add_command, "  clientsync clients add 9130351530529746 --name \"Ana Lima\" --number 00123");
  on_command<AddArguments>(*add_command, line, add, add_client);

  const auto change = std::make_shared<ChangeArguments>();
  CLI::App* edit = clients.add_subcommand("edit", "Change clients, all in one entry, so that numbers can be swapped");
  edit->add_option("EDITS", change->words, "ID FIELD=VALUE…, repeated; fields: number, name, type, lead, status");
  edit->add_option("--from", change->file,
                   "CSV file with the three headers; Type, Lead accountant and Status count too")
      ->option_text("FILE");
  add_dry_run(*edit, change->dry_run);
  add_examples(*edit,
               "  clientsync clients edit 9130351530529746 number=00123\n"
               "  clientsync clients edit 501 number=7 502 number=8    (they may swap)\n"
               "  clientsync clients edit 501 number=                  (removes the number)\n"
               "  clientsync clients edit --from corrected.csv");
  on_command<ChangeArguments>(*edit, line, change, edit_clients_command);

  add_status_change(clients, line, "activate", "Make clients active", activate_clients);
  add_status_change(clients, line, "deactivate", "Make clients inactive; they keep their numbers", deactivate_clients);

  const auto removal = std::make_shared<DeleteArguments>();
  CLI::App* remove = clients.add_subcommand("delete", "Delete inactive clients; their history stays");
  remove->add_option("ID", removal->ids, "Company IDs")->required();
  remove->add_flag("--yes", removal->yes, "Delete them; otherwise they are only shown");
  add_examples(*remove, "  clientsync clients delete 9130351530529746 --yes");
  on_command<DeleteArguments>(*remove, line, removal, delete_clients);
}

}  // namespace clientsync
