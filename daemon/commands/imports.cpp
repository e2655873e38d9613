// `imports list` and `imports show` (docs/specification.md §10).
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <utility>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/complaints.hpp"
#include "daemon/commands/entries.hpp"
#include "daemon/json/json.hpp"
#include "daemon/terminal/table.hpp"
#include "daemon/terminal/terminal.hpp"
#include "importer/sheet/csv.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

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
      std::string(word_of(entry.source)), entry.inbox, escape(file_name_of(entry.name)),
      entry.rejected ? "rejected" : "imported", std::to_string(counts.rows), std::to_string(counts.updated),
      std::to_string(counts.unchanged), std::to_string(counts.created), std::to_string(counts.failed), entry.firm});
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
                 file_name_of(entry.name), outcome_of(entry)};
    if (with_firm) row.push_back(entry.firm);
    std::cout << table.add(std::move(row));
  });
  std::cout << table.finish();
}

ExitStatus list_entries_command(const Options& options, const ListArguments& arguments) {
  const Config config = read_config(options);
  const std::unique_ptr<Connection> connection = open_to_read(config.database);
  EntryFilter filter;
  if (!options.inbox.empty()) filter.inbox = options.inbox;
  if (!arguments.kind.empty()) filter.kind = kind_of_entry(arguments.kind);
  if (arguments.limit) filter.limit = *arguments.limit;
  if (!arguments.firm.empty()) {
    const std::optional<Firm> firm = find_firm(*connection, arguments.firm);
    if (!firm) throw UsageError("the database has no firm " + escape(arguments.firm));
    filter.firm = firm->id;
  }
  if (options.format == Format::table) {
    print_table(*connection, filter);
  } else if (options.format == Format::csv) {
    std::cout << utf8_mark;
    print_csv_line(csv_columns);
    list_entries(*connection, filter, [](const RecordedEntry& entry) { print_csv_line(entry); });
  } else {
    list_entries(*connection, filter,
                 [](const RecordedEntry& entry) { std::cout << boost::json::serialize(json_of(entry)) << "\n"; });
  }
  return ExitStatus::all_good;
}

struct ShowArguments {
  ImportId entry = 0;
  bool input = false, report = false;
};

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

ExitStatus show_entry(const Options& options, const ShowArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  const std::unique_ptr<Connection> connection = open_to_read(config.database);
  const RecordedEntry entry = require_entry(*connection, arguments.entry);
  if (arguments.input || arguments.report) return print_bytes(*connection, entry, arguments.report);
  const std::vector<ShownChange> changes = read_changes_of(*connection, entry);
  const std::vector<Complaint> errors = read_complaints(*connection, entry.id);
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
  if (!errors.empty()) std::cout << "\n";
  print_complaints(errors);
  return ExitStatus::all_good;
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

  add_imports_undo(*imports, line);
}

}  // namespace clientsync
