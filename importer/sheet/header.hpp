// The header of a file: which record it is, under which delimiter, and which columns it names in which language (spec
// §3, §4.1).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/messages/messages.hpp"
#include "importer/sheet/csv.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

/// A header record under one delimiter.
struct Header {
  std::size_t row = 0;
  std::vector<std::string> decoded, cells;            ///< as spelled, cleaned
  std::array<std::vector<std::size_t>, 3> positions;  ///< by Column: the cells that name it
  std::array<std::optional<Language>, 3> languages;   ///< by Column: of the first cell that names it
  std::array<std::optional<std::size_t>, 3> near;     ///< by Column: the cell that nearly names it
  std::array<std::optional<Language>, 3> near_languages;
  std::optional<std::size_t> ref;

  [[nodiscard]] bool has(Column column) const { return !positions[static_cast<std::size_t>(column)].empty(); }
  [[nodiscard]] bool complete() const {
    return std::ranges::all_of(all_columns, [&](Column c) { return has(c); });
  }
  /// How many required columns are there or nearly there.
  [[nodiscard]] std::size_t score() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        all_columns, [&](Column c) { return has(c) || near[static_cast<std::size_t>(c)].has_value(); }));
  }
};

/// The client number's header sets the language, then those of the other columns, then near misses.
[[nodiscard]] Language language_of(const Header& found);

/// The start of a text: how it is written, and its header.
struct Reading {
  Dialect dialect;
  std::string_view records;      ///< the text behind its `sep=` line
  std::optional<Header> header;  ///< the first record that is not blank; nullopt where there is none
};

/// Finds dialect and header (docs/specification.md §3, "Dialect").
[[nodiscard]] Reading read_header(std::string_view text, const SheetRules& rules);

/// True where all cells of a record are empty after cleaning: such records are no rows.
[[nodiscard]] bool is_blank(const Record& record);

}  // namespace clientsync
