#include "importer/sheet/sheet.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::argument;
using testing::codes;
using testing::sheet_of;
using testing::sheet_with_ref;
using testing::value_of;

const std::string utf8_mark = "\xEF\xBB\xBF";
const std::string portuguese_header = "ID da empresa;Nome de exibição;Número do cliente\n";

Sheet read(std::string_view bytes) {
  return read_sheet(bytes, SheetRules{});
}

std::string cell(const Sheet& sheet, std::size_t row, Column column) {
  return std::string(sheet.rows.at(row).cells.at(index_of(column)));
}

/// The codes of a file's problems, sorted, because their order is not specified.
std::vector<std::string> sorted_codes(const Sheet& sheet) {
  std::vector<std::string> all;
  for (const Problem& problem : sheet.problems) all.emplace_back(token(code_of(problem.message)));
  std::sort(all.begin(), all.end());
  return all;
}

std::string heading(const Sheet& sheet, Column column) {
  return sheet.headings.at(index_of(column));
}

std::string number_of(std::string_view field) {
  return cell(sheet_of("1,Ana," + std::string(field) + "\n"), 0, Column::client_number);
}

std::string rows_upto(std::size_t count) {
  std::string rows;
  for (std::size_t i = 1; i <= count; ++i) rows += std::to_string(i) + ",Ana," + std::to_string(i) + "\n";
  return rows;
}

std::string utf16(std::u16string_view text, bool little) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF);
    const char high = static_cast<char>(unit >> 8);
    bytes += little ? low : high;
    bytes += little ? high : low;
  }
  return bytes;
}

void check_portuguese_row(const Sheet& sheet) {
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.language == Language::pt_br);
  REQUIRE(sheet.rows.size() == 1);
  CHECK(cell(sheet, 0, Column::display_name) == "João");
  CHECK(cell(sheet, 0, Column::client_number) == "7");
}

TEST_CASE("the delimiter is whichever of comma and semicolon and tab and bar finds all three headers", "[sheet]") {
  const char delimiter = GENERATE(',', ';', '\t', '|');
  std::string text = "Company ID;Display name;Client number\n1;Ana;7\n";
  std::replace(text.begin(), text.end(), ';', delimiter);
  const Sheet sheet = read(text);
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.dialect.delimiter == delimiter);
  CHECK_FALSE(sheet.dialect.sep_line);
  REQUIRE(sheet.rows.size() == 1);
  CHECK(cell(sheet, 0, Column::company_id) == "1");
  CHECK(cell(sheet, 0, Column::client_number) == "7");
}

TEST_CASE("quoted headers are found behind every delimiter", "[sheet]") {
  const Sheet sheet = read("\"Company ID\";\"Display name\";\"Client number\"\n\"1\";\"Lima, Ana\";\"7\"\n");
  CHECK(codes(sheet.problems).empty());
  CHECK(cell(sheet, 0, Column::display_name) == "Lima, Ana");
}

TEST_CASE("if no delimiter finds all headers, the one with most headers or near misses is taken", "[sheet]") {
  const Sheet sheet = read("Company ID;client_number;a,b,c,d,e,f\n1;7;x\n");
  CHECK(sheet.dialect.delimiter == ';');
  CHECK(codes(sheet.problems) == "header_missing header_missing");
  CHECK(heading(sheet, Column::company_id) == "Company ID");
}

TEST_CASE("if no delimiter finds any header, the one with most cells is taken", "[sheet]") {
  const Sheet sheet = read("one|two|three,four\n");
  CHECK(sheet.dialect.delimiter == '|');
  CHECK(codes(sheet.problems) == "header_missing");
}

TEST_CASE("a first line sep=X sets the delimiter and is no header", "[sheet]") {
  const char delimiter = GENERATE(',', ';', '\t', '^');
  const std::string d(1, delimiter);
  const std::string mark = GENERATE(std::string(), utf8_mark);
  const Sheet sheet = read(mark + "sep=" + d + "\r\nCompany ID" + d + "Display name" + d + "Client number\r\n1" + d +
                           "Ana" + d + "7\r\n");
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.dialect.delimiter == delimiter);
  CHECK(sheet.dialect.sep_line);
  CHECK(sheet.dialect.line_end == LineEnd::crlf);
  REQUIRE(sheet.rows.size() == 1);
  CHECK(sheet.rows[0].row == 2);
}

TEST_CASE("sep=X decides though another delimiter would find the headers", "[sheet]") {
  const Sheet sheet = read("sep=;\nCompany ID,Display name,Client number\n1,Ana,7\n");
  CHECK(sheet.dialect.delimiter == ';');
  CHECK(codes(sheet.problems) == "header_missing");
}

