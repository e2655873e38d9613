// What a database is, how safe its settings are and how much it holds: what `clientsync db status` shows.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "importer/store/durability.hpp"

namespace clientsync {

struct DatabaseStatus {
  std::string place;       ///< SQLite: the file; otherwise the name of the database
  std::string server;      ///< program and version: "PostgreSQL 15.20"
  int schema_version = 0;  ///< 0: there are no tables yet, and `ledger` and `rows` are empty
  std::string ledger;      ///< its UUID
  std::vector<DurabilitySetting> durability;
  std::vector<std::pair<std::string, std::uint64_t>> rows;  ///< of each table that grows
  std::uint64_t bytes = 0;                                  ///< on disk, as far as the role may see
};

/// Counts rows, which takes a while if there are millions. Throws DatabaseError; `refused` for a schema newer than this
/// program.
[[nodiscard]] DatabaseStatus database_status(Connection& connection);

}  // namespace clientsync
