// The tables of clientsync and their version (docs/database.md, "Tables").
#pragma once

#include <string>

#include "importer/store/batch.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

inline constexpr int schema_version = 5;

/// 0 if there are no tables yet. Throws `refused` for a schema newer than this program, and for a database with
/// somebody else's tables.
[[nodiscard]] int read_schema_version(Connection& connection);

/// Creates the tables, or upgrades older ones step by step, and returns the version that was there before. On SQLite
/// and PostgreSQL each step is a transaction; on MariaDB, which can't undo DDL, a step that ended half-way is taken
/// again. Several programs may do this at once. Throws as `read_schema_version` does.
int upgrade_schema(Connection& connection);

/// What every program does before it uses the tables. SQLite: `upgrade_schema`. On a server the tables belong to
/// another role: `refused` if they don't have this program's version.
void prepare_schema(Connection& connection);

/// The UUID that the ledger was given with its tables (docs/specification.md §2, "An inbox carries…").
[[nodiscard]] std::string ledger_uuid(Connection& connection);

/// Throws `foreign` if the database does not hold that ledger.
void require_ledger(Connection& connection, const std::string& uuid);

/// The statement that reads the UUID of the ledger into `uuid`.
[[nodiscard]] Statement read_ledger_uuid(std::string& uuid);

/// `foreign`: `found` stands in the place of the ledger `uuid`.
[[nodiscard]] DatabaseError foreign_ledger(const std::string& found, const std::string& uuid);

}  // namespace clientsync
