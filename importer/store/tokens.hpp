// The tokens by which scripts use the API (docs/specification.md §11). Of a token's secret only its SHA-256 is stored.
// Times are seconds since the epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/store/database.hpp"
#include "importer/store/words.hpp"

namespace clientsync {

using TokenId = std::int64_t;

struct Token {
  TokenId id = 0;
  std::string name{};  ///< for people, and for the history; others may have the same
  Role role = Role::viewer;
  std::string firm{};  ///< the only one for which it is good
  std::int64_t created_at = 0;
  std::string created_by{};     ///< a user, or the operator who ran the command
  std::int64_t expires_at = 0;  ///< 0: never
  std::int64_t used_at = 0;     ///< the last request, to the minute; 0: never
};

/// All tokens, the newest last.
[[nodiscard]] std::vector<Token> list_tokens(Connection& connection);

/// Whatever its age. nullopt: there is no such token.
[[nodiscard]] std::optional<Token> find_token(Connection& connection, std::string_view secret_hash);

/// `token.id` is ignored.
TokenId insert_token(Connection& connection, const Token& token, std::string_view secret_hash);

/// Nothing happens if there is no such token any more.
void update_used(Connection& connection, TokenId id, std::int64_t used_at);

/// False if there is no such token.
[[nodiscard]] bool delete_token(Connection& connection, TokenId id);

}  // namespace clientsync
