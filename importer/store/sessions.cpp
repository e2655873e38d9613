#include "importer/store/sessions.hpp"

#include <utility>

#include "importer/store/sql.hpp"
#include "importer/store/users_sql.hpp"

namespace clientsync {
namespace {

// The user's row is locked, so that no session begins while its password changes.
constexpr Sql lock_password{.sqlite = R"(
  select id from users where id = :user and password_hash = :password_hash)",
                            .postgresql = R"(
  select id from users where id = :user and password_hash = :password_hash for update)",
                            .mysql = R"(
  select id from users where id = :user and password_hash = :password_hash for update)"};

// Locks the row, creating it if necessary.
constexpr Sql lock_failures{.sqlite = R"(
  insert into sign_in_failures (client, account, failures, last_at) values (:client, :account, 0, 0)
  on conflict (client, account) do update set failures = failures)",
                            .postgresql = R"(
  insert into sign_in_failures (client, account, failures, last_at) values (:client, :account, 0, 0)
  on conflict (client, account) do update set failures = sign_in_failures.failures)",
                            .mysql = R"(
  insert into sign_in_failures (client, account, failures, last_at) values (:client, :account, 0, 0)
  on duplicate key update failures = failures)"};

/// The account under which all failures of a client are counted. No digest is empty.
constexpr std::string_view any_account;

Statement insert_session_of(UserId user, const Session& session) {
  return {.sql = R"(
  insert into sessions (secret_hash, user_id, created_at, seen_at, address, agent)
  values (:hash, :user, :created_at, :seen_at, :address, :agent))",
          .parameters = {{"hash", std::string_view(session.secret_hash)},
                         {"user", user},
                         {"created_at", session.created_at},
                         {"seen_at", session.seen_at},
                         {"address", std::string_view(session.address)},
                         {"agent", std::string_view(session.agent)}}};
}

/// Reads the sessions that fit `where`.
Statement read_sessions(std::string_view where, Parameter parameter, std::vector<Session>& sessions) {
  return {.sql = "select secret_hash, created_at, seen_at, address, agent from sessions where " + std::string(where) +
                 " order by seen_at desc, secret_hash",
          .parameters = {std::move(parameter)},
          .columns = 5,
          .each = [&sessions](std::span<const Cell> cells) {
            sessions.push_back({.secret_hash = std::string(*cells[0]),
                                .created_at = number_in(cells[1]),
                                .seen_at = number_in(cells[2]),
                                .address = std::string(*cells[3]),
                                .agent = std::string(*cells[4])});
          }};
}

Statement write_failures(std::string_view account, std::string_view client, const Failures& failures) {
  return {.sql =
              "update sign_in_failures set failures = :failures, last_at = :last_at"
              " where client = :client and account = :account",
          .parameters = {
              {"failures", failures.count}, {"last_at", failures.last_at}, {"client", client}, {"account", account}}};
}

Statement read_failures(std::string_view account, std::string_view client, Failures& failures) {
  return {.sql = "select failures, last_at from sign_in_failures where client = :client and account = :account",
          .parameters = {{"client", client}, {"account", account}},
          .columns = 2,
          .each = [&failures](std::span<const Cell> cells) {
            failures = {number_in(cells[0]), number_in(cells[1])};
          }};
}

}  // namespace

bool insert_session(Connection& connection, UserId user, std::string_view password_hash, const Session& session) {
  constexpr std::string_view doing = "beginning a session";
  bool unchanged = false;
  Batch batch(connection);
  batch.add({.sql = lock_password(connection),
             .parameters = {{"user", user}, {"password_hash", password_hash}},
             .columns = 1,
             .each = [&](std::span<const Cell>) { unchanged = true; }});
  Transaction transaction(batch, doing);
  if (!unchanged) return false;
  batch.add(insert_session_of(user, session));
  batch.run(doing);
  transaction.commit();
  return true;
}

std::optional<UserSession> find_session(Connection& connection, std::string_view secret_hash) {
  std::vector<Session> sessions;
  std::vector<User> users;
  Batch batch(connection);
  batch.add(read_sessions("secret_hash = :hash", {"hash", secret_hash}, sessions));
  batch.add(
      read_users("u.id = (select user_id from sessions where secret_hash = :hash)", {{"hash", secret_hash}}, users));
  batch.run("looking up a session");
  if (sessions.empty() || users.empty()) return std::nullopt;
  return UserSession{std::move(sessions.front()), std::move(users.front())};
}

void update_seen(Connection& connection, std::string_view secret_hash, std::int64_t seen_at) {
  Batch batch(connection);
  batch.add({.sql = "update sessions set seen_at = :at where secret_hash = :hash",
             .parameters = {{"at", seen_at}, {"hash", secret_hash}}});
  batch.run("writing when a session was used");
}

