#include "importer/report.hpp"

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::a_client;
using testing::Cells;
using testing::codes;
using testing::fates;
using testing::register_of;
using testing::sheet_of;
using testing::sheet_with_ref;

using Line = std::vector<std::string>;

constexpr std::string_view mark = "\xEF\xBB\xBF";

Register some_clients() {
  return register_of({a_client("9130351530529746").named("Ana Lima").numbered("00123"),
                      a_client("2").named("Bia").numbered("5"), a_client("3").named("Caio"),
                      a_client("4").named("Davi").numbered("8")});
}

std::string report_on(const Sheet& sheet, const Policy& policy = {}) {
  return render_report(sheet, plan_import(sheet, some_clients(), policy));
}

std::string report_on(std::string_view bytes) {
  return report_on(read_sheet(bytes, SheetRules{}));
}

/// The report's lines after its byte order mark, the header first.
std::vector<Line> lines_of(std::string_view report, char delimiter = ',') {
  REQUIRE(report.starts_with(mark));
  CsvReader reader(report.substr(mark.size()), delimiter);
  std::vector<Line> lines;
  while (const auto record = reader.next()) {
    Line& line = lines.emplace_back();
    for (const Field& field : record->fields) line.push_back(field.text());
  }
  CHECK_FALSE(reader.error().has_value());
  return lines;
}

Sheet dropped_again(const std::string& report) {
  return read_sheet(report, SheetRules{});
}

TEST_CASE("a clean file gives only the header line", "[report]") {
  CHECK(report_on("Company ID,Display name,Client number\n2,Bia,6\n") ==
        std::string(mark) + "Company ID,Display name,Client number,Row,Error code,Error,Ref\n");
  CHECK(lines_of(report_on("Company ID,Display name,Client number")).size() == 1);
}

TEST_CASE("the header names the columns as the input did and the report's own in its language", "[report]") {
  const std::vector<Line> lines =
      lines_of(report_on("Número do cliente;Display name;Notas;ID da empresa\n6;Bia;x;2\n"), ';');
  REQUIRE(lines.size() == 1);
  Line expected{"ID da empresa", "Display name", "Número do cliente"};
  for (const ReportColumn column : all_report_columns) expected.emplace_back(header(column, Language::pt_br));
  CHECK(lines[0] == expected);
  CHECK(header(ReportColumn::error, Language::pt_br) != header(ReportColumn::error, Language::en));
}

TEST_CASE("a column of the inbox's own keeps its name", "[report]") {
  SheetRules rules;
  rules.headers[index_of(Column::client_number)] = {"Matter"};
  CHECK(lines_of(report_on(read_sheet("Company ID,Display name,Matter\n", rules)))[0][2] == "Matter");
}

TEST_CASE("the report keeps the delimiter and the line ends of the input", "[report]") {
  const std::string delimiter = GENERATE(",", ";", "\t", "|");
  const std::string end = GENERATE("\r\n", "\n", "\r");
  const std::string header_line = "Company ID" + delimiter + "Display name" + delimiter + "Client number";
  const std::string report = report_on(header_line + end + "2" + delimiter + "Other" + delimiter + "6" + end);
  const auto added = delimiter + "Row" + delimiter + "Error code" + delimiter + "Error" + delimiter + "Ref" + end;
  CHECK(report.starts_with(std::string(mark) + header_line + added + "2" + delimiter + "Other" + delimiter + "6"));
  CHECK(report.ends_with(end));
  CHECK(lines_of(report, delimiter[0]).size() == 2);
  CHECK(dropped_again(report).dialect == read_sheet(header_line + end, SheetRules{}).dialect);
}

TEST_CASE("the report has the delimiter of the input though a cell reads as a header under another one", "[report]") {
  std::string input = "Company ID;Display name;Client number\n";
  for (int row = 0; row < 20; ++row) input += "2;Bia;6\n";
  input += "9;one,two,Company ID,Display name,Client number,six,seven;7\n";
  const Sheet sheet = read_sheet(input, SheetRules{});
  REQUIRE(sheet.dialect.delimiter == ';');
  const Sheet again = dropped_again(report_on(sheet));
  CHECK(again.dialect == sheet.dialect);
  CHECK(again.rows.size() == 1);
}

