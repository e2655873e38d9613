// Which clients a list shows, which columns of them, and in which order (docs/specification.md §10). In C++ and not in
// SQL, so that a search finds the same on each database.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/client.hpp"

namespace clientsync {

/// What can be listed of a client, in the order of its JSON (docs/specification.md §8).
enum class ClientColumn { company_id, display_name, client_number, type, lead, status };
inline constexpr std::array all_client_columns{ClientColumn::company_id,    ClientColumn::display_name,
                                               ClientColumn::client_number, ClientColumn::type,
                                               ClientColumn::lead,          ClientColumn::status};

/// The column as it is typed, and its key in JSON: "client_number".
[[nodiscard]] std::string_view token(ClientColumn column);

/// The column that has this token.
[[nodiscard]] std::optional<ClientColumn> read_column(std::string_view text);

/// The client's value: "" if it has none, "active" or "inactive" for the status. A view into the client.
[[nodiscard]] std::string_view value_of(const Client& client, ClientColumn column);

/// What a client must be like to be listed. All of it must hold. The texts are as `fold_for_search` gives them.
struct ClientFilter {
  std::string find{};                         ///< is somewhere in the name or the number
  std::optional<std::string> type{}, lead{};  ///< is all of the value; "": the client has none
  std::optional<bool> active{};
  bool without_number = false;
};

/// The filter whose texts were typed by somebody.
[[nodiscard]] ClientFilter folded_filter(ClientFilter typed);

[[nodiscard]] bool matches(const Client& client, const ClientFilter& filter);

/// Sorts as people expect it: case and accents do not count, and digits count as a number, so that 9 comes before 10.
/// Clients without a value come last; those with equal values keep their order.
void sort_clients(std::vector<Client>& clients, ClientColumn by);

}  // namespace clientsync