TEST_CASE("the headers may stand in any order with further columns between them", "[sheet]") {
  const Sheet sheet = read("Client number,Notes,Company ID,Phone,Display name,Notes\n7,x,1,y,Ana,z\n");
  CHECK(codes(sheet.problems).empty());
  REQUIRE(sheet.rows.size() == 1);
  CHECK(sheet.rows[0].cells == testing::CellViews{"1", "Ana", "7"});
}

TEST_CASE("headers are exact but for surrounding white space", "[sheet]") {
  const Sheet sheet = read("  Company ID,\u00a0Display name\t,Client number \n1,Ana,7\n");
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.rows.size() == 1);
}

TEST_CASE("a near miss of a header is quoted", "[sheet]") {
  const std::string found =
      GENERATE("client number", "CLIENT NUMBER", "Client  number", "Client_number", "Clïent númber");
  const Sheet sheet = read("Company ID,Display name," + found + "\n1,Ana,7\n");
  REQUIRE(codes(sheet.problems) == "header_missing");
  CHECK(sheet.problems[0].message == Message::header_missing_near);
  CHECK(argument(sheet.problems[0], "header") == "Client number");
  CHECK(argument(sheet.problems[0], "found") == found);
}

TEST_CASE("a near miss in Portuguese is answered in Portuguese", "[sheet]") {
  const Sheet sheet = read("ID da empresa;Nome de exibição;Numero do cliente\n1;Ana;7\n");
  REQUIRE(codes(sheet.problems) == "header_missing");
  CHECK(sheet.problems[0].message == Message::header_missing_near);
  CHECK(argument(sheet.problems[0], "header") == "Número do cliente");
  CHECK(argument(sheet.problems[0], "found") == "Numero do cliente");
  CHECK(sheet.language == Language::pt_br);
}

TEST_CASE("each missing header is named", "[sheet]") {
  const Sheet sheet = read("Display name,Whatever\nAna,x\n");
  REQUIRE(codes(sheet.problems) == "header_missing header_missing");
  CHECK(sheet.problems[0].message == Message::header_missing);
  CHECK(argument(sheet.problems[0], "header") == "Company ID");
  CHECK(argument(sheet.problems[0], "row") == "1");
  CHECK(argument(sheet.problems[0], "columns") == "Display name, Whatever");
  CHECK(argument(sheet.problems[1], "header") == "Client number");
  CHECK(heading(sheet, Column::client_number) == "Client number");
}

TEST_CASE("a header that holds a character that nobody can see is not to be renamed to itself", "[sheet]") {
  const auto [number, code_point, position] =
      GENERATE(table<std::string, std::string, std::string>({{"Client\u00a0number", "U+00A0", "7"},
                                                             {"Cli\u200bent number", "U+200B", "4"},
                                                             {"Client number\u200b.", "U+200B", "14"},
                                                             {"Client \ufeffnumber", "U+FEFF", "8"},
                                                             {"\"Client\nnumber\"", "U+000A", "7"},
                                                             {"\u0421lient number", "U+0421", "1"}}));
  const Sheet sheet = read("Company ID,Display name," + number + "\n1,Ana,7\n");
  REQUIRE(codes(sheet.problems) == "header_missing");
  CHECK(sheet.problems[0].message == Message::header_missing_hidden);
  CHECK(argument(sheet.problems[0], "header") == "Client number");
  CHECK(argument(sheet.problems[0], "character") == code_point);
  CHECK(argument(sheet.problems[0], "position") == position);
}

TEST_CASE("if no header fits, one sentence lists the columns that are there", "[sheet]") {
  const Sheet sheet = read("\n,,\nID,,Name,Number\n1,,Ana,7\n");
  REQUIRE(codes(sheet.problems) == "header_missing");
  CHECK(sheet.problems[0].message == Message::header_missing_all);
  CHECK(sheet.problems[0].row == 3);
  CHECK(argument(sheet.problems[0], "row") == "3");
  CHECK(argument(sheet.problems[0], "columns") == "ID, Name, Number");
}

TEST_CASE("titles above a header that does not fit are not taken for it", "[sheet]") {
  const Sheet sheet = read("Alder & Finch LLC\nCustomer list,\n\nName,Phone,Email,Note\nAna,1,2,\nBia,3,4,5\n");
  REQUIRE(codes(sheet.problems) == "header_missing");
  CHECK(argument(sheet.problems[0], "row") == "4");
  CHECK(argument(sheet.problems[0], "columns") == "Name, Phone, Email, Note");
}

TEST_CASE("the list of columns is bounded", "[sheet]") {
  std::string header = std::string(1000, 'x');
  for (int i = 0; i < 1000; ++i) header += ",column";
  const std::string columns = argument(read(header + "\n").problems.at(0), "columns");
  CHECK(columns.starts_with(std::string(30, 'x') + "…, column, "));
  CHECK(columns.ends_with(", column …"));
  CHECK(columns.size() < 150);
}