TEST_CASE("if the input has a sep= line, the report has it too", "[report]") {
  const std::string report = report_on("sep=;\r\nCompany ID;Display name;Client number\r\n2;Other;6\r\n");
  CHECK(report.starts_with(std::string(mark) + "sep=;\r\nCompany ID;Display name;Client number;Row;"));
  CHECK(dropped_again(report).rows.size() == 1);
}

TEST_CASE("one line per failed row in the order of the input with the cells as decoded", "[report]") {
  const std::vector<Line> lines = lines_of(report_on(
      sheet_of("4, Other ,=\"00777\"\n2,Bia,6\n\n99,\"Lima, \"\"Ana\"\"\nFilha\",Cafe\u0301\n3,Caio,\u00a0\n")));
  REQUIRE(lines.size() == 4);
  CHECK(Line(lines[1].begin(), lines[1].begin() + 5) ==
        Line{"4", " Other ", "'=\"00777\"", "2", "display_name_changed"});
  CHECK(Line(lines[2].begin(), lines[2].begin() + 5) ==
        Line{"99", "Lima, \"Ana\"\nFilha", "Cafe\u0301", "5", "company_id_unknown"});
  CHECK(Line(lines[3].begin(), lines[3].begin() + 5) == Line{"3", "Caio", "\u00a0", "6", "client_number_blank"});
  CHECK(lines[1][6] == "id:4 no:00777");
  CHECK(lines[2][6].empty());
}

TEST_CASE("all codes of a row stand in one cell and all messages in another", "[report]") {
  const Sheet sheet = sheet_of("2,Other,\"#N/A\n" + std::string(100, 'x') + "\"\n2,Other,\n");
  const Plan plan = plan_import(sheet, some_clients(), {});
  const std::vector<Line> lines = lines_of(render_report(sheet, plan));
  REQUIRE(lines.size() == 3);
  CHECK(lines[1][4] == "display_name_changed client_number_too_long client_number_invalid");
  CHECK(lines[2][4] == "display_name_changed client_number_blank");
  const std::vector<Problem>& problems = plan.rows.at(1).problems;
  REQUIRE(problems.size() == 2);
  std::string first = sentence(problems[0], Language::en);
  if (first.ends_with('.')) first.pop_back();
  CHECK(lines[2][5] == first + "; " + sentence(problems[1], Language::en));
}

TEST_CASE("the messages are in the language of the client number's header", "[report]") {
  const Sheet sheet = read_sheet("Company ID,Display name,Número do cliente\n2,Other,6\n", SheetRules{});
  const Plan plan = plan_import(sheet, some_clients(), {});
  CHECK(lines_of(render_report(sheet, plan)).at(1).at(5) == sentence(plan.rows.at(0).problems.at(0), Language::pt_br));
}

TEST_CASE("a rejected file gives lines with only row and code and message", "[report]") {
  const std::vector<Line> lines = lines_of(report_on("Company ID;Client_number\n1;7\n2;\"8\n"), ';');
  REQUIRE(lines.size() == 4);
  CHECK(Line(lines[0].begin(), lines[0].begin() + 3) == Line{"Company ID", "Display name", "Client number"});
  std::string all_codes;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    CHECK(Line(lines[i].begin(), lines[i].begin() + 3) == Line{"", "", ""});
    CHECK_FALSE(lines[i][5].empty());
    CHECK(lines[i][6].empty());
    all_codes += lines[i][4] + " ";
    if (lines[i][4] == "csv_malformed") CHECK(lines[i][3] == "3");
  }
  CHECK(all_codes.find("csv_malformed") != std::string::npos);
  CHECK(all_codes.find("header_missing") != std::string::npos);
}

