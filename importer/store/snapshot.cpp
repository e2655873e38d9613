#include "importer/store/snapshot.hpp"

#include <soci/soci.h>

#include <string>

#include "importer/store/backend.hpp"

namespace clientsync {
namespace {

constexpr int reading_patience = 3600;  // seconds

/// How a snapshot begins. In PostgreSQL nothing may come before `begin`, such as the question which ledger this is.
struct Beginning {
  const char* begin = nullptr;  ///< nullptr: one of the statements begins it
  std::vector<std::string> statements{};
};

Beginning beginning(DatabaseKind kind) {
  const std::string patience = std::to_string(reading_patience);
  if (kind == DatabaseKind::postgresql) {
    return {.begin = "begin isolation level repeatable read, read only",
            .statements = {"set local idle_in_transaction_session_timeout = '" + patience + "s'"}};
  }
  if (kind == DatabaseKind::mysql) {
    return {.statements = {"set session idle_transaction_timeout = " + patience,
                           "set transaction isolation level repeatable read",
                           "start transaction with consistent snapshot, read only"}};
  }
  return {.begin = "begin"};
}

}  // namespace

Snapshot::Snapshot(Connection& connection) : connection_(connection) {
  const Beginning how = beginning(connection.kind());
  Batch batch(connection);
  for (const std::string& statement : how.statements) batch.add({.sql = statement});
  connection.run_in_ledger(batch, "beginning to read", how.begin);
}

Snapshot::~Snapshot() {
  if (connection_.poisoned()) return;
  try {
    connection_.session() << "rollback";
    if (connection_.kind() == DatabaseKind::mysql)
      connection_.session() << "set session idle_transaction_timeout = " + std::to_string(statement_patience);
  } catch (...) {
    static_cast<void>(connection_.error("ending to read"));
  }
}

}  // namespace clientsync