TEST_CASE("data that is all in one column is said to be", "[sheet]") {
  const std::string text = GENERATE(
      "Company ID:Display name:Client number\n1:Ana:7\n", "\"Company ID,Display name,Client number\"\n\"1,Ana,7\"\n",
      "\"Company ID,Display name,Client number\",,\n\"1,Ana,7\",,\n", "sep=;\nCompany ID,Display name,Client number\n");
  CAPTURE(text);
  const Sheet sheet = read(text);
  REQUIRE(codes(sheet.problems) == "header_missing");
  CHECK(sheet.problems[0].message == Message::header_one_column);
  CHECK(argument(sheet.problems[0], "text").starts_with("Company ID"));
}

TEST_CASE("a file of one column that is a required one lacks the others", "[sheet]") {
  CHECK(codes(read("Company ID\n1\n").problems) == "header_missing header_missing");
}

TEST_CASE("forgiving headers may differ in case, accents, spacing and punctuation", "[sheet]") {
  SheetRules rules;
  rules.spelling = HeaderSpelling::forgiving;
  const Sheet english = read_sheet("company_id,DISPLAY  NAME,Client-number\n1,Ana,7\n", rules);
  CHECK(codes(english.problems).empty());
  CHECK(english.headings == testing::Cells{"company_id", "DISPLAY  NAME", "Client-number"});
  CHECK(english.rows.at(0).cells == testing::CellViews{"1", "Ana", "7"});
  const Sheet portuguese = read_sheet("id da empresa;Nome de exibicao;NUMERO DO CLIENTE\n1;Ana;7\n", rules);
  CHECK(codes(portuguese.problems).empty());
  CHECK(portuguese.language == Language::pt_br);
  CHECK(codes(read_sheet("Compnay ID,Display name,Client number\n", rules).problems) == "header_missing");
  CHECK(codes(read_sheet("company_id,Company Id,Display name,Client number\n", rules).problems) == "header_duplicate");
  const Sheet exact = read_sheet("client_number,Company ID,Display name,Client number\n8,1,Ana,7\n", rules);
  CHECK(codes(exact.problems).empty());
  CHECK(exact.rows.at(0).cells == testing::CellViews{"1", "Ana", "7"});
}

TEST_CASE("a file that does not say its language is answered in the inbox's", "[sheet]") {
  SheetRules rules;
  const Language language = GENERATE(Language::en, Language::pt_br);
  rules.language = language;
  const std::string text =
      GENERATE("", "\n", "ID,Name,Number\n1,Ana,7\n", "PK\x03\x04", "Número de cliente,Nombre,NIF\n7,Ana,1\n",
               "Numéro du client,Nom,Société\n7,Ana,1\n");
  CAPTURE(text);
  const Sheet sheet = read_sheet(text, rules);
  CHECK(sheet.rejected());
  CHECK(sheet.language == language);
  CHECK(heading(sheet, Column::company_id) == header(Column::company_id, language));
  CHECK(unreadable_sheet(rules).language == language);
  CHECK(read_sheet("Company ID;Display name;Client number\n", rules).language == Language::en);
  CHECK(read_sheet("ID da empresa;Nome de exibição;Número do cliente\n", rules).language == Language::pt_br);
}

TEST_CASE("a required header that stands twice rejects the file", "[sheet]") {
  const std::string header = GENERATE("Company ID,Display name,Client number,Client number\n",
                                      "Company ID,Display name,Client number,Número do cliente\n");
  const Sheet sheet = read(header + "1,Ana,7,8\n");
  REQUIRE(codes(sheet.problems) == "header_duplicate");
  CHECK_FALSE(argument(sheet.problems[0], "header").empty());
}

TEST_CASE("a file with a header missing and another twice is told both", "[sheet]") {
  CHECK(sorted_codes(read("Company ID,Company ID,Display name\n1,1,Ana\n")) ==
        std::vector<std::string>{"header_duplicate", "header_missing"});
}

TEST_CASE("each column may be named in any language and the client number's header sets the language", "[sheet]") {
  CHECK(read("Company ID,Nome de exibição,Número do cliente\n1,Ana,7\n").language == Language::pt_br);
  CHECK(read("ID da empresa,Nome de exibição,Client number\n1,Ana,7\n").language == Language::en);
  const Sheet sheet = read("ID da empresa,Display name,Número do cliente\n1,Ana,7\n");
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.headings == testing::Cells{"ID da empresa", "Display name", "Número do cliente"});
  CHECK(sheet.rows.size() == 1);
}

