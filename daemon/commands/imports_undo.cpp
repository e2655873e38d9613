// `imports undo` and `imports replay` (docs/specification.md §10).
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <utility>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/complaints.hpp"
#include "daemon/commands/entries.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/terminal/table.hpp"
#include "daemon/terminal/terminal.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct RepeatArguments {
  ImportId entry = 0;
  bool yes = false, skip_conflicts = false;
  std::string plan;

  [[nodiscard]] Decision decision() const { return {.apply = yes || !plan.empty(), .plan = plan}; }
};

/// The rules of the inbox that `--inbox` names, or else of the one that made the entry, or of the first that its firm
/// has.
ImportRules rules_of(const Config& config, const Options& options, const RecordedEntry& entry) {
  if (!options.inbox.empty()) {
    const ImportRules rules = chosen_inbox(config, options).rules;
    if (rules.firm == entry.firm) return rules;
    throw UsageError("entry " + std::to_string(entry.id) + " is of the firm " + escape(entry.firm) +
                     ", and the inbox " + options.inbox + " is of the firm " + escape(rules.firm));
  }
  const std::vector<InboxConfig> inboxes = all_inboxes(config).inboxes;
  auto inbox = std::ranges::find(inboxes, entry.inbox, &InboxConfig::name);
  if (inbox == inboxes.end() || inbox->rules.firm != entry.firm) {
    inbox = std::ranges::find_if(inboxes, [&](const InboxConfig& each) { return each.rules.firm == entry.firm; });
  }
  if (inbox != inboxes.end()) return inbox->rules;
  throw UsageError("entry " + std::to_string(entry.id) + " is of the firm " + escape(entry.firm) +
                   ", which no configured inbox has");
}

std::string what_becomes_of(const FieldOutcome& outcome) {
  switch (outcome.kind) {
    case FieldOutcome::Kind::reversed:
      if (outcome.field == ClientField::created) return "the client is deleted";
      if (outcome.field == ClientField::deleted) return "the client comes back";
      return "back to " + shown(outcome.before);
    case FieldOutcome::Kind::kept:
      if (outcome.already_reversed) return "kept: entry " + std::to_string(outcome.kept_for) + " undid it";
      if (outcome.kept_for == 0) return "kept: it has changed since";
      return "kept: entry " + std::to_string(outcome.kept_for) +
             (outcome.now == outcome.written ? " changed the client" : " changed it");
    case FieldOutcome::Kind::failed:
      break;
  }
  return "failed";
}

void print_outcomes(const UndoPlan& plan, bool written) {
  Table table({{.heading = "Company ID", .key = true},
               {.heading = "Display name", .narrow = 0},
               {.heading = "Field"},
               {.heading = "Now", .key = true},
               {.heading = "Undo", .key = true}},
              terminal_at(STDOUT_FILENO));
  for (const FieldOutcome& outcome : plan.outcomes) {
    std::cout << table.add({std::string(outcome.company_id), std::string(outcome.display_name),
                            std::string(word_of(outcome.field)), shown(outcome.now), what_becomes_of(outcome)});
  }
  std::cout << table.finish();
  for (const FieldOutcome& outcome : plan.outcomes) {
    if (outcome.kind != FieldOutcome::Kind::failed) continue;
    std::cout << "  " << escape(outcome.company_id) << "  " << word_of(outcome.field) << "\n    "
              << escape(sentence(outcome.problem.value(), Language::en)) << "\n";
  }
  std::cout << counted(plan.reversed, "change") << (written ? " reversed, " : " can be reversed, ") << plan.kept
            << " kept, " << plan.failed << " failed\n";
}

/// What was written, or how to write the plan that was shown. `command`: what follows `clientsync imports`.
void print_end(const std::string& command, const Verdict& verdict, bool nothing_to_write) {
  if (verdict.entry && nothing_to_write) {
    std::cout << "Written as entry " << *verdict.entry << ", which changed nothing.\n";
    return;
  }
  if (verdict.entry) {
    print_written(*verdict.entry);
    return;
  }
  if (verdict.stale)
    std::cerr << "clientsync: nothing was written: the register has changed since; this is the new plan\n";
  std::cout << "Nothing was written.";
  if (!nothing_to_write)
    std::cout << " To write exactly this: clientsync imports " << command << " --plan " << verdict.plan;
  std::cout << "\n";
}

ExitStatus undo_entry_command(const Options& options, const RepeatArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  require_database(config.database);
  ConnectionPool connections(config.database);
  const RecordedEntry entry = connections.use([&](Connection& connection) {
    prepare_schema(connection);
    return require_entry(connection, arguments.entry);
  });
  const UndoVerdict made = undo_entry(connections, rules_of(config, options, entry), entry.id, arguments.skip_conflicts,
                                      author(), arguments.decision());
  const UndoPlan& plan = made.plan;
  const bool refused = arguments.decision().apply && !made.verdict.entry && !plan.outcomes.empty();
  if (options.format == Format::json) {
    std::cout << boost::json::serialize(json_of(made, Language::en)) << "\n";
    return refused ? ExitStatus::file_rejected : ExitStatus::all_good;
  }
  if (plan.outcomes.empty()) {
    std::cout << "Entry " << entry.id << " changed nothing; there is nothing to undo.\n";
    return ExitStatus::all_good;
  }
  print_outcomes(plan, made.verdict.entry.has_value());
  const bool conflicts = plan.kept + plan.failed > 0;
  if (conflicts && !arguments.skip_conflicts && !plan.writes.empty())
    std::cout << "Not all of it can be reversed. To reverse the rest, add --skip-conflicts.\n";
  print_end("undo " + std::to_string(entry.id) + (conflicts ? " --skip-conflicts" : ""), made.verdict,
            plan.writes.empty());
  return refused ? ExitStatus::file_rejected : ExitStatus::all_good;
}

