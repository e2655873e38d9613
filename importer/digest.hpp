// SHA-256 (FIPS 180-4) by libcrypto, and Base64 (RFC 4648 §4), the form in which the ledger keeps bytes on every
// database.
#pragma once

#include <string>
#include <string_view>

namespace clientsync {

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

[[nodiscard]] std::string base64(std::string_view bytes);
/// Throws std::invalid_argument where `text` is no Base64.
[[nodiscard]] std::string unbase64(std::string_view text);

}  // namespace clientsync
