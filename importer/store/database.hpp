// A connection and a transaction on it: the thin layer over SOCI. The only room that says soci:: is this one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace soci {
class session;
}

namespace clientsync {

/// `mysql` is MariaDB, by MySQL's protocol.
enum class DatabaseKind { sqlite, postgresql, mysql };

struct DatabaseOptions {
  DatabaseKind kind = DatabaseKind::sqlite;
  /// `key=value key="a value"`, without password. SQLite: text without `=` is the file's path. PostgreSQL: what libpq
  /// takes. MariaDB: host, port, unix_socket, dbname, user, sslca, sslcert, sslkey.
  std::string connection = "dbname=/var/lib/clientsync/clientsync.db";
  std::optional<std::string> password{};  ///< of a server's user; in no message
};

/// A fault of the environment: the import is tried again later, no row is to blame (docs/specification.md §6).
class DatabaseError : public std::runtime_error {
 public:
  enum class Kind {
    unavailable,  ///< away, locked, lost, out of disk or memory: try again later, on a new connection
    conflict,     ///< another writer was first, or holds a lock: plan again
    refused,      ///< permission, wrong schema, corrupt file: a person must act, trying again is harmless
    bug,          ///< a statement that can't be right
  };
  DatabaseError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

struct Backend;

/// One connection to the database. For one thread. After any error it is poisoned and must be thrown away.
class Connection {
 public:
  /// Opens and sets up the connection, so that locks are waited for 10 s and a lost server is noticed. Throws
  /// DatabaseError that names the database and says why.
  /// SQLite: WAL, synchronous=FULL or better, foreign keys on, `timeout=` (seconds) for locks, extended error codes;
  /// all read back. Creates the file, never its directory; `refused` for a file on a network file system.
  /// PostgreSQL and MariaDB: isolation READ COMMITTED, UTF-8, limits on the time of a statement. `refused` for MySQL,
  /// and for a MariaDB older than 10.6, which has no JSON_TABLE.
  explicit Connection(const DatabaseOptions& database);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] soci::session& session() { return *session_; }
  [[nodiscard]] DatabaseKind kind() const { return kind_; }

  /// The DatabaseError for the exception in flight, for use in a catch block. `doing` is what was being done to what:
  /// "reading the register". Carries the database's own message without SQL text, parameter values or secrets, and
  /// poisons the connection.
  [[nodiscard]] DatabaseError error(std::string_view doing);

  [[nodiscard]] bool poisoned() const { return poisoned_; }
  void poison() { poisoned_ = true; }

  /// Whether the server still answers; asks it.
  [[nodiscard]] bool alive() noexcept;
  /// How many bytes a statement may have with its parameters (MariaDB's max_allowed_packet); nullopt: more than any
  /// file needs.
  [[nodiscard]] std::optional<std::uint64_t> largest_statement();

 private:
  friend class Transaction;
  const Backend& backend_;
  DatabaseKind kind_;
  std::unique_ptr<soci::session> session_;
  bool poisoned_ = false;
};

/// Runs `work`, a callable without arguments, and turns whatever it throws into a DatabaseError that says what
/// was being done.
template <class Work>
auto attempt(Connection& connection, std::string_view doing, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    throw connection.error(doing);
  }
}

/// A write transaction, begun at once (SQLite: BEGIN IMMEDIATE, so that waiting for another writer works). Rolls back
/// unless committed; where that fails, the connection is poisoned. Throws DatabaseError::Kind::unavailable on a
/// poisoned connection.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Throws DatabaseError where the commit failed or its outcome is unknown: then look the ledger up on a new
  /// connection. Refuses (`unavailable`; nothing was written) where an error poisoned the connection or the database
  /// has ended the transaction by itself.
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace clientsync