/// Throws UsageError if the entry's bytes, if it has any, are not those of an import.
void require_replayable(const RecordedEntry& entry) {
  if (entry.kind == EntryKind::import || entry.kind == EntryKind::replay) return;
  std::string fault = "entry " + std::to_string(entry.id) + " cannot be replayed: its kind is " +
                      std::string(word_of(entry.kind)) + ", and only imports and replays can be replayed";
  if (entry.kind == EntryKind::load) fault += "; to load its file again, use clientsync clients load";
  if (entry.kind == EntryKind::edit && !entry.name.empty())
    fault += "; to edit by its file again, use clientsync clients edit --from";
  throw UsageError(fault);
}

/// A replay is no older than its own import, and nobody looks at its file's size again.
ImportRules rules_for_replay(ImportRules rules) {
  rules.policy.older_files = Policy::OlderFiles::accept;
  rules.sheet.max_bytes = max_register_bytes;
  return rules;
}

ExitStatus print_replay(const Options& options, const RecordedEntry& original, const SheetVerdict& made, bool apply,
                        Language language) {
  const Plan& plan = made.judged.plan;
  const bool refused = apply && !made.verdict.entry;
  const std::vector<Complaint> complaints = complaints_of(plan, language);
  if (options.format == Format::json) {
    print_json(made.verdict, plan, complaints);
  } else {
    print_changes(changes_of(plan.writes));
    std::cout << counted(plan.counts.rows, "row") << ": " << outcomes(plan.counts) << "\n";
    print_complaints(complaints);
    print_end("replay " + std::to_string(original.id), made.verdict, plan.rejected || plan.writes.empty());
  }
  if (plan.rejected || refused) return ExitStatus::file_rejected;
  return plan.counts.failed > 0 ? ExitStatus::rows_failed : ExitStatus::all_good;
}

ExitStatus replay_import_command(const Options& options, const RepeatArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  require_database(config.database);
  ConnectionPool connections(config.database);
  RecordedEntry original;
  EntryBytes bytes;
  connections.use([&](Connection& connection) {
    prepare_schema(connection);
    original = require_entry(connection, arguments.entry);
    bytes = read_entry_bytes(connection, original.id);
  });
  require_replayable(original);
  if (!bytes.input) {
    throw UsageError("entry " + std::to_string(original.id) +
                     " cannot be replayed: the ledger does not have the bytes of its file, because it had none, or "
                     "because they were removed after the time set by `retention`");
  }
  const ImportRules rules = rules_for_replay(rules_of(config, options, original));
  const Sheet sheet = read_sheet(*bytes.input, rules.sheet);
  const Author who = author();
  LedgerEntry entry;
  entry.kind = EntryKind::replay;
  entry.source = who.source;
  entry.original = original.id;
  entry.name = original.name;
  entry.file = {.sha256 = original.sha256, .size = bytes.input->size(), .mtime = 0};
  entry.input = *bytes.input;
  entry.who = who.who;
  entry.started_at = who.now;
  const SheetVerdict made = enter_sheet(connections, rules, entry, sheet, arguments.decision());
  return print_replay(options, original, made, arguments.decision().apply, sheet.language);
}

void add_repetition(CLI::App& command, RepeatArguments& arguments) {
  command.add_option("N", arguments.entry, "The number of the entry")->required();
  CLI::Option* yes = command.add_flag("--yes", arguments.yes, "Write it; otherwise it is only shown");
  command.add_option("--plan", arguments.plan, "Write it if the plan is still the one with this hash")
      ->option_text("HASH")
      ->check([](const std::string& typed) { return std::string(typed.empty() ? "expected a hash" : ""); })
      ->excludes(yes);
}

}  // namespace

void add_imports_undo(CLI::App& imports, CommandLine& line) {
  const auto undoing = std::make_shared<RepeatArguments>();
  CLI::App* undo = imports.add_subcommand("undo", "Undo what an entry changed");
  add_repetition(*undo, *undoing);
  undo->add_flag("--skip-conflicts", undoing->skip_conflicts,
                 "Reverse what can be reversed, though a later entry changed the rest");
  add_examples(*undo,
               "  clientsync imports undo 12          (shows what would happen)\n"
               "  clientsync imports undo 12 --yes");
  on_command<RepeatArguments>(*undo, line, undoing, undo_entry_command);

  const auto replaying = std::make_shared<RepeatArguments>();
  CLI::App* replay = imports.add_subcommand("replay", "Import the file of an entry once more, as it was");
  add_repetition(*replay, *replaying);
  add_examples(*replay,
               "  clientsync imports replay 12        (shows what would happen)\n"
               "  clientsync imports replay 12 --yes");
  on_command<RepeatArguments>(*replay, line, replaying, replay_import_command);
}

}  // namespace clientsync
