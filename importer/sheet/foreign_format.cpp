#include "importer/sheet/foreign_format.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "importer/sheet/encoding.hpp"

namespace clientsync {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view zip_entry = "PK\x03\x04";

struct ZipEntry {
  std::string_view name;
  std::string_view rest;  ///< the bytes after the name and the extra field: the contents
};

/// The entry whose header stands at the start of `bytes`; empty if the header is cut off.
ZipEntry entry_of(std::string_view bytes) {
  constexpr std::size_t name_length = 26, extra_length = 28, header_length = 30;
  if (bytes.size() < header_length) return {};
  const auto number = [bytes](std::size_t at) {
    return static_cast<unsigned char>(bytes[at]) + std::size_t{256} * static_cast<unsigned char>(bytes[at + 1]);
  };
  const std::size_t contents = header_length + number(name_length) + number(extra_length);
  return {bytes.substr(header_length, number(name_length)), bytes.substr(std::min(contents, bytes.size()))};
}

/// Entries are found by their mark, because a ZIP file need not say at its start how long they are.
bool any_entry_starts_with(std::string_view bytes, std::string_view folder) {
  for (std::size_t at = 0; at != std::string_view::npos; at = bytes.find(zip_entry, at + zip_entry.size())) {
    if (entry_of(bytes.substr(at)).name.starts_with(folder)) return true;
  }
  return false;
}

/// The first entry tells whose file it is, so that an archive that contains a spreadsheet is still an archive.
ForeignFormat format_of_zip(std::string_view bytes) {
  constexpr std::array office{"[Content_Types].xml"sv, "_rels/"sv, "docProps/"sv, "customXml/"sv, "xl/"sv, "word/"sv};
  constexpr std::string_view open_document = "application/vnd.oasis.opendocument.";
  const ZipEntry first = entry_of(bytes);
  if (first.name == "mimetype" && first.rest.starts_with(open_document)) {
    const std::string_view kind = first.rest.substr(open_document.size());
    return kind.starts_with("text") ? ForeignFormat::word : ForeignFormat::spreadsheet;
  }
  if (std::ranges::any_of(office, [&](std::string_view part) { return first.name.starts_with(part); }))
    return any_entry_starts_with(bytes, "word/") ? ForeignFormat::word : ForeignFormat::spreadsheet;
  // Numbers keeps its tables in the folder Index.
  return any_entry_starts_with(bytes, "Index/") ? ForeignFormat::spreadsheet : ForeignFormat::zip;
}

/// The directory of an OLE file has the names of its parts in UTF-16.
ForeignFormat format_of_ole(std::string_view bytes) {
  constexpr std::string_view word_document = "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0"sv;
  return bytes.find(word_document) == std::string_view::npos ? ForeignFormat::old_spreadsheet : ForeignFormat::word;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The start of a file in lower case, without mark and white space, long enough to recognise markup. UTF-16 is narrowed
/// by dropping every other byte, because markup is ASCII.
std::string start_of_markup(std::string_view bytes) {
  constexpr std::size_t enough = 4096;
  const bool wide = bytes.starts_with(utf16le_mark) || bytes.starts_with(utf16be_mark);
  const std::size_t first = bytes.starts_with(utf8_mark)      ? utf8_mark.size()
                            : bytes.starts_with(utf16le_mark) ? utf16le_mark.size()
                            : wide                            ? utf16be_mark.size() + 1
                                                              : 0;
  std::string head;
  for (std::size_t i = first; i < std::min(bytes.size(), enough); i += wide ? 2 : 1) head += lower(bytes[i]);
  head.erase(0, head.find_first_not_of(" \t\r\n\f\v"));
  return head;
}

bool opens(std::string_view markup, std::string_view tag) {
  if (!markup.starts_with(tag)) return false;
  const char next = markup.size() > tag.size() ? markup[tag.size()] : '>';
  return std::string_view(" \t\r\n/>").find(next) != std::string_view::npos;
}

/// `markup` after its XML declaration, processing instructions and comments.
std::string_view skip_prolog(std::string_view markup) {
  for (;;) {
    const std::string_view close = markup.starts_with("<?") ? "?>" : markup.starts_with("<!--") ? "-->" : "";
    const std::size_t end = close.empty() ? std::string_view::npos : markup.find(close);
    if (end == std::string_view::npos) return markup;
    markup.remove_prefix(end + close.size());
    markup.remove_prefix(std::min(markup.find_first_not_of(" \t\r\n"), markup.size()));
  }
}

bool is_markup(std::string_view markup) {
  constexpr std::array tags{std::string_view("<!doctype html"), std::string_view("<html"), std::string_view("<table")};
  // The root elements of Excel 2003's XML and of flat OpenDocument.
  constexpr std::array workbooks{std::string_view("<workbook"), std::string_view("<ss:workbook"),
                                 std::string_view("<office:document")};
  const std::string_view body = skip_prolog(markup);
  const auto opens_body = [body](std::string_view tag) { return opens(body, tag); };
  return std::ranges::any_of(tags, opens_body) ||
         (opens(markup, "<?xml") && std::ranges::any_of(workbooks, opens_body));
}

}  // namespace

std::optional<ForeignFormat> foreign_format(std::string_view bytes) {
  if (bytes.starts_with(zip_entry)) return format_of_zip(bytes);
  if (bytes.starts_with("PK\x05\x06") || bytes.starts_with("PK\x07\x08")) return ForeignFormat::zip;
  if (bytes.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) return format_of_ole(bytes);
  if (bytes.starts_with("\x1F\x8B")) return ForeignFormat::gzip;
  if (bytes.starts_with("7z\xBC\xAF\x27\x1C")) return ForeignFormat::seven_zip;
  if (bytes.starts_with("Rar!\x1A\x07")) return ForeignFormat::rar;
  const std::string markup = start_of_markup(bytes);
  if (markup.starts_with("%pdf-")) return ForeignFormat::pdf;
  if (is_markup(markup)) return ForeignFormat::html;
  return std::nullopt;
}

}  // namespace clientsync
