#include "importer/messages/messages.hpp"

#include <fstream>
#include <iterator>
#include <set>

#include "importer/sheet/encoding.hpp"
#include "importer/text.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

/// Every message with arguments as a real file gives them, in the order of the enum.
const std::vector<Problem> examples = {
    {Message::file_too_large, 0, {{"size", "150 KB"}, {"limit", "100 KB"}}},
    {Message::file_empty_bytes, 0, {}},
    {Message::file_empty_header, 0, {}},
    {Message::file_unreadable, 0, {}},
    {Message::file_set_aside, 0, {{"deaths", "3"}}},
    {Message::not_csv_spreadsheet, 0, {}},
    {Message::not_csv_old_spreadsheet, 0, {}},
    {Message::not_csv_word, 0, {}},
    {Message::not_csv_pdf, 0, {}},
    {Message::not_csv_html, 0, {}},
    {Message::not_csv_compressed, 0, {{"format", "ZIP"}}},
    {Message::encoding_undefined, 5, {{"row", "5"}, {"text", "9130351530529746,Jo"}, {"encoding", "Windows-1252"}}},
    {Message::encoding_nul, 5, {{"row", "5"}}},
    {Message::encoding_damaged_utf8, 5, {{"row", "5"}, {"text", "9130351530529746,Jo"}}},
    {Message::encoding_not_utf8, 5, {{"row", "5"}, {"text", "9130351530529746,Jo"}}},
    {Message::csv_unterminated_quote, 5, {{"row", "5"}, {"text", "Acme Ltda,7"}}},
    {Message::csv_text_after_quote, 5, {{"row", "5"}, {"text", "Acme"}}},
    {Message::header_missing, 1, {{"header", "Client number"}, {"row", "1"}, {"columns", "Company ID, Name, No."}}},
    {Message::header_missing_near, 1, {{"header", "Client number"}, {"found", "client_number"}}},
    {Message::header_missing_hidden, 1, {{"header", "Client number"}, {"character", "U+00A0"}, {"position", "7"}}},
    {Message::header_missing_all, 1, {{"row", "1"}, {"columns", "ID, Name, No."}}},
    {Message::header_one_column, 1, {{"text", "Company ID,Display name,Client number"}}},
    {Message::header_duplicate, 1, {{"header", "Client number"}}},
    {Message::too_many_rows, 0, {{"rows", "1001"}, {"limit", "1000"}}},
    {Message::too_many_changes, 0, {{"changes", "812"}, {"numbers", "934"}, {"limit", "20"}}},
    {Message::field_count_one, 4, {{"expected", "3"}, {"record", "Total"}}},
    {Message::field_count_few, 4, {{"found", "2"}, {"expected", "3"}, {"record", "9130351530529746,Acme Ltda"}}},
    {Message::field_count_many, 4, {{"found", "5"}, {"expected", "3"}, {"record", "91,Silva, Reis, Filho,10"}}},
    {Message::company_id_blank, 4, {}},
    {Message::company_id_blank_total, 4, {}},
    {Message::company_id_reformatted, 4, {{"value", "9.13035E+15"}}},
    {Message::company_id_reformatted_total, 4, {{"value", "1.8E+16"}}},
    {Message::company_id_reformatted_fits,
     4,
     {{"value", "9.13035E+15"}, {"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::company_id_reformatted_other_name,
     4,
     {{"value", "9130351530529740"}, {"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::company_id_invalid_digits, 4, {{"value", "9130 3515"}}},
    {Message::company_id_invalid_text, 4, {{"value", "a b"}}},
    {Message::company_id_invalid_total, 4, {{"value", "Total"}}},
    {Message::company_id_invalid_swapped, 4, {{"value", "A-7"}, {"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::company_id_mismatch, 4, {{"value", "9130351530529747"}, {"id", "9130351530529746"}}},
    {Message::company_id_unknown, 4, {{"value", "9130351530529747"}}},
    {Message::company_id_unknown_swapped, 4, {{"value", "1042"}, {"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::client_exists, 4, {{"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::client_active, 4, {{"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::display_name_blank, 4, {}},
    {Message::display_name_control, 4, {{"value", "Acme\tLtda"}, {"character", "U+0009"}, {"position", "5"}}},
    {Message::display_name_too_long, 4, {{"length", "201"}, {"limit", "200"}}},
    {Message::display_name_changed, 4, {{"value", "Acme Ltd"}, {"name", "Acme Ltda"}}},
    {Message::display_name_changed_blank, 4, {{"name", "Acme Ltda"}}},
    {Message::display_name_changed_accents, 4, {{"value", "JosÃ© Ltda"}, {"name", "José Ltda"}}},
    {Message::display_name_changed_swapped, 4, {{"value", "1042"}, {"number", "Acme Ltda"}}},
    {Message::client_number_blank, 4, {}},
    {Message::client_number_formula, 4, {{"value", "=A2+1"}}},
    {Message::client_number_spreadsheet_error, 4, {{"value", "#N/D"}}},
    {Message::client_number_reformatted, 4, {{"value", "1,042.00"}, {"number", "1042"}}},
    {Message::client_number_scientific, 4, {{"value", "1.20E+06"}}},
    {Message::client_number_date, 4, {{"value", "12-Mar"}}},
    {Message::client_number_zeros_lost, 4, {{"value", "123"}, {"number", "00123"}}},
    {Message::client_number_zeros_lost_other, 4, {{"value", "123"}, {"number", "00123"}, {"name", "Beta & Cia."}}},
    {Message::client_number_too_long, 4, {{"value", std::string(101, '7')}, {"length", "101"}, {"limit", "100"}}},
    {Message::client_number_hidden, 4, {{"value", "10\u200B42"}, {"character", "U+200B"}, {"position", "3"}}},
    {Message::type_control, 4, {{"value", "Tax\tonly"}, {"character", "U+0009"}, {"position", "4"}}},
    {Message::type_too_long, 4, {{"length", "201"}, {"limit", "200"}}},
    {Message::lead_control, 4, {{"value", "Ana\tLima"}, {"character", "U+0009"}, {"position", "4"}}},
    {Message::lead_too_long, 4, {{"length", "201"}, {"limit", "200"}}},
    {Message::status_invalid, 4, {{"value", "closed"}}},
    {Message::superseded_number,
     4,
     {{"value", "10"},
      {"number", "20"},
      {"file", "march.csv"},
      {"date", "2026-03-31"},
      {"entry", "12"},
      {"entry_file", "april.csv"},
      {"entry_date", "2026-04-30"}}},
    {Message::superseded_name,
     4,
     {{"value", "Acme Ltd"},
      {"name", "Acme Ltda"},
      {"file", "march.csv"},
      {"date", "2026-03-31"},
      {"entry", "12"},
      {"entry_file", "april.csv"},
      {"entry_date", "2026-04-30"}}},
    {Message::superseded_deleted,
     4,
     {{"value", "9130351530529746"},
      {"file", "march.csv"},
      {"date", "2026-03-31"},
      {"entry", "12"},
      {"entry_file", "april.csv"},
      {"entry_date", "2026-04-30"}}},
    {Message::superseded_adopted,
     4,
     {{"value", "10"}, {"number", "20"}, {"file", "march.csv"}, {"date", "2026-03-31"}}},
    {Message::superseded_line,
     4,
     {{"value", "10"}, {"number", "20"}, {"entry", "12"}, {"entry_file", "april.csv"}, {"entry_date", "2026-04-30"}}},
    {Message::superseded_line_name,
     4,
     {{"value", "Acme Ltd"},
      {"name", "Acme Ltda"},
      {"entry", "12"},
      {"entry_file", "april.csv"},
      {"entry_date", "2026-04-30"}}},
    {Message::company_id_duplicate, 4, {{"value", "9130351530529746"}, {"rows", "3, 7"}}},
    {Message::register_full, 4, {{"created", "12"}, {"places", "3"}, {"limit", "2000"}}},
    {Message::register_full_undo, 4, {{"created", "12"}, {"places", "3"}, {"limit", "2000"}}},
    {Message::client_number_duplicate, 4, {{"value", "1042"}, {"rows", "3, 7"}}},
    {Message::client_number_taken, 4, {{"value", "1042"}, {"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::client_number_taken_row,
     4,
     {{"value", "1042"}, {"id", "9130351530529746"}, {"name", "Acme Ltda"}, {"row", "7"}}},
    {Message::client_number_taken_undo, 4, {{"value", "1042"}, {"id", "9130351530529746"}, {"name", "Acme Ltda"}}},
    {Message::not_applied, 4, {}},
    {Message::not_applied_edit, 4, {}},
};

std::string taken_by(const std::string& name, Language language = Language::en) {
  return sentence({Message::client_number_taken, 4, {{"value", "1042"}, {"id", "91"}, {"name", name}}}, language);
}

std::string duplicate_in(const std::string& rows) {
  return sentence({Message::client_number_duplicate, 4, {{"value", "1042"}, {"rows", rows}}}, Language::en);
}

std::vector<Code> all_codes() {
  std::vector<Code> codes;
  for (int code = 0; code <= static_cast<int>(Code::not_applied); ++code) codes.push_back(static_cast<Code>(code));
  return codes;
}

std::set<std::string> headings_of(const std::string& file) {
  std::ifstream in(std::string(CLIENTSYNC_SOURCE_DIR "/docs/") + file);
  REQUIRE(in);
  std::set<std::string> headings;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#")) headings.insert(line);
  }
  return headings;
}

}  // namespace

TEST_CASE("every message has an example here", "[messages]") {
  REQUIRE(examples.size() == message_count);
  for (std::size_t i = 0; i < examples.size(); ++i) CHECK(examples[i].message == static_cast<Message>(i));
}

TEST_CASE("every sentence of every language is whole, one line, short and ends with a full stop", "[messages]") {
  for (const Language language : all_languages) {
    for (const Problem& problem : examples) {
      const std::string text = sentence(problem, language);
      CAPTURE(tag(language), token(code_of(problem.message)), text);
      CHECK(text.find_first_of("{}") == text.npos);
      CHECK(text.ends_with('.'));
      CHECK(text.find('!') == text.npos);
      CHECK_FALSE(find_hidden(text).has_value());
      CHECK(code_points(text) <= 400);
      CHECK(decode(text, FallbackEncoding::reject).has_value());
    }
  }
}

TEST_CASE("a value is named in every language or in none", "[messages]") {
  for (const Problem& problem : examples) {
    for (std::size_t i = 0; i < problem.arguments.size(); ++i) {
      Problem marked = problem;
      marked.arguments[i].second = "<marked>";
      const auto named = [&](Language language) {
        return sentence(marked, language).find("<marked>") != std::string::npos;
      };
      CAPTURE(token(code_of(problem.message)), problem.arguments[i].first);
      for (const Language language : all_languages) CHECK(named(language) == named(Language::en));
    }
  }
}

TEST_CASE("no two messages say the same, and no language repeats another's sentence", "[messages]") {
  std::set<std::string> sentences;
  for (const Language language : all_languages) {
    for (const Problem& problem : examples) sentences.insert(sentence(problem, language));
  }
  CHECK(sentences.size() == message_count * all_languages.size());
}

TEST_CASE("a message names the value and what to do", "[messages]") {
  CHECK(taken_by("Acme Ltda") ==
        "The client number 1042 already belongs to \"Acme Ltda\" (company ID 91). Choose another number or change that "
        "client first.");
  CHECK(
      taken_by("Acme Ltda", Language::pt_br) ==
      "O número do cliente 1042 já pertence a \"Acme Ltda\" (ID da empresa 91). Escolha outro número ou altere antes o "
      "daquele cliente.");
}

TEST_CASE("a file that is no CSV is told how to become one", "[messages]") {
  for (const Problem& problem : examples) {
    if (code_of(problem.message) != Code::not_csv) continue;
    CHECK(sentence(problem, Language::en).find("File > Save As > CSV UTF-8 (Comma delimited)") != std::string::npos);
    CHECK(sentence(problem, Language::pt_br).find("Arquivo > Salvar como > CSV UTF-8 (delimitado por vírgulas)") !=
          std::string::npos);
  }
}

TEST_CASE("a value of 60 characters is shown whole, a longer one is shortened with an ellipsis", "[messages]") {
  std::string name;
  for (int i = 0; i < 60; ++i) name += "ç";
  CHECK(taken_by(name).find("\"" + name + "\"") != std::string::npos);
  const std::string kept = name.substr(0, name.size() - 2);
  CHECK(taken_by(name + "ç").find("\"" + kept + "…\"") != std::string::npos);
}

TEST_CASE("a long list of rows is cut between two of them", "[messages]") {
  std::string rows = "100";
  for (int row = 101; row < 130; ++row) rows += ", " + std::to_string(row);
  CHECK(duplicate_in(rows).find("(rows: 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, …)") !=
        std::string::npos);
}

TEST_CASE("line breaks and invisible characters in a value are shown", "[messages]") {
  CHECK(taken_by("Acme\nLtda").find("\"Acme␤Ltda\"") != std::string::npos);
  CHECK(taken_by("Acme\r\nLtda\r").find("\"Acme␤Ltda␤\"") != std::string::npos);
  CHECK(taken_by("Acme\u2028Ltda").find("\"Acme␤Ltda\"") != std::string::npos);
  CHECK(taken_by("é\u200Bz\tü").find("\"é[U+200B]z[U+0009]ü\"") != std::string::npos);
}

TEST_CASE("a character that nobody can see is named", "[messages]") {
  const auto typed_with = [](const std::string& code_point, Language language) {
    return sentence({Message::header_missing_hidden,
                     1,
                     {{"header", "Client number"}, {"character", code_point}, {"position", "7"}}},
                    language);
  };
  CHECK(typed_with("U+00A0", Language::en) ==
        "The column \"Client number\" is missing: its header contains a no-break space (U+00A0) at position 7. Type "
        "\"Client number\" anew into that cell and drop the file again.");
  CHECK(typed_with("U+FEFF", Language::pt_br).find("contém uma marca de ordem de bytes (U+FEFF)") != std::string::npos);
  CHECK(typed_with("U+0421", Language::en).find("contains an unusual character (U+0421)") != std::string::npos);
}

TEST_CASE("braces in a value stay as they are", "[messages]") {
  CHECK(taken_by("{id} }{ {").find("\"{id} }{ {\" (company ID 91)") != std::string::npos);
}

TEST_CASE("any value gives one visible line of valid UTF-8", "[messages]") {
  CHECK_PROPERTY("a sentence shows nothing hidden", [](const std::vector<std::uint16_t>& units) {
    static constexpr std::string_view pieces[] = {"a",  "é",      "€",      "😀", "\r", "\n",
                                                  "\t", "\u200B", "\u202E", "{", "}",  "\""};
    std::string name;
    for (const std::uint16_t unit : units) name += pieces[unit % std::size(pieces)];
    const std::string text = taken_by(name);
    RC_ASSERT(!find_hidden(text).has_value());
    RC_ASSERT(decode(text, FallbackEncoding::reject).has_value());
    RC_ASSERT(text.ends_with("(company ID 91). Choose another number or change that client first."));
  });
}

TEST_CASE("headers and report columns are those of the specification", "[messages]") {
  CHECK(header(Column::company_id, Language::en) == "Company ID");
  CHECK(header(Column::display_name, Language::en) == "Display name");
  CHECK(header(Column::client_number, Language::en) == "Client number");
  CHECK(header(Column::company_id, Language::pt_br) == "ID da empresa");
  CHECK(header(Column::display_name, Language::pt_br) == "Nome de exibição");
  CHECK(header(Column::client_number, Language::pt_br) == "Número do cliente");
  CHECK(header(ReportColumn::row, Language::en) == "Row");
  CHECK(header(ReportColumn::error_code, Language::en) == "Error code");
  CHECK(header(ReportColumn::error, Language::en) == "Error");
  CHECK(header(ReportColumn::row, Language::pt_br) == "Linha");
  CHECK(header(ReportColumn::error_code, Language::pt_br) == "Código do erro");
  CHECK(header(ReportColumn::error, Language::pt_br) == "Erro");
  for (const Language language : all_languages) CHECK(header(ReportColumn::ref, language) == "Ref");
  CHECK(tag(Language::en) == "en");
  CHECK(tag(Language::pt_br) == "pt-BR");
}

TEST_CASE("details have headers and words of each language", "[messages]") {
  CHECK(header(DetailColumn::type, Language::en) == "Type");
  CHECK(header(DetailColumn::lead, Language::en) == "Lead accountant");
  CHECK(header(DetailColumn::status, Language::en) == "Status");
  CHECK(header(DetailColumn::type, Language::pt_br) == "Tipo");
  CHECK(header(DetailColumn::lead, Language::pt_br) == "Contador responsável");
  CHECK(header(DetailColumn::status, Language::pt_br) == "Situação");
  CHECK(read_status("Active") == true);
  CHECK(read_status("INATIVO") == false);
  for (const std::string_view other : {"", "activ", "actives", "closed"}) CHECK_FALSE(read_status(other).has_value());
  for (const Language language : all_languages) {
    for (const bool active : {true, false}) CHECK(read_status(status_name(active, language)) == active);
  }
}

TEST_CASE("headers are stored as cleaned cells are: NFC", "[messages]") {
  for (const Language language : all_languages) {
    for (const Column column : all_columns) CHECK(clean(header(column, language)) == header(column, language));
    for (const ReportColumn column : all_report_columns)
      CHECK(clean(header(column, language)) == header(column, language));
    for (const DetailColumn column : all_detail_columns)
      CHECK(clean(header(column, language)) == header(column, language));
  }
}

TEST_CASE("every code has a message and a token of its own", "[messages]") {
  std::set<Code> told;
  for (const Problem& problem : examples) told.insert(code_of(problem.message));
  std::set<std::string_view> tokens;
  for (const Code code : all_codes()) {
    CAPTURE(token(code));
    CHECK(told.contains(code));
    tokens.insert(token(code));
  }
  CHECK(tokens.size() == all_codes().size());
}

TEST_CASE("messages of one kind share a code", "[messages]") {
  CHECK(code_of(Message::file_empty_header) == Code::file_empty);
  CHECK(code_of(Message::not_csv_compressed) == Code::not_csv);
  CHECK(code_of(Message::encoding_not_utf8) == Code::encoding_unknown);
  CHECK(code_of(Message::csv_text_after_quote) == Code::csv_malformed);
  CHECK(code_of(Message::header_missing_near) == Code::header_missing);
  CHECK(code_of(Message::display_name_control) == Code::display_name_invalid);
  CHECK(code_of(Message::client_number_spreadsheet_error) == Code::client_number_formula);
  CHECK(code_of(Message::client_number_zeros_lost_other) == Code::client_number_reformatted);
  CHECK(code_of(Message::client_number_hidden) == Code::client_number_invalid);
}

TEST_CASE("every code is explained in both languages", "[messages]") {
  for (const std::string file : {"errors.md", "errors.pt-BR.md"}) {
    const std::set<std::string> headings = headings_of(file);
    for (const Code code : all_codes()) {
      CAPTURE(file, token(code));
      CHECK(headings.contains("### `" + std::string(token(code)) + "`"));
    }
  }
}
