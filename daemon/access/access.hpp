// Who asks, and what he may do (docs/specification.md §11): people who signed in, and scripts that have a token.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/messages/messages.hpp"
#include "importer/store/users.hpp"
#include "importer/store/words.hpp"

namespace clientsync {

/// Somebody who has shown that he may come in.
struct Caller {
  std::int64_t user = 0;   ///< 0: it is a token
  std::int64_t token = 0;  ///< 0: it is a user
  std::string name{};      ///< for the history
  Role role = Role::viewer;
  bool all_firms = false;
  std::vector<std::string> firms{};    ///< by name, if not all
  std::string session{};               ///< SHA-256 of the session's secret; "" for a token
  std::string form_token{};            ///< which unsafe requests of the session must repeat; "" for a token
  std::optional<Language> language{};  ///< that the user chose
  std::string preferences{};           ///< JSON that the console keeps for the user; "" if there is none

  [[nodiscard]] bool may(Role wanted) const { return role >= wanted; }
  [[nodiscard]] bool may_see(std::string_view firm) const {
    return all_firms || std::ranges::find(firms, firm) != firms.end();
  }
};

/// The name as users have it: 1 to 64 of the characters a-z, 0-9, `.`, `_`, `-`, `+` and `@`, the first a letter or a
/// digit. Capital letters become small ones. nullopt: it can't be a name.
[[nodiscard]] std::optional<std::string> user_name_of(std::string_view typed);

/// What an admin gives to a user or a token, or what one has.
struct Grant {
  Role role = Role::viewer;
  bool all_firms = false;
  std::vector<std::string> firms{};  ///< by name, if not all
};

/// True if the caller may give this, change a user who has it, or remove one: an admin of some firms has no say in
/// others.
[[nodiscard]] bool may_grant(const Caller& caller, const Grant& grant);

}  // namespace clientsync
