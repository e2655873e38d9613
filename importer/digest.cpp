#include "importer/digest.hpp"

// SHA-256 by the functions of OpenSSL 1.1. Those of 3.0 first read OpenSSL's configuration and set up all of its
// algorithms: 6 million instructions, a third of `clientsync check`.
#define OPENSSL_API_COMPAT 10100

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>

#include "importer/text.hpp"

namespace clientsync {
namespace {

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool is_base64_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// libcrypto takes lengths as int.
int checked_length(std::size_t length) {
  if (length > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw std::length_error("too many bytes for Base64");
  }
  return static_cast<int>(length);
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256_CTX context{};
  if (SHA256_Init(&context) != 1 || SHA256_Update(&context, bytes.data(), bytes.size()) != 1 ||
      SHA256_Final(digest.data(), &context) != 1) {
    throw std::runtime_error("libcrypto could not compute a SHA-256");
  }
  return hex(std::as_bytes(std::span(digest)));
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  checked_length(text.size());
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), unsigned_bytes(bytes), static_cast<int>(bytes.size()));
  return text;
}

std::string unbase64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::string_view digits = text.substr(0, text.size() - padding);
  // libcrypto is lenient: it ignores white space at both ends, and takes padding anywhere.
  if (text.size() % 4 != 0 || !std::all_of(digits.begin(), digits.end(), is_base64_character)) {
    throw std::invalid_argument("not Base64");
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), unsigned_bytes(text),
                                     checked_length(text.size()));
  if (length < 0) throw std::invalid_argument("not Base64");
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace clientsync
