// `imports list`, `show`, `undo` and `replay` (docs/specification.md §10).
#include <unistd.h>

#include <algorithm>
#include <chrono>
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

using boost::json::value;

std::string time_of(std::int64_t seconds) {
  return utc_timestamp(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

/// The name of the entry's file without its directories.
std::string file_of(const Entry& entry) {
  return std::filesystem::path(entry.name).filename().string();
}

/// `6 updated, 3 failed`, or what else became of the entry.
std::string outcome_of(const Entry& entry) {
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

std::string what_it_is(const Entry& entry) {
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

boost::json::object json_of(const Entry& entry) {
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
  std::size_t limit = 0;
};

ExitStatus list_entries_command(const Options& options, const ListArguments& arguments) {
  const Config config = read_config(options);
  Reader reader(config);
  EntryFilter filter{.inbox = options.inbox, .firm = arguments.firm, .limit = arguments.limit};
  if (!arguments.kind.empty()) filter.kind = kind_of_entry(arguments.kind);
  if (options.format == Format::json) {
    list_entries(reader.connection, filter, [](const Entry& entry) {
      std::cout << boost::json::serialize(json_of(entry)) << "\n";
    });
    return ExitStatus::all_good;
  }
  print_entries(reader.connection, filter, options.format);
  return ExitStatus::all_good;
}

struct ShowArguments {
  ImportId entry = 0;
  bool input = false, report = false;
};

/// Throws UsageError if the ledger has no such entry.
Entry require_entry(Connection& connection, ImportId id) {
  std::optional<Entry> entry = read_entry(connection, id);
  if (!entry)
    throw UsageError("there is no entry " + std::to_string(id) + "; clientsync imports list shows those that there are");
  return *std::move(entry);
}

/// The bytes of an entry's input or report, as they were.
ExitStatus print_bytes(Connection& connection, const Entry& entry, bool report) {
  const EntryBytes bytes = read_entry_bytes(connection, entry.id);
  const auto& wanted = report ? bytes.report : bytes.input;
  const std::string what = std::string("the ") + (report ? "report" : "input") + " of entry " + std::to_string(entry.id);
  if (!wanted) {
    std::cerr << "clientsync: the ledger does not have " << what
              << ": there was none, or it was removed after the time set by `retention`\n";
    return ExitStatus::environment_failed;
  }
  std::cout << *wanted;
  return ExitStatus::all_good;
}

std::vector<ShownChange> changes_of(Connection& connection, const Entry& entry) {
  std::vector<EntryChange> changes;
  Batch batch(connection);
  read_entry_changes(batch, entry.id, changes);
  batch.run("reading the changes of entry " + std::to_string(entry.id));
  std::vector<ShownChange> shown;
  for (EntryChange& change : changes) {
    shown.push_back({std::move(change.company_id), "", change.field, std::move(change.before), std::move(change.after)});
  }
  return shown;
}
