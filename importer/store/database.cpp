#include "importer/store/database.hpp"

#include <soci/soci.h>

#include <new>

#include "importer/store/backend.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

const Backend& backend_of(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::sqlite:
      return sqlite_backend;
    case DatabaseKind::postgresql:
      return postgresql_backend;
    case DatabaseKind::mysql:
      return mysql_backend;
  }
  throw DatabaseError(Kind::bug, "an unknown kind of database");
}

/// What the exception in flight means, without SQL text or values.
Fault fault_in_flight(const Backend& backend) {
  try {
    throw;
  } catch (const DatabaseError& error) {
    return {error.kind(), error.what()};
  } catch (const soci::soci_error& error) {
    if (auto fault = backend.fault(error)) return *std::move(fault);
    // SOCI's own messages quote the value that they are about.
    return {Kind::bug, "a value and its column don't fit"};
  } catch (const std::bad_alloc&) {
    return {Kind::unavailable, "out of memory"};
  } catch (const std::exception& error) {
    return {Kind::bug, error.what()};
  } catch (...) {
    return {Kind::bug, "an unknown error"};
  }
}

}  // namespace

Connection::Connection(const DatabaseOptions& database) : backend_(backend_of(database.kind)), kind_(database.kind) {
  const std::string failed = "cannot open the database " + backend_.shown(database) + ": ";
  try {
    session_ = backend_.open(database);
  } catch (const soci::soci_error& error) {
    // SOCI's own errors are about the text of the options.
    const auto fault = backend_.fault(error);
    throw DatabaseError(fault ? fault->kind : Kind::refused,
                        failed + (fault ? fault->reason : "the options of its connection can't be understood"));
  } catch (...) {
    const Fault fault = fault_in_flight(backend_);
    throw DatabaseError(fault.kind, failed + fault.reason);
  }
}

Connection::~Connection() = default;

DatabaseError Connection::error(std::string_view doing) {
  poison();
  const Fault fault = fault_in_flight(backend_);
  return DatabaseError(fault.kind, std::string(doing) + ": " + fault.reason);
}

bool Connection::alive() noexcept {
  if (poisoned_) return false;
  try {
    long long one = 0;
    *session_ << "select 1", soci::into(one);
    return one == 1;
  } catch (...) {
    poison();
    return false;
  }
}

std::optional<std::uint64_t> Connection::largest_statement() {
  if (backend_.largest_statement == nullptr) return std::nullopt;
  return attempt(*this, "reading how large a statement may be",
                 [this] { return backend_.largest_statement(*session_); });
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  if (connection.poisoned()) {
    throw DatabaseError(Kind::unavailable,
                        "beginning a transaction: the connection had an error before and must be thrown away");
  }
  attempt(connection, "beginning a transaction", [&] { connection.session() << connection.backend_.begin; });
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    soci::session& session = connection_.session();
    if (connection_.backend_.in_transaction(session)) {
      session << "rollback";
    } else {
      connection_.poison();
    }
  } catch (...) {
    connection_.poison();
  }
}

void Transaction::commit() {
  if (connection_.poisoned()) {
    throw DatabaseError(Kind::unavailable, "committing: an error in the transaction came before, nothing is written");
  }
  // A full disk and I/O errors can make SQLite roll back by itself; what follows would have been committed one by one.
  // PostgreSQL answers the commit of a failed transaction with success and rolls it back.
  if (!open_ || !connection_.backend_.in_transaction(connection_.session())) {
    connection_.poison();
    throw DatabaseError(Kind::unavailable, "committing: the database had ended the transaction before");
  }
  attempt(connection_, "committing", [&] { connection_.session() << "commit"; });
  open_ = false;
}

}  // namespace clientsync
