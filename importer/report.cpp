#include "importer/report.hpp"

#include <array>
#include <span>
#include <utility>

#include "importer/sheet/csv.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

using Line = std::array<std::string, all_columns.size() + all_report_columns.size()>;

std::string& cell(Line& line, ReportColumn column) {
  return line[all_columns.size() + index_of(column)];
}

/// A cell of the input in a form that no spreadsheet runs. A cell that has a guard gets no second one, so that it means
/// the same however often its report is dropped again. White space before a guard is dropped if it would itself need a
/// guard.
std::string guard_once(std::string_view decoded) {
  if (!needs_guard(decoded)) return std::string(decoded);
  std::string guarded = guard(unguard(decoded));
  return clean(guarded) == clean(decoded) ? guarded : guard(unguard(trim(decoded)));
}

Line header_line(const Sheet& sheet) {
  Line line;
  for (std::size_t i = 0; i < all_columns.size(); ++i) line[i] = guard_once(sheet.headings[i]);
  for (const ReportColumn column : all_report_columns) cell(line, column) = header(column, sheet.language);
  return line;
}

/// Fills in the columns that a report adds.
void explain(Line& line, std::size_t row, std::span<const Problem> problems, Language language) {
  if (row != 0) cell(line, ReportColumn::row) = std::to_string(row);
  cell(line, ReportColumn::error_code) = error_codes(problems);
  cell(line, ReportColumn::error) = guard(sentences(problems, language));
}

Line problem_line(const Problem& problem, Language language) {
  Line line;
  explain(line, problem.row, std::span(&problem, 1), language);
  return line;
}

Line row_line(const Row& row, const PlannedRow& planned, Language language) {
  Line line;
  for (std::size_t i = 0; i < all_columns.size(); ++i) line[i] = guard_once(row.decoded()[i]);
  explain(line, planned.row, planned.problems, language);
  if (planned.kept != nullptr) {
    cell(line, ReportColumn::error_code) = guard_once(planned.kept->decoded_codes);
    cell(line, ReportColumn::error) = guard_once(planned.kept->error);
  }
  if (planned.ref) cell(line, ReportColumn::ref) = guard(write_ref(*planned.ref));
  return line;
}

}  // namespace

std::string render_report(const Sheet& sheet, const Plan& plan) {
  std::string out(byte_order_mark);
  if (sheet.dialect.sep_line) {
    write_record(out, std::array{std::string("sep=") + sheet.dialect.delimiter},
                 Dialect{.delimiter = '\0', .line_end = sheet.dialect.line_end});
  }
  write_record(out, header_line(sheet), sheet.dialect);
  for (const Problem& problem : plan.problems) write_record(out, problem_line(problem, sheet.language), sheet.dialect);
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (plan.rows[i].outcome == RowOutcome::failed) {
      write_record(out, row_line(sheet.rows[i], plan.rows[i], sheet.language), sheet.dialect);
    }
  }
  return out;
}

}  // namespace clientsync
