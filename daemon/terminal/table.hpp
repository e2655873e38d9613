// A table for people: columns that are aligned, and cut if they would not fit the terminal. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/terminal/terminal.hpp"

namespace clientsync {

struct TableColumn {
  std::string heading{};
  bool key = false;    ///< what people copy from it must be whole: it is cut only if cutting the others is not enough
  bool right = false;  ///< its cells are numbers, aligned at their right
  /// How many bytes of its cells are shown on a terminal with fewer than 60 columns. 0: it is left out there.
  std::size_t narrow = std::string::npos;
};

/// One cell for each column, as any bytes: the table escapes them.
using TableRow = std::vector<std::string>;

/// The width of each column. All of them take as much as they need if `width`, the terminal's, allows it or is nullopt.
/// Otherwise the widest columns that are no keys shrink first.
[[nodiscard]] std::vector<std::size_t> column_widths(std::span<const TableColumn> columns,
                                                     std::span<const TableRow> rows, std::optional<std::size_t> width);

/// Turns rows into lines while they come in. The first thousand rows decide how wide the columns are; a later cell that
/// needs more is cut on a terminal, and moves what follows it elsewhere.
class Table {
 public:
  /// `terminal`: where the lines go; nullopt: to a file or a pipe, for which nothing is cut or coloured.
  Table(std::vector<TableColumn> columns, std::optional<Terminal> terminal);

  /// The lines that can be printed now: none until the widths are known.
  [[nodiscard]] std::string add(TableRow row);

  /// The lines that are left. The headings are printed even if there is no row.
  [[nodiscard]] std::string finish();

 private:
  [[nodiscard]] std::string begin();
  [[nodiscard]] std::string line_of(std::span<const std::string> cells, bool heading) const;

  std::vector<TableColumn> columns_;  ///< as they are shown
  std::vector<std::size_t> cuts_;     ///< on a narrow terminal: how many bytes are shown of each cell of a row
  std::optional<Terminal> terminal_;
  std::vector<TableRow> first_rows_;
  std::vector<std::size_t> widths_;  ///< empty until they are known
};

}  // namespace clientsync
