#include "daemon/terminal/table.hpp"

#include <algorithm>
#include <sstream>

#include "daemon/terminal/text_width.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

const std::vector<TableColumn> columns{
    {.heading = "Company ID", .key = true}, {.heading = "Client number", .key = true}, {"Status"}, {"Display name"}};

const std::vector<TableRow> clients{
    {"9130351530529746", "00123", "active", "Padaria São João e Filhos, Comércio de Alimentos Limitada"},
    {"9130351530529747", "B-2", "inactive", "日本語の会社名をここに書く株式会社、東京都千代田区丸の内一丁目"},
    {"7", "-", "active", "Jose\xCC\x81 Ltda"}};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string whole(const std::vector<TableColumn>& of, const std::vector<TableRow>& rows,
                  std::optional<Terminal> terminal) {
  Table table(of, terminal);
  std::string text;
  for (const TableRow& row : rows) text += table.add(row);
  return text + table.finish();
}

std::vector<std::string> shown(std::optional<std::size_t> width) {
  return lines_of(whole(columns, clients, width ? std::optional(Terminal{.width = *width}) : std::nullopt));
}

}  // namespace

TEST_CASE("combining marks take no column, and CJK characters take two") {
  CHECK(display_width("Jose\xCC\x81") == 4);
  CHECK(display_width("José") == 4);
  CHECK(display_width("日本語") == 6);
  CHECK(display_width("") == 0);
}

TEST_CASE("a text that does not fit ends in an ellipsis") {
  CHECK(cut_to_width("Padaria", 7) == "Padaria");
  CHECK(cut_to_width("Padaria", 6) == "Padar…");
  CHECK(cut_to_width("日本語", 5) == "日本…");
  CHECK(cut_to_width("日本語", 4) == "日…");
  CHECK(cut_to_width("Jose\xCC\x81 Ltda", 5) == "Jose\xCC\x81…");
  CHECK(cut_to_width("abc", 1) == "…");
  CHECK(cut_to_width("abc", 0).empty());
}

TEST_CASE("a wide terminal shows everything") {
  CHECK(shown(160) == shown(std::nullopt));
  CHECK(shown(160) ==
        std::vector<std::string>{
            "Company ID        Client number  Status    Display name",
            "9130351530529746  00123          active    Padaria São João e Filhos, Comércio de Alimentos Limitada",
            "9130351530529747  B-2            inactive  日本語の会社名をここに書く株式会社、東京都千代田区丸の内一丁目",
            "7                 -              active    Jose\xCC\x81 Ltda"});
}

TEST_CASE("at 80 columns long names are cut") {
  CHECK(shown(80) ==
        std::vector<std::string>{"Company ID        Client number  Status    Display name",
                                 "9130351530529746  00123          active    Padaria São João e Filhos, Comércio …",
                                 "9130351530529747  B-2            inactive  日本語の会社名をここに書く株式会社、…",
                                 "7                 -              active    Jose\xCC\x81 Ltda"});
}

TEST_CASE("at 40 columns what people copy is still whole") {
  CHECK(shown(40) == std::vector<std::string>{"Company ID        Clie…  Status  Displa…",
                                              "9130351530529746  00123  active  Padari…",
                                              "9130351530529747  B-2    inact…  日本語…",
                                              "7                 -      active  Jose\xCC\x81 L…"});
}

TEST_CASE("no line is wider than the terminal, however narrow that is") {
  for (std::size_t width = 1; width <= 160; ++width) {
    for (const std::string& line : shown(width)) CHECK(display_width(line) <= width);
  }
}

TEST_CASE("a terminal with fewer than 60 columns gets dates without times and only the columns that matter there") {
  const std::vector<TableColumn> history{
      {.heading = "When", .key = true, .narrow = 10}, {.heading = "Who", .narrow = 0}, {.heading = "After"}};
  const std::vector<TableRow> changes{{"2026-11-23T10:15:00Z", "maria", "00123"}};
  CHECK(whole(history, changes, Terminal{.width = 59}) == "When        After\n2026-11-23  00123\n");
  CHECK(whole(history, changes, Terminal{.width = 60}) == whole(history, changes, std::nullopt));
}

TEST_CASE("what does not go to a terminal is not cut") {
  const std::string name(500, 'x');
  CHECK(lines_of(whole({{"Name"}}, {{name}}, std::nullopt)).back() == name);
}

TEST_CASE("numbers are aligned at their right") {
  CHECK(whole({{.heading = "Rows", .right = true}, {"File"}}, {{"7", "a.csv"}, {"1000", "b.csv"}, {"12345", "c.csv"}},
              std::nullopt) == " Rows  File\n    7  a.csv\n 1000  b.csv\n12345  c.csv\n");
}

TEST_CASE("a cell cannot control the terminal") {
  const std::string text = whole({{"Name"}}, {{"\x1b[31mred\n"}}, Terminal{});
  CHECK(text == "Name\n\\x1b[31mred\\x0a\n");
}

TEST_CASE("the headings are bold where there are colours") {
  const auto heading = [](std::optional<Terminal> terminal) {
    return lines_of(whole({{"Name"}}, {{"Alpha"}}, terminal)).front();
  };
  CHECK(heading(Terminal{.colour = true}) == "\x1b[1mName\x1b[0m");
  CHECK(heading(Terminal{.colour = false}) == "Name");
  CHECK(heading(std::nullopt) == "Name");
}

TEST_CASE("a table without rows is its headings") {
  CHECK(whole({{"ID"}, {"Name"}}, {}, Terminal{}) == "ID  Name\n");
}

TEST_CASE("the first thousand rows decide how wide the columns are") {
  Table table({{"ID"}, {"Name"}}, Terminal{});
  std::string first;
  for (int i = 1; i < 1000; ++i) first += table.add({"100", "x"});
  CHECK(first.empty());
  first = table.add({"1000", "x"});
  CHECK(lines_of(first).size() == 1001);
  CHECK(lines_of(first).front() == "ID    Name");
  CHECK(table.add({"10000", "x"}) == "100…  x\n");
  CHECK(table.finish().empty());
}
