// Secrets that the daemon makes, by which sessions, links and tokens are known, and passwords, which people make. The
// only part that uses libsodium.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// 32 random bytes as 43 characters of Base64 for URLs (RFC 4648 §5, without padding).
[[nodiscard]] std::string make_secret();

/// True if the texts are equal. Takes the same time wherever they differ.
[[nodiscard]] bool same_secret(std::string_view one, std::string_view other);

/// The form token of the session that has this secret (Caller::form_token).
[[nodiscard]] std::string form_token_of(std::string_view session_secret);

inline constexpr std::size_t shortest_password = 10;   ///< characters
inline constexpr std::size_t longest_password = 1000;  ///< characters

/// Why a password is not taken.
enum class PasswordProblem { too_short, too_long, is_name, not_text };

/// nullopt: it is good. `name`: of its user.
[[nodiscard]] std::optional<PasswordProblem> judge_password(std::string_view password, std::string_view name);

/// By Argon2id with libsodium's limits for interactive use: takes 64 MB and some 0.1 s, and waits for
/// those that other threads hash. Throws std::bad_alloc.
[[nodiscard]] std::string hash_password(std::string_view password);

/// True if the hash was made from the password. Takes as long as `hash_password`, with a hash of nobody for nullopt.
[[nodiscard]] bool password_fits(std::string_view password, const std::optional<std::string>& hash);

}  // namespace clientsync
