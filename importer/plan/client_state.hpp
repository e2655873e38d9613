// All that a client has, as one value whose fields are known by their names in the history.
#pragma once

#include <optional>
#include <string_view>

#include "importer/plan/client.hpp"
#include "importer/plan/history.hpp"
#include "importer/plan/register.hpp"

namespace clientsync {

/// The default is a new client to which nothing was given yet.
struct ClientState {
  std::string_view name{};
  std::optional<std::string_view> number{};
  ClientDetails details{};

  bool operator==(const ClientState&) const = default;
};

[[nodiscard]] ClientState state_of(const KnownClient& client);

/// The field as the history has it: a status is "active" or "inactive"; `created` and `deleted` are the name.
[[nodiscard]] std::optional<std::string_view> field_of(const ClientState& state, ClientField field);

/// The reverse. `value`: nullopt stands for what a new client has.
void set_field(ClientState& state, ClientField field, const std::optional<std::string_view>& value);

}  // namespace clientsync