TEST_CASE("an inbox can add names of its own for a column", "[sheet]") {
  SheetRules rules;
  rules.headers[index_of(Column::client_number)] = {"Matter", "File no."};
  rules.headers[index_of(Column::company_id)] = {"QBO"};
  const Sheet sheet = read_sheet("QBO,Display name,File no.\n1,Ana,7\n", rules);
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.headings == testing::Cells{"QBO", "Display name", "File no."});
  REQUIRE(sheet.rows.size() == 1);
  CHECK(sheet.rows[0].cells == testing::CellViews{"1", "Ana", "7"});
  CHECK(codes(read_sheet("Company ID,Display name,Client number\n1,Ana,7\n", rules).problems).empty());
  CHECK(codes(read_sheet("QBO,Display name,matter\n1,Ana,7\n", rules).problems) == "header_missing");
}

TEST_CASE("the header is the first of 20 records that is complete", "[sheet]") {
  const std::string titles = "Clients of 2026,,\n\nExported on,23 November,\n\"Company ID, name\",see below,Notes\n";
  const Sheet sheet = read(titles + "Company ID,Display name,Client number\n1,Ana,7\n");
  CHECK(codes(sheet.problems).empty());
  REQUIRE(sheet.rows.size() == 1);
  CHECK(sheet.rows[0].row == 6);
  const auto below = [](std::size_t rows, const std::string& end) {
    std::string text = "Clients\n";
    for (std::size_t i = 1; i < rows; ++i) text += "\n";
    return read(text + "Company ID;Display name;Client number" + end + "1;Ana;7" + end);
  };
  CHECK(codes(below(19, "\n").problems).empty());
  CHECK(below(19, "\n").dialect.delimiter == ';');
  CHECK(codes(below(20, "\n").problems) == "header_missing");
}

TEST_CASE("if no header is complete, the one with most headers and near misses is judged", "[sheet]") {
  const Sheet sheet = read("Clients of 2026;;\n\nCompany ID;Name;client_number\n1;Ana;7\n");
  REQUIRE(codes(sheet.problems) == "header_missing header_missing");
  CHECK(sheet.problems[0].row == 3);
  CHECK(argument(sheet.problems[1], "found") == "client_number");
}

TEST_CASE("the header may stand below blank records", "[sheet]") {
  const Sheet sheet = read("\n , ,\u00a0\n\"\"\nCompany ID,Display name,Client number\n1,Ana,7\n");
  CHECK(codes(sheet.problems).empty());
  REQUIRE(sheet.rows.size() == 1);
  CHECK(sheet.rows[0].row == 5);
}

TEST_CASE("records whose cells are all empty after cleaning are no rows", "[sheet]") {
  const std::string blank =
      GENERATE("", ",,", ",,,,,", " , ,\t", "\"\"", "\u00a0,\u200b,\ufeff", "=\"\",=\"\",=\"\"", "\" \n \",,");
  const Sheet sheet = sheet_of(blank + "\n1,Ana,7\n");
  CHECK(codes(sheet.problems).empty());
  REQUIRE(sheet.rows.size() == 1);
  CHECK(sheet.rows[0].row == 3);
  CHECK(sheet.rows[0].shape == nullptr);
}

TEST_CASE("rows are counted as a spreadsheet counts them", "[sheet]") {
  const Sheet sheet = read(
      "sep=,\n\nCompany ID,Display name,Client "
      "number\n1,\"Ana\nLima\r\nFilha\",7\n,,\n\n2,Bia,8\r\n3,Caio,9\r4,Davi,10");
  CHECK(codes(sheet.problems).empty());
  REQUIRE(sheet.rows.size() == 4);
  CHECK(sheet.rows[0].row == 3);
  CHECK(sheet.rows[1].row == 6);
  CHECK(sheet.rows[2].row == 7);
  CHECK(sheet.rows[3].row == 8);
}

TEST_CASE("records end in CRLF or LF or CR and the dialect remembers which", "[sheet]") {
  const auto [end, expected] =
      GENERATE(table<std::string, LineEnd>({{"\r\n", LineEnd::crlf}, {"\n", LineEnd::lf}, {"\r", LineEnd::cr}}));
  const Sheet sheet = read("Company ID,Display name,Client number" + end + "1,Ana,7" + end + "2,Bia,8" + end);
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.rows.size() == 2);
  CHECK(sheet.dialect.line_end == expected);
}

