#include "importer/plan/plan.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "importer/plan/row_checks.hpp"

namespace clientsync {
namespace {

Plan rejected_plan(std::vector<Problem> problems) {
  Plan plan;
  plan.problems = std::move(problems);
  plan.rejected = true;
  return plan;
}

/// The rows of one file while they are judged together (docs/specification.md §4.3). A row is known by its index in the
/// sheet.
class Judgement {
 public:
  Judgement(std::vector<CheckedRow> rows, const Register& current, const Policy& policy)
      : rows_(std::move(rows)), leader_(rows_.size()), current_(current), policy_(policy) {}

  Plan plan();

 private:
  [[nodiscard]] bool passed(std::size_t i) const { return rows_[i].problems.empty() && !rows_[i].row->kept(); }
  /// True unless the row repeats an earlier one.
  [[nodiscard]] bool leads(std::size_t i) const { return leader_[i] == i; }
  [[nodiscard]] bool creates(std::size_t i) const { return rows_[i].client == nullptr; }
  [[nodiscard]] std::string rows_but(const std::vector<std::size_t>& members, std::size_t without) const;
  void fail(std::size_t i, Message message, std::vector<std::pair<std::string_view, std::string>> arguments);

  void group_by_company();
  void check_places();
  void check_duplicate_numbers();
  void check_taken_numbers();
  void apply_all_or_nothing(Plan& plan);
  void check_changes(Plan& plan) const;
  [[nodiscard]] RowOutcome outcome_of(std::size_t i) const;
  [[nodiscard]] ClientWrite write_of(std::size_t i) const;

  std::vector<CheckedRow> rows_;
  std::vector<std::size_t> leader_;  ///< the first row that writes the same to the same client; mostly the row itself
  const Register& current_;
  const Policy& policy_;
};

/// The rows of `members` except one, "3, 7". Only the first ten, because a thousand rows with one number would
/// otherwise give a million row numbers.
std::string Judgement::rows_but(const std::vector<std::size_t>& members, std::size_t without) const {
  constexpr std::size_t enough = 10;
  std::string text;
  std::size_t shown = 0;
  for (const std::size_t i : members) {
    if (i == without) continue;
    if (shown++ == enough) return text + ", …";
    text += (text.empty() ? "" : ", ") + std::to_string(rows_[i].row->row);
  }
  return text;
}

void Judgement::fail(std::size_t i, Message message, std::vector<std::pair<std::string_view, std::string>> arguments) {
  rows_[i].problems.push_back({message, rows_[i].row->row, std::move(arguments)});
}

void Judgement::group_by_company() {
  std::unordered_map<std::string_view, std::vector<std::size_t>> companies;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    leader_[i] = i;
    if (passed(i)) companies[rows_[i].company_id].push_back(i);
  }
  for (const auto& [company_id, members] : companies) {
    const CheckedRow& first = rows_[members.front()];
    const bool same = std::ranges::all_of(members, [&](std::size_t i) {
      return rows_[i].number_after == first.number_after && rows_[i].name_after == first.name_after;
    });
    for (const std::size_t i : members) {
      if (same) {
        leader_[i] = members.front();
      } else {
        fail(i, Message::company_id_duplicate, {{"value", rows_[i].company_id}, {"rows", rows_but(members, i)}});
      }
    }
  }
}

void Judgement::check_places() {
  std::vector<std::size_t> creations;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (leads(i) && passed(i) && creates(i)) creations.push_back(i);
  }
  const std::size_t places = policy_.max_clients - std::min(policy_.max_clients, current_.client_count());
  if (creations.size() <= places) return;
  for (const std::size_t i : creations) {
    fail(i, Message::register_full,
         {{"created", std::to_string(creations.size())},
          {"places", std::to_string(places)},
          {"limit", std::to_string(policy_.max_clients)}});
  }
}

void Judgement::check_duplicate_numbers() {
  std::unordered_map<std::string_view, std::vector<std::size_t>> wanted;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (leads(i) && passed(i) && rows_[i].number_after) wanted[*rows_[i].number_after].push_back(i);
  }
  for (const auto& [number, members] : wanted) {
    if (members.size() == 1) continue;
    for (const std::size_t i : members) {
      const bool has_it_already = !creates(i) && rows_[i].client->number == number;
      if (!has_it_already)
        fail(i, Message::client_number_duplicate, {{"value", std::string(number)}, {"rows", rows_but(members, i)}});
    }
  }
}

