#include "importer/sheet/encoding.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "importer/text.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/texts.hpp"

using namespace clientsync;
using namespace std::string_literals;

namespace {

std::string decoded(std::string_view bytes, FallbackEncoding fallback = FallbackEncoding::windows1252) {
  const auto result = decode(bytes, fallback);
  REQUIRE(result.has_value());
  return *result;
}

DecodeError refused(std::string_view bytes, FallbackEncoding fallback = FallbackEncoding::windows1252) {
  const auto result = decode(bytes, fallback);
  REQUIRE(result.has_error());
  return result.error();
}

std::string utf16(const std::vector<char32_t>& code_points, bool little) {
  std::string out = little ? "\xFF\xFE" : "\xFE\xFF";
  const auto unit = [&](char32_t value) {
    const std::array bytes{static_cast<char>(value & 0xFF), static_cast<char>((value >> 8) & 0xFF)};
    out += bytes[little ? 0 : 1];
    out += bytes[little ? 1 : 0];
  };
  for (const char32_t c : code_points) {
    if (c >= 0x10000) unit(0xD800 + ((c - 0x10000) >> 10));
    unit(c >= 0x10000 ? 0xDC00 + ((c - 0x10000) & 0x3FF) : c);
  }
  return out;
}

}  // namespace

TEST_CASE("a byte order mark decides the encoding and is no part of the text", "[decode]") {
  CHECK(decoded("\xEF\xBB\xBF"
                "id;São") == "id;São");
  CHECK(decoded("\xFF\xFE"
                "i\0\xE3\0=\xD8\0\xDE"s) == "iã😀");
  CHECK(decoded("\xFE\xFF"
                "\0i\0\xE3\xD8=\xDE\0"s) == "iã😀");
}

TEST_CASE("an empty file and one that is only a mark have an empty text", "[decode]") {
  for (const std::string_view bytes : {"", "\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF"}) CHECK(decoded(bytes).empty());
}

TEST_CASE("only the first mark is dropped", "[decode]") {
  CHECK(decoded("\xEF\xBB\xBF\xEF\xBB\xBF"
                "a") == "\uFEFFa");
  CHECK(decoded("\xFF\xFE\xFF\xFE"
                "a\0"s) == "\uFEFFa");
}

TEST_CASE("without a mark, valid UTF-8 is UTF-8", "[decode]") {
  CHECK(decoded("Padaria São João") == "Padaria São João");
  CHECK(decoded("\xF4\x8F\xBF\xBF") == "\U0010FFFF");
}

TEST_CASE("what is not valid UTF-8 and holds no multi-byte sequence is Windows-1252", "[decode]") {
  const std::string text = decoded("S\xE3o \x80 10 \x96 Jo\xE3o\xFF");
  CHECK(text == "São € 10 – Joãoÿ");
}

TEST_CASE("every byte that Windows-1252 defines has one character, and the five that it does not are refused",
          "[decode]") {
  for (int value = 0x80; value <= 0xFF; ++value) {
    const std::string bytes{'a', 'b', static_cast<char>(value), 'c'};
    const bool defined = value != 0x81 && value != 0x8D && value != 0x8F && value != 0x90 && value != 0x9D;
    CAPTURE(value);
    if (defined) {
      CHECK(code_points(decoded(bytes)) == 4);
    } else {
      const DecodeError error = refused(bytes);
      CHECK(error.why == DecodeError::Why::undefined);
      CHECK(error.encoding == Encoding::windows1252);
      CHECK(error.offset == 2);
      CHECK(error.byte == value);
    }
  }
}

TEST_CASE("with the fallback `reject`, what is not UTF-8 is refused at its first byte", "[decode]") {
  const DecodeError error = refused("S\xE3o", FallbackEncoding::reject);
  CHECK(error.why == DecodeError::Why::not_utf8);
  CHECK(error.offset == 1);
  CHECK(error.byte == 0xE3);
}

TEST_CASE("a file with valid multi-byte sequences and a wrong byte is damaged UTF-8, not another encoding",
          "[decode]") {
  for (const FallbackEncoding fallback : {FallbackEncoding::windows1252, FallbackEncoding::reject}) {
    const DecodeError before = refused("São Jo\xE3o", fallback);
    CHECK(before.why == DecodeError::Why::damaged_utf8);
    CHECK(before.offset == 7);
    CHECK(before.byte == 0xE3);
    const DecodeError after = refused("Jo\xE3o São", fallback);
    CHECK(after.why == DecodeError::Why::damaged_utf8);
    CHECK(after.offset == 2);
  }
}

TEST_CASE("a file with UTF-8's mark and a wrong byte is damaged UTF-8, and the mark counts in the offset", "[decode]") {
  const DecodeError error = refused(
      "\xEF\xBB\xBF"
      "ab\x81");
  CHECK(error.why == DecodeError::Why::damaged_utf8);
  CHECK(error.encoding == Encoding::utf8);
  CHECK(error.offset == 5);
  CHECK(error.byte == 0x81);
}