TEST_CASE("a row with fewer fields than the last required column needs has no cells to trust", "[sheet]") {
  const Sheet sheet = sheet_of("1,Ana\n2,Bia,8\n");
  CHECK(codes(sheet.problems).empty());
  REQUIRE(sheet.rows.size() == 2);
  REQUIRE(sheet.rows[0].shape != nullptr);
  CHECK(sheet_of("Total\n").rows.at(0).shape->message == Message::field_count_one);
  CHECK(sheet.rows[0].shape->message == Message::field_count_few);
  CHECK(sheet.rows[0].shape->row == 2);
  CHECK(argument(*sheet.rows[0].shape, "found") == "2");
  CHECK(argument(*sheet.rows[0].shape, "expected") == "3");
  CHECK(argument(*sheet.rows[0].shape, "record") == "1,Ana");
  CHECK(sheet.rows[0].cells == testing::CellViews{});
  CHECK(sheet.rows[0].decoded() == testing::CellViews{});
  CHECK(sheet.rows[1].shape == nullptr);
}

TEST_CASE("fields behind the last required column may be absent", "[sheet]") {
  const Sheet sheet = read("Company ID,Client number,Display name,Notes,Ref\n1,7,Ana\n2,8\n");
  REQUIRE(sheet.rows.size() == 2);
  CHECK(sheet.rows[0].shape == nullptr);
  CHECK(sheet.rows[1].shape != nullptr);
}

TEST_CASE("a field beyond the header's last must be empty", "[sheet]") {
  const Sheet sheet = sheet_with_ref("1,Ana,7,id:1,,\n2,Lima, Bia,8,id:2 no:8\n");
  REQUIRE(sheet.rows.size() == 2);
  CHECK(sheet.rows[0].shape == nullptr);
  REQUIRE(sheet.rows[1].shape != nullptr);
  CHECK(sheet.rows[1].shape->message == Message::field_count_many);
  CHECK(argument(*sheet.rows[1].shape, "found") == "5");
  CHECK(argument(*sheet.rows[1].shape, "expected") == "4");
  CHECK(sheet.rows[1].cells == testing::CellViews{});
  CHECK(sheet.rows[1].ref == nullptr);
}

TEST_CASE("a thousand data rows are taken", "[sheet]") {
  const Sheet sheet = sheet_of(",,\n" + rows_upto(1000) + "\n\n");
  CHECK(codes(sheet.problems).empty());
  CHECK(sheet.rows.size() == 1000);
}

TEST_CASE("one data row more than the limit rejects the file and says how many there are", "[sheet]") {
  const Sheet sheet = sheet_of(rows_upto(1000) + "oops\n");
  REQUIRE(codes(sheet.problems) == "too_many_rows");
  CHECK(argument(sheet.problems[0], "rows") == "1001");
  CHECK(argument(sheet.problems[0], "limit") == "1000");
  SheetRules two;
  two.max_rows = 2;
  CHECK(codes(read_sheet("Company ID,Display name,Client number\n1,A,1\n2,B,2\n3,C,3\n", two).problems) ==
        "too_many_rows");
}

TEST_CASE("all problems of a file are reported as far as they can be known", "[sheet]") {
  CHECK(sorted_codes(read("Company ID,Display name\n" + rows_upto(1001))) ==
        std::vector<std::string>{"header_missing", "too_many_rows"});
  CHECK(sorted_codes(read("Company ID,Display name,Number\n1,Ana,7\n2,\"Bia,8\n")) ==
        std::vector<std::string>{"csv_malformed", "header_missing"});
}

TEST_CASE("an unterminated quote rejects the file with the row where it started", "[sheet]") {
  const Sheet sheet = sheet_of("1,\"A\nB\",7\n\n2,\"Bia,8\n3,Caio,9\n");
  REQUIRE(codes(sheet.problems) == "csv_malformed");
  CHECK(sheet.problems[0].message == Message::csv_unterminated_quote);
  CHECK(sheet.problems[0].row == 4);
}

TEST_CASE("text after a closing quote rejects the file with the row where the quote started", "[sheet]") {
  const Sheet sheet = sheet_of("1,Ana,7\n2,\"Bia\" Lima,8\n");
  REQUIRE(codes(sheet.problems) == "csv_malformed");
  CHECK(sheet.problems[0].message == Message::csv_text_after_quote);
  CHECK(sheet.problems[0].row == 3);
  CHECK(argument(sheet.problems[0], "text") == "Bia");
}

TEST_CASE("a stray quote that meets another one rows later is named where it stands", "[sheet]") {
  const Sheet sheet = sheet_of("1,\"Ana,7\n2,Bia,8\n3,\"Caio, Davi\",9\n");
  REQUIRE(codes(sheet.problems) == "csv_malformed");
  CHECK(sheet.problems[0].message == Message::csv_unterminated_quote);
  CHECK(sheet.problems[0].row == 2);
  CHECK(argument(sheet.problems[0], "text") == "Ana,7…");
}

TEST_CASE("a quote inside an unquoted field is a plain character", "[sheet]") {
  const Sheet sheet = sheet_of("1,Bar 12\" Ltda,7\n");
  CHECK(codes(sheet.problems).empty());
  CHECK(cell(sheet, 0, Column::display_name) == "Bar 12\" Ltda");
}

