#include "daemon/commands/entries.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <utility>

#include "daemon/commands/named_file.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/terminal/table.hpp"
#include "daemon/terminal/terminal.hpp"

namespace clientsync {
ImportRules rules_for_register(ImportRules rules) {
  rules.sheet.details = true;
  rules.sheet.max_rows = rules.policy.max_clients;
  rules.sheet.max_bytes = max_register_bytes;
  rules.policy.display_name = Policy::DisplayName::update;
  rules.policy.blank_number = Policy::BlankNumber::keep;
  rules.policy.apply = Policy::Apply::all_or_nothing;
  rules.policy.max_changes_percent = std::nullopt;
  rules.policy.older_files = Policy::OlderFiles::accept;
  return rules;
}

Author author() {
  return {.who = user_name(), .source = EntrySource::command, .now = now_seconds()};
}

InboxConfig firm_inbox(const Config& config, const Options& options) {
  if (!options.inbox.empty()) return chosen_inbox(config, options);
  const std::vector<InboxConfig> inboxes = all_inboxes(config).inboxes;
  const bool one_firm = std::ranges::all_of(
      inboxes, [&](const InboxConfig& inbox) { return inbox.rules.firm == inboxes.front().rules.firm; });
  return one_firm && !inboxes.empty() ? inboxes.front() : chosen_inbox(config, options);
}

NamedSheet read_named_sheet(const std::filesystem::path& file, const SheetRules& rules) {
  const Directory directory = directory_of(file);
  NamedSheet named;
  named.path = directory.path().string() + "/" + file.filename().string();
  require_recordable(named.path);
  named.input = read_named_file(directory, file, rules.max_bytes);
  named.sheet = sheet_of(file.filename().string(), named.input.file, rules);
  return named;
}

LedgerEntry entry_of(const NamedSheet& named, EntryKind kind, const Author& author) {
  LedgerEntry entry;
  entry.kind = kind;
  entry.source = author.source;
  entry.name = named.path;
  entry.file = named.input.identity;
  entry.input = named.input.file.bytes;
  entry.who = author.who;
  entry.started_at = author.now;
  return entry;
}

RecordedEntry require_entry(Connection& connection, ImportId id) {
  std::optional<RecordedEntry> entry = read_entry(connection, id);
  if (!entry)
    throw UsageError("there is no entry " + std::to_string(id) +
                     "; clientsync imports list shows those that there are");
  return *std::move(entry);
}

std::string shown(const std::optional<std::string_view>& value) {
  return value && !value->empty() ? std::string(*value) : "–";
}

void print_changes(std::span<const ShownChange> changes) {
  if (changes.empty()) return;
  Table table({{.heading = "Company ID", .key = true},
               {.heading = "Display name", .narrow = 0},
               {.heading = "Field"},
               {.heading = "Before", .key = true},
               {.heading = "After", .key = true}},
              terminal_at(STDOUT_FILENO));
  for (const ShownChange& change : changes) {
    std::cout << table.add({change.company_id, change.name, std::string(word_of(change.field)), shown(change.before),
                            shown(change.after)});
  }
  std::cout << table.finish();
}

void print_json(const Verdict& verdict, const Plan& plan, std::span<const Complaint> complaints) {
  boost::json::object object = json_of(verdict);
  object["changes"] = json_of(changes_of(plan.writes));
  object["errors"] = json_of(complaints);
  std::cout << boost::json::serialize(object) << "\n";
}

void print_written(ImportId entry) {
  std::cout << "Written as entry " << entry << ". To take it back: clientsync imports undo " << entry << "\n";
}

}  // namespace clientsync
