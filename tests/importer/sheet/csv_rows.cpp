// Reads CSV files as an import does, for tests in other languages: bytes to text, text to records.
// Standard input holds any number of frames: a delimiter, the length in decimal, a line feed, the file's bytes.
// For each, standard output gets its records as JSON arrays, one a line, and a closing line: `{}`, or
// `{"error": why, "row": number}`, where the row is 0 for bytes that are no text.
#include <algorithm>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"

using namespace clientsync;

namespace {

void append_json(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4U];
      out += digits[byte & 0x0FU];
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
  CsvReader reader(decoded->text, delimiter);
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
