#include "importer/store/tokens.hpp"

#include <utility>

#include "importer/store/batch.hpp"

namespace clientsync {
namespace {

std::vector<Token> read_tokens(Connection& connection, std::string_view where, std::vector<Parameter> parameters) {
  std::vector<Token> tokens;
  Batch batch(connection);
  batch.add({.sql = "select id, name, role, firm, created_at, created_by, expires_at, used_at from tokens where " +
                    std::string(where) + " order by id",
             .parameters = std::move(parameters),
             .columns = 8,
             .each = [&](std::span<const Cell> cells) {
               tokens.push_back({.id = number_in(cells[0]),
                                 .name = std::string(*cells[1]),
                                 .role = role_of(*cells[2]),
                                 .firm = std::string(*cells[3]),
                                 .created_at = number_in(cells[4]),
                                 .created_by = std::string(*cells[5]),
                                 .expires_at = number_in(cells[6]),
                                 .used_at = number_in(cells[7])});
             }});
  batch.run("reading tokens");
  return tokens;
}

}  // namespace

std::vector<Token> list_tokens(Connection& connection) {
  return read_tokens(connection, "1 = 1", {});
}

std::optional<Token> find_token(Connection& connection, std::string_view secret_hash) {
  std::vector<Token> tokens = read_tokens(connection, "secret_hash = :hash", {{"hash", secret_hash}});
  return tokens.empty() ? std::nullopt : std::optional(std::move(tokens.front()));
}

TokenId insert_token(Connection& connection, const Token& token, std::string_view secret_hash) {
  TokenId id = 0;
  Batch batch(connection);
  batch.add({.sql = R"(
  insert into tokens (name, secret_hash, role, firm, created_at, created_by, expires_at)
  values (:name, :hash, :role, :firm, :created_at, :created_by, :expires_at)
  returning id)",
             .parameters = {{"name", std::string_view(token.name)},
                            {"hash", secret_hash},
                            {"role", word_of(token.role)},
                            {"firm", std::string_view(token.firm)},
                            {"created_at", token.created_at},
                            {"created_by", std::string_view(token.created_by)},
                            {"expires_at", token.expires_at}},
             .columns = 1,
             .each = [&](std::span<const Cell> cells) { id = number_in(cells[0]); }});
  batch.run("adding a token");
  return id;
}

void update_used(Connection& connection, TokenId id, std::int64_t used_at) {
  Batch batch(connection);
  batch.add(
      {.sql = "update tokens set used_at = :at where id = :token", .parameters = {{"at", used_at}, {"token", id}}});
  batch.run("writing when a token was used");
}

bool delete_token(Connection& connection, TokenId id) {
  bool there = false;
  Batch batch(connection);
  batch.add({.sql = "delete from tokens where id = :token returning id",
             .parameters = {{"token", id}},
             .columns = 1,
             .each = [&](std::span<const Cell>) { there = true; }});
  batch.run("removing a token");
  return there;
}

}  // namespace clientsync
