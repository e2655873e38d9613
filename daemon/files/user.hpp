// The names of users, for the history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace clientsync {

/// The name of the account, or `uid 1234` if it has none.
[[nodiscard]] std::string name_of_user(std::uint32_t uid);

/// The person behind a file (docs/specification.md §6): the name of its owner, or `unknown` if that is not known or is
/// this program's own account, because a file server may write everything as one user.
[[nodiscard]] std::string name_of_owner(std::optional<std::uint32_t> uid);

}  // namespace clientsync
