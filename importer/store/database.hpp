// A connection to the database and a transaction on it.
//
// The room importer/store keeps the register (clients.hpp) and the ledger (ledger.hpp, ledger_reports.hpp) in one
// database, creates its tables (schema.hpp), and says how safe it is (durability.hpp). It is the only room that speaks
// SQL and SOCI, and it knows the core (sheet, plan, text) but neither files nor the daemon. Each database has a file
// for what it does in its own way: sqlite.cpp, postgresql.cpp, mysql.cpp (backend.hpp). The functions here throw
// DatabaseError, whose kinds their comments name in backquotes, and nothing else unless they say so.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace soci {
class session;
}

namespace clientsync {

/// `mysql` is MariaDB, which speaks MySQL's protocol.
enum class DatabaseKind { sqlite, postgresql, mysql };

struct DatabaseOptions {
  DatabaseKind kind = DatabaseKind::sqlite;
  /// `key=value key="a value"`, without the password. SQLite: text without `=` is the file's path. PostgreSQL: the keys
  /// of libpq. MariaDB: host, port, unix_socket, dbname, user, sslca, sslcert, sslkey.
  std::string connection = "dbname=/var/lib/clientsync/clientsync.db";
  std::optional<std::string> password{};  ///< of the server's user; no message shows it
  /// The UUID of the ledger that it must hold (docs/specification.md §6). Empty: any, and SQLite creates a missing
  /// file.
  std::string ledger{};

  bool operator==(const DatabaseOptions&) const = default;
};

/// A fault of the environment, for which no row is to blame (docs/specification.md §6).
class DatabaseError : public std::runtime_error {
 public:
  enum class Kind {
    unavailable,  ///< away, locked, lost, out of disk or memory: try again later, on a new connection
    conflict,     ///< another writer was first, or holds a lock: plan again
    foreign,      ///< another ledger's database, or an empty one, is in its place: write nothing
    refused,      ///< lack of a right, wrong schema, corrupt file: a person must act; trying again does no harm
    bug,          ///< a statement that can't be right
  };
  DatabaseError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

struct Backend;
class Batch;
class PreparedStatements;

/// One connection to the database, for one thread at a time. After any error it is poisoned and must be thrown away.
class Connection {
 public:
  /// Opens and sets up the connection, with the settings of docs/database.md, "What connections set". The message of an
  /// error names the database. SQLite: creates the file, never its directory; `refused` for a file on a network file
  /// system. `refused` for MySQL, and for a MariaDB older than 10.6. `foreign` if it does not hold the ledger that the
  /// options name.
  explicit Connection(const DatabaseOptions& database);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] soci::session& session() { return *session_; }
  [[nodiscard]] DatabaseKind kind() const { return kind_; }

  /// In a catch block: the DatabaseError for the exception in flight, with the database's own message, but without SQL
  /// text, parameter values or secrets. `doing` is what was being done to what: "reading the register". Poisons the
  /// connection.
  [[nodiscard]] DatabaseError error(std::string_view doing);

  [[nodiscard]] bool poisoned() const { return poisoned_; }

  /// SQLite: moves what commits have left in the write-ahead log into the database's file, if it has become much. To be
  /// called if nobody waits; until then, the log grows.
  void tidy();
  /// True if the server has neither closed the connection nor said anything unasked. Asks nothing.
  [[nodiscard]] bool quiet();
  /// True if the database still answers, and still holds the ledger that the options name: asks it.
  [[nodiscard]] bool alive() noexcept;
  /// SQLite: true if the file was moved, replaced or removed since it was opened. What is written to it would be lost.
  [[nodiscard]] bool moved();
  /// The limit of a statement with its parameters, in bytes (MariaDB's max_allowed_packet); nullopt: larger than any
  /// file needs.
  [[nodiscard]] std::optional<std::uint64_t> largest_statement();

  /// Runs a batch, for a start the statement `begin` if there is one. `foreign` if the database does not hold the
  /// ledger that the options name: then its answers are another ledger's. `doing`: see `error`.
  void run_in_ledger(Batch& batch, std::string_view doing, const char* begin = nullptr);

 private:
  friend class Batch;
  friend class Transaction;
  void poison() { poisoned_ = true; }
  void require_place();

  const Backend& backend_;
  DatabaseKind kind_;
  std::string ledger_;
  std::unique_ptr<soci::session> session_;
  std::unique_ptr<PreparedStatements> prepared_;  // they must go before the session
  int log_pages_ = 0;
  bool poisoned_ = false;
};

/// Runs `work`, a callable without arguments, and turns whatever it throws into a DatabaseError that says what was
/// being done (see Connection::error).
template <class Work>
auto attempt(Connection& connection, std::string_view doing, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    throw connection.error(doing);
  }
}

/// A write transaction. On SQLite it begins by waiting for other writers, so that it can't fail later because of one.
/// Rolls back unless it was committed. `unavailable` on a poisoned connection, and on one that has `moved`; `foreign`
/// if the database does not hold the ledger that the connection's options name any more.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  /// Begins with the statements of `first`, in the same round trip. `doing`: see Connection::error.
  Transaction(Batch& first, std::string_view doing);
  ~Transaction();
  Transaction(Transaction&& other) noexcept
      : connection_(other.connection_), open_(std::exchange(other.open_, false)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// If this throws, the outcome is unknown: look it up in the ledger, on a new connection. If an error poisoned the
  /// connection, or the database ended the transaction by itself, nothing was written (`unavailable`).
  void commit();

 private:
  void begin(Batch& first, std::string_view doing);

  Connection& connection_;
  bool open_ = true;
};

}  // namespace clientsync