TEST_CASE("a file that could not be read at all still gets a report", "[report]") {
  const auto [sheet, code] = GENERATE(table<Sheet, std::string>(
      {{read_sheet("", SheetRules{}), "file_empty"},
       {unreadable_sheet(SheetRules{}), "file_unreadable"},
       {document_sheet("PK", ForeignFormat::zip, SheetRules{}), "not_csv"},
       {oversized_sheet("Company ID,Display name,Client number\n", 200000, SheetRules{}), "file_too_large"}}));
  const std::vector<Line> lines = lines_of(report_on(sheet));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == Line{"Company ID", "Display name", "Client number", "Row", "Error code", "Error", "Ref"});
  CHECK(lines[1] == Line{"", "", "", "", code, lines[1][5], ""});
  CHECK_FALSE(lines[1][5].empty());
}

TEST_CASE("a file over the size limit is answered in its own delimiter and language", "[report]") {
  const Sheet sheet = oversized_sheet("ID da empresa;Nome de exibição;Número do cliente\r\n1;A", 200000, SheetRules{});
  const std::vector<Line> lines = lines_of(report_on(sheet), ';');
  REQUIRE(lines.size() == 2);
  CHECK(lines[0][2] == "Número do cliente");
  CHECK(lines[1][5] == sentence(sheet.problems.at(0), Language::pt_br));
}

TEST_CASE("a file that would change too many numbers applies nothing and says so", "[report]") {
  Policy policy;
  policy.max_changes_percent = 10;
  const std::vector<Line> lines = lines_of(report_on(sheet_of("2,Bia,6\n"), policy));
  REQUIRE(lines.size() == 2);
  CHECK(lines[1][4] == "too_many_changes");
}

TEST_CASE("under all_or_nothing the right rows stand in the report too", "[report]") {
  Policy policy;
  policy.apply = Policy::Apply::all_or_nothing;
  const std::vector<Line> lines = lines_of(report_on(sheet_of("2,Bia,6\n3,Other,7\n4,Davi,8\n"), policy));
  REQUIRE(lines.size() == 4);
  CHECK(lines[1][4] == "not_applied");
  CHECK(lines[2][4] == "display_name_changed");
  CHECK(Line(lines[3].begin(), lines[3].begin() + 5) == Line{"4", "Davi", "8", "4", "not_applied"});
  CHECK(lines[3][6] == "id:4 no:8");
}

TEST_CASE("a row with a wrong field count is shown in the message and leaves its cells and Ref empty", "[report]") {
  const std::vector<Line> lines = lines_of(report_on(sheet_of("2,Lima, Bia,6\n")));
  REQUIRE(lines.size() == 2);
  CHECK(Line(lines[1].begin(), lines[1].begin() + 5) == Line{"", "", "", "2", "field_count"});
  CHECK(lines[1][5].find("2,Lima, Bia,6") != std::string::npos);
  CHECK(lines[1][6].empty());
}

TEST_CASE("a cell that a spreadsheet would run gets one apostrophe in front and never a second", "[report]") {
  const auto [input, written] = GENERATE(table<std::string, std::string>({{"=1+1", "'=1+1"},
                                                                          {"'=1+1", "'=1+1"},
                                                                          {"''=1+1", "''=1+1"},
                                                                          {"+5", "'+5"},
                                                                          {"-5", "'-5"},
                                                                          {"@x", "'@x"},
                                                                          {"a=1", "a=1"},
                                                                          {"'abc", "'abc"}}));
  const std::string report = report_on(sheet_of("2,Other," + input + "\n"));
  const std::vector<Line> lines = lines_of(report);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1][2] == written);
  CHECK(dropped_again(report).rows.at(0).cells == sheet_of("2,Other," + input + "\n").rows.at(0).cells);
}

