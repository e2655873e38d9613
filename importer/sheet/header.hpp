// The header of a file: which record it is, under which delimiter, and which columns it names in which language
// (docs/specification.md §3, §4.1).
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
  std::vector<std::string> decoded, cells;            ///< as spelled; cleaned
  std::array<std::vector<std::size_t>, 3> positions;  ///< by Column: the cells that name it
  std::array<std::optional<Language>, 3> languages;   ///< by Column: of the first cell that names it
  std::array<std::optional<std::size_t>, 3> near;     ///< by Column: the cell that nearly names it
  std::array<std::vector<std::size_t>, 3>
      same_letters;  ///< by Column: the cells that differ from its name only in case, accents, spacing, `_`, `-` or `.`
  std::array<std::optional<Language>, 3> near_languages;     ///< if it is spelled with the name's letters
  std::size_t filled = 0;                                    ///< cells that are not empty
  std::array<std::optional<std::size_t>, 4> report_columns;  ///< by ReportColumn: the first cell that names it
  std::array<std::optional<std::size_t>, 3> detail_columns;  ///< by DetailColumn, likewise; only if they are read

  [[nodiscard]] bool has(Column column) const { return !positions[index_of(column)].empty(); }
  [[nodiscard]] bool complete() const {
    return std::ranges::all_of(all_columns, [&](Column c) { return has(c); });
  }
  [[nodiscard]] bool has_report_columns() const {
    return std::ranges::all_of(report_columns, [](const auto& at) { return at.has_value(); });
  }
  /// How many required columns are named or nearly named.
  [[nodiscard]] std::size_t score() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(all_columns, [&](Column c) { return has(c) || near[index_of(c)].has_value(); }));
  }
};

/// The client number's header sets the language (docs/specification.md §4.1). Without one, the headers of the other
/// columns do, then near misses, then the inbox.
[[nodiscard]] Language language_of(const Header& found, const SheetRules& rules);

/// How a text is written, and its header.
struct Reading {
  Dialect dialect;
  std::string_view records;      ///< the text after its `sep=` line
  std::optional<Header> header;  ///< nullopt if all records are blank
};

/// Finds dialect and header (docs/specification.md §3, "Dialect").
[[nodiscard]] Reading read_header(std::string_view text, const SheetRules& rules);

/// True if all cells of a record are empty after cleaning: such records are not rows.
[[nodiscard]] bool is_blank(const Record& record);

}  // namespace clientsync
