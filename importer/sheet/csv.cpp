#include "importer/sheet/csv.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace clientsync {
namespace {

bool ends_field(char c, char delimiter) {
  return c == delimiter || c == '\n' || c == '\r';
}

/// `c` in each byte of a word.
constexpr std::uint64_t eight_times(char c) {
  return std::uint64_t{0x0101010101010101} * static_cast<unsigned char>(c);
}

/// The highest bit of each byte of `word` that is zero.
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
  return ~(((word & eight_times('\x7F')) + eight_times('\x7F')) | word | eight_times('\x7F'));
}

/// The highest bit of each of the eight bytes at `at` that ends a field.
std::uint64_t field_ends(const char* at, std::uint64_t delimiters) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return zero_bytes(word ^ delimiters) | zero_bytes(word ^ eight_times('\n')) | zero_bytes(word ^ eight_times('\r'));
}

/// Appends the fields without quotes that begin at `start`, up to the end of the record or the quote of another field.
/// Returns where it stopped. Looks at eight bytes at a time, because reading spends its time here.
std::size_t read_plain_fields(std::string_view text, std::size_t start, char delimiter, std::vector<Field>& fields) {
  const auto add = [&](std::size_t end) { fields.push_back({.raw = {text.data() + start, end - start}}); };
  std::size_t position = start;
  if constexpr (std::endian::native == std::endian::little) {
    const std::uint64_t delimiters = eight_times(delimiter);
    for (; text.size() - position >= sizeof delimiters; position += sizeof delimiters) {
      for (std::uint64_t ends = field_ends(text.data() + position, delimiters); ends != 0; ends &= ends - 1) {
        const std::size_t end = position + static_cast<std::size_t>(std::countr_zero(ends)) / 8;
        add(end);
        if (text[end] != delimiter) return end;
        start = end + 1;
        if (start < text.size() && text[start] == '"') return start;
      }
    }
  }
  for (;; ++position) {
    if (position < text.size() && !ends_field(text[position], delimiter)) continue;
    add(position);
    if (position == text.size() || text[position] != delimiter) return position;
    start = position + 1;
    if (start < text.size() && text[start] == '"') return start;
  }
}

/// The closing quote of the field whose text starts at `position`; npos if it has none.
std::size_t find_closing_quote(std::string_view text, std::size_t position, bool& doubled) {
  for (;;) {
    const std::size_t quote = text.find('"', position);
    if (quote == std::string_view::npos || quote + 1 == text.size() || text[quote + 1] != '"') return quote;
    doubled = true;
    position = quote + 2;
  }
}

/// Reads the field in quotes that begins at `position`, and moves `position` to the delimiter, line end or end of text
/// after it.
std::optional<CsvError::Why> read_quoted_field(std::string_view text, char delimiter, std::size_t& position,
                                               Field& field) {
  const std::size_t start = position;
  const std::size_t close = find_closing_quote(text, start + 1, field.doubled);
  field.raw = text.substr(start + 1, close == std::string_view::npos ? close : close - start - 1);
  if (close == std::string_view::npos) return CsvError::Why::unterminated_quote;
  position = close + 1;
  if (position < text.size() && !ends_field(text[position], delimiter)) return CsvError::Why::text_after_quote;
  return std::nullopt;
}

std::string_view characters_of(LineEnd end) {
  switch (end) {
    case LineEnd::crlf:
      return "\r\n";
    case LineEnd::lf:
      return "\n";
    case LineEnd::cr:
      return "\r";
  }
  return "";
}

/// The line end at `position`, which is at a CR or LF.
LineEnd line_end_at(std::string_view text, std::size_t position) {
  if (text[position] == '\n') return LineEnd::lf;
  return text.substr(position, 2) == "\r\n" ? LineEnd::crlf : LineEnd::cr;
}

}  // namespace

std::string Field::text() const {
  if (!doubled) return std::string(raw);
  std::string text;
  text.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    text += raw[i];
    if (raw[i] == '"') ++i;
  }
  return text;
}

CsvReader::CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

std::optional<Record> CsvReader::next() {
  if (error_ || position_ == text_.size()) return std::nullopt;
  const std::size_t start = position_;
  std::size_t end = start;
  ++row_;
  fields_.clear();
  for (;; ++end) {
    const auto at_quote = [&] { return end < text_.size() && text_[end] == '"'; };
    if (!at_quote()) end = read_plain_fields(text_, end, delimiter_, fields_);
    if (!at_quote()) break;
    if (const auto why = read_quoted_field(text_, delimiter_, end, fields_.emplace_back())) {
      error_ = CsvError{.why = *why, .row = row_, .raw = fields_.back().raw};
      return std::nullopt;
    }
    if (end == text_.size() || text_[end] != delimiter_) break;
  }
  position_ = end;
  if (end < text_.size()) {
    const LineEnd line_end = line_end_at(text_, end);
    position_ += characters_of(line_end).size();
    if (row_ == 1) line_end_ = line_end;
  }
  return Record{.row = row_, .raw = text_.substr(start, end - start), .fields = fields_};
}

void write_field(std::string& out, std::string_view field, char delimiter) {
  const auto is_special = [&](char c) { return c == '"' || ends_field(c, delimiter); };
  if (std::ranges::none_of(field, is_special)) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void write_record(std::string& out, std::span<const std::string> fields, const Dialect& dialect) {
  const bool reads_as_nothing = fields.size() == 1 && fields.front().empty();
  if (reads_as_nothing) out += "\"\"";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += dialect.delimiter;
    write_field(out, fields[i], dialect.delimiter);
  }
  out += characters_of(dialect.line_end);
}

}  // namespace clientsync