TEST_CASE("no cell of a report runs in a spreadsheet", "[report]") {
  const std::string report = report_on(sheet_of("=2,=HYPERLINK(),=1\n@3,+x,-7\n,'=x,\"\t=1\"\n\"\r=1\",a,b\n"));
  const std::vector<Line> lines = lines_of(report);
  CHECK(lines.size() == 5);
  for (const Line& line : lines) {
    for (const std::string& text : line)
      CHECK((text.empty() || std::string_view("=+-@\t\r").find(text[0]) == std::string_view::npos));
  }
}

TEST_CASE("a report in UTF-8 answers input in any encoding", "[report]") {
  const std::string header_1252 = "ID da empresa;Nome de exibi\xE7\xE3o;N\xFAmero do cliente\r\n";
  const std::vector<Line> lines = lines_of(report_on(header_1252 + "99;Jo\xE3o;7\r\n"), ';');
  REQUIRE(lines.size() == 2);
  CHECK(lines[0][1] == "Nome de exibição");
  CHECK(lines[1][1] == "João");
}

TEST_CASE("Ref names the client of a restored company ID, and stays empty if the ID was rejected", "[report]") {
  const Sheet sheet = sheet_of("9.13035E+15,Ana Lima,8\n9.13035E+15,Bia,7\n");
  const std::vector<Line> restored = lines_of(report_on(sheet));
  REQUIRE(restored.size() == 3);
  CHECK(restored[1][4] == "client_number_taken");
  CHECK(restored[1][6] == "id:9130351530529746 no:8");
  CHECK(restored[2][6].empty());
  Policy policy;
  policy.damaged_ids = Policy::DamagedIds::reject;
  const std::vector<Line> rejected = lines_of(report_on(sheet, policy));
  REQUIRE(rejected.size() == 3);
  CHECK(rejected[1][4] == "company_id_reformatted");
  CHECK(rejected[1][6].empty());
}

TEST_CASE("a report that Excel saved is mended by its Ref", "[report]") {
  const std::string report = report_on(sheet_of("9130351530529746,Ana Lima,8\n"));
  const Line line = lines_of(report).at(1);
  CHECK(line[4] == "client_number_taken");
  const Sheet excel = sheet_with_ref("9.13035E+15,Ana Lima,0009," + line[6] + "\n");
  CHECK(fates(plan_import(excel, some_clients(), {})) == "updated");
}

TEST_CASE("a report dropped unmended fails as before and applies nothing", "[report]") {
  const std::string row = GENERATE(
      "1,Eva,7", ",Eva,7", "abc,Eva,7", "8.1E+15,Eva,7", "9130351530529740,Eva,7", "2,Other,7", "2,Bia,", "2,Bia,=1",
      "2,Bia,'=1", "2,Bia,\"\t=1\"", "2,Bia,\"\t'=1\"", "2,Bia,#REF!", "2,Bia,1.23E+10", "2,Bia,123", "2,Bia,8",
      "2,Bia,a\u200bb", "9130351530529746,Ana Lima,123", "2,Bia,7,id:3 no:7", "1,Caio,7,id:3 no:7", "2,Bia,8,id:2 no:8",
      ",Bia,8,id:2 no:8", "9.13035E+15,Ana Lima,8,id:9130351530529746 no:8", ",Eva,8,id:2 no:8",
      "9130351530529746,Ana Lima,5,id:9130351530529746 no:5", "2,Bia,123,id:2 no:123", "2,Bia,123,id:2 no:00123",
      "2,Other,1-Feb-26,id:2 no:1-2", "2,Bia,7\n2,Bia,6", "2,Bia,7\n3,Caio,7", "2,Bia,8\n2,Bia,8",
      "2,Bia,123\n4,Other,9", "9.13035E+15,Ana Lima,8", "9.13035E+15,Ana Lima,7,id:2 no:7",
      "9.13E+15,Ana Lima,7\n9.13035E+15,Ana Lima,6");
  const Sheet sheet = sheet_with_ref(row + "\n");
  const Plan plan = plan_import(sheet, some_clients(), {});
  CAPTURE(row, fates(plan));
  REQUIRE(plan.counts.failed == plan.counts.rows);
  const Sheet again = dropped_again(render_report(sheet, plan));
  const Plan same = plan_import(again, some_clients(), {});
  CHECK(fates(same) == fates(plan));
  CHECK(same.writes.empty());
  REQUIRE(same.rows.size() == plan.rows.size());
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    CHECK(same.rows[i].ref == plan.rows[i].ref);
    if (plan.rows[i].ref) CHECK(testing::value_of(again.rows[i].ref) == plan.rows[i].ref);
  }
}