/// Accepts the largest set of rows that leaves every number unique: starts with all rows, and removes those whose
/// number stays with its holder until nothing changes. A row depends on at most one other, the one that gives the
/// holder another number, so each is looked at once.
void Judgement::check_taken_numbers() {
  std::unordered_map<std::string_view, std::size_t> row_of, failed_row_of;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!passed(i)) failed_row_of.emplace(rows_[i].company_id, i);
    if (leads(i) && passed(i)) row_of.emplace(rows_[i].company_id, i);
  }
  std::vector<std::vector<std::size_t>> waiting_for(rows_.size());
  std::vector<std::pair<std::size_t, const Client*>> taken;
  for (const auto& [company_id, i] : row_of) {
    const Client* holder = rows_[i].number_after ? current_.holder(*rows_[i].number_after) : nullptr;
    if (holder == nullptr || holder == rows_[i].client) continue;
    const auto mover = row_of.find(holder->company_id);
    if (mover == row_of.end()) {
      taken.emplace_back(i, holder);
    } else {
      waiting_for[mover->second].push_back(i);
    }
  }
  while (!taken.empty()) {
    const auto [i, holder] = taken.back();
    taken.pop_back();
    std::vector<std::pair<std::string_view, std::string>> arguments{
        {"value", *rows_[i].number_after}, {"id", holder->company_id}, {"name", holder->display_name}};
    const auto failed = failed_row_of.find(holder->company_id);
    if (failed != failed_row_of.end()) arguments.emplace_back("row", std::to_string(rows_[failed->second].row->row));
    fail(i, failed == failed_row_of.end() ? Message::client_number_taken : Message::client_number_taken_row,
         std::move(arguments));
    failed_row_of.emplace(rows_[i].company_id, i);
    for (const std::size_t waiting : waiting_for[i]) taken.emplace_back(waiting, rows_[i].client);
  }
}

RowOutcome Judgement::outcome_of(std::size_t i) const {
  const CheckedRow& row = rows_[i];
  if (!passed(i)) return RowOutcome::failed;
  if (!leads(i)) return RowOutcome::unchanged;
  if (row.client == nullptr) return RowOutcome::created;
  const bool same = row.number_after == row.client->number && row.name_after == row.client->display_name;
  return same ? RowOutcome::unchanged : RowOutcome::updated;
}

ClientWrite Judgement::write_of(std::size_t i) const {
  const CheckedRow& row = rows_[i];
  ClientWrite write{.company_id = row.company_id,
                    .created = row.client == nullptr,
                    .name_after = row.name_after,
                    .number_after = row.number_after};
  if (row.client != nullptr) {
    write.name_before = row.client->display_name;
    write.number_before = row.client->number;
  }
  return write;
}

void mark_releases(std::vector<ClientWrite>& writes) {
  std::unordered_set<std::string_view> taken;
  for (const ClientWrite& write : writes) {
    if (write.number_after && write.number_after != write.number_before) taken.insert(*write.number_after);
  }
  for (ClientWrite& write : writes) write.release_first = write.number_before && taken.contains(*write.number_before);
}

void Judgement::apply_all_or_nothing(Plan& plan) {
  const bool failed = std::ranges::any_of(plan.rows, [](const PlannedRow& row) { return !row.problems.empty(); });
  if (policy_.apply != Policy::Apply::all_or_nothing || !failed) return;
  for (PlannedRow& row : plan.rows) {
    if (row.outcome == RowOutcome::failed) continue;
    row.outcome = RowOutcome::failed;
    row.restored = false;
    row.problems.push_back({Message::not_applied, row.row, {}});
  }
  plan.writes.clear();
  plan.rejected = true;
}

