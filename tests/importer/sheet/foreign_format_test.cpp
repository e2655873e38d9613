#include "importer/sheet/foreign_format.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.hpp"

using namespace clientsync;
using namespace std::string_literals;

namespace {

struct Entry {
  std::string name;
  std::string contents;
};

/// The entries of a ZIP file, without its directory.
std::string zip_of(const std::vector<Entry>& entries) {
  std::string bytes;
  for (const Entry& entry : entries) {
    bytes += "PK\x03\x04\x14\0\0\0\x08\0"s + std::string(16, '\0');
    bytes += {static_cast<char>(entry.name.size()), '\0', '\0', '\0'};
    bytes += entry.name + entry.contents;
  }
  return bytes;
}

std::string narrow_utf16(std::string_view text, bool little) {
  std::string bytes = little ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : text) bytes += little ? std::string{c, '\0'} : std::string{'\0', c};
  return bytes;
}

std::string bytes_of(const std::string& name) {
  std::ifstream in(std::filesystem::path(CLIENTSYNC_SOURCE_DIR) / "tests/cases" / name, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::string ole = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

}  // namespace

TEST_CASE("a ZIP file is what its first entries say", "[not_csv]") {
  const std::vector<Entry> workbook{{"[Content_Types].xml", "<Types/>"}, {"_rels/.rels", ""}, {"xl/workbook.xml", ""}};
  CHECK(foreign_format(zip_of(workbook)) == ForeignFormat::spreadsheet);
  CHECK(foreign_format(zip_of({{"docProps/app.xml", ""}, {"xl/workbook.bin", ""}})) == ForeignFormat::spreadsheet);
  CHECK(foreign_format(zip_of({{"[Content_Types].xml", ""}, {"_rels/.rels", ""}, {"word/document.xml", ""}})) ==
        ForeignFormat::word);
  CHECK(foreign_format(zip_of({{"mimetype", "application/vnd.oasis.opendocument.spreadsheetPK"}})) ==
        ForeignFormat::spreadsheet);
  CHECK(foreign_format(zip_of({{"mimetype", "application/vnd.oasis.opendocument.textPK"}})) == ForeignFormat::word);
  CHECK(foreign_format(zip_of({{"preview.jpg", "x"}, {"Index/Document.iwa", ""}})) == ForeignFormat::spreadsheet);
  CHECK(foreign_format(zip_of({{"clients.csv", "Company ID,Display name"}})) == ForeignFormat::zip);
  CHECK(foreign_format(zip_of({{"clients.xlsx", zip_of(workbook)}})) == ForeignFormat::zip);
  CHECK(foreign_format(zip_of({{"mimetype", "application/epub+zip"}})) == ForeignFormat::zip);
  CHECK(foreign_format("PK\x05\x06") == ForeignFormat::zip);
}

TEST_CASE("a ZIP file that is cut off anywhere has a format", "[not_csv]") {
  const std::string whole = zip_of({{"_rels/.rels", "x"}, {"word/document.xml", "y"}});
  for (std::size_t size = 4; size <= whole.size(); ++size)
    CHECK(foreign_format(std::string_view(whole).substr(0, size)).has_value());
}

TEST_CASE("an OLE file is a spreadsheet unless it has a part of Word", "[not_csv]") {
  CHECK(foreign_format(ole + "rest") == ForeignFormat::old_spreadsheet);
  CHECK(foreign_format(ole + narrow_utf16("WordDocument", true)) == ForeignFormat::word);
}

TEST_CASE("files as office programs write them are known", "[not_csv]") {
  for (const char* const name : {"libreoffice-workbook.xlsx", "libreoffice-workbook.ods", "clients.numbers"})
    CHECK(foreign_format(bytes_of(name)) == ForeignFormat::spreadsheet);
  CHECK(foreign_format(bytes_of("libreoffice-workbook.xls")) == ForeignFormat::old_spreadsheet);
  CHECK(foreign_format(bytes_of("letter.docx")) == ForeignFormat::word);
  CHECK(foreign_format(bytes_of("clients.zip")) == ForeignFormat::zip);
}

TEST_CASE("PDFs, web pages and compressed files are known by their first bytes", "[not_csv]") {
  CHECK(foreign_format("%PDF-1.7\n") == ForeignFormat::pdf);
  CHECK(foreign_format("\xEF\xBB\xBF\n%PDF-1.7\n") == ForeignFormat::pdf);
  CHECK(foreign_format("\x1F\x8B\x08") == ForeignFormat::gzip);
  CHECK(foreign_format("7z\xBC\xAF\x27\x1C\0\4"s) == ForeignFormat::seven_zip);
  CHECK(foreign_format("Rar!\x1A\x07\x01") == ForeignFormat::rar);
  for (const std::string_view page :
       {"<html>", "<HTML lang=pt>", "<!DOCTYPE html>", "<!doctype HTML PUBLIC \"x\">", "<table border=1>",
        "\r\n \t<html>", "\xEF\xBB\xBF <Html>", "<?xml version=\"1.0\"?>\n<html xmlns=\"x\">",
        "<?xml version='1.0'?>\r\n<?mso-application progid=\"Excel.Sheet\"?>\r\n<!-- a -->\n<Workbook xmlns=\"x\">",
        "<?xml version='1.0'?><office:document xmlns:office='x'>", "<!-- saved from a page --><html>"})
    CHECK(foreign_format(page) == ForeignFormat::html);
  CHECK(foreign_format(narrow_utf16("<html>", true)) == ForeignFormat::html);
  CHECK(foreign_format(narrow_utf16(" <html>", false)) == ForeignFormat::html);
}

TEST_CASE("what may be a CSV is not taken for something else", "[not_csv]") {
  for (const std::string_view text : {"", "PK", "PK;Nome", "Company ID,Display name", "<htmlx>,a", "<workbook>,a",
                                      "<a>,b", "<?xml version=\"1.0\"?><clients/>", "<?xml", "<!-- never closed", "%PD",
                                      "table,html", "\xEF\xBB\xBF", "\xFF\xFE", "7z,clients", "Rar!,x"})
    CHECK(foreign_format(text) == std::nullopt);
}
