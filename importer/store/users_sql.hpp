// How users are read, in whichever way they are found. For this room alone.
#pragma once

#include <string_view>
#include <vector>

#include "importer/store/batch.hpp"
#include "importer/store/users.hpp"

namespace clientsync {

/// Reads the users that fit `where`, by name; `u` is the table of users.
[[nodiscard]] Statement read_users(std::string_view where, std::vector<Parameter> parameters, std::vector<User>& users);

}  // namespace clientsync
