#include "importer/sheet/correction.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/texts.hpp"
#include "tests/support/thousands.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using namespace std::string_literals;

namespace {

const std::string mark(utf8_mark);
const std::string heading = "Company ID,Display name,Client number\n";

std::string corrected(const std::string& bytes, const std::vector<CellCorrection>& corrections) {
  return correct_cells(bytes, corrections, {});
}

using DecodedCells = std::vector<std::array<std::string, 3>>;

DecodedCells cells_of(const Sheet& sheet) {
  DecodedCells cells;
  for (const Row& row : sheet.rows) {
    const auto& [id, name, number] = row.decoded();
    cells.push_back({std::string(id), std::string(name), std::string(number)});
  }
  return cells;
}

/// A cell as people and other programs may have it, without NUL and byte order marks.
std::string random_cell() {
  return *rc::gen::element("1"s, "00123"s, "São José"s, "a,b"s, "a;b"s, "say \"hi\""s, "two\nlines"s, "two\r\nlines"s,
                           " space "s, "'=1"s, "=\"007\""s, "\""s, "\"\""s, ""s, "x\ty"s, "a|b"s);
}

struct RandomFile {
  std::string bytes;
  std::size_t rows = 0;
};

/// In any dialect, with the columns in any order behind the company ID, further columns, blank records and short ones.
RandomFile random_file() {
  const Dialect dialect{.delimiter = *rc::gen::element(',', ';', '\t', '|'),
                        .line_end = *rc::gen::element(LineEnd::crlf, LineEnd::lf, LineEnd::cr),
                        .sep_line = false};
  const bool wide = *rc::gen::arbitrary<bool>();
  std::vector<std::string> columns{"Display name", "Client number"};
  if (wide) columns.emplace_back("Note");
  std::ranges::rotate(columns, columns.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(columns)));
  if (*rc::gen::arbitrary<bool>()) std::ranges::reverse(columns);
  columns.insert(columns.begin(), "Company ID");
  std::string text;
  if (*rc::gen::inRange(0, 4) == 0) text += "sep="s + dialect.delimiter + "\n";
  write_record(text, columns, dialect);
  RandomFile file{.bytes = {}, .rows = *rc::gen::inRange<std::size_t>(1, 5)};
  for (std::size_t i = 0; i < file.rows; ++i) {
    std::vector<std::string> cells{"id" + std::to_string(i)};
    const std::size_t width = *rc::gen::inRange(0, 6) == 0 ? 2 : columns.size();
    while (cells.size() < width) cells.push_back(random_cell());
    write_record(text, cells, dialect);
    if (*rc::gen::inRange(0, 4) == 0) write_record(text, std::vector<std::string>(columns.size()), dialect);
  }
  const bool marked = *rc::gen::arbitrary<bool>();
  file.bytes = marked ? std::string(utf8_mark) + text : text;
  return file;
}

}  // namespace

TEST_CASE("A corrected cell is the only thing that changes in a file") {
  CHECK(corrected(heading + "1,Ana,7\n2,Bia,8\n", {{3, Column::client_number, "9"}}) ==
        mark + heading + "1,Ana,7\n2,Bia,9\n");
  CHECK(corrected("sep=;\r\nNote;Client number;Display name;Company ID\r\n\"x;y\";\"7\";Ana;1\r\n\r\nz;8;Bia;2",
                  {{2, Column::client_number, "0;7"}, {4, Column::company_id, "say \"2\""}}) ==
        mark +
            "sep=;\r\nNote;Client number;Display name;Company ID\r\n\"x;y\";\"0;7\";Ana;1\r\n\r\nz;8;Bia;\"say "
            "\"\"2\"\"\"");
  CHECK(corrected(mark + heading + "1,\"\",7\n", {{2, Column::display_name, "A\nB"}}) ==
        mark + heading + "1,\"A\nB\",7\n");
}

