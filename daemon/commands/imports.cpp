// `imports list`, `show`, `undo` and `replay` (docs/specification.md §10).
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <unordered_map>
#include <utility>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/complaints.hpp"
#include "daemon/commands/entries.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/terminal/table.hpp"
#include "daemon/terminal/terminal.hpp"
#include "importer/sheet/csv.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using boost::json::value;

/// The name of the entry's file without its directories.
std::string file_of(const RecordedEntry& entry) {
  return std::filesystem::path(entry.name).filename().string();
}

/// `6 updated, 3 failed`, or what else became of the entry.
std::string outcome_of(const RecordedEntry& entry) {
  if (entry.kind == EntryKind::adopt) return "counts as done";
  std::string text;
  const auto add = [&](std::size_t count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(entry.counts.updated, "updated");
  add(entry.counts.created, "created");
  add(entry.counts.failed, "failed");
  if (entry.rejected) text = "rejected" + (text.empty() ? "" : ": " + text);
  if (text.empty()) text = "no change";
  if (entry.undone_by) text += "; undone by " + std::to_string(*entry.undone_by);
  return text;
}

std::string what_it_is(const RecordedEntry& entry) {
  std::string text(word_of(entry.kind));
  if (entry.original) text += " of " + std::to_string(*entry.original);
  return text;
}

value number_or_null(const std::optional<ImportId>& number) {
  return number ? value(*number) : value(nullptr);
}

value text_or_null(const std::string& text) {
  return text.empty() ? value(nullptr) : value(text);
}

boost::json::object json_of(const RecordedEntry& entry) {
  const Counts& counts = entry.counts;
  return {{"entry", entry.id},
          {"kind", word_of(entry.kind)},
          {"original", number_or_null(entry.original)},
          {"undone_by", number_or_null(entry.undone_by)},
          {"firm", entry.firm},
          {"at", time_of(entry.finished_at)},
          {"who", entry.who},
          {"source", word_of(entry.source)},
          {"inbox", text_or_null(entry.inbox)},
          {"file", text_or_null(escape(file_of(entry)))},
          {"sha256", text_or_null(entry.sha256)},
          {"outcome", entry.rejected ? "rejected" : "imported"},
          {"rows", counts.rows},
          {"updated", counts.updated},
          {"unchanged", counts.unchanged},
          {"created", counts.created},
          {"failed", counts.failed},
          {"restored", counts.restored}};
}

/// Opens the database for a command that changes nothing.
struct Reader {
  explicit Reader(const Config& config) : connection(opened(config)) { prepare_schema(connection); }
  Connection connection;

 private:
  static const DatabaseOptions& opened(const Config& config) {
    require_database(config.database);
    return config.database;
  }
};

struct ListArguments {
  std::string kind, firm;
  std::optional<std::size_t> limit;
};

constexpr std::array<std::string_view, 14> csv_columns{"entry",     "kind",    "at",      "who",  "source",
                                                       "inbox",     "file",    "outcome", "rows", "updated",
                                                       "unchanged", "created", "failed",  "firm"};

template <class Cells>
void print_csv_line(const Cells& cells) {
  std::vector<std::string> guarded;
  guarded.reserve(cells.size());
  for (const auto& cell : cells) guarded.push_back(guard(cell));
  std::string line;
  write_record(line, guarded, Dialect{});
  std::cout << line;
}

void print_csv_line(const RecordedEntry& entry) {
  const Counts& counts = entry.counts;
  print_csv_line(std::vector<std::string>{
      std::to_string(entry.id), std::string(word_of(entry.kind)), time_of(entry.finished_at), entry.who,
      std::string(word_of(entry.source)), entry.inbox, escape(file_of(entry)), entry.rejected ? "rejected" : "imported",
      std::to_string(counts.rows), std::to_string(counts.updated), std::to_string(counts.unchanged),
      std::to_string(counts.created), std::to_string(counts.failed), entry.firm});
}

void print_table(Connection& connection, const EntryFilter& filter) {
  const bool with_firm = has_several_firms(connection);
  std::vector<TableColumn> columns{{.heading = "Entry", .key = true, .right = true},
                                   {.heading = "When", .key = true, .narrow = date_length},
                                   {.heading = "What"},
                                   {.heading = "Who", .narrow = 0},
                                   {.heading = "File", .narrow = 0},
                                   {.heading = "Outcome"}};
  if (with_firm) columns.push_back({.heading = "Firm"});
  Table table(std::move(columns), terminal_at(STDOUT_FILENO));
  list_entries(connection, filter, [&](const RecordedEntry& entry) {
    TableRow row{std::to_string(entry.id), time_of(entry.finished_at), what_it_is(entry), entry.who,
                 file_of(entry),           outcome_of(entry)};
    if (with_firm) row.push_back(entry.firm);
    std::cout << table.add(std::move(row));
  });
  std::cout << table.finish();
}

ExitStatus list_entries_command(const Options& options, const ListArguments& arguments) {
  const Config config = read_config(options);
  Reader reader(config);
  EntryFilter filter;
  if (!options.inbox.empty()) filter.inbox = options.inbox;
  if (!arguments.kind.empty()) filter.kind = kind_of_entry(arguments.kind);
  if (arguments.limit) filter.limit = *arguments.limit;
  if (!arguments.firm.empty()) {
    const std::optional<Firm> firm = find_firm(reader.connection, arguments.firm);
    if (!firm) throw UsageError("the database has no firm " + escape(arguments.firm));
    filter.firm = firm->id;
  }
  if (options.format == Format::table) {
    print_table(reader.connection, filter);
  } else if (options.format == Format::csv) {
    std::cout << utf8_mark;
    print_csv_line(csv_columns);
    list_entries(reader.connection, filter, [](const RecordedEntry& entry) { print_csv_line(entry); });
  } else {
    list_entries(reader.connection, filter,
                 [](const RecordedEntry& entry) { std::cout << boost::json::serialize(json_of(entry)) << "\n"; });
  }
  return ExitStatus::all_good;
}

struct ShowArguments {
  ImportId entry = 0;
  bool input = false, report = false;
};

/// Throws UsageError if the ledger has no such entry.
RecordedEntry require_entry(Connection& connection, ImportId id) {
  std::optional<RecordedEntry> entry = read_entry(connection, id);
  if (!entry)
    throw UsageError("there is no entry " + std::to_string(id) +
                     "; clientsync imports list shows those that there are");
  return *std::move(entry);
}

/// The bytes of an entry's input or report, as they were.
ExitStatus print_bytes(Connection& connection, const RecordedEntry& entry, bool report) {
  const EntryBytes bytes = read_entry_bytes(connection, entry.id);
  const auto& wanted = report ? bytes.report : bytes.input;
  const std::string what =
      std::string("the ") + (report ? "report" : "input") + " of entry " + std::to_string(entry.id);
  if (!wanted) {
    std::cerr << "clientsync: the ledger does not have " << what
              << ": there was none, or it was removed after the time set by `retention`\n";
    return ExitStatus::environment_failed;
  }
  std::cout << *wanted;
  return ExitStatus::all_good;
}

/// True if the values of the field are names of the client.
bool is_name(ClientField field) {
  return field == ClientField::created || field == ClientField::deleted || field == ClientField::name;
}

/// With the names that the clients have now, or else that they have in the entry.
std::vector<ShownChange> changes_of(Connection& connection, const RecordedEntry& entry) {
  std::vector<EntryChange> changes;
  Batch batch(connection);
  read_entry_changes(batch, entry.id, changes);
  batch.run("reading the changes of entry " + std::to_string(entry.id));
  Register current;
  if (const std::optional<Firm> firm = find_firm(connection, entry.firm)) {
    Batch reading(connection);
    read_register(reading, *firm, touched_by(changes), current);
    reading.run("reading the register");
  }
  std::unordered_map<std::string, std::string> names;
  for (const EntryChange& change : changes) {
    if (const KnownClient* client = current.find(change.company_id)) {
      names.emplace(change.company_id, client->display_name);
    } else if (is_name(change.field)) {
      names.emplace(change.company_id, change.after ? *change.after : change.before.value_or(""));
    }
  }
  std::vector<ShownChange> shown;
  shown.reserve(changes.size());
  for (EntryChange& change : changes)
    shown.push_back(
        {change.company_id, names[change.company_id], change.field, std::move(change.before), std::move(change.after)});
  return shown;
}

void print_head_of(const RecordedEntry& entry) {
  const auto line = [](const char* name, const std::string& text) {
    if (!text.empty()) std::cout << name << escape(text) << "\n";
  };
  std::cout << "Entry " << entry.id << ": " << what_it_is(entry) << "\n";
  line("  when     ", time_of(entry.finished_at));
  line("  who      ", entry.who);
  line("  from     ", std::string(word_of(entry.source)));
  line("  firm     ", entry.firm);
  line("  inbox    ", entry.inbox);
  line("  file     ", entry.name);
  line("  outcome  ", outcome_of(entry));
}

/// In full: in the cells of a table, messages would be cut.
void print_errors(const std::vector<EntryError>& errors) {
  if (errors.empty()) return;
  std::cout << "\n";
  std::vector<Complaint> complaints;
  complaints.reserve(errors.size());
  for (const EntryError& error : errors)
    complaints.push_back({error.row, error.company_id, error.codes, error.message});
  print_complaints(complaints);
}

boost::json::array json_of(const std::vector<EntryError>& errors) {
  boost::json::array array;
  for (const EntryError& error : errors) {
    array.push_back({{"row", error.row == 0 ? value(nullptr) : value(error.row)},
                     {"company_id", text_or_null(error.company_id)},
                     {"codes", json_of_codes(error.codes)},
                     {"message", error.message}});
  }
  return array;
}

ExitStatus show_entry(const Options& options, const ShowArguments& arguments) {
  if (options.format == Format::csv) throw UsageError("this command has no --format csv; use table or json");
  const Config config = read_config(options);
  Reader reader(config);
  const RecordedEntry entry = require_entry(reader.connection, arguments.entry);
  if (arguments.input || arguments.report) return print_bytes(reader.connection, entry, arguments.report);
  const std::vector<ShownChange> changes = changes_of(reader.connection, entry);
  const std::vector<EntryError> errors = read_entry_errors(reader.connection, entry.id);
  if (options.format == Format::json) {
    boost::json::object object = json_of(entry);
    object["changes"] = json_of(changes);
    object["errors"] = json_of(errors);
    std::cout << boost::json::serialize(object) << "\n";
    return ExitStatus::all_good;
  }
  print_head_of(entry);
  if (!changes.empty()) std::cout << "\n";
  print_changes(changes);
  print_errors(errors);
  return ExitStatus::all_good;
}

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

std::string shown(const std::optional<std::string_view>& text) {
  return text && !text->empty() ? std::string(*text) : "–";
}

std::string shown(const FieldOutcome& outcome) {
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

std::string_view word_of(FieldOutcome::Kind kind) {
  switch (kind) {
    case FieldOutcome::Kind::reversed:
      return "reversed";
    case FieldOutcome::Kind::kept:
      return "kept";
    case FieldOutcome::Kind::failed:
      break;
  }
  return "failed";
}

value text_or_null(const std::optional<std::string_view>& text) {
  return text ? value(*text) : value(nullptr);
}

boost::json::object json_of(const UndoVerdict& made) {
  boost::json::object object = json_of(made.verdict);
  boost::json::array fields;
  for (const FieldOutcome& outcome : made.plan.outcomes) {
    boost::json::object field{{"company_id", outcome.company_id},       {"display_name", outcome.display_name},
                              {"field", word_of(outcome.field)},        {"outcome", word_of(outcome.kind)},
                              {"before", text_or_null(outcome.before)}, {"written", text_or_null(outcome.written)},
                              {"now", text_or_null(outcome.now)}};
    if (outcome.kept_for != 0) field["entry"] = outcome.kept_for;
    if (outcome.problem) {
      field["code"] = token(code_of(outcome.problem->message));
      field["message"] = sentence(*outcome.problem, Language::en);
    }
    fields.push_back(std::move(field));
  }
  object["reversed"] = made.plan.reversed;
  object["kept"] = made.plan.kept;
  object["failed"] = made.plan.failed;
  object["fields"] = std::move(fields);
  return object;
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
                            std::string(word_of(outcome.field)), shown(outcome.now), shown(outcome)});
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
    std::cout << "Written as entry " << *verdict.entry << ". To take it back: clientsync imports undo "
              << *verdict.entry << "\n";
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
  if (options.format == Format::csv) throw UsageError("this command has no --format csv; use table or json");
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
    std::cout << boost::json::serialize(json_of(made)) << "\n";
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
    boost::json::object object = json_of(made.verdict);
    object["changes"] = json_of(changes_of(plan.writes));
    object["errors"] = json_of(complaints);
    std::cout << boost::json::serialize(object) << "\n";
  } else {
    print_changes(changes_of(plan.writes));
    const Counts& counts = plan.counts;
    std::cout << counted(counts.rows, "row") << ": " << counts.updated << " updated, " << counts.unchanged
              << " unchanged, " << counts.created << " created, " << counts.failed << " failed\n";
    print_complaints(complaints);
    print_end("replay " + std::to_string(original.id), made.verdict, plan.rejected || plan.writes.empty());
  }
  if (plan.rejected || refused) return ExitStatus::file_rejected;
  return plan.counts.failed > 0 ? ExitStatus::rows_failed : ExitStatus::all_good;
}

