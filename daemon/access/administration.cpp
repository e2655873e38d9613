#include "daemon/access/administration.hpp"

#include <utility>

#include "daemon/access/sign_in.hpp"
#include "daemon/log.hpp"
#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

void log_user(std::string_view event, const User& user, std::string_view by) {
  log(LogLevel::info, event, {{"user", user.name}, {"by", std::string(by)}});
}

void log_grant(std::string_view event, const User& user, std::string_view by) {
  log(LogLevel::info, event,
      {{"user", user.name},
       {"role", std::string(word_of(user.role))},
       {"firms", firms_of(user)},
       {"by", std::string(by)}});
}

}  // namespace

std::string firms_of(const User& user) {
  if (user.all_firms) return "all";
  std::string text;
  for (const std::string& firm : user.firms) text.append(text.empty() ? "" : ", ").append(firm);
  return text;
}

std::optional<UserProblem> judge_user(const User& wanted) {
  if (!user_name_of(wanted.name)) return UserProblem::bad_name;
  if (!wanted.all_firms && wanted.firms.empty()) return UserProblem::no_firm;
  return std::nullopt;
}

std::variant<User, UserProblem, PasswordProblem> add_user(ConnectionPool& connections, User wanted,
                                                          std::string_view password, std::string_view by,
                                                          std::int64_t now) {
  if (const auto problem = judge_user(wanted)) return *problem;
  wanted.name = user_name_of(wanted.name).value();
  if (const auto problem = judge_password(password, wanted.name)) return *problem;
  wanted.created_at = wanted.password_at = now;
  const std::string hash = hash_password(password);
  const std::optional<UserId> id =
      connections.retry_conflicts([&](Connection& connection) { return insert_user(connection, wanted, hash); });
  if (!id) return UserProblem::name_taken;
  wanted.id = *id;
  log_grant("user.added", wanted, by);
  return wanted;
}

bool edit_user(ConnectionPool& connections, const User& user, const Grant& grant, std::string_view by) {
  User changed = user;
  changed.role = grant.role;
  changed.all_firms = grant.all_firms;
  changed.firms = grant.firms;
  const bool there =
      connections.retry_conflicts([&](Connection& connection) { return update_user(connection, changed); });
  if (there) log_grant("user.changed", changed, by);
  return there;
}

std::optional<PasswordProblem> set_password(ConnectionPool& connections, const User& user, std::string_view password,
                                            std::string_view by, std::int64_t now) {
  if (const auto problem = judge_password(password, user.name)) return problem;
  const std::string hash = hash_password(password);
  const bool there = connections.retry_conflicts(
      [&](Connection& connection) { return update_password(connection, user.id, hash, now); });
  if (!there) return std::nullopt;
  log_user("user.password_set", user, by);
  unlock_user(connections, user, by);
  return std::nullopt;
}

bool remove_user(ConnectionPool& connections, const User& user, std::string_view by) {
  const bool there =
      connections.retry_conflicts([&](Connection& connection) { return delete_user(connection, user.id); });
  if (there) log_user("user.removed", user, by);
  return there;
}

void unlock_user(ConnectionPool& connections, const User& user, std::string_view by) {
  connections.retry_conflicts([&](Connection& connection) { delete_failures(connection, sha256(user.name)); });
  log_user("user.unlocked", user, by);
}

std::optional<std::string> make_sign_in_link(ConnectionPool& connections, const User& user, std::string_view by,
                                             std::int64_t now) {
  std::string secret = make_secret();
  const bool there = connections.retry_conflicts([&](Connection& connection) {
    return insert_sign_in_link(connection, user.id, sha256(secret), now + sign_in_link_lifetime);
  });
  if (!there) return std::nullopt;
  log_user("user.link_made", user, by);
  return secret;
}

bool end_session(ConnectionPool& connections, const User& user, std::string_view secret_hash, std::string_view by) {
  const bool there = connections.retry_conflicts(
      [&](Connection& connection) { return delete_session(connection, user.id, secret_hash); });
  if (there) log_user("user.session_ended", user, by);
  return there;
}

std::variant<NewToken, TokenProblem> add_token(ConnectionPool& connections, Token wanted, std::string_view by,
                                               std::int64_t now) {
  constexpr std::size_t longest_name = 80;
  if (!is_utf8(wanted.name)) return TokenProblem::bad_name;
  wanted.name = nfc(trim(wanted.name));
  if (wanted.name.empty() || code_points(wanted.name) > longest_name || find_hidden_or_odd_space(wanted.name))
    return TokenProblem::bad_name;
  wanted.created_at = now;
  wanted.created_by = by;
  std::string secret = "cs_" + make_secret();
  wanted.id = connections.retry_conflicts(
      [&](Connection& connection) { return insert_token(connection, wanted, sha256(secret)); });
  log(LogLevel::info, "token.added",
      {{"token", std::to_string(wanted.id)},
       {"name", wanted.name},
       {"role", std::string(word_of(wanted.role))},
       {"firm", wanted.firm},
       {"by", std::string(by)}});
  return NewToken{std::move(wanted), std::move(secret)};
}

bool remove_token(ConnectionPool& connections, const Token& token, std::string_view by) {
  const bool there =
      connections.retry_conflicts([&](Connection& connection) { return delete_token(connection, token.id); });
  if (there)
    log(LogLevel::info, "token.removed",
        {{"token", std::to_string(token.id)}, {"name", token.name}, {"by", std::string(by)}});
  return there;
}

}  // namespace clientsync
