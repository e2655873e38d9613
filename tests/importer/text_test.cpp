#include "importer/text.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/sheet/encoding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/texts.hpp"

using namespace clientsync;
using namespace std::string_literals;

TEST_CASE("white space, no-break and zero-width characters are trimmed at both ends and kept inside", "[clean]") {
  CHECK(trim(" \t\r\n\v\f a b \t") == "a b");
  for (const std::string_view space : {"\u0085", "\u00A0", "\u1680", "\u2000", "\u200A", "\u2028", "\u2029", "\u202F",
                                       "\u205F", "\u3000", "\u200B", "\u200C", "\u200D", "\u2060", "\uFEFF"}) {
    const std::string inside = "a" + std::string(space) + "b";
    CHECK(trim(std::string(space) + inside + std::string(space)) == inside);
    CHECK(trim(space).empty());
  }
  CHECK(trim("\u200Eé\u200E") == "\u200Eé\u200E");
}

TEST_CASE("a trimmed text is a view into the text", "[clean]") {
  CHECK_PROPERTY("any text", [] {
    const std::string text = *any_text();
    const std::string_view bare = trim(text);
    RC_ASSERT(bare.data() >= text.data());
    RC_ASSERT(bare.data() + bare.size() <= text.data() + text.size());
    RC_ASSERT(trim(bare) == bare);
  });
}

TEST_CASE("cells are cleaned in one order, each step once", "[clean]") {
  CHECK(clean("  00123 ") == "00123");
  CHECK(clean(" '=1+1 ") == "=1+1");
  CHECK(clean("''=1+1") == "'=1+1");
  CHECK(clean("'00123") == "'00123");
  CHECK(clean("'\t00123") == "00123");
  CHECK(clean("=\"00123\"") == "00123");
  CHECK(clean(" =\" 00123\u00A0\" ") == "00123");
  CHECK(clean("'=\"00123\"") == "00123");
  CHECK(clean("=\"'=1\"") == "'=1");
  CHECK(clean("=\"=\"\"00123\"\"\"") == "=\"00123\"");
  CHECK(clean("=\"a\"\"b\"") == "a\"b");
  CHECK(clean("=\"\"").empty());
  CHECK(clean(" ").empty());
  CHECK(clean("") == "");
}

TEST_CASE("a formula that only resembles =\"00123\" stays as it is", "[clean]") {
  for (const std::string_view formula :
       {"=\"", "=\"a\"&\"b\"", "=\"a\"\"", "=\"a", "=A1", "=\"\"\"", "\"a\"", "= \"a\""})
    CHECK(clean(formula) == formula);
}

TEST_CASE("cleaning composes accents", "[clean]") {
  CHECK(clean("Sa\u0303o Joa\u0303o") == "São João");
  CHECK(clean("\u1100\u1161\u11A8") == "각");
  CHECK(clean("\u212B") == "Å");
  CHECK(clean("\u00E3\u0301") == nfc("a\u0303\u0301"));
}

TEST_CASE("a cell that holds neither a guard nor a wrapper is clean after one cleaning", "[clean]") {
  CHECK_PROPERTY("any text", [] {
    const std::string cell = clean(*any_text());
    RC_PRE(unguard(cell) == cell);
    RC_PRE(!cell.starts_with("=\""));
    RC_ASSERT(clean(cell) == cell);
  });
}

TEST_CASE("cleaning leaves normalised text without white space at its ends", "[clean]") {
  CHECK_PROPERTY("any text", [] {
    const std::string cell = clean(*any_text());
    RC_ASSERT(nfc(cell) == cell);
    RC_ASSERT(trim(cell) == cell);
  });
}

TEST_CASE("a cleaned text that is written with its guard is read as it was", "[clean]") {
  CHECK_PROPERTY("any text", [] {
    const std::string cell = clean(*any_text());
    RC_PRE(!cell.starts_with("=\""));
    RC_ASSERT(clean(guard(cell)) == cell);
  });
}

