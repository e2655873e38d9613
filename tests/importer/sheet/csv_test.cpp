#include "importer/sheet/csv.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

using Cells = std::vector<std::string>;

struct Outcome {
  std::vector<Cells> records;
  std::vector<std::size_t> rows;
  std::vector<std::string> raw;
  std::optional<CsvError> error;
  std::optional<LineEnd> line_end;
};

Outcome read(std::string_view text, char delimiter = ',') {
  CsvReader reader(text, delimiter);
  Outcome outcome;
  while (const auto record = reader.next()) {
    Cells cells;
    for (const Field& field : record->fields) cells.push_back(field.text());
    outcome.records.push_back(std::move(cells));
    outcome.rows.push_back(record->row);
    outcome.raw.emplace_back(record->raw);
  }
  CHECK_FALSE(reader.next());
  outcome.error = reader.error();
  outcome.line_end = reader.line_end();
  return outcome;
}

std::vector<Cells> records(std::string_view text, char delimiter = ',') {
  const Outcome outcome = read(text, delimiter);
  CHECK_FALSE(outcome.error);
  return outcome.records;
}

std::string written(const std::vector<Cells>& records, const Dialect& dialect) {
  std::string text;
  for (const Cells& cells : records) write_record(text, cells, dialect);
  return text;
}

void check_error(std::string_view text, CsvError::Why why, std::size_t row, std::size_t good) {
  CAPTURE(text);
  const Outcome outcome = read(text);
  REQUIRE(outcome.error);
  CHECK(outcome.error->why == why);
  CHECK(outcome.error->row == row);
  CHECK(outcome.records.size() == good);
}

/// Cells, most of which hold something that has to be quoted, at every distance from both ends.
rc::Gen<std::string> cell() {
  const auto piece = rc::gen::elementOf(std::vector<std::string>{
      "\"", ",", ";", "\t", "|", "\r", "\n", "\r\n", " ", "=", "'", "a", "00123", "é", "😀", "\uFEFF", "twelve bytes"});
  const auto pieces = rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const Cells& parts) {
    std::string joined;
    for (const std::string& part : parts) joined += part;
    return joined;
  });
  return rc::gen::weightedOneOf<std::string>(
      {{4, pieces}, {2, rc::gen::arbitrary<std::string>()}, {1, rc::gen::just(std::string())}});
}

rc::Gen<std::vector<Cells>> any_records() {
  return rc::gen::container<std::vector<Cells>>(rc::gen::nonEmpty(rc::gen::container<Cells>(cell())));
}

constexpr std::array delimiters{',', ';', '\t', '|'};
constexpr std::array line_ends{LineEnd::crlf, LineEnd::lf, LineEnd::cr};

}  // namespace

TEST_CASE("records end in CRLF, LF or CR, also mixed", "[csv]") {
  CHECK(records("a,b\r\nc,d\ne,f\rg,h") == std::vector<Cells>{{"a", "b"}, {"c", "d"}, {"e", "f"}, {"g", "h"}});
  CHECK(records("a\r\r\nb") == std::vector<Cells>{{"a"}, {""}, {"b"}});
  CHECK(records("a\n\rb") == std::vector<Cells>{{"a"}, {""}, {"b"}});
}

TEST_CASE("a line end at the end of the text starts no record", "[csv]") {
  CHECK(records("").empty());
  for (const std::string_view text : {"a", "a\n", "a\r", "a\r\n"}) CHECK(records(text) == std::vector<Cells>{{"a"}});
  CHECK(records("\n") == std::vector<Cells>{{""}});
  CHECK(records("a\n\n") == std::vector<Cells>{{"a"}, {""}});
}

TEST_CASE("every delimiter makes a further field, also at the ends", "[csv]") {
  CHECK(records(",") == std::vector<Cells>{{"", ""}});
  CHECK(records("a,,b,\n,") == std::vector<Cells>{{"a", "", "b", ""}, {"", ""}});
  for (const char delimiter : delimiters)
    CHECK(records(std::string("a") + delimiter + "b", delimiter) == std::vector<Cells>{{"a", "b"}});
  CHECK(records("a,b;c|d\te", ';') == std::vector<Cells>{{"a,b", "c|d\te"}});
}

TEST_CASE("delimiters, line ends and doubled quotes in quotes are text", "[csv]") {
  CHECK(records("\"a,b\",\"c\r\nd\",\"e\rf\ng\"") == std::vector<Cells>{{"a,b", "c\r\nd", "e\rf\ng"}});
  CHECK(records("\"say \"\"hi\"\"\",\"\"\"\",\"\"") == std::vector<Cells>{{"say \"hi\"", "\"", ""}});
  CHECK(records("\"\"\"\"\"\"\n") == std::vector<Cells>{{"\"\""}});
}

TEST_CASE("a quote inside an unquoted field is a plain character", "[csv]") {
  CHECK(records("a\"b,c\"\"d,e\"") == std::vector<Cells>{{"a\"b", "c\"\"d", "e\""}});
  CHECK(records("=\"00123\", \"x\"") == std::vector<Cells>{{"=\"00123\"", " \"x\""}});
  CHECK(records("5\" pipe\nnext") == std::vector<Cells>{{"5\" pipe"}, {"next"}});
}

