// SHA-256 (FIPS 180-4), and Base64 (RFC 4648 §4), in which the ledger keeps bytes on every database.
#pragma once

#include <string>
#include <string_view>

namespace clientsync {

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

[[nodiscard]] std::string base64(std::string_view bytes);
/// Throws std::invalid_argument if `text` is not Base64.
[[nodiscard]] std::string unbase64(std::string_view text);

}  // namespace clientsync
