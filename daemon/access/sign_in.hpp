// Signing in and out, and who a request comes from (docs/specification.md §11). Times are seconds since the epoch. All
// throw DatabaseError. What somebody did is logged, secrets never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/access/access.hpp"
#include "daemon/access/secrets.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// How long sessions and links are good, in seconds.
inline constexpr std::int64_t session_idle = std::int64_t{12} * 60 * 60;          ///< without a request
inline constexpr std::int64_t session_lifetime = std::int64_t{7} * 24 * 60 * 60;  ///< in all
inline constexpr std::int64_t sign_in_link_lifetime = std::int64_t{10} * 60;

/// From where somebody asks.
struct Visitor {
  std::string address;  ///< HttpRequest::peer
  std::string agent;    ///< the User-Agent header
};

/// A session has begun.
struct SignedIn {
  std::string secret;  ///< for the browser's cookie; known to nobody else
  Caller caller;
};

/// Nothing is told about whether the name or the password was wrong.
struct SignInRefusal {
  std::int64_t retry_after = 0;  ///< seconds to wait, since too many attempts failed; 0: name or password is wrong
};

/// `name` is taken in any case. Attempts are throttled per account and network (throttle.hpp), and take as long for an
/// unknown user. Slow: see `hash_password`.
[[nodiscard]] std::variant<SignedIn, SignInRefusal> sign_in(ConnectionPool& connections, std::string_view name,
                                                            std::string_view password, const Visitor& visitor,
                                                            std::int64_t now);

/// Uses up a link that `make_sign_in_link` made. nullopt: it was used, or has expired.
[[nodiscard]] std::optional<SignedIn> sign_in_by_link(ConnectionPool& connections, std::string_view secret,
                                                      const Visitor& visitor, std::int64_t now);

/// Ends the caller's session.
void sign_out(ConnectionPool& connections, const Caller& caller);

/// The user who changes the password knows the old one; wrong ones are throttled as those of sign-ins are. All sessions
/// of the user end; the one that is returned begins, so the caller's browser needs its secret.
[[nodiscard]] std::variant<SignedIn, SignInRefusal, PasswordProblem> change_password(
    ConnectionPool& connections, const Caller& caller, std::string_view old_password, std::string_view new_password,
    const Visitor& visitor, std::int64_t now);

/// Whose session has this secret, with what he may do now. nullopt: nobody's, or it has ended.
[[nodiscard]] std::optional<Caller> identify_session(ConnectionPool& connections, std::string_view secret,
                                                     std::int64_t now);

/// Which token this is. nullopt: none, or it has expired.
[[nodiscard]] std::optional<Caller> identify_token(ConnectionPool& connections, std::string_view secret,
                                                   std::int64_t now);

/// Removes sessions, links, failures and request keys that are too old to be of use.
void remove_old_access(ConnectionPool& connections, std::int64_t now);

}  // namespace clientsync
