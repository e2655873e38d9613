#include "importer/sheet/split.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "importer/sheet/encoding.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/texts.hpp"

namespace clientsync {
namespace {

SheetRules limits_of(std::size_t rows, std::size_t bytes = 100'000) {
  SheetRules rules;
  rules.max_rows = rows;
  rules.max_bytes = bytes;
  return rules;
}

std::vector<std::string> files_of(const SheetParts& split) {
  std::vector<std::string> files;
  for (const SheetPart& part : split.parts) files.push_back(std::string(split.head).append(part.records));
  return files;
}

std::vector<std::string> split(std::string_view bytes, const SheetRules& limits) {
  const auto result = split_sheet(bytes, limits);
  REQUIRE(result.has_value());
  return files_of(*result);
}

const std::string header(testing::english_header);

/// The text in UTF-16, big-endian or little-endian, with its mark.
std::string utf16(std::u16string_view text, bool big) {
  std::string bytes(big ? utf16be_mark : utf16le_mark);
  constexpr unsigned bits = 8;
  for (const char16_t unit : text) {
    const char high = static_cast<char>(unit >> bits), low = static_cast<char>(unit);
    bytes += big ? high : low;
    bytes += big ? low : high;
  }
  return bytes;
}

std::string random_cell() {
  return *rc::gen::weightedOneOf<std::string>(
      {{3, rc::gen::elementOf(
               std::vector<std::string>{"", "1", "00123", "São João", "a,b;c", "\xF0\x9F\x98\x80", "\"", "x\r\ny"})},
       {1, any_text()}});
}

std::string random_file(Dialect& dialect) {
  dialect = {.delimiter = *rc::gen::element(',', ';', '\t'),
             .line_end = *rc::gen::element(LineEnd::crlf, LineEnd::lf, LineEnd::cr)};
  std::string file = *rc::gen::element<std::string>("", "\xEF\xBB\xBF", std::string("sep=") + dialect.delimiter + "\n");
  write_record(file, std::vector<std::string>{"Company ID", "Display name", "Client number"}, dialect);
  for (int rows = *rc::gen::inRange(0, 40); rows > 0; --rows)
    write_record(file, std::vector<std::string>{random_cell(), random_cell(), random_cell()}, dialect);
  return file;
}

std::vector<std::array<std::string, 3>> cells_of(const Sheet& sheet) {
  std::vector<std::array<std::string, 3>> cells;
  for (const Row& row : sheet.rows) {
    const auto& decoded = row.decoded();
    cells.push_back({std::string(decoded[0]), std::string(decoded[1]), std::string(decoded[2])});
  }
  return cells;
}

TEST_CASE("each part begins with the header and has at most the rows that are allowed") {
  CHECK(split(header + "1,a,b\n2,c,d\n3,e,f\n", limits_of(2)) ==
        std::vector<std::string>{header + "1,a,b\n2,c,d\n", header + "3,e,f\n"});
}

TEST_CASE("a file within the limits is one part, which is the file") {
  const std::string file = header + "1,a,b\n2,c,d";
  CHECK(split(file, limits_of(2)) == std::vector<std::string>{file});
  CHECK(split(header, limits_of(2)).empty());
}

TEST_CASE("each part has at most the bytes that are allowed") {
  const std::size_t two_records = header.size() + 12;
  CHECK(split(header + "1,a,b\n2,c,d\n3,e,f\n", limits_of(100, two_records)) ==
        std::vector<std::string>{header + "1,a,b\n2,c,d\n", header + "3,e,f\n"});
  CHECK(split(header + "1,a,b\n2,c,d\n3,e,f\n", limits_of(100, two_records - 1)).size() == 3);
}

TEST_CASE("mark, sep line, titles, quotes and line ends stay as they are") {
  const std::string head = "\xEF\xBB\xBFsep=;\r\nClients of 2026;;\n\"Company ID\";Display name;Client number;Note\r";
  CHECK(
      split(head + "1;\"a \"\"x\"\"\ny\";=\"001\";\r\n2; b ;'-1;n\r3;c;d\n", limits_of(1)) ==
      std::vector<std::string>{head + "1;\"a \"\"x\"\"\ny\";=\"001\";\r\n", head + "2; b ;'-1;n\r", head + "3;c;d\n"});
}

TEST_CASE("blank records do not count") {
  CHECK(split(header + "1,a,b\n,,\n\n2,c,d\n3,e,f\n", limits_of(2)).front() == header + "1,a,b\n,,\n\n2,c,d\n");
}

TEST_CASE("UTF-16 is cut between its units") {
  for (const bool big : {false, true}) {
    const std::u16string head = u"Company ID\tDisplay name\tClient number\r\n";
    CHECK(split(utf16(head + u"1\tSão 😀\tb\r\n2\t日本\td\r\n", big), limits_of(1)) ==
          std::vector<std::string>{utf16(head + u"1\tSão 😀\tb\r\n", big), utf16(head + u"2\t日本\td\r\n", big)});
  }
}

TEST_CASE("Windows-1252 is cut between its bytes") {
  CHECK(split(header + "1,S\xE3o \x80,b\n2,Jos\xE9,d\n", limits_of(1)) ==
        std::vector<std::string>{header + "1,S\xE3o \x80,b\n", header + "2,Jos\xE9,d\n"});
}

TEST_CASE("a file that would be rejected whatever its size is not split") {
  const auto problem_of = [](std::string_view bytes) {
    const auto result = split_sheet(bytes, limits_of(1));
    REQUIRE_FALSE(result.has_value());
    return testing::codes(result.error().problems);
  };
  CHECK(problem_of(header + "1,a,\"b\n2,c,d\n") == "csv_malformed");
  CHECK(problem_of("Company,Display name,Client number\n1,a,b\n") == "header_missing");
  CHECK(problem_of("") == "file_empty");
  CHECK(problem_of("%PDF-1.7\n") == "not_csv");
  CHECK(problem_of(header + std::string("1,a\0,b\n", 7)) == "encoding_unknown");
}

TEST_CASE("a record that is larger than a part may be is named") {
  const auto result = split_sheet(header + "1,a,b\n2," + std::string(100, 'x') + ",d\n", limits_of(10, 100));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().problems.empty());
  CHECK(result.error().too_large_row == 3);
}

TEST_CASE("the parts together have the records of the file, and each reads to its rows") {
  CHECK_PROPERTY("any cells in any dialect", [] {
    Dialect dialect;
    const std::string file = random_file(dialect);
    SheetRules limits = limits_of(*rc::gen::inRange<std::size_t>(1, 12), *rc::gen::inRange<std::size_t>(60, 400));
    const auto result = split_sheet(file, limits);
    if (!result) {
      RC_ASSERT(result.error().too_large_row > 0U);
      return;
    }
    std::string records;
    std::vector<std::array<std::string, 3>> cells;
    for (const SheetPart& part : result->parts) {
      records += part.records;
      const std::string bytes = std::string(result->head).append(part.records);
      const Sheet sheet = read_sheet(bytes, limits);
      RC_ASSERT(bytes.size() <= limits.max_bytes);
      RC_ASSERT_FALSE(sheet.rejected());
      RC_ASSERT(sheet.rows.size() == part.rows);
      RC_ASSERT(sheet.dialect.delimiter == dialect.delimiter);
      for (auto& row : cells_of(sheet)) cells.push_back(std::move(row));
    }
    RC_ASSERT(std::string(result->head).append(records) == file);
    RC_ASSERT(cells == cells_of(read_sheet(file, limits_of(1000, std::numeric_limits<std::size_t>::max()))));
  });
}

}  // namespace
}  // namespace clientsync
