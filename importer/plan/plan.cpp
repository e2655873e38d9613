#include "importer/plan/plan.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "importer/plan/row_checks.hpp"
#include "importer/plan/rows_together.hpp"

namespace clientsync {
namespace {

/// The same identifiers in as few ranges as possible.
std::vector<DigitRange> merged(std::vector<DigitRange> ranges) {
  std::ranges::sort(ranges, {},
                    [](const DigitRange& range) { return std::pair(range.low.size(), std::string_view(range.low)); });
  std::vector<DigitRange> merged;
  for (DigitRange& range : ranges) {
    if (!merged.empty() && merged.back().low.size() == range.low.size() && range.low <= merged.back().high) {
      merged.back().high = std::max(merged.back().high, range.high);
    } else {
      merged.push_back(std::move(range));
    }
  }
  return merged;
}

/// No column of the register holds more bytes: 100 code points of 4 bytes.
bool may_be_stored(std::string_view cell) {
  constexpr std::size_t longest_stored = 400;
  return !cell.empty() && cell.size() <= longest_stored;
}

}  // namespace

std::string error_codes(const PlannedRow& row) {
  return row.kept == nullptr ? error_codes(row.problems) : std::string(row.kept->error_codes);
}

std::string sentences(const PlannedRow& row, Language language) {
  return row.kept == nullptr ? sentences(row.problems, language) : clean(row.kept->error);
}

Touched touched_by(const Sheet& sheet) {
  Touched touched;
  // An ID in the column of another cell: the columns may have been swapped.
  const auto add_swapped_id = [&](std::string_view cell) {
    if (all_digits(cell) && cell.size() <= max_id_digits) touched.company_ids.push_back(cell);
  };
  for (const Row& row : sheet.rows) {
    const std::string_view id = row.cells[index_of(Column::company_id)];
    if (may_be_stored(id)) touched.company_ids.push_back(id);
    add_swapped_id(row.cells[index_of(Column::display_name)]);
    const std::string_view number = row.cells[index_of(Column::client_number)];
    add_swapped_id(number);
    if (may_be_stored(number)) touched.number_keys.push_back(number_key(number));
    if (row.ref == nullptr) continue;
    touched.company_ids.push_back(row.ref->company_id);
    if (row.ref->number) touched.number_keys.push_back(number_key(*row.ref->number));
  }
  return touched;
}

std::vector<DigitRange> missing_ranges(const Sheet& sheet, const Register& current) {
  std::vector<DigitRange> ranges;
  for (const Row& row : sheet.rows) {
    const std::string_view id = row.cells[index_of(Column::company_id)];
    if (!may_be_stored(id) || current.find(id) != nullptr) continue;
    if (auto range = originals_of(id)) ranges.push_back(*std::move(range));
  }
  return merged(std::move(ranges));
}

bool has_report_lines(const Sheet& sheet) {
  return std::ranges::any_of(
      sheet.rows, [](const Row& row) { return row.report_line != nullptr && !row.report_line->error_codes.empty(); });
}

Plan plan_import(const Sheet& sheet, const Register& current, const Policy& policy, const History& history) {
  Plan plan;
  if (sheet.rejected()) {
    plan.problems = sheet.problems;
    plan.rejected = true;
    return plan;
  }
  RowChecker checker(current, policy, history);
  std::vector<CheckedRow> checked;
  checked.reserve(sheet.rows.size());
  for (const Row& row : sheet.rows) checked.push_back(checker.check(row));
  plan = plan_together(std::move(checked), current, policy);
  plan.sheet_texts = sheet.texts;
  plan.register_texts = current.texts();
  return plan;
}

}  // namespace clientsync