TEST_CASE("A corrected file is UTF-8, whatever it was") {
  CHECK(corrected(heading + "1,Jos\xE9,7\n", {{2, Column::client_number, "8"}}) == mark + heading + "1,José,8\n");
  std::string wide = "\xFF\xFE"s;
  for (const char c : heading + "1,A,7\n") wide += {c, '\0'};
  CHECK(corrected(wide, {{2, Column::client_number, "8"}}) == mark + heading + "1,A,8\n");
}

TEST_CASE("A record that is too short gets the cells that it lacks") {
  CHECK(corrected(heading + "1\n", {{2, Column::client_number, "7"}}) == mark + heading + "1,,7\n");
  CHECK(corrected(heading + "1\n", {{2, Column::client_number, "7"}, {2, Column::display_name, "Ana"}}) ==
        mark + heading + "1,Ana,7\n");
}

TEST_CASE("The last of several corrections of a cell counts, and those of other records are passed over") {
  CHECK(corrected(heading + "1,Ana,7\n\n", {{2, Column::client_number, "8"},
                                            {2, Column::client_number, "9"},
                                            {1, Column::company_id, "x"},
                                            {3, Column::company_id, "x"},
                                            {99, Column::company_id, "x"}}) == mark + heading + "1,Ana,9\n\n");
}

TEST_CASE("A file whose rows cannot be told is returned as it is") {
  for (const std::string& bytes : {"no header\n"s, heading + "1,\"Ana,7\n", heading + "1,\x81,7\n", ""s,
                                   "Company ID,Company ID,Display name,Client number\n1,2,Ana,7\n"s}) {
    CHECK(corrected(bytes, {{2, Column::client_number, "8"}}) == bytes);
    CHECK(data_records(bytes, {}).empty());
  }
}

TEST_CASE("The records of rows are counted as a spreadsheet shows them, in reports too") {
  CHECK(data_records("sep=;\nCompany ID;Display name;Client number\n1;Ana;7\n;;\n2;\"two\nlines\";8\n", {}) ==
        std::vector<std::size_t>{2, 4});
  CHECK(data_records("Company ID,Display name,Client number,Row,Error code,Error,Ref\n1,Ana,7,40,x,y,\n", {}) ==
        std::vector<std::size_t>{2});
}

TEST_CASE("Without corrections a file reads the same, and with them exactly those cells differ") {
  CHECK(holds_thousands_of_times("corrections", [] {
    const RandomFile file = random_file();
    const Sheet before = read_sheet(file.bytes, {});
    RC_PRE(!before.rejected());
    const std::vector<std::size_t> records = data_records(file.bytes, {});
    RC_ASSERT(records.size() == before.rows.size());
    const std::string same = corrected(file.bytes, {});
    RC_ASSERT(cells_of(read_sheet(same, {})) == cells_of(before));
    RC_ASSERT(read_sheet(same, {}).dialect == before.dialect);

    DecodedCells expected = cells_of(before);
    std::vector<CellCorrection> corrections;
    const int count = *rc::gen::inRange(1, 5);
    for (int i = 0; i < count; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, records.size());
      // The company ID stays, so that no record becomes blank.
      const Column column = *rc::gen::element(Column::display_name, Column::client_number);
      corrections.push_back({records[at], column, random_cell()});
      if (before.rows[at].shape == nullptr) expected[at][index_of(column)] = corrections.back().text;
    }
    const std::string bytes = corrected(file.bytes, corrections);
    const Sheet after = read_sheet(bytes, {});
    RC_ASSERT(!after.rejected());
    RC_ASSERT(data_records(bytes, {}) == records);
    RC_ASSERT(after.rows.size() == before.rows.size());
    for (std::size_t i = 0; i < after.rows.size(); ++i) {
      if (before.rows[i].shape == nullptr) RC_ASSERT(cells_of(after)[i] == expected[i]);
      RC_ASSERT(after.rows[i].row == before.rows[i].row);
    }
  }));
}