TEST_CASE("a file without bytes or without a header is empty", "[sheet]") {
  REQUIRE(codes(read("").problems) == "file_empty");
  CHECK(read("").problems[0].message == Message::file_empty_bytes);
  const std::string blank = GENERATE("\n", "\r\n\r\n , ,\n", ",,,", "\"\"\n", "sep=;\n", "sep=,\r\n,,\r\n");
  CAPTURE(blank);
  REQUIRE(codes(read(blank).problems) == "file_empty");
  CHECK(read(blank).problems[0].message == Message::file_empty_header);
  CHECK(codes(read(utf8_mark).problems) == "file_empty");
}

TEST_CASE("a header with no rows is a good file of no rows", "[sheet]") {
  const std::string text =
      GENERATE("Company ID,Display name,Client number", "Company ID,Display name,Client number\r\n\r\n,,\r\n");
  const Sheet sheet = read(text);
  CHECK_FALSE(sheet.rejected());
  CHECK(sheet.rows.empty());
}

TEST_CASE("something else under a CSV's name is said to be what it is", "[sheet]") {
  const auto [bytes, message] = GENERATE(table<std::string, Message>(
      {{std::string("PK\x03\x04\x14\x00\x06\x00", 8), Message::not_csv_compressed},
       {std::string("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00", 10), Message::not_csv_old_spreadsheet},
       {"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n", Message::not_csv_pdf},
       {"<!DOCTYPE html><html><body>Sign in</body></html>", Message::not_csv_html},
       {std::string("\x1F\x8B\x08\x00\x00\x00", 6), Message::not_csv_compressed}}));
  const Sheet sheet = read(bytes);
  REQUIRE(codes(sheet.problems) == "not_csv");
  CHECK(sheet.problems[0].message == message);
}

TEST_CASE("a byte order mark decides the encoding", "[sheet]") {
  const std::u16string text = u"ID da empresa;Nome de exibição;Número do cliente\r\n1;João;7\r\n";
  const Sheet little = read("\xFF\xFE" + utf16(text, true));
  check_portuguese_row(little);
  const Sheet big = read("\xFE\xFF" + utf16(text, false));
  check_portuguese_row(big);
  const Sheet marked = read(utf8_mark + portuguese_header + "1;João;7\n");
  CHECK(heading(marked, Column::company_id) == "ID da empresa");
  check_portuguese_row(marked);
}

TEST_CASE("without a mark and without a sign of UTF-8 the bytes are Windows-1252", "[sheet]") {
  const std::string bytes = "ID da empresa;Nome de exibi\xE7\xE3o;N\xFAmero do cliente\r\n1;Jo\xE3o;7\r\n";
  const Sheet sheet = read(bytes);
  check_portuguese_row(sheet);
  SheetRules rules;
  rules.fallback = FallbackEncoding::reject;
  CHECK(codes(read_sheet(bytes, rules).problems) == "encoding_unknown");
}

TEST_CASE("bytes that are no text are reported with their row and what stands before them", "[sheet]") {
  const Sheet nul = read(std::string("Company ID,Display name,Client number\n1,\0,7\n", 44));
  REQUIRE(codes(nul.problems) == "encoding_unknown");
  CHECK(nul.problems[0].message == Message::encoding_nul);
  CHECK(argument(nul.problems[0], "offset") == "40");
  const Sheet damaged = sheet_of("1,João,7\n2,Jo\xE3o,8\n");
  REQUIRE(codes(damaged.problems) == "encoding_unknown");
  CHECK(damaged.problems[0].message == Message::encoding_damaged_utf8);
  CHECK(argument(damaged.problems[0], "offset") == "52");
  CHECK(damaged.problems[0].row == 3);
  CHECK(argument(damaged.problems[0], "row") == "3");
  CHECK(argument(damaged.problems[0], "text") == "2,Jo");
  const Sheet undefined = sheet_of("1,\x81,7\n");
  REQUIRE(codes(undefined.problems) == "encoding_unknown");
  CHECK(undefined.problems[0].message == Message::encoding_undefined);
  CHECK(argument(undefined.problems[0], "offset") == "40");
  CHECK(undefined.problems[0].row == 2);
  CHECK(sheet_of("\"1\n1\",A,7\n\"x\x81").problems.at(0).row == 3);
  CHECK(read("sep=;\nCompany ID\n\x81").problems.at(0).row == 2);
  CHECK(read("\xFF\xFEx").problems.at(0).row == 1);
}