constexpr std::string_view report_header = "Company ID,Display name,Client number,Row,Error code,Error,Ref\n";

Sheet report_with(std::string_view lines) {
  return read_sheet(std::string(report_header).append(lines), SheetRules{});
}

TEST_CASE("a line keeps the Row of the file that was first dropped", "[report]") {
  const Sheet sheet = report_with("2,Other,7,412,display_name_changed,x,\n3,Caio,9,,,,\n99,Eva,1,x,,,\n");
  const std::vector<Line> lines = lines_of(report_on(sheet));
  REQUIRE(lines.size() == 3);
  CHECK(lines[1][3] == "412");
  CHECK(lines[2][3] == "4");
}

TEST_CASE("messages that name other rows name those of the file that was first dropped", "[report]") {
  const Sheet sheet = report_with("2,Bia,6,20,,,\n2,Bia,7,31,,,\n3,Caio,9,20,,,\n4,Davi,9,20,,,\n");
  const Plan plan = plan_import(sheet, some_clients(), {});
  REQUIRE(fates(plan) ==
          "company_id_duplicate | company_id_duplicate | client_number_duplicate | client_number_duplicate");
  CHECK(testing::argument(plan.rows[0].problems[0], "rows") == "31");
  CHECK(testing::argument(plan.rows[1].problems[0], "rows") == "20");
  CHECK(testing::argument(plan.rows[2].problems[0], "rows") == "20");
  CHECK(plan.rows[3].row == 20);
}

TEST_CASE("a line that was not filled in is copied as it is", "[report]") {
  const std::string lines =
      ",,,,header_missing,The file has no column X.,\n"
      ",,,7,field_count,\"The row reads: 2,\"\"x\"\",'=1\",\n"
      " ,,,8,some_code other,'=1+1,id:2 no:5\n";
  const Sheet sheet = report_with(lines + "2,Bia,6,9,display_name_changed,x,id:2 no:6\n");
  const Plan plan = plan_import(sheet, some_clients(), {});
  CHECK(plan.counts == Counts{.rows = 4, .updated = 1, .failed = 3});
  CHECK(render_report(sheet, plan) == std::string(mark).append(report_header).append(lines));
  CHECK(plan.rows[0].row == 0);
  CHECK(error_codes(plan.rows[1]) == "field_count");
  CHECK(sentences(plan.rows[1], Language::pt_br) == "The row reads: 2,\"x\",'=1");
  CHECK(sentences(plan.rows[2], Language::en) == "=1+1");
}

TEST_CASE("a line that was filled in in part is judged", "[report]") {
  CHECK(fates(plan_import(report_with("2,,,7,field_count,x,\n"), some_clients(), {})) ==
        "display_name_changed client_number_blank");
  CHECK(fates(plan_import(report_with(",,,7,,x,id:2\n"), some_clients(), {})) ==
        "display_name_changed client_number_blank");
}

TEST_CASE("a line that was not filled in rejects no file under all_or_nothing", "[report]") {
  Policy policy;
  policy.apply = Policy::Apply::all_or_nothing;
  const std::string kept = ",,,7,field_count,x,\n";
  const Plan applied = plan_import(report_with(kept + "2,Bia,6,9,,,\n"), some_clients(), policy);
  CHECK_FALSE(applied.rejected);
  CHECK(applied.writes.size() == 1);
  const Sheet sheet = report_with(kept + "2,Bia,6,9,,,\n3,Other,7,10,,,\n");
  const Plan rejected = plan_import(sheet, some_clients(), policy);
  CHECK(rejected.rejected);
  const std::vector<Line> lines = lines_of(render_report(sheet, rejected));
  REQUIRE(lines.size() == 4);
  CHECK(lines[1] == Line{"", "", "", "7", "field_count", "x", ""});
  CHECK(lines[2][4] == "not_applied");
}

