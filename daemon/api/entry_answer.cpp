#include "daemon/api/entry_answer.hpp"

#include <algorithm>
#include <utility>

#include "daemon/import/import_file.hpp"

namespace clientsync {

Author author_of(const ApiCall& call) {
  return {.who = call.caller.name,
          .source = call.caller.token != 0 ? EntrySource::api : EntrySource::console,
          .now = now_seconds()};
}

RecordedEntry require_entry(const ApiCall& call, Connection& connection) {
  std::optional<RecordedEntry> entry = read_entry(connection, entry_number(call));
  if (entry && call.caller.may_see(entry->firm)) return *std::move(entry);
  throw ApiError{404, "entry_unknown", "There is no such entry."};
}

ImportRules rules_of(const ApiCall& call, const RecordedEntry& entry) {
  const std::vector<InboxConfig> inboxes = call.context.inboxes().inboxes;
  auto inbox = std::ranges::find(inboxes, entry.inbox, &InboxConfig::name);
  if (inbox == inboxes.end() || inbox->rules.firm != entry.firm)
    inbox = std::ranges::find_if(inboxes, [&](const InboxConfig& each) { return each.rules.firm == entry.firm; });
  if (inbox != inboxes.end()) return inbox->rules;
  throw ApiError{409, "firm_not_configured", "No configured inbox is of the firm " + entry.firm + "."};
}

}  // namespace clientsync