ExitStatus replay_import_command(const Options& options, const RepeatArguments& arguments) {
  if (options.format == Format::csv) throw UsageError("this command has no --format csv; use table or json");
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

void add_imports(CLI::App& app, CommandLine& line) {
  CLI::App* imports = app.add_subcommand("imports", "The ledger: everything that changed the register");
  imports->alias("history")->require_subcommand(1);

  const auto listing = std::make_shared<ListArguments>();
  CLI::App* list = imports->add_subcommand("list", "List the entries, the newest first");
  take_one_of(*list->add_option("--kind", listing->kind, "Only entries of this kind"),
              {"import", "load", "edit", "undo", "replay", "adopt"});
  list->add_option("--firm", listing->firm, "Only entries of this firm");
  list->add_option("-n,--limit", listing->limit, "At most so many")->option_text("N");
  add_examples(*list, "  clientsync imports list -n 20\n  clientsync imports list --kind edit --format json");
  on_command<ListArguments>(*list, line, listing, list_entries_command);

  const auto showing = std::make_shared<ShowArguments>();
  CLI::App* show = imports->add_subcommand("show", "Show an entry with its changes and errors");
  show->add_option("N", showing->entry, "The number of the entry")->required();
  CLI::Option* input = show->add_flag("--input", showing->input, "Print the bytes of its file instead");
  show->add_flag("--report", showing->report, "Print the bytes of its report instead")->excludes(input);
  add_examples(*show, "  clientsync imports show 12\n  clientsync imports show 12 --input > clients.csv");
  on_command<ShowArguments>(*show, line, showing, show_entry);

  const auto undoing = std::make_shared<RepeatArguments>();
  CLI::App* undo = imports->add_subcommand("undo", "Undo what an entry changed");
  add_repetition(*undo, *undoing);
  undo->add_flag("--skip-conflicts", undoing->skip_conflicts,
                 "Reverse what can be reversed, though a later entry changed the rest");
  add_examples(*undo,
               "  clientsync imports undo 12          (shows what would happen)\n"
               "  clientsync imports undo 12 --yes");
  on_command<RepeatArguments>(*undo, line, undoing, undo_entry_command);

  const auto replaying = std::make_shared<RepeatArguments>();
  CLI::App* replay = imports->add_subcommand("replay", "Import the file of an entry once more, as it was");
  add_repetition(*replay, *replaying);
  add_examples(*replay,
               "  clientsync imports replay 12        (shows what would happen)\n"
               "  clientsync imports replay 12 --yes");
  on_command<RepeatArguments>(*replay, line, replaying, replay_import_command);
}

}  // namespace clientsync
