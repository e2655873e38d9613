// Who may use the console and the API (docs/specification.md §11): users, what each may do, and their passwords'
// hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/messages/messages.hpp"
#include "importer/store/database.hpp"
#include "importer/store/words.hpp"

namespace clientsync {

using UserId = std::int64_t;

struct User {
  UserId id = 0;
  std::string name{};  ///< unique; in the form that daemon/access gives it
  Role role = Role::viewer;
  bool all_firms = false;
  std::vector<std::string> firms{};    ///< by name, in order, if not all
  std::optional<Language> language{};  ///< that the user chose for the console
  std::string preferences{};           ///< JSON that the console keeps for the user; "" if there is none
  std::int64_t created_at = 0;         ///< seconds since the epoch
  std::int64_t password_at = 0;        ///< when the password was set: seconds since the epoch
};

/// All users, by name.
[[nodiscard]] std::vector<User> list_users(Connection& connection);

/// nullopt: there is none of that name.
[[nodiscard]] std::optional<User> find_user(Connection& connection, std::string_view name);

/// nullopt: there is none any more.
[[nodiscard]] std::optional<User> read_user(Connection& connection, UserId id);

/// The hash of the user's password; nullopt if there is none of that name.
[[nodiscard]] std::optional<std::string> read_password_hash(Connection& connection, std::string_view name);

/// The new user's ID; nullopt if the name is taken. `user.id` is ignored.
[[nodiscard]] std::optional<UserId> insert_user(Connection& connection, const User& user,
                                                std::string_view password_hash);

/// Writes the role and the firms of `user`, for which requests of open sessions are judged from then on. False if there
/// is no such user.
[[nodiscard]] bool update_user(Connection& connection, const User& user);

/// Writes the password's hash, and ends all sessions and sign-in links of the user. `at`: seconds since the epoch.
/// False if there is no such user.
[[nodiscard]] bool update_password(Connection& connection, UserId id, std::string_view password_hash, std::int64_t at);

/// Removes the user with all sessions and sign-in links. False if there is no such user.
[[nodiscard]] bool delete_user(Connection& connection, UserId id);

// What the console keeps for the user. Nothing happens if there is no such user.

void update_language(Connection& connection, UserId id, std::optional<Language> language);
void update_preferences(Connection& connection, UserId id, std::string_view preferences);

}  // namespace clientsync
