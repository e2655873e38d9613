#include "importer/sheet/split.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/sheet/header.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// Finds in a file's bytes what was found in its text. Places are asked for in ascending order.
class Places {
 public:
  Places(std::string_view bytes, std::string_view text) : text_(text), place_(bytes.size() - text.size()) {
    if (bytes.starts_with(utf16le_mark) || bytes.starts_with(utf16be_mark)) {
      encoding_ = Encoding::utf16le;
      place_ = utf16le_mark.size();
    } else if (!bytes.ends_with(text)) {
      encoding_ = Encoding::windows1252;
      place_ = 0;
    }
  }

  /// The position in the bytes of what is at `position` in the text.
  std::size_t of(std::size_t position) {
    place_ += width_of(text_.substr(position_, position - position_));
    position_ = position;
    return place_;
  }

 private:
  [[nodiscard]] std::size_t width_of(std::string_view piece) const {
    if (encoding_ == Encoding::utf8) return piece.size();
    if (encoding_ == Encoding::windows1252) return code_points(piece);
    // Characters of four bytes in UTF-8 have two units in UTF-16.
    const auto pairs = std::ranges::count_if(piece, [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
    return 2 * (code_points(piece) + static_cast<std::size_t>(pairs));
  }

  std::string_view text_;
  Encoding encoding_ = Encoding::utf8;
  std::size_t position_ = 0, place_;
};

/// A record after the header, with its line end.
struct Piece {
  std::size_t begin = 0;  ///< in the file's bytes
  std::size_t row = 0;
  bool blank = false;
};

/// The records after the header, and one at the end of the file that has nothing.
std::vector<Piece> pieces_of(std::string_view bytes, const std::string& text, const Reading& reading) {
  Places places(bytes, text);
  std::vector<Piece> pieces;
  CsvReader reader(reading.records, reading.dialect.delimiter);
  while (const auto record = reader.next()) {
    if (record->row <= reading.header->row) continue;
    const auto begin = static_cast<std::size_t>(record->raw.data() - text.data());
    pieces.push_back({.begin = places.of(begin), .row = record->row, .blank = is_blank(*record)});
  }
  pieces.push_back({.begin = bytes.size()});
  return pieces;
}

}  // namespace

Result<SheetParts, SplitFault> split_sheet(std::string_view bytes, const SheetRules& limits) {
  SheetRules unlimited = limits;
  unlimited.max_rows = unlimited.max_bytes = std::numeric_limits<std::size_t>::max();
  if (Sheet sheet = read_sheet(bytes, unlimited); sheet.rejected())
    return SplitFault{.language = sheet.language, .problems = std::move(sheet.problems)};
  const std::string text = *decode(bytes, limits.fallback);
  const std::vector<Piece> pieces = pieces_of(bytes, text, read_header(text, limits));
  SheetParts result{.head = bytes.substr(0, pieces.front().begin), .parts = {}};
  std::size_t part_begin = 0;
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
    const auto& [begin, row, blank] = pieces[i];
    const std::size_t end = pieces[i + 1].begin;
    if (result.head.size() + (end - begin) > limits.max_bytes)
      return SplitFault{.language = limits.language, .problems = {}, .too_large_row = row};
    const std::size_t rows = blank ? 0 : 1;
    const bool full = result.parts.empty() || result.parts.back().rows + rows > limits.max_rows ||
                      result.head.size() + (end - part_begin) > limits.max_bytes;
    if (full) {
      result.parts.emplace_back();
      part_begin = begin;
    }
    result.parts.back().rows += rows;
    result.parts.back().records = bytes.substr(part_begin, end - part_begin);
  }
  return result;
}

}  // namespace clientsync
