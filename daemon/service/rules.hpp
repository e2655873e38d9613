// What the operator decided, as the core and the store want it: the only place that knows both.
#pragma once

#include "config/config.hpp"
#include "importer/import.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

[[nodiscard]] ImportRules rules_of(const InboxConfig& inbox);
[[nodiscard]] DatabaseOptions options_of(const DatabaseConfig& database);

}  // namespace clientsync
