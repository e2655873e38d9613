// What admins do with users, sessions and tokens (docs/specification.md §11). Lists: importer/store/users.hpp,
// sessions.hpp and tokens.hpp. `by` is whoever does it, for the log. Times are seconds since the epoch. All throw
// DatabaseError. Whether the caller may do it is not asked here: see `may_grant`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/access/access.hpp"
#include "daemon/access/secrets.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/sessions.hpp"
#include "importer/store/tokens.hpp"
#include "importer/store/users.hpp"

namespace clientsync {

/// The firms that the user may see: "all", or their names with commas.
[[nodiscard]] std::string firms_of(const User& user);

/// Why a user is not added. Without a firm, a user could see nothing.
enum class UserProblem { bad_name, name_taken, no_firm };

/// nullopt: name and firms are good, unless the name is taken.
[[nodiscard]] std::optional<UserProblem> judge_user(const User& wanted);

/// The new user, or what is wrong. `wanted`: name as typed, role, firms and language.
[[nodiscard]] std::variant<User, UserProblem, PasswordProblem> add_user(ConnectionPool& connections, User wanted,
                                                                        std::string_view password, std::string_view by,
                                                                        std::int64_t now);

/// Gives the user another role, or other firms; open sessions have them at once. False if the user is gone.
[[nodiscard]] bool edit_user(ConnectionPool& connections, const User& user, const Grant& grant, std::string_view by);

/// Sets a password without asking for the old one, ends all sessions of the user, and forgets failed sign-ins. nullopt:
/// it is set, or the user is gone.
[[nodiscard]] std::optional<PasswordProblem> set_password(ConnectionPool& connections, const User& user,
                                                          std::string_view password, std::string_view by,
                                                          std::int64_t now);

/// Ends all sessions of the user too. False if the user is gone.
[[nodiscard]] bool remove_user(ConnectionPool& connections, const User& user, std::string_view by);

/// Forgets failed sign-ins of the user, from wherever they came, and the count of each client from which they came.
void unlock_user(ConnectionPool& connections, const User& user, std::string_view by);

/// The secret of a link by which the user may sign in once (`sign_in_by_link`), for 10 minutes. nullopt if the user is
/// gone.
[[nodiscard]] std::optional<std::string> make_sign_in_link(ConnectionPool& connections, const User& user,
                                                           std::string_view by, std::int64_t now);

/// `secret_hash` is Session::secret_hash. False if the user has no such session.
[[nodiscard]] bool end_session(ConnectionPool& connections, const User& user, std::string_view secret_hash,
                               std::string_view by);

/// A token that was added, with its secret, which can't be shown again.
struct NewToken {
  Token token;
  std::string secret;  ///< begins with `cs_`
};

/// Why a token is not added: its name is empty, longer than 80 characters, or has characters that nobody can see.
enum class TokenProblem { bad_name };

/// `wanted`: name, role, firm, and expiry.
[[nodiscard]] std::variant<NewToken, TokenProblem> add_token(ConnectionPool& connections, Token wanted,
                                                             std::string_view by, std::int64_t now);

/// False if it is gone.
[[nodiscard]] bool remove_token(ConnectionPool& connections, const Token& token, std::string_view by);

}  // namespace clientsync
