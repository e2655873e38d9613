#include "daemon/terminal/table.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "daemon/terminal/text_width.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::string_view bold = "\x1b[1m", plain = "\x1b[0m";

/// Rows of which the widths are taken.
constexpr std::size_t first_rows = 1000;

/// Makes the columns of `widths` narrower, the widest first, until they fit `room` or are as narrow as `least` says.
void shrink(std::vector<std::size_t>& widths, std::span<const std::size_t> least, std::size_t room) {
  for (std::size_t taken = std::reduce(widths.begin(), widths.end()); taken > room; --taken) {
    std::size_t* widest = nullptr;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] > least[i] && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

/// What a narrow terminal shows of the row.
TableRow cut(const TableRow& row, std::span<const std::size_t> cuts) {
  TableRow shown;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (cuts[i] > 0) shown.push_back(row[i].substr(0, cuts[i]));
  }
  return shown;
}

}  // namespace

std::vector<std::size_t> column_widths(std::span<const TableColumn> columns, std::span<const TableRow> rows,
                                       std::optional<std::size_t> width) {
  constexpr std::size_t good = 12, poor = 6, least = 1;
  std::vector<std::size_t> of_cells(columns.size(), least), widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (const TableRow& row : rows) of_cells[i] = std::max(of_cells[i], display_width(escape(row[i])));
    widths.push_back(std::max(of_cells[i], display_width(columns[i].heading)));
  }
  if (!width) return widths;
  const std::size_t gaps = gap.size() * (columns.size() - 1);
  const std::size_t room = *width > gaps ? *width - gaps : 0;
  // First long texts lose their ends, then headings, then short texts, and what must be whole only at last.
  const auto shrink_to = [&](std::size_t others, bool headings) {
    std::vector<std::size_t> to;
    for (std::size_t i = 0; i < columns.size(); ++i)
      to.push_back(!columns[i].key ? others : headings ? of_cells[i] : widths[i]);
    shrink(widths, to, room);
  };
  shrink_to(good, false);
  shrink_to(good, true);
  shrink_to(poor, true);
  shrink_to(least, true);
  shrink(widths, std::vector<std::size_t>(columns.size(), least), room);
  return widths;
}

Table::Table(std::vector<TableColumn> columns, std::optional<Terminal> terminal)
    : columns_(std::move(columns)), terminal_(terminal) {
  constexpr std::size_t narrow = 60;
  if (!terminal || terminal->width >= narrow) return;
  for (const TableColumn& column : columns_) cuts_.push_back(column.narrow);
  std::erase_if(columns_, [](const TableColumn& column) { return column.narrow == 0; });
}

std::string Table::line_of(std::span<const std::string> cells, bool heading) const {
  std::string line;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string escaped = escape(cells[i]);
    const std::string cell = terminal_ ? cut_to_width(escaped, widths_[i]) : escaped;
    const std::size_t taken = display_width(cell);
    const std::string padding(taken < widths_[i] ? widths_[i] - taken : 0, ' ');
    if (i > 0) line += gap;
    if (columns_[i].right) line += padding;
    line += cell;
    if (!columns_[i].right && i + 1 < columns_.size()) line += padding;
  }
  if (terminal_) line = cut_to_width(line, terminal_->width);
  if (heading && terminal_ && terminal_->colour) line = std::string(bold) + line + std::string(plain);
  return line + "\n";
}

std::string Table::begin() {
  widths_ = column_widths(columns_, first_rows_, terminal_ ? std::optional(terminal_->width) : std::nullopt);
  TableRow headings;
  for (const TableColumn& column : columns_) headings.push_back(column.heading);
  std::string lines = line_of(headings, true);
  for (const TableRow& row : std::exchange(first_rows_, {})) lines += line_of(row, false);
  return lines;
}

std::string Table::add(TableRow row) {
  if (!cuts_.empty()) row = cut(row, cuts_);
  if (!widths_.empty()) return line_of(row, false);
  first_rows_.push_back(std::move(row));
  return first_rows_.size() < first_rows ? std::string() : begin();
}

std::string Table::finish() {
  return widths_.empty() ? begin() : std::string();
}

}  // namespace clientsync