TEST_CASE("normalisation composes once and for all", "[text]") {
  CHECK(nfc("e\u0301") == "\u00E9");
  CHECK(nfc("plain ASCII") == "plain ASCII");
  CHECK(nfc("").empty());
  CHECK_PROPERTY("any text", [] {
    const std::string text = *any_text();
    const std::string once = nfc(text);
    RC_ASSERT(nfc(once) == once);
    RC_ASSERT(nfc("\u1E69" + text) == nfc("s\u0323\u0307" + text));
  });
}

TEST_CASE("lengths are counted in code points", "[text]") {
  CHECK(code_points("") == 0);
  CHECK(code_points("São") == 3);
  CHECK(code_points("😀e\u0301") == 3);
  CHECK_PROPERTY("any text", [] {
    const auto text = *code_point_list();
    RC_ASSERT(code_points(utf8(text)) == text.size());
  });
}

TEST_CASE("names are compared with white space folded", "[text]") {
  CHECK(fold_white_space("  Padaria \u00A0\t Sa\u0303o\u3000João ") == "Padaria São João");
  CHECK(fold_white_space(" \n ").empty());
  CHECK(fold_white_space("AbC") == "AbC");
  CHECK(fold_white_space("Loja") != fold_white_space("Lo ja"));
}

TEST_CASE("near misses of a header are found whatever their case, accents, spacing, _, - and .", "[text]") {
  const std::string expected = fold_for_near_miss("numero do cliente");
  for (const std::string_view header : {"Número  do_CLIENTE", "NUMERO-DO-CLIENTE", "Nu\u0301mero\u00A0do cliente.",
                                        "numerodocliente", "\u200BNúmero do Cliente\uFEFF", "Ｎúmero do cliente"})
    CHECK(fold_for_near_miss(header) == expected);
  CHECK(fold_for_near_miss("numero do clientes") != expected);
  CHECK(fold_for_near_miss("") == "");
}

TEST_CASE("hidden characters are found with their position, counted in code points", "[text]") {
  CHECK_FALSE(find_hidden("São João 10 €, 각 😀 \u00A0\u3000"));
  for (const char32_t hidden :
       {U'\x01',   U'\t',     U'\n',     U'\x7F',   U'\u0085',     U'\u00AD',     U'\u034F',
        U'\u0600', U'\u061C', U'\u115F', U'\u180B', U'\u200B',     U'\u200E',     U'\u2028',
        U'\u2029', U'\u202E', U'\u2060', U'\u2066', U'\u3164',     U'\uFE0F',     U'\uFEFF',
        U'\uFFA0', U'\uFFF9', U'\uFDD0', U'\uFFFE', U'\U0001FFFF', U'\U000E0001', U'\U000E0100'}) {
    const auto found = find_hidden(utf8({U'é', U'😀', hidden, U'\x02'}));
    CAPTURE(static_cast<std::uint32_t>(hidden));
    REQUIRE(found);
    CHECK(found->code_point == hidden);
    CHECK(found->position == 3);
  }
}

TEST_CASE("control characters and line breaks are found, other invisible ones are not", "[text]") {
  CHECK_FALSE(find_control("São\u200B \u202E\u00AD"));
  for (const char32_t control : {U'\x01', U'\t', U'\r', U'\x1F', U'\x7F', U'\u0080', U'\u009F', U'\u2028', U'\u2029'}) {
    const auto found = find_control(utf8({U'é', control}));
    REQUIRE(found);
    CHECK(found->code_point == control);
    CHECK(found->position == 2);
  }
}

TEST_CASE("a cell that a spreadsheet would run gets one apostrophe", "[guard]") {
  for (const std::string_view cell : {"=1", "+1", "-1", "@a", "\ta", "\ra", "'=1", "''+", "="}) {
    CHECK(needs_guard(cell));
    CHECK(guard(cell) == "'" + std::string(cell));
  }
  for (const std::string_view cell : {"", "1", "'", "''", "'1", "a=1", " =1", "\n", "'a="}) {
    CHECK_FALSE(needs_guard(cell));
    CHECK(guard(cell) == cell);
    CHECK(unguard(cell) == cell);
  }
}

