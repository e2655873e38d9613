#include "importer/store/users.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "importer/store/sql.hpp"
#include "importer/store/users_sql.hpp"

namespace clientsync {
namespace {

constexpr Sql insert_firms{.sqlite = "insert into user_firms (user_id, firm) values (:user, :firm)",
                           .postgresql = R"(
  insert into user_firms (user_id, firm) select :user, w.firm from unnest(:firm::text[]) w (firm))",
                           .mysql = R"(
  insert into user_firms (user_id, firm)
  select :user, w.firm from (with v (firm) as (values :rows) select * from v) w)"};

constexpr Sql lock_user_sql{.sqlite = "select id from users where id = :user",
                            .postgresql = "select id from users where id = :user for update",
                            .mysql = "select id from users where id = :user for update"};

std::string word_of(std::optional<Language> language) {
  return language ? std::string(tag(*language)) : "";
}

/// `cells` are those of `read_users`.
User user_in(std::span<const Cell> cells) {
  return {.id = number_in(cells[0]),
          .name = std::string(*cells[1]),
          .role = role_of(*cells[2]),
          .all_firms = number_in(cells[3]) == 1,
          .language = read_tag(*cells[4]),
          .preferences = std::string(*cells[5]),
          .created_at = number_in(cells[6]),
          .password_at = number_in(cells[7])};
}

std::optional<User> read_one_user(Connection& connection, std::string_view where, Parameter parameter) {
  std::vector<User> users;
  Batch batch(connection);
  batch.add(read_users(where, {std::move(parameter)}, users));
  batch.run("reading a user");
  return users.empty() ? std::nullopt : std::optional(std::move(users.front()));
}

void add_firms(Batch& batch, UserId id, const User& user) {
  if (user.all_firms || user.firms.empty()) return;
  batch.add({.sql = insert_firms(batch.connection()),
             .parameters = {{"user", id}},
             .rows = distinct_rows("firm", {user.firms.begin(), user.firms.end()})});
}

/// Locks the user until the transaction ends; `there` becomes true if there is one.
Statement lock_user(const Connection& connection, UserId id, bool& there) {
  return {.sql = lock_user_sql(connection),
          .parameters = {{"user", id}},
          .columns = 1,
          .each = [&there](std::span<const Cell>) { there = true; }};
}

/// Changes a user in a transaction of its own by the statements that `add` adds. False if there is no such user.
bool change_user(Connection& connection, UserId id, std::string_view doing, const std::function<void(Batch&)>& add) {
  bool there = false;
  Batch batch(connection);
  batch.add(lock_user(connection, id, there));
  Transaction transaction(batch, doing);
  if (!there) return false;
  add(batch);
  batch.run(doing);
  transaction.commit();
  return true;
}

}  // namespace

Statement read_users(std::string_view where, std::vector<Parameter> parameters, std::vector<User>& users) {
  return {.sql =
              "select u.id, u.name, u.role, u.all_firms, u.language, u.preferences, u.created_at, u.password_at,"
              " f.firm from users u left join user_firms f on f.user_id = u.id where " +
              std::string(where) + " order by u.name, f.firm",
          .parameters = std::move(parameters),
          .columns = 9,
          .each = [&users](std::span<const Cell> cells) {
            if (users.empty() || users.back().id != number_in(cells[0])) users.push_back(user_in(cells));
            if (cells[8]) users.back().firms.emplace_back(*cells[8]);
          }};
}

std::vector<User> list_users(Connection& connection) {
  std::vector<User> users;
  Batch batch(connection);
  batch.add(read_users("1 = 1", {}, users));
  batch.run("listing users");
  return users;
}

std::optional<User> find_user(Connection& connection, std::string_view name) {
  return read_one_user(connection, "u.name = :name", {"name", name});
}

std::optional<User> read_user(Connection& connection, UserId id) {
  return read_one_user(connection, "u.id = :user", {"user", id});
}

std::optional<std::string> read_password_hash(Connection& connection, std::string_view name) {
  std::optional<std::string> hash;
  Batch batch(connection);
  batch.add({.sql = "select password_hash from users where name = :name",
             .parameters = {{"name", name}},
             .columns = 1,
             .each = [&](std::span<const Cell> cells) { hash = text_in(cells[0]); }});
  batch.run("reading the hash of a password");
  return hash;
}

std::optional<UserId> insert_user(Connection& connection, const User& user, std::string_view password_hash) {
  std::optional<UserId> id;
  Batch batch(connection);
  batch.add({.sql = R"(
  insert into users (name, role, all_firms, password_hash, language, preferences, created_at, password_at)
  select :name, :role, :all_firms, :password_hash, :language, :preferences, :created_at, :password_at
  from (select 1 as one) o where not exists (select 1 from users where name = :name)
  returning id)",
             .parameters = {{"name", std::string_view(user.name)},
                            {"role", word_of(user.role)},
                            {"all_firms", std::int64_t{user.all_firms ? 1 : 0}},
                            {"password_hash", password_hash},
                            {"language", word_of(user.language)},
                            {"preferences", std::string_view(user.preferences)},
                            {"created_at", user.created_at},
                            {"password_at", user.password_at}},
             .columns = 1,
             .each = [&](std::span<const Cell> cells) { id = number_in(cells[0]); }});
  Transaction transaction(batch, "adding a user");
  if (!id) return std::nullopt;
  add_firms(batch, *id, user);
  batch.run("writing the firms of a user");
  transaction.commit();
  return id;
}

bool update_user(Connection& connection, const User& user) {
  return change_user(connection, user.id, "changing a user", [&](Batch& batch) {
    batch.add(
        {.sql = "update users set role = :role, all_firms = :all_firms where id = :user",
         .parameters = {
             {"role", word_of(user.role)}, {"all_firms", std::int64_t{user.all_firms ? 1 : 0}}, {"user", user.id}}});
    batch.add({.sql = "delete from user_firms where user_id = :user", .parameters = {{"user", user.id}}});
    add_firms(batch, user.id, user);
  });
}

bool update_password(Connection& connection, UserId id, std::string_view password_hash, std::int64_t at) {
  return change_user(connection, id, "changing a password", [&](Batch& batch) {
    batch.add({.sql = "update users set password_hash = :password_hash, password_at = :at where id = :user",
               .parameters = {{"password_hash", password_hash}, {"at", at}, {"user", id}}});
    batch.add({.sql = "delete from sessions where user_id = :user", .parameters = {{"user", id}}});
    batch.add({.sql = "delete from sign_in_links where user_id = :user", .parameters = {{"user", id}}});
  });
}

bool delete_user(Connection& connection, UserId id) {
  return change_user(connection, id, "removing a user", [&](Batch& batch) {
    batch.add({.sql = "delete from users where id = :user", .parameters = {{"user", id}}});
  });
}

void update_language(Connection& connection, UserId id, std::optional<Language> language) {
  Batch batch(connection);
  batch.add({.sql = "update users set language = :language where id = :user",
             .parameters = {{"language", word_of(language)}, {"user", id}}});
  batch.run("writing the language of a user");
}

void update_preferences(Connection& connection, UserId id, std::string_view preferences) {
  Batch batch(connection);
  batch.add({.sql = "update users set preferences = :preferences where id = :user",
             .parameters = {{"preferences", preferences}, {"user", id}}});
  batch.run("writing the preferences of a user");
}

}  // namespace clientsync
