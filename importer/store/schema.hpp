// The tables of clientsync and their version (docs/specification.md §6): firms, clients, imports, import_errors,
// changes, meta.
#pragma once

#include <string>

#include "importer/store/database.hpp"

namespace clientsync {

inline constexpr int schema_version = 1;

/// 0 where there are no tables yet. Refuses (DatabaseError::Kind::refused) a schema newer than this program, and a
/// database that holds somebody else's tables.
[[nodiscard]] int read_schema_version(Connection& connection);

/// Creates the tables where there are none, and upgrades older ones step by step. SQLite and PostgreSQL: one
/// transaction for each step. MariaDB can't undo DDL: a step that ended half-way is taken again. Two programs that do
/// so at once end with one schema. Gives the version that was there before, 0: there were no tables. Refuses what
/// `read_schema_version` refuses.
int upgrade_schema(Connection& connection);

/// What every program does before it uses the tables. SQLite: `upgrade_schema`. A server's tables belong to another
/// role: Kind::refused where they don't have this program's version.
void prepare_schema(Connection& connection);

/// The ledger's UUID (docs/specification.md §2, "An inbox carries…"): made when the schema was created.
[[nodiscard]] std::string ledger_uuid(Connection& connection);

}  // namespace clientsync