TEST_CASE("a guard comes off as it was put on", "[guard]") {
  CHECK_PROPERTY("any bytes", [] {
    const std::string apostrophes(*rc::gen::inRange<std::size_t>(0, 3), '\'');
    const std::string cell = apostrophes + *rc::gen::oneOf(any_text(), any_bytes());
    const std::string guarded = guard(cell);
    RC_ASSERT(unguard(guarded) == cell);
    RC_ASSERT(needs_guard(guarded) == needs_guard(cell));
    const bool runs = guarded.find_first_of("=+-@\t\r") == 0;
    RC_ASSERT(!runs);
  });
}

TEST_CASE("escaped bytes are one line of harmless text", "[escape]") {
  CHECK(escape("São João.csv") == "São João.csv");
  CHECK(escape("a\\b") == "a\\\\b");
  CHECK(escape("a\nb\x1B[31m\x7F") == "a\\x0ab\\x1b[31m\\x7f");
  CHECK(escape("a\0b"s) == "a\\x00b");
  CHECK(escape("S\xE3o") == "S\\xe3o");
  CHECK(escape("\u0085\u2028\u202E\u200B") == "\\xc2\\x85\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xe2\\x80\\x8b");
}

TEST_CASE("any bytes come back from their escaped form, which holds nothing hidden", "[escape]") {
  CHECK_PROPERTY("any bytes", [] {
    const std::string bytes = *rc::gen::oneOf(any_bytes(), any_text());
    const std::string escaped = escape(bytes);
    RC_ASSERT(unescape(escaped) == bytes);
    RC_ASSERT(!find_hidden(escaped));
    RC_ASSERT(decode(escaped, FallbackEncoding::reject).has_value());
  });
}

TEST_CASE("what escape never writes is unescaped as it stands", "[escape]") {
  CHECK(unescape("\\") == "\\");
  CHECK(unescape("\\x") == "\\x");
  CHECK(unescape("\\xg0 \\x0g \\n \\x4") == "\\xg0 \\x0g \\n \\x4");
  CHECK(unescape("\\x4A\\x4b") == "JK");
}

TEST_CASE("bytes are shown as two lower-case hexadecimal digits each", "[hex]") {
  constexpr std::array<unsigned char, 4> bytes{0x00, 0x09, 0xAB, 0xFF};
  CHECK(hex(std::as_bytes(std::span(bytes))) == "0009abff");
  CHECK(hex({}).empty());
}

TEST_CASE("a code point's name has at least four digits", "[text]") {
  CHECK(code_point_name(U'\t') == "U+0009");
  CHECK(code_point_name(U'\u200B') == "U+200B");
  CHECK(code_point_name(U'\U000E0061') == "U+E0061");
  CHECK(code_point_name(U'\U0010FFFF') == "U+10FFFF");
}

TEST_CASE("the edit distance counts bytes added, dropped and replaced", "[text]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("companyid", "companyid") == 0);
  CHECK(edit_distance("companyid", "compnyid") == 1);
  CHECK(edit_distance("compnyid", "companyid") == 1);
  CHECK(edit_distance("companyid", "company1d") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK_PROPERTY("any bytes: symmetric, and no larger than the longer text", [] {
    const std::string a = *any_bytes(), b = *any_bytes();
    RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
    RC_ASSERT(edit_distance(a, b) <= std::max(a.size(), b.size()));
    RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
  });
}

TEST_CASE("a time is shown in UTC, to the second or to the millisecond", "[text]") {
  using namespace std::chrono;
  const system_clock::time_point time = sys_days(2026y / November / 23) + 10h + 15min;
  CHECK(utc_timestamp(time) == "2026-11-23T10:15:00Z");
  CHECK(utc_timestamp(time + 123ms, Precision::milliseconds) == "2026-11-23T10:15:00.123Z");
  CHECK(utc_timestamp(time, Precision::milliseconds) == "2026-11-23T10:15:00.000Z");
  CHECK(utc_timestamp(time + 59s + 999'999us) == "2026-11-23T10:15:59Z");
  CHECK(utc_timestamp(time + 59s + 999'999us, Precision::milliseconds) == "2026-11-23T10:15:59.999Z");
  CHECK(utc_timestamp(system_clock::time_point{}) == "1970-01-01T00:00:00Z");
  CHECK(utc_timestamp(system_clock::time_point{} - 1ms, Precision::milliseconds) == "1969-12-31T23:59:59.999Z");
}
