// Reads CSV files as an import does, for tests in other languages: bytes to text, text to records.
// Standard input holds any number of frames: a delimiter, the length in decimal, a line feed, the file's bytes.
// For each, it prints the records as JSON arrays, one on each line, and a closing line: `{}`, or
// `{"error": why, "row": number}`, with row 0 for bytes that are not text.
#include <algorithm>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/text.hpp"

using namespace clientsync;

namespace {

void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (const char& c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00" + hex(std::as_bytes(std::span(&c, 1)));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_record(std::string& out, const Record& record) {
  char separator = '[';
  for (const Field& field : record.fields) {
    out += separator;
    append_json(out, field.text());
    separator = ',';
  }
  out += "]\n";
}

void append_error(std::string& out, std::string_view why, std::size_t row) {
  out.append("{\"error\": \"").append(why).append("\", \"row\": ").append(std::to_string(row)).append("}\n");
}

std::string rows_of(std::string_view bytes, char delimiter) {
  std::string out;
  const auto decoded = decode(bytes, FallbackEncoding::windows1252);
  if (!decoded.has_value()) {
    append_error(out, "encoding_unknown", 0);
    return out;
  }
  CsvReader reader(*decoded, delimiter);
  while (const auto record = reader.next()) append_record(out, *record);
  if (!reader.error()) return out + "{}\n";
  const bool unterminated = reader.error()->why == CsvError::Why::unterminated_quote;
  append_error(out, unterminated ? "unterminated_quote" : "text_after_quote", reader.error()->row);
  return out;
}

}  // namespace

int main() {
  const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  for (std::string_view frames = input; !frames.empty();) {
    const std::size_t line_end = frames.find('\n');
    if (line_end == std::string_view::npos || line_end < 2) {
      std::cerr << "csv_rows: no frame at byte " << input.size() - frames.size() << '\n';
      return 2;
    }
    const std::size_t length = std::stoul(std::string(frames.substr(1, line_end - 1)));
    std::cout << rows_of(frames.substr(line_end + 1, length), frames.front());
    frames.remove_prefix(std::min(frames.size(), line_end + 1 + length));
  }
  return std::cout.flush() ? 0 : 1;
}
