#include "daemon/access/secrets.hpp"

#include <sodium.h>

#include <array>
#include <mutex>
#include <new>
#include <stdexcept>

#include "daemon/access/access.hpp"
#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// A hash of 32 random bytes that nobody has kept.
constexpr const char* hash_of_nobody =
    "$argon2id$v=19$m=65536,t=2,p=1$bo/WKz8RaWh35VhD8c2ZXg$dU0D0C0ajwzsGBzEgj7Cqw0YSOgfTNqTVsloaR8Pa+I";

void start_sodium() {
  static const int started = sodium_init();
  if (started < 0) throw std::runtime_error("libsodium could not be started");
}

/// One password at a time is hashed: each takes 64 MB, and the service's unit grants 256 MB in all.
std::mutex one_at_a_time;

/// Keyboards differ in how they compose an accented letter.
std::string normal(std::string_view password) {
  return is_utf8(password) ? nfc(password) : std::string(password);
}

}  // namespace

std::string make_secret() {
  start_sodium();
  std::array<unsigned char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::array<char, sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING)> text{};
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

bool same_secret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string form_token_of(std::string_view session_secret) {
  return sha256("form " + std::string(session_secret));
}

std::optional<PasswordProblem> judge_password(std::string_view password, std::string_view name) {
  if (!is_utf8(password)) return PasswordProblem::not_text;
  const std::size_t length = code_points(password);
  if (length < shortest_password) return PasswordProblem::too_short;
  if (length > longest_password) return PasswordProblem::too_long;
  if (user_name_of(password) == name) return PasswordProblem::is_name;
  return std::nullopt;
}

std::string hash_password(std::string_view password) {
  start_sodium();
  const std::string text = normal(password);
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const std::lock_guard lock(one_at_a_time);
  // It fails only for lack of memory.
  if (crypto_pwhash_str_alg(hash.data(), text.data(), text.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();
  return hash.data();
}

bool password_fits(std::string_view password, const std::optional<std::string>& hash) {
  start_sodium();
  const std::string text = normal(password);
  const std::string against = hash.value_or(hash_of_nobody);
  const std::lock_guard lock(one_at_a_time);
  return crypto_pwhash_str_verify(against.c_str(), text.data(), text.size()) == 0 && hash.has_value();
}

}  // namespace clientsync