std::vector<Session> list_sessions(Connection& connection, UserId user) {
  std::vector<Session> sessions;
  Batch batch(connection);
  batch.add(read_sessions("user_id = :user", {"user", user}, sessions));
  batch.run("listing sessions");
  return sessions;
}

bool delete_session(Connection& connection, UserId user, std::string_view secret_hash) {
  bool there = false;
  Batch batch(connection);
  batch.add({.sql = "delete from sessions where secret_hash = :hash and user_id = :user returning user_id",
             .parameters = {{"hash", secret_hash}, {"user", user}},
             .columns = 1,
             .each = [&](std::span<const Cell>) { there = true; }});
  batch.run("ending a session");
  return there;
}

bool insert_sign_in_link(Connection& connection, UserId user, std::string_view secret_hash, std::int64_t expires_at) {
  bool there = false;
  Batch batch(connection);
  batch.add({.sql = R"(
  insert into sign_in_links (secret_hash, user_id, expires_at) select :hash, id, :expires_at from users where id = :user
  returning user_id)",
             .parameters = {{"hash", secret_hash}, {"expires_at", expires_at}, {"user", user}},
             .columns = 1,
             .each = [&](std::span<const Cell>) { there = true; }});
  batch.run("making a sign-in link");
  return there;
}

std::optional<User> insert_session_by_link(Connection& connection, std::string_view link_hash, const Session& session) {
  constexpr std::string_view doing = "signing in by a link";
  UserId user = 0;
  bool expired = true;
  std::vector<User> users;
  Batch batch(connection);
  batch.add({.sql = "delete from sign_in_links where secret_hash = :hash returning user_id, expires_at",
             .parameters = {{"hash", link_hash}},
             .columns = 2,
             .each = [&](std::span<const Cell> cells) {
               user = number_in(cells[0]);
               expired = number_in(cells[1]) <= session.created_at;
             }});
  Transaction transaction(batch, doing);
  if (expired) return std::nullopt;
  batch.add(insert_session_of(user, session));
  batch.add(read_users("u.id = :user", {{"user", user}}, users));
  batch.run(doing);
  transaction.commit();
  return std::move(users.at(0));
}

bool count_attempt(Connection& connection, std::string_view account, std::string_view client,
                   const std::function<bool(AttemptFailures&)>& count) {
  constexpr std::string_view doing = "counting a sign-in";
  AttemptFailures failures;
  Batch batch(connection);
  for (const std::string_view each : {any_account, account})
    batch.add({.sql = lock_failures(connection), .parameters = {{"client", client}, {"account", each}}});
  batch.add(read_failures(any_account, client, failures.client));
  batch.add(read_failures(account, client, failures.here));
  Transaction transaction(batch, doing);
  if (!count(failures)) return false;
  batch.add(write_failures(any_account, client, failures.client));
  batch.add(write_failures(account, client, failures.here));
  batch.run(doing);
  transaction.commit();
  return true;
}

void forget_failures(Connection& connection, std::string_view account, std::string_view client) {
  Batch batch(connection);
  batch.add({.sql = "update sign_in_failures set failures = failures - 1"
                    " where client = :client and account = :account and failures > 0",
             .parameters = {{"client", client}, {"account", any_account}}});
  batch.add({.sql = "delete from sign_in_failures where client = :client and account = :account",
             .parameters = {{"client", client}, {"account", account}}});
  Transaction transaction(batch, "forgetting failed sign-ins");
  transaction.commit();
}

void delete_failures(Connection& connection, std::string_view account) {
  Batch batch(connection);
  batch.add({.sql = R"(
  delete from sign_in_failures
  where account = :any and client in (select client from sign_in_failures where account = :account))",
             .parameters = {{"any", any_account}, {"account", account}}});
  batch.add({.sql = "delete from sign_in_failures where account = :account", .parameters = {{"account", account}}});
  Transaction transaction(batch, "forgetting failed sign-ins");
  transaction.commit();
}

void delete_old_access(Connection& connection, const AccessAges& before) {
  Batch batch(connection);
  batch.add({.sql = "delete from sessions where created_at < :created or seen_at < :seen",
             .parameters = {{"created", before.session_created}, {"seen", before.session_seen}}});
  batch.add(
      {.sql = "delete from sign_in_links where expires_at < :before", .parameters = {{"before", before.link_expiry}}});
  batch.add(
      {.sql = "delete from sign_in_failures where last_at < :before", .parameters = {{"before", before.failure}}});
  batch.add(
      {.sql = "delete from request_keys where created_at < :before", .parameters = {{"before", before.request_key}}});
  batch.run("removing old sessions");
}

}  // namespace clientsync