TEST_CASE("cells are cleaned in order and each step once", "[sheet]") {
  CHECK(number_of(" \u00a0\u200b00123\u2003\ufeff") == "00123");
  CHECK(number_of("=\"00123\"") == "00123");
  CHECK(number_of("\"=\"\"00123\"\"\"") == "00123");
  CHECK(number_of(" =\" 00123 \" ") == "00123");
  CHECK(number_of("'=1+1") == "=1+1");
  CHECK(number_of("''=1+1") == "'=1+1");
  CHECK(number_of("' =\"7\"") == "' =\"7\"");
  CHECK(number_of("'=\"7\"") == "7");
  CHECK(number_of("=\"'=1\"") == "'=1");
  CHECK(number_of("'-5") == "-5");
  CHECK(number_of("'abc") == "'abc");
  CHECK(number_of("Cafe\u0301") == "Caf\u00e9");
  CHECK(number_of("\"A \"\"B\"\"\"") == "A \"B\"");
}

TEST_CASE("the decoded cells are those before cleaning", "[sheet]") {
  const Sheet sheet = sheet_of(" 1 ,\"Ana \"\"A\"\"\",=\"00123\"\n");
  REQUIRE(sheet.rows.size() == 1);
  CHECK(sheet.rows[0].decoded() == testing::CellViews{" 1 ", "Ana \"A\"", "=\"00123\""});
  CHECK(sheet.rows[0].cells == testing::CellViews{"1", "Ana \"A\"", "00123"});
}

TEST_CASE("the Ref column is read", "[sheet]") {
  const Sheet sheet =
      sheet_with_ref("1,Ana,7, id:9130351530529746 no:00123 \n2,Bia,8,id:5\n3,Caio,9,see file 12\n4,Davi,10,\n");
  REQUIRE(sheet.rows.size() == 4);
  CHECK(value_of(sheet.rows[0].ref) == Ref{"9130351530529746", "00123"});
  CHECK(value_of(sheet.rows[1].ref) == Ref{"5", std::nullopt});
  CHECK(sheet.rows[2].ref == nullptr);
  CHECK(sheet.rows[3].ref == nullptr);
  CHECK(sheet_of("1,Ana,7\n").rows.at(0).ref == nullptr);
  const std::string ref_header(header(ReportColumn::ref, Language::pt_br));
  const Sheet portuguese =
      read("ID da empresa;Nome de exibição;Número do cliente;" + ref_header + "\n1;Ana;7;id:1 no:7\n");
  REQUIRE(portuguese.rows.size() == 1);
  CHECK(value_of(portuguese.rows[0].ref) == Ref{"1", "7"});
}

TEST_CASE("the columns of a report are read if all four are there", "[sheet]") {
  std::vector<Sheet> sheets;
  const auto read_report = [&](const std::string& own_columns, const std::string& own_cells) {
    sheets.push_back(read("Company ID,Display name,Client number," + own_columns + "\n1,Ana,7," + own_cells + "\n"));
    return sheets.back().rows.at(0);
  };
  const Row row = read_report("Row,Error code,Error,Ref", "12, client_number_taken ,'=7 is taken,id:1 no:7");
  CHECK(value_of(row.report_line) == ReportLine{12, "client_number_taken", " client_number_taken ", "'=7 is taken"});
  CHECK(value_of(row.ref) == Ref{"1", "7"});
  CHECK(value_of(read_report("Ref,Erro,Código do erro,Linha", ",a,b,3").report_line) == ReportLine{3, "b", "b", "a"});
  CHECK(value_of(read_report("Row,Error code,Error,Ref", "").report_line) == ReportLine{});
  CHECK(value_of(read_report("Row,Row,Error code,Error,Ref", "3,4,,,").report_line) == ReportLine{3, "", "", ""});
  CHECK(read_report("Row,Error code,Ref", "3,b,id:1").report_line == nullptr);
  CHECK(value_of(read_report("Row,Error code,Ref", "3,b,id:1").ref) == Ref{"1", std::nullopt});
  CHECK(read_report("Row,error code,Error,Ref", "3,b,a,").report_line == nullptr);
  CHECK(sheet_of("1,Ana\n").rows.at(0).report_line == nullptr);
}

TEST_CASE("a Row that is no row is ignored", "[sheet]") {
  const std::string cell =
      GENERATE("", "0", "-3", "+3", "3.0", "3,5", "x", "1e3", "99999999999999999999", "4294967296");
  CAPTURE(cell);
  const Sheet sheet = read("Company ID;Display name;Client number;Row;Error code;Error;Ref\n1;Ana;7;" + cell + ";;;\n");
  CHECK(sheet.rows.at(0).report_line->row == 0);
}

