#include "daemon/api/client_tag.hpp"

#include "importer/client_list.hpp"
#include "importer/store/entries.hpp"

namespace clientsync {

std::string tag_of(const Client& client) {
  std::string state;
  for (const ClientColumn column : all_client_columns) {
    const std::string_view value = value_of(client, column);
    state.append(std::to_string(value.size())).append(":").append(value);
  }
  return etag_of(state);
}

std::string state_of_ledger(Connection& connection, const std::optional<Firm>& firm, std::string_view question) {
  std::string state(question);
  if (!firm) return etag_of(state);
  // Entries of a firm are numbered in the order in which they are committed.
  list_entries(connection, {.firm = firm->id, .limit = 1}, [&](const RecordedEntry& newest) {
    state.append("\n").append(std::to_string(newest.id)).append(" ").append(std::to_string(newest.finished_at));
  });
  return etag_of(state);
}

ApiError client_unknown() {
  return {404, "client_unknown", "The firm has no client of that company ID."};
}

}  // namespace clientsync
