#include "importer/store/database.hpp"

#include <poll.h>
#include <soci/soci.h>

#include <new>

#include "importer/store/backend.hpp"
#include "importer/store/batch.hpp"
#include "importer/store/prepared.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

/// The exception in flight as a DatabaseError, without SQL text or values. `other` stands for an error of SOCI's own,
/// whose message quotes the value that it is about.
DatabaseError error_in_flight(const Backend& backend, const DatabaseError& other) {
  try {
    throw;
  } catch (const DatabaseError& error) {
    return error;
  } catch (const soci::soci_error& error) {
    return backend.error(error).value_or(other);
  } catch (const std::bad_alloc&) {
    return {Kind::unavailable, "out of memory"};
  } catch (const std::exception& error) {
    return {Kind::bug, error.what()};
  } catch (...) {
    return {Kind::bug, "an unknown error"};
  }
}

DatabaseError in_context(const std::string& context, const DatabaseError& error) {
  return {error.kind(), context + error.what()};
}

}  // namespace

Connection::Connection(const DatabaseOptions& database)
    : backend_(backend_of(database.kind)), kind_(database.kind), ledger_(database.ledger) {
  const std::string failed = "cannot open the database " + backend_.name(database) + ": ";
  try {
    session_ = backend_.open(database);
    prepared_ = std::make_unique<PreparedStatements>(*session_);
    if (backend_.note_log != nullptr) backend_.note_log(*session_, log_pages_);
  } catch (...) {
    throw in_context(failed,
                     error_in_flight(backend_, {Kind::refused, "the options of its connection can't be understood"}));
  }
  if (!ledger_.empty()) require_ledger(*this, ledger_);
}

Connection::~Connection() = default;

DatabaseError Connection::error(std::string_view doing) {
  poison();
  return in_context(std::string(doing) + ": ",
                    error_in_flight(backend_, {Kind::bug, "a value does not fit its column"}));
}

bool Connection::alive() noexcept {
  if (poisoned_) return false;
  try {
    long long one = 0;
    if (!ledger_.empty()) return ledger_uuid(*this) == ledger_;
    *session_ << "select 1", soci::into(one);
    return one == 1;
  } catch (...) {
    poison();
    return false;
  }
}

void Connection::tidy() {
  constexpr int much = 1000;  // pages: 4 MB
  if (log_pages_ < much || poisoned_) return;
  backend_.empty_log(*session_);
  log_pages_ = 0;
}

bool Connection::quiet() {
  if (backend_.socket == nullptr) return true;
  pollfd socket{.fd = backend_.socket(*session_), .events = POLLIN, .revents = 0};
  return ::poll(&socket, 1, 0) == 0;
}

void Connection::run_in_ledger(Batch& batch, std::string_view doing, const char* begin) {
  // Other tables may have come under these names since the connection was opened. In a transaction they cannot.
  std::string found;
  if (!ledger_.empty()) batch.put_first(read_ledger_uuid(found));
  if (begin != nullptr) batch.put_first({.sql = begin});
  batch.run(doing);
  if (found == ledger_) return;
  poison();
  throw foreign_ledger("ledger " + found, ledger_);
}

bool Connection::moved() {
  return backend_.moved != nullptr && backend_.moved(*session_);
}

void Connection::require_place() {
  if (!moved()) return;
  poison();
  throw DatabaseError(Kind::unavailable, "the database's file was moved or removed while it was open");
}

std::optional<std::uint64_t> Connection::largest_statement() {
  if (backend_.largest_statement == nullptr) return std::nullopt;
  return attempt(*this, "reading the size limit of statements",
                 [this] { return backend_.largest_statement(*session_); });
}

Transaction::Transaction(Connection& connection) : connection_(connection) {
  Batch nothing(connection);
  begin(nothing, "beginning a transaction");
}

Transaction::Transaction(Batch& first, std::string_view doing) : connection_(first.connection()) {
  begin(first, doing);
}

void Transaction::begin(Batch& first, std::string_view doing) {
  if (connection_.poisoned()) {
    throw DatabaseError(Kind::unavailable, "beginning a transaction: an earlier error has made the connection useless");
  }
  connection_.require_place();
  connection_.run_in_ledger(first, doing, connection_.backend_.begin);
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
    throw DatabaseError(Kind::unavailable,
                        "committing: an earlier error has ended the transaction, nothing was written");
  }
  // A full disk or an I/O error can make SQLite roll back by itself, after which each statement commits on its own.
  // PostgreSQL answers the commit of a failed transaction with success, and rolls it back.
  if (!open_ || !connection_.backend_.in_transaction(connection_.session())) {
    connection_.poison();
    throw DatabaseError(Kind::unavailable, "committing: the database had ended the transaction by itself");
  }
  connection_.require_place();
  attempt(connection_, "committing", [&] { connection_.session() << "commit"; });
  open_ = false;
}

}  // namespace clientsync
