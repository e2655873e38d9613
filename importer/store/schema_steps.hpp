// The steps from one version of the tables to the next. For this room alone.
#pragma once

#include <string>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync {

/// The statements that turn schema version `version` into the next one. Each stands alone, since SOCI drops what
/// follows a semicolon on SQLite. On MariaDB, which can't undo DDL, a step may end half-way: there each statement does
/// no harm if it was run before.
[[nodiscard]] std::vector<std::string> schema_step(int version, DatabaseKind kind);

}  // namespace clientsync