std::string random_cell() {
  std::string text;
  for (int length = *rc::gen::inRange(0, 6); length > 0; --length) {
    text += *rc::gen::element<std::string>("'", "'", "=", "=", "+", "-", "@", "\t", "\r", "\n", "\"", ",", ";", " ",
                                           "a", "7", "0", "é", "e\u0301", "\u00a0", "\u200b", "sep=");
  }
  return text;
}

TEST_CASE("dropped again a report means what its input meant", "[report][property]") {
  CHECK_PROPERTY("reports are read back as the same cells and the same Ref", [] {
    std::vector<Cells> rows;
    for (int count = 20; count > 0; --count) {
      const std::string id = *rc::gen::element<std::string>("9130351530529746", "2", " 3 ", "99", random_cell());
      rows.push_back({id, random_cell(), random_cell()});
    }
    const Dialect dialect{.delimiter = *rc::gen::element(',', ';', '\t', '|'),
                          .line_end = *rc::gen::element(LineEnd::crlf, LineEnd::lf, LineEnd::cr),
                          .sep_line = false};
    const Sheet sheet = testing::sheet_of_cells(rows, dialect);
    const Plan plan = plan_import(sheet, some_clients(), {});
    const std::string report = render_report(sheet, plan);
    const Sheet again = read_sheet(report, SheetRules{});
    RC_ASSERT(again.dialect == dialect);
    std::size_t line = 0;
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      if (plan.rows[i].outcome != RowOutcome::failed) continue;
      RC_LOG() << "decoded " << rc::toString(sheet.rows[i].decoded()) << '\n';
      RC_ASSERT(line < again.rows.size());
      RC_ASSERT(again.rows[line].cells == sheet.rows[i].cells);
      RC_ASSERT(testing::value_of(again.rows[line].ref) == plan.rows[i].ref);
      ++line;
    }
    RC_ASSERT(line == again.rows.size());
  });
}

TEST_CASE("a report that is saved untouched round after round stays as it is", "[report][property]") {
  CHECK_PROPERTY("the report of a report is that report", [] {
    const Dialect dialect{.delimiter = *rc::gen::element(',', ';', '\t', '|'),
                          .line_end = *rc::gen::element(LineEnd::crlf, LineEnd::lf, LineEnd::cr),
                          .sep_line = false};
    std::string file;
    write_record(file, Line{"Company ID", "Display name", "Client number", "Row", "Error code", "Error", "Ref"},
                 dialect);
    for (int count = 20; count > 0; --count) {
      const bool blank = *rc::gen::arbitrary<bool>();
      const auto cell = [&] { return blank ? *rc::gen::element<std::string>("", " ") : random_cell(); };
      const std::string id = blank ? "" : *rc::gen::element<std::string>("9130351530529746", "2", "99", random_cell());
      write_record(file,
                   Line{id, cell(), cell(), *rc::gen::element<std::string>("", "7", "12", "x"), random_cell(),
                        random_cell(), *rc::gen::element<std::string>("", "id:2 no:5", random_cell())},
                   dialect);
    }
    const Sheet sheet = read_sheet(file, SheetRules{});
    const Plan plan = plan_import(sheet, some_clients(), {});
    const std::string first = render_report(sheet, plan);
    const std::string second = report_on(first);
    // A row that was accepted is not in the first report any more, and its neighbours' messages may have named it.
    if (plan.counts.failed == plan.counts.rows) RC_ASSERT(second == first);
    std::string last = second;
    for (int round = 0; round < 3; ++round) last = report_on(last);
    RC_ASSERT(last == second);
  });
}

}  // namespace
}  // namespace clientsync
