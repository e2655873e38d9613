// The sessions of users who signed in, the links by which they may sign in once, and the sign-ins that failed. Of a
// secret only its SHA-256 is stored. Times are seconds since the epoch.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/store/database.hpp"
#include "importer/store/users.hpp"

namespace clientsync {

struct Session {
  std::string secret_hash{};  ///< SHA-256 of the secret, by which the session is known
  std::int64_t created_at = 0;
  std::int64_t seen_at = 0;  ///< the last request, to the minute
  std::string address{};     ///< from where the user signed in; "" for a Unix socket
  std::string agent{};       ///< the browser, as it calls itself
};

/// A session and its user, with what the user may do now.
struct UserSession {
  Session session;
  User user;
};

/// Begins a session of a user whose password still has the hash by which it was checked. False if it has another one,
/// or the user is gone: then there is no session.
[[nodiscard]] bool insert_session(Connection& connection, UserId user, std::string_view password_hash,
                                  const Session& session);

/// Whatever its age. nullopt: there is no such session any more.
[[nodiscard]] std::optional<UserSession> find_session(Connection& connection, std::string_view secret_hash);

/// Nothing happens if there is no such session any more.
void update_seen(Connection& connection, std::string_view secret_hash, std::int64_t seen_at);

/// The sessions of a user, the one that was used last first.
[[nodiscard]] std::vector<Session> list_sessions(Connection& connection, UserId user);

/// False if the user has no such session.
[[nodiscard]] bool delete_session(Connection& connection, UserId user, std::string_view secret_hash);

/// False if there is no such user.
[[nodiscard]] bool insert_sign_in_link(Connection& connection, UserId user, std::string_view secret_hash,
                                       std::int64_t expires_at);

/// Begins a session of the user whose link it is, and takes the link away: of several who come with it, one gets in.
/// nullopt: there is no such link, or it has expired at `session.created_at`.
[[nodiscard]] std::optional<User> insert_session_by_link(Connection& connection, std::string_view link_hash,
                                                         const Session& session);

/// How often sign-ins have failed, and when that was last so.
struct Failures {
  std::int64_t count = 0;
  std::int64_t last_at = 0;

  bool operator==(const Failures&) const = default;
};

/// The failures that count against an attempt.
struct AttemptFailures {
  Failures here{};    ///< of the account, from this client
  Failures client{};  ///< from this client, whatever the account
};

/// Writes what `count` makes of the failures so far, and returns true; if `count` returns false, nothing is written,
/// and neither is true. Attempts of one client take turns. `account`: SHA-256 of the name that was typed; `client`: the
/// network address.
[[nodiscard]] bool count_attempt(Connection& connection, std::string_view account, std::string_view client,
                                 const std::function<bool(AttemptFailures&)>& count);

/// A sign-in that was counted as a failure turned out well: forgets those of the account from this client, and takes
/// the one away that was counted against the client.
void forget_failures(Connection& connection, std::string_view account, std::string_view client);

/// Those of the account from all clients, and whatever else these clients failed at.
void delete_failures(Connection& connection, std::string_view account);

/// What is older than these is of no use to anybody.
struct AccessAges {
  std::int64_t session_created = 0;
  std::int64_t session_seen = 0;
  std::int64_t link_expiry = 0;
  std::int64_t failure = 0;
  std::int64_t request_key = 0;
};

/// Removes what is older.
void delete_old_access(Connection& connection, const AccessAges& before);

}  // namespace clientsync
