// The tables of clientsync and their version (spec §6): firms, clients, imports, import_errors, changes, meta.
#pragma once

#include <string>

#include "importer/store/database.hpp"

namespace clientsync {

inline constexpr int schema_version = 1;

/// Creates the tables where there are none, upgrades older ones step by step in one transaction each, and refuses
/// (DatabaseError::Kind::refused) a schema newer than this program, and a database that holds somebody else's tables.
/// Two programs that do so at once end with one schema.
void prepare_schema(Connection& connection);

/// The ledger's UUID (spec §2, "An inbox carries…"): made when the schema was created.
[[nodiscard]] std::string ledger_uuid(Connection& connection);

}  // namespace clientsync