/// The guard against wrongly sorted sheets (docs/specification.md §4.1, `too_many_changes`).
void Judgement::check_changes(Plan& plan) const {
  if (!policy_.max_changes_percent) return;
  const auto changes = static_cast<std::size_t>(std::ranges::count_if(plan.writes, [](const ClientWrite& write) {
    return write.number_before && write.number_before != write.number_after;
  }));
  if (changes * 100 <= *policy_.max_changes_percent * current_.number_count()) return;
  plan = rejected_plan({{Message::too_many_changes,
                         0,
                         {{"changes", std::to_string(changes)},
                          {"numbers", std::to_string(current_.number_count())},
                          {"limit", std::to_string(*policy_.max_changes_percent)}}}});
}

Counts count(const std::vector<PlannedRow>& rows) {
  const auto with = [&](RowOutcome outcome) {
    return static_cast<std::size_t>(std::ranges::count(rows, outcome, &PlannedRow::outcome));
  };
  return {.rows = rows.size(),
          .updated = with(RowOutcome::updated),
          .unchanged = with(RowOutcome::unchanged),
          .created = with(RowOutcome::created),
          .failed = with(RowOutcome::failed),
          .restored = static_cast<std::size_t>(std::ranges::count(rows, true, &PlannedRow::restored))};
}

Plan Judgement::plan() {
  group_by_company();
  check_places();
  check_duplicate_numbers();
  check_taken_numbers();
  Plan plan;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    CheckedRow& row = rows_[i];
    if (!leads(i)) {
      row.problems = rows_[leader_[i]].problems;
      for (Problem& problem : row.problems) problem.row = row.row->row;
    }
    const RowOutcome outcome = outcome_of(i);
    if (outcome == RowOutcome::updated || outcome == RowOutcome::created) plan.writes.push_back(write_of(i));
    const bool restored = row.restored && outcome != RowOutcome::failed;
    plan.rows.push_back({row.row->row, outcome, row.company_id, row.problems, row.ref, restored,
                         row.row->kept() ? row.row->report_line : std::nullopt});
  }
  mark_releases(plan.writes);
  apply_all_or_nothing(plan);
  check_changes(plan);
  plan.counts = count(plan.rows);
  return plan;
}

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
  return row.kept ? row.kept->error_codes : error_codes(row.problems);
}

std::string sentences(const PlannedRow& row, Language language) {
  return row.kept ? clean(row.kept->error) : sentences(row.problems, language);
}

Touched touched_by(const Sheet& sheet) {
  Touched touched;
  // An ID in the column of another cell: the columns may have been swapped.
  const auto add_swapped_id = [&](const std::string& cell) {
    if (all_digits(cell) && cell.size() <= max_id_digits) touched.company_ids.push_back(cell);
  };
  for (const Row& row : sheet.rows) {
    const std::string& id = row.cells[index_of(Column::company_id)];
    if (may_be_stored(id)) touched.company_ids.push_back(id);
    add_swapped_id(row.cells[index_of(Column::display_name)]);
    const std::string& number = row.cells[index_of(Column::client_number)];
    add_swapped_id(number);
    if (may_be_stored(number)) touched.number_keys.push_back(number_key(number));
    if (!row.ref) continue;
    touched.company_ids.push_back(row.ref->company_id);
    if (row.ref->number) touched.number_keys.push_back(number_key(*row.ref->number));
  }
  return touched;
}

std::vector<DigitRange> missing_ranges(const Sheet& sheet, const Register& current) {
  std::vector<DigitRange> ranges;
  for (const Row& row : sheet.rows) {
    const std::string& id = row.cells[index_of(Column::company_id)];
    if (!may_be_stored(id) || current.find(id) != nullptr) continue;
    if (auto range = originals_of(id)) ranges.push_back(*std::move(range));
  }
  return merged(std::move(ranges));
}

bool has_report_lines(const Sheet& sheet) {
  return std::ranges::any_of(sheet.rows,
                             [](const Row& row) { return row.report_line && !row.report_line->error_codes.empty(); });
}

Plan plan_import(const Sheet& sheet, const Register& current, const Policy& policy, const History& history) {
  if (sheet.rejected()) return rejected_plan(sheet.problems);
  RowChecker checker(current, policy, history);
  std::vector<CheckedRow> checked;
  checked.reserve(sheet.rows.size());
  for (const Row& row : sheet.rows) checked.push_back(checker.check(row));
  return Judgement(std::move(checked), current, policy).plan();
}

}  // namespace clientsync
