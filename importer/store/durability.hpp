// The settings that decide whether what was committed is still there after a power cut (docs/specification.md §6,
// "Durability…").
#pragma once

#include <string>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync {

struct DurabilitySetting {
  std::string name;
  std::string value;
  std::string expected;
  std::string weakness;  ///< a sentence: what can happen with this value; "": the value is safe
};

/// As this connection has them. Takes a few short queries and reads none of our tables.
[[nodiscard]] std::vector<DurabilitySetting> durability(Connection& connection);

}  // namespace clientsync
