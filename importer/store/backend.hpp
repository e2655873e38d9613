// What each of the three databases does in its own way: opening, telling errors apart, transactions. For this room
// alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "importer/store/database.hpp"

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace clientsync {

/// What an error means, and the database's own message without SQL text, values or secrets.
struct Fault {
  DatabaseError::Kind kind;
  std::string reason;
};

struct Backend {
  std::string (*shown)(const DatabaseOptions& database);  ///< the database's name in messages
  std::unique_ptr<soci::session> (*open)(const DatabaseOptions& database);
  std::optional<Fault> (*fault)(const soci::soci_error& error);  ///< nullopt: an error of SOCI's own
  const char* begin;
  bool (*in_transaction)(soci::session& session);                        ///< one that can still be committed
  std::uint64_t (*largest_statement)(soci::session& session) = nullptr;  ///< null: more than any file needs
};

extern const Backend sqlite_backend;
extern const Backend postgresql_backend;
extern const Backend mysql_backend;

/// Ends the reason where a role may not do what it has to.
inline constexpr const char* lacks_a_right = "; docs/database.md says what rights its role needs";

/// Seconds that a lock is waited for, where the options say nothing else.
inline constexpr int lock_patience = 10;
/// Seconds after which a statement is given up, and a server that does not answer counts as lost.
inline constexpr int statement_patience = 60;

}  // namespace clientsync