TEST_CASE("a field tells how it stood in the text", "[csv]") {
  const std::string_view text = "a\"\"b,\"c\",\"d\"\"e\"";
  CsvReader reader(text, ',');
  const auto record = reader.next();
  REQUIRE(record);
  REQUIRE(record->fields.size() == 3);
  CHECK_FALSE(record->fields[0].doubled);
  CHECK(record->fields[0].raw == "a\"\"b");
  CHECK_FALSE(record->fields[1].doubled);
  CHECK(record->fields[2].doubled);
  CHECK(record->fields[2].raw == "d\"\"e");
  CHECK(record->fields[2].raw.data() - text.data() == 10);
}

TEST_CASE("rows are counted as a spreadsheet counts them", "[csv]") {
  const Outcome outcome = read("a\n\n\"b\nc\r\nd\",x\r\n ,\ne");
  CHECK(outcome.rows == std::vector<std::size_t>{1, 2, 3, 4, 5});
  CHECK(outcome.raw == Cells{"a", "", "\"b\nc\r\nd\",x", " ,", "e"});
}

TEST_CASE("an unterminated quote is malformed with the row where it started", "[csv]") {
  check_error("\"", CsvError::Why::unterminated_quote, 1, 0);
  check_error("a\n\nb,\"c\nd\ne", CsvError::Why::unterminated_quote, 3, 2);
  check_error("a\n\"b\"\"", CsvError::Why::unterminated_quote, 2, 1);
  check_error("\"a\nb\"\nc,\"", CsvError::Why::unterminated_quote, 2, 1);
}

TEST_CASE("an error has what stands in the quotes", "[csv]") {
  CHECK(read("a\n1,\"b,2\n3,c,4").error->raw == "b,2\n3,c,4");
  CHECK(read("a\n1,\"b,2\n3,\"c\",4").error->raw == "b,2\n3,");
  CHECK(read("a,\"b\"\"c\" d").error->raw == "b\"\"c");
}

TEST_CASE("text after a closing quote is malformed with the row where the record starts", "[csv]") {
  check_error("\"a\"b", CsvError::Why::text_after_quote, 1, 0);
  check_error("a\n\"b\" ,c\nd", CsvError::Why::text_after_quote, 2, 1);
  check_error("x\n\"a\nb\",\"c\nd\"e\nf", CsvError::Why::text_after_quote, 2, 1);
  check_error("\"a\"\"b\"c\"", CsvError::Why::text_after_quote, 1, 0);
}

TEST_CASE("the line end is that of the first record", "[csv]") {
  CHECK(read("a\r\nb\n").line_end == LineEnd::crlf);
  CHECK(read("a\nb\r\n").line_end == LineEnd::lf);
  CHECK(read("a\rb\n").line_end == LineEnd::cr);
  CHECK(read("\"a\r\nb\"\nc").line_end == LineEnd::lf);
  CHECK(read("a").line_end == std::nullopt);
  CHECK(read("").line_end == std::nullopt);
}

TEST_CASE("a field ends at the right place wherever it stands", "[csv]") {
  for (std::size_t before = 0; before < 20; ++before) {
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string first(before, 'x');
      const std::string second(after, '\xFF');
      CAPTURE(before, after);
      CHECK(records(first + "," + second + "\n" + first + "\r" + second + "z") ==
            std::vector<Cells>{{first, second}, {first}, {second + "z"}});
    }
  }
}

TEST_CASE("cells are quoted if they would be misread, and only then", "[csv]") {
  const Dialect semicolon{.delimiter = ';', .line_end = LineEnd::lf};
  CHECK(written({{"a", "b,c", "d;e", "f\"g", "h\ni", "j\rk", " l ", "", "'=1"}}, semicolon) ==
        "a;b,c;\"d;e\";\"f\"\"g\";\"h\ni\";\"j\rk\"; l ;;'=1\n");
  CHECK(written({{""}, {"", ""}}, Dialect{}) == "\"\"\r\n,\r\n");
  CHECK(written({{"a"}}, Dialect{.line_end = LineEnd::cr}) == "a\r");
}

TEST_CASE("what is written is read as it was, in every dialect", "[csv]") {
  CHECK_PROPERTY("any records", [] {
    const auto input = *any_records();
    for (const char delimiter : delimiters) {
      for (const LineEnd line_end : line_ends) {
        const std::string text = written(input, Dialect{.delimiter = delimiter, .line_end = line_end});
        const Outcome outcome = read(text, delimiter);
        RC_ASSERT(!outcome.error);
        RC_ASSERT(outcome.records == input);
        RC_ASSERT(input.empty() || outcome.line_end == line_end);
      }
    }
  });
}

TEST_CASE("records, delimiters and line ends add up to the text", "[csv]") {
  CHECK_PROPERTY("any text", [] {
    const std::string text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab,\"\r\n")));
    CsvReader reader(text, ',');
    std::string_view rest = text;
    std::size_t row = 0;
    while (const auto record = reader.next()) {
      RC_ASSERT(record->row == ++row);
      RC_ASSERT(record->raw.data() == rest.data());
      rest.remove_prefix(record->raw.size());
      std::size_t length = record->fields.size() - 1;
      for (const Field& field : record->fields) {
        const bool quoted = field.raw.data() != record->raw.data() && field.raw.data()[-1] == '"';
        length += field.raw.size() + (quoted ? 2 : 0);
      }
      RC_ASSERT(length == record->raw.size());
      rest.remove_prefix(rest.starts_with("\r\n") ? 2 : std::min<std::size_t>(rest.size(), 1));
    }
    RC_ASSERT(reader.error().has_value() || rest.empty());
    if (reader.error()) RC_ASSERT(reader.error()->row == row + 1);
  });
}