TEST_CASE("Ref is text that a spreadsheet leaves alone and reads back", "[sheet]") {
  CHECK(write_ref({"9130351530529746", "00123"}) == "id:9130351530529746 no:00123");
  for (const Ref& ref :
       {Ref{"1", "7"}, Ref{"1", std::nullopt}, Ref{"C-7", "A no:5"}, Ref{"12", "id:3 no:4"}, Ref{"9", "=1"}}) {
    CHECK(read_ref(write_ref(ref)) == ref);
  }
  for (const char* text : {"", "id:", "9130351530529746", "no:5", "ref id:1 no:2"})
    CHECK_FALSE(read_ref(text).has_value());
}

TEST_CASE("type, lead accountant and status are read only if they are asked for", "[sheet]") {
  const std::string bytes =
      "Status,Company ID,Type,Display name,Client number,Lead accountant\n"
      "Inactive,1,Company,Ana,10, Bia \n"
      ",2,,Bia,20,\n"
      ",3,Person,Caio,30\n";
  for (const Row& row : read(bytes).rows) CHECK(row.details == nullptr);
  SheetRules rules;
  rules.details = true;
  const Sheet sheet = read_sheet(bytes, rules);
  REQUIRE(sheet.rows.size() == 3);
  CHECK(value_of(sheet.rows[0].details) == DetailCells{"Company", "Bia", "Inactive"});
  CHECK(sheet.rows[1].details == nullptr);
  CHECK(value_of(sheet.rows[2].details) == DetailCells{"Person", std::nullopt, std::nullopt});
}

TEST_CASE("details have headers of each language, and of two columns the first counts", "[sheet]") {
  SheetRules rules;
  rules.details = true;
  const Sheet sheet = read_sheet(
      "ID da empresa;Nome de exibição;Número do cliente;Situação;Tipo;Contador responsável;Type\n"
      "1;Ana;10;ativo;LTDA;Bia;other\n",
      rules);
  CHECK(value_of(sheet.rows.at(0).details) == DetailCells{"LTDA", "Bia", "ativo"});
}

TEST_CASE("a file over the size limit is rejected from its size and answered in its own dialect", "[sheet]") {
  const std::string head = portuguese_header + "1;\"Jo\xC3";
  const Sheet sheet = oversized_sheet(head, 102401, SheetRules{});
  REQUIRE(codes(sheet.problems) == "file_too_large");
  CHECK(argument(sheet.problems[0], "size") == "101 KB");
  CHECK(argument(sheet.problems[0], "limit") == "100 KB");
  CHECK(sheet.dialect.delimiter == ';');
  CHECK(sheet.dialect.line_end == LineEnd::lf);
  CHECK(sheet.language == Language::pt_br);
  CHECK(heading(sheet, Column::client_number) == "Número do cliente");
  CHECK(sheet.rows.empty());
}

TEST_CASE("sizes are shown in the unit of the limit, and large ones in MB", "[sheet]") {
  const auto shown = [](std::uint64_t size, std::size_t limit) {
    SheetRules rules;
    rules.max_bytes = limit;
    const Problem problem = oversized_sheet("", size, rules).problems.at(0);
    return argument(problem, "size") + " of " + argument(problem, "limit");
  };
  CHECK(shown(3'000'000, 102400) == "2930 KB of 100 KB");
  CHECK(shown(30'000'000, 102400) == "29 MB of 100 KB");
  CHECK(shown(2097153, 2097152) == "3 MB of 2 MB");
  CHECK(shown(1501, 1500) == "1501 bytes of 1500 bytes");
}

TEST_CASE("a file that may not be read is rejected", "[sheet]") {
  CHECK(codes(unreadable_sheet(SheetRules{}).problems) == "file_unreadable");
  CHECK(heading(unreadable_sheet(SheetRules{}), Column::client_number) == "Client number");
}

TEST_CASE("a document under its own name is what its bytes show, or else what its name says", "[sheet]") {
  const std::string ole = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
  const auto told = [](std::string_view bytes, ForeignFormat named) {
    const Sheet sheet = document_sheet(bytes, named, SheetRules{});
    REQUIRE(codes(sheet.problems) == "not_csv");
    return sheet.problems[0].message;
  };
  CHECK(told("", ForeignFormat::spreadsheet) == Message::not_csv_spreadsheet);
  CHECK(told("Company ID,Display name,Client number\n", ForeignFormat::old_spreadsheet) ==
        Message::not_csv_old_spreadsheet);
  CHECK(told("<html>", ForeignFormat::old_spreadsheet) == Message::not_csv_html);
  CHECK(told(ole, ForeignFormat::spreadsheet) == Message::not_csv_old_spreadsheet);
  CHECK(told(ole, ForeignFormat::word) == Message::not_csv_word);
  CHECK(told("", ForeignFormat::rar) == Message::not_csv_compressed);
}

}  // namespace
}  // namespace clientsync
