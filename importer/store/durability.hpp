// What a database is, how safe its settings are and how much it holds, as values to show (docs/specification.md §6,
// "Durability…").
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync {

/// A setting that decides whether a commit outlives a power cut.
struct DurabilitySetting {
  std::string name;
  std::string value;
  std::string expected;
  std::string weakness;  ///< what can happen, as a sentence; empty: nothing, the value is as it should be
};

/// As this connection has them, in the order of their weight. A few short queries; no table is read.
[[nodiscard]] std::vector<DurabilitySetting> durability(Connection& connection);

struct DatabaseStatus {
  std::string place;       ///< SQLite: the file; otherwise the database's name
  std::string server;      ///< program and version: "PostgreSQL 15.20"
  int schema_version = 0;  ///< 0: there are no tables yet, and `ledger` and `rows` are empty
  std::string ledger;      ///< its UUID
  std::vector<DurabilitySetting> durability;
  std::vector<std::pair<std::string, std::uint64_t>> rows;  ///< of each large table
  std::uint64_t bytes = 0;                                  ///< on disk, as far as the role may see
};

/// Counts rows, which takes a while where there are millions. Throws DatabaseError; `refused` for a schema newer than
/// this program.
[[nodiscard]] DatabaseStatus database_status(Connection& connection);

}  // namespace clientsync
