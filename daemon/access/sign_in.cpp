#include "daemon/access/sign_in.hpp"

#include <utility>

#include "daemon/access/throttle.hpp"
#include "daemon/log.hpp"
#include "importer/digest.hpp"
#include "importer/store/sessions.hpp"
#include "importer/store/tokens.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::int64_t minute = 60;
constexpr std::int64_t request_key_lifetime = std::int64_t{30} * 24 * 60 * 60;

/// Which account is tried, and by whom, as failures are counted.
struct Attempt {
  std::string account;  ///< a digest: somebody may type a password in the place of the name
  std::string client;
};

/// A secret and the session that it opens.
struct NewSession {
  std::string secret;
  Session session;
};

NewSession new_session(const Visitor& visitor, std::int64_t now) {
  constexpr std::size_t longest_address = 64;
  constexpr std::size_t longest_agent = 300;
  std::string secret = make_secret();
  Session session{.secret_hash = sha256(secret),
                  .created_at = now,
                  .seen_at = now,
                  .address = std::string(first_code_points(escape(visitor.address), longest_address)),
                  .agent = std::string(first_code_points(escape(visitor.agent), longest_agent))};
  return {std::move(secret), std::move(session)};
}

Caller caller_of(User user, std::string_view secret) {
  return {.user = user.id,
          .name = std::move(user.name),
          .role = user.role,
          .all_firms = user.all_firms,
          .firms = std::move(user.firms),
          .session = sha256(secret),
          .form_token = form_token_of(secret),
          .language = user.language,
          .preferences = std::move(user.preferences)};
}

Attempt attempt_of(std::string_view name, const Visitor& visitor) {
  constexpr std::size_t longest_client = 64;
  return {sha256(name), std::string(first_code_points(escape(network_of(visitor.address)), longest_client))};
}

/// Counts a failure before the password is checked, so that attempts at the same time do not escape the count. Returns
/// the seconds to wait; 0: the password may be checked.
std::int64_t count_failure(ConnectionPool& connections, const Attempt& attempt, std::int64_t now) {
  std::int64_t wait = 0;
  const auto count = [&](AttemptFailures& failures) {
    wait = wait_after(failures, now);
    if (wait == 0) failures = with_failure(failures, now);
    return wait == 0;
  };
  connections.retry_conflicts(
      [&](Connection& connection) { return count_attempt(connection, attempt.account, attempt.client, count); });
  return wait;
}

void forget_failure(ConnectionPool& connections, const Attempt& attempt) {
  connections.retry_conflicts(
      [&](Connection& connection) { forget_failures(connection, attempt.account, attempt.client); });
}

/// `name` is empty if there is no such user: what was typed may be a password.
void log_failure(std::string_view name, const Visitor& visitor) {
  log(LogLevel::warning, "user.sign_in_failed", {{"user", std::string(name)}, {"address", visitor.address}});
}

/// Begins a session of the user whose password has this hash. nullopt: it has another one by now.
std::optional<SignedIn> begin_session(ConnectionPool& connections, User user, std::string_view password_hash,
                                      const Visitor& visitor, std::int64_t now) {
  NewSession begun = new_session(visitor, now);
  const bool there = connections.retry_conflicts(
      [&](Connection& connection) { return insert_session(connection, user.id, password_hash, begun.session); });
  if (!there) return std::nullopt;
  Caller caller = caller_of(std::move(user), begun.secret);
  return SignedIn{std::move(begun.secret), std::move(caller)};
}

void log_sign_in(const Caller& caller, const Visitor& visitor, const char* by) {
  log(LogLevel::info, "user.signed_in", {{"user", caller.name}, {"by", by}, {"address", visitor.address}});
}

/// Notes that a session or token was used. Whoever only looks need not be able to write: while another writer has the
/// database, nothing is noted, and the next request tries again.
template <class Note>
void note_use(ConnectionPool& connections, Note note) {
  try {
    connections.use(note);
  } catch (const DatabaseError&) {
    // The caller gets in all the same.
  }
}

}  // namespace

