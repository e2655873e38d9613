#include "importer/client_list.hpp"

#include <algorithm>
#include <utility>

#include "importer/messages/messages.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Text whose bytes compare as the value sorts.
std::string sort_key(std::string_view value) {
  const std::string folded = fold_for_search(value);
  std::string key(1, folded.empty() ? '\1' : '\0');
  for (std::size_t at = 0; at < folded.size();) {
    if (!is_digit(folded[at])) {
      key += folded[at++];
      continue;
    }
    const std::size_t end = std::min(folded.find_first_not_of("0123456789", at), folded.size());
    const std::string_view digits = number_key(std::string_view(folded).substr(at, end - at));
    // A number with more digits is larger. The zero keeps numbers where digits sort among other characters.
    constexpr unsigned bits = 8;
    key += '0';
    key += static_cast<char>(digits.size() >> bits);
    key += static_cast<char>(digits.size());
    key += digits;
    at = end;
  }
  return key;
}

bool is_found(std::string_view value, const std::string& text) {
  return fold_for_search(value).find(text) != std::string::npos;
}

bool is_equal(std::string_view value, const std::optional<std::string>& text) {
  return !text || fold_for_search(value) == *text;
}

}  // namespace

std::string_view token(ClientColumn column) {
  constexpr std::array<std::string_view, all_client_columns.size()> tokens{
      "company_id", "display_name", "client_number", "type", "lead", "status"};
  return tokens[index_of(column)];
}

std::optional<ClientColumn> read_column(std::string_view text) {
  const auto* const column = std::ranges::find(all_client_columns, text, [](ClientColumn each) { return token(each); });
  return column == all_client_columns.end() ? std::nullopt : std::optional(*column);
}

std::string_view value_of(const Client& client, ClientColumn column) {
  switch (column) {
    case ClientColumn::company_id:
      return client.company_id;
    case ClientColumn::display_name:
      return client.display_name;
    case ClientColumn::client_number:
      return client.number ? std::string_view(*client.number) : std::string_view();
    case ClientColumn::type:
      return client.type;
    case ClientColumn::lead:
      return client.lead;
    case ClientColumn::status:
      break;
  }
  return status_word(client.active);
}

ClientFilter folded_filter(ClientFilter typed) {
  // Of some texts nothing is left, such as of an accent alone. They are found nowhere, and not everywhere.
  if (std::string folded = fold_for_search(typed.find); !folded.empty()) typed.find = std::move(folded);
  if (typed.type) typed.type = fold_for_search(*typed.type);
  if (typed.lead) typed.lead = fold_for_search(*typed.lead);
  return typed;
}

bool matches(const Client& client, const ClientFilter& filter) {
  if (filter.active && client.active != *filter.active) return false;
  if (filter.without_number && client.number) return false;
  if (!is_equal(client.type, filter.type) || !is_equal(client.lead, filter.lead)) return false;
  return filter.find.empty() || is_found(client.display_name, filter.find) ||
         (client.number && is_found(*client.number, filter.find));
}

void sort_clients(std::vector<Client>& clients, ClientColumn by) {
  std::vector<std::pair<std::string, Client>> keyed;
  keyed.reserve(clients.size());
  for (Client& client : clients) {
    std::string key = sort_key(value_of(client, by));
    keyed.emplace_back(std::move(key), std::move(client));
  }
  std::ranges::stable_sort(keyed, {}, &std::pair<std::string, Client>::first);
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i] = std::move(keyed[i].second);
}

}  // namespace clientsync