TEST_CASE("overlong forms, surrogates, too large code points and cut sequences are no UTF-8", "[decode]") {
  for (const std::string_view bad : {"\xC0\x80", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xF8\x88\x80\x80\x80", "\xE2\x82", "\xF0\x9F\x98", "\x80"}) {
    const std::string bytes = "12345678" + std::string(bad);
    CAPTURE(escape(bytes));
    const DecodeError error = refused(bytes, FallbackEncoding::reject);
    CHECK(error.why == DecodeError::Why::not_utf8);
    CHECK(error.offset == 8);
  }
}

TEST_CASE("a NUL in the text is refused with its offset, mark included", "[decode]") {
  const auto check = [](const std::string& bytes, std::size_t offset, Encoding encoding) {
    const DecodeError error = refused(bytes);
    CHECK(error.why == DecodeError::Why::nul);
    CHECK(error.offset == offset);
    CHECK(error.byte == 0);
    CHECK(error.encoding == encoding);
  };
  check("ab\0c"s, 2, Encoding::utf8);
  check(
      "\xEF\xBB\xBF"
      "ab\0"s,
      5, Encoding::utf8);
  check(
      "\xE3"
      "b\0\x81"s,
      2, Encoding::windows1252);
  check(
      "\xFF\xFE"
      "a\0\0\0"s,
      4, Encoding::utf16le);
  check(
      "\xFE\xFF"
      "\0a\0\0"s,
      4, Encoding::utf16be);
  check(
      "\xFE\xFF"
      "a\0\0a\0\0"s,
      6, Encoding::utf16be);
}

TEST_CASE("a surrogate alone is refused with its offset", "[decode]") {
  const auto check = [](const std::string& bytes, std::size_t offset, int byte, Encoding encoding) {
    CAPTURE(escape(bytes));
    const DecodeError error = refused(bytes);
    CHECK(error.why == DecodeError::Why::undefined);
    CHECK(error.offset == offset);
    CHECK(error.byte == byte);
    CHECK(error.encoding == encoding);
  };
  check(
      "\xFF\xFE"
      "a\0\x3D\xD8"
      "b\0"s,
      4, 0x3D, Encoding::utf16le);
  check(
      "\xFF\xFE"
      "a\0\x01\xDE"
      "b\0"s,
      4, 0x01, Encoding::utf16le);
  check(
      "\xFF\xFE"
      "a\0\x3D\xD8"s,
      4, 0x3D, Encoding::utf16le);
  check("\xFF\xFE\x3D\xD8\x3D\xD8\x01\xDE"s, 2, 0x3D, Encoding::utf16le);
  check(
      "\xFE\xFF"
      "\0a\xDE\x01"s,
      4, 0xDE, Encoding::utf16be);
  check(
      "\xFE\xFF"
      "\0a\xD8\x3D"s,
      4, 0xD8, Encoding::utf16be);
}

TEST_CASE("a UTF-16 file of odd length is refused at its last byte", "[decode]") {
  const DecodeError little = refused(
      "\xFF\xFE"
      "a\0b"s);
  CHECK(little.why == DecodeError::Why::undefined);
  CHECK(little.offset == 4);
  CHECK(little.byte == 'b');
  CHECK(refused("\xFE\xFF"
                "\0a\0"s)
            .offset == 4);
  CHECK(refused("\xFE\xFF"
                "x"s)
            .offset == 2);
}

TEST_CASE("any text means the same in UTF-8 and UTF-16", "[decode]") {
  CHECK_PROPERTY("any text", [] {
    const auto text = *code_point_list();
    const std::string expected = utf8(text);
    RC_ASSERT(*decode("\xEF\xBB\xBF" + expected, FallbackEncoding::reject) == expected);
    RC_ASSERT(*decode(utf16(text, true), FallbackEncoding::reject) == expected);
    RC_ASSERT(*decode(utf16(text, false), FallbackEncoding::reject) == expected);
  });
}

TEST_CASE("any bytes are text or refused at a byte that is there", "[decode]") {
  CHECK_PROPERTY("any bytes", [](bool reject) {
    const std::string bytes = *any_bytes();
    const auto result = decode(bytes, reject ? FallbackEncoding::reject : FallbackEncoding::windows1252);
    if (result.has_value()) {
      RC_ASSERT(result->find('\0') == std::string::npos);
      RC_ASSERT(decode(*result, FallbackEncoding::reject).has_value());
    } else {
      RC_ASSERT(result.error().offset < bytes.size());
      RC_ASSERT(result.error().byte == static_cast<unsigned char>(bytes[result.error().offset]));
    }
  });
}