std::variant<SignedIn, SignInRefusal> sign_in(ConnectionPool& connections, std::string_view name,
                                              std::string_view password, const Visitor& visitor, std::int64_t now) {
  const std::string account = user_name_of(name).value_or(std::string(name));
  const Attempt attempt = attempt_of(account, visitor);
  if (const std::int64_t wait = count_failure(connections, attempt, now); wait > 0) return SignInRefusal{wait};
  // The same is done for a user who does not exist.
  const auto hash = connections.use([&](Connection& connection) { return read_password_hash(connection, account); });
  std::optional<User> user = connections.use([&](Connection& connection) { return find_user(connection, account); });
  const bool fits = password_fits(password, hash);
  const std::string known = user ? user->name : "";
  std::optional<SignedIn> signed_in;
  if (fits && user) signed_in = begin_session(connections, *std::move(user), *hash, visitor, now);
  if (!signed_in) {
    log_failure(known, visitor);
    return SignInRefusal{};
  }
  forget_failure(connections, attempt);
  log_sign_in(signed_in->caller, visitor, "password");
  return *std::move(signed_in);
}

std::optional<SignedIn> sign_in_by_link(ConnectionPool& connections, std::string_view secret, const Visitor& visitor,
                                        std::int64_t now) {
  NewSession begun = new_session(visitor, now);
  std::optional<User> user = connections.retry_conflicts(
      [&](Connection& connection) { return insert_session_by_link(connection, sha256(secret), begun.session); });
  if (!user) {
    log_failure("", visitor);
    return std::nullopt;
  }
  Caller caller = caller_of(*std::move(user), begun.secret);
  log_sign_in(caller, visitor, "link");
  return SignedIn{std::move(begun.secret), std::move(caller)};
}

void sign_out(ConnectionPool& connections, const Caller& caller) {
  const bool ended = connections.retry_conflicts(
      [&](Connection& connection) { return delete_session(connection, caller.user, caller.session); });
  if (ended) log(LogLevel::info, "user.signed_out", {{"user", caller.name}});
}

std::variant<SignedIn, SignInRefusal, PasswordProblem> change_password(ConnectionPool& connections,
                                                                       const Caller& caller,
                                                                       std::string_view old_password,
                                                                       std::string_view new_password,
                                                                       const Visitor& visitor, std::int64_t now) {
  if (const auto problem = judge_password(new_password, caller.name)) return *problem;
  const Attempt attempt = attempt_of(caller.name, visitor);
  if (const std::int64_t wait = count_failure(connections, attempt, now); wait > 0) return SignInRefusal{wait};
  const auto old_hash =
      connections.use([&](Connection& connection) { return read_password_hash(connection, caller.name); });
  if (!password_fits(old_password, old_hash)) {
    log_failure(caller.name, visitor);
    return SignInRefusal{};
  }
  const std::string hash = hash_password(new_password);
  connections.retry_conflicts(
      [&](Connection& connection) { return update_password(connection, caller.user, hash, now); });
  forget_failure(connections, attempt);
  log(LogLevel::info, "user.password_changed", {{"user", caller.name}, {"address", visitor.address}});
  std::optional<User> user =
      connections.use([&](Connection& connection) { return read_user(connection, caller.user); });
  std::optional<SignedIn> signed_in;
  if (user) signed_in = begin_session(connections, *std::move(user), hash, visitor, now);
  if (!signed_in) return SignInRefusal{};
  return *std::move(signed_in);
}

std::optional<Caller> identify_session(ConnectionPool& connections, std::string_view secret, std::int64_t now) {
  const std::string hash = sha256(secret);
  std::optional<UserSession> found =
      connections.use([&](Connection& connection) { return find_session(connection, hash); });
  if (!found) return std::nullopt;
  const Session& session = found->session;
  if (now - session.seen_at >= session_idle || now - session.created_at >= session_lifetime) return std::nullopt;
  if (now - session.seen_at >= minute)
    note_use(connections, [&](Connection& connection) { update_seen(connection, hash, now); });
  return caller_of(std::move(found->user), secret);
}

std::optional<Caller> identify_token(ConnectionPool& connections, std::string_view secret, std::int64_t now) {
  std::optional<Token> token =
      connections.use([&](Connection& connection) { return find_token(connection, sha256(secret)); });
  if (!token || (token->expires_at != 0 && token->expires_at <= now)) return std::nullopt;
  if (now - token->used_at >= minute)
    note_use(connections, [&](Connection& connection) { update_used(connection, token->id, now); });
  return Caller{
      .token = token->id, .name = std::move(token->name), .role = token->role, .firms = {std::move(token->firm)}};
}

void remove_old_access(ConnectionPool& connections, std::int64_t now) {
  const AccessAges before{.session_created = now - session_lifetime,
                          .session_seen = now - session_idle,
                          .link_expiry = now,
                          .failure = now - failure_lifetime,
                          .request_key = now - request_key_lifetime};
  connections.retry_conflicts([&](Connection& connection) { delete_old_access(connection, before); });
}

}  // namespace clientsync
