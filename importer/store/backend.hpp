// What each of the three databases does in its own way: opening, telling errors apart, transactions. For this room
// alone. The backends of the servers are modules, so that a program that uses SQLite loads none of their libraries
// (docs/decisions/0010-backends-on-demand.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "importer/store/batch.hpp"
#include "importer/store/connection_text.hpp"
#include "importer/store/database.hpp"

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace clientsync {

class PreparedStatements;

struct Backend {
  /// The database's name in messages. Throws DatabaseError.
  std::string (*name)(const DatabaseOptions& database);
  /// Throws DatabaseError or soci_error.
  std::unique_ptr<soci::session> (*open)(const DatabaseOptions& database);
  /// What the database means by an error, in its own words, without SQL text, values or secrets; nullopt if the error
  /// is SOCI's own.
  std::optional<DatabaseError> (*error)(const soci::soci_error& error);
  const char* begin;
  /// True if a transaction is open that can still be committed.
  bool (*in_transaction)(soci::session& session);
  /// See Connection::moved; nullptr: it cannot be.
  bool (*moved)(soci::session& session) = nullptr;
  /// SQLite: after each commit, notes in `pages` how long the write-ahead log is.
  void (*note_log)(soci::session& session, int& pages) = nullptr;
  /// SQLite: moves what is in the write-ahead log into the database's file.
  void (*empty_log)(soci::session& session) = nullptr;
  /// The socket to the server; nullptr: there is none.
  int (*socket)(soci::session& session) = nullptr;
  /// In bytes, with its parameters; nullptr: larger than any file needs.
  std::uint64_t (*largest_statement)(soci::session& session) = nullptr;
  /// Sends statements together and returns how many rows each hit; nullptr: each is run by itself.
  std::vector<long long> (*send)(PreparedStatements& connection, std::span<const Statement> statements) = nullptr;
};

extern const Backend sqlite_backend;
/// The backend that a module contains: that of PostgreSQL or of MariaDB.
extern "C" const Backend clientsync_backend;

/// Loads the module of a server's backend when it is first asked for, whatever the thread. Throws `refused` if there is
/// none that fits.
[[nodiscard]] const Backend& backend_of(DatabaseKind kind);

/// The options in a connection's text. Throws `refused` if it can't be understood, without showing any of it.
[[nodiscard]] inline std::vector<ConnectionOption> connection_options(const DatabaseOptions& database) {
  auto options = parse_connection(database.connection);
  if (options) return *std::move(options);
  throw DatabaseError(
      DatabaseError::Kind::refused,
      "cannot understand the database's connection; expected key=value, with quotes around a value that has spaces");
}

/// Ends the message if a role lacks a right that it needs.
inline constexpr const char* lacks_a_right = "; docs/database.md says what rights its role needs";

/// Seconds to wait for a lock, unless the options say otherwise.
inline constexpr int lock_patience = 10;
/// Seconds after which a statement is given up, and a silent server counts as lost.
inline constexpr int statement_patience = 60;

}  // namespace clientsync
