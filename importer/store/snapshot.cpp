#include "importer/store/snapshot.hpp"

#include <soci/soci.h>

#include <string>

#include "importer/store/backend.hpp"

namespace clientsync {
namespace {

constexpr int reading_patience = 3600;  // seconds

std::vector<std::string> beginning(DatabaseKind kind) {
  const std::string patience = std::to_string(reading_patience);
  if (kind == DatabaseKind::postgresql) {
    return {"begin isolation level repeatable read, read only",
            "set local idle_in_transaction_session_timeout = '" + patience + "s'"};
  }
  if (kind == DatabaseKind::mysql) {
    return {"set session idle_transaction_timeout = " + patience, "set transaction isolation level repeatable read",
            "start transaction with consistent snapshot, read only"};
  }
  return {"begin"};
}

}  // namespace

Snapshot::Snapshot(Connection& connection) : connection_(connection) {
  Batch batch(connection);
  for (const std::string& statement : beginning(connection.kind())) batch.add({.sql = statement});
  connection.run_in_ledger(batch, "beginning to read");
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
