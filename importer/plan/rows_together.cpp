#include "importer/plan/rows_together.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "importer/plan/text_index.hpp"

namespace clientsync {
namespace {

constexpr std::uint32_t no_row = 0xFFFFFFFF;

/// The rows of one file while they are judged together (docs/specification.md §4.3). A row is known by its index in the
/// sheet.
class Judgement {
 public:
  Judgement(std::vector<CheckedRow> rows, const Register& current, const Policy& policy)
      : rows_(std::move(rows)),
        leader_(rows_.size()),
        taker_(rows_.size(), no_row),
        current_(current),
        policy_(policy) {}

  Plan plan();

 private:
  [[nodiscard]] bool passed(std::size_t i) const { return rows_[i].problems.empty() && !rows_[i].row->kept(); }
  /// True unless the row repeats an earlier one.
  [[nodiscard]] bool leads(std::size_t i) const { return leader_[i] == i; }
  [[nodiscard]] bool creates(std::size_t i) const { return rows_[i].client == nullptr; }
  [[nodiscard]] std::size_t position_of(const KnownClient& client) const {
    return static_cast<std::size_t>(&client - current_.clients().data());
  }
  template <class TextOf>
  [[nodiscard]] std::vector<std::vector<std::size_t>> repeated(TextOf text_of) const;
  [[nodiscard]] std::string rows_but(const std::vector<std::size_t>& members, std::size_t without) const;

  void group_by_company();
  void check_places();
  void check_duplicate_numbers();
  void check_taken_numbers();
  void fail_taken(std::size_t i, const KnownClient& holder, std::uint32_t failed_row);
  void apply_all_or_nothing(Plan& plan);
  void check_changes(Plan& plan) const;
  [[nodiscard]] RowOutcome outcome_of(std::size_t i) const;
  [[nodiscard]] ClientWrite write_of(std::size_t i) const;
  [[nodiscard]] PlannedRow planned_row(std::size_t i);

  std::vector<CheckedRow> rows_;
  std::vector<std::uint32_t> leader_;  ///< the first row that writes the same to the same client; mostly the row itself
  std::vector<std::uint32_t> taker_;   ///< the row that takes the number which this one gives up
  const Register& current_;
  const Policy& policy_;
};

/// Those rows that passed and have the same text, for each text that several have. Rows without a text are left out.
template <class TextOf>
std::vector<std::vector<std::size_t>> Judgement::repeated(TextOf text_of) const {
  std::vector<std::vector<std::size_t>> groups;
  std::vector<std::uint32_t> group_of(rows_.size(), no_row);
  TextIndex firsts;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const std::optional<std::string_view> text = passed(i) ? text_of(i) : std::nullopt;
    if (!text) continue;
    const std::uint32_t first = firsts.find(*text, [&](std::size_t other) { return text_of(other) == text; });
    if (first == TextIndex::none) {
      firsts.add(*text, i);
      continue;
    }
    if (group_of[first] == no_row) {
      group_of[first] = static_cast<std::uint32_t>(groups.size());
      groups.push_back({first});
    }
    groups[group_of[first]].push_back(i);
  }
  return groups;
}

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

void Judgement::group_by_company() {
  std::iota(leader_.begin(), leader_.end(), std::uint32_t{0});
  for (const auto& members : repeated([&](std::size_t i) { return std::optional(rows_[i].company_id); })) {
    const CheckedRow& first = rows_[members.front()];
    const bool same = std::ranges::all_of(members, [&](std::size_t i) {
      return rows_[i].number_after == first.number_after && rows_[i].name_after == first.name_after &&
             rows_[i].removed == first.removed && details_after(rows_[i]) == details_after(first);
    });
    for (const std::size_t i : members) {
      if (same) {
        leader_[i] = static_cast<std::uint32_t>(members.front());
      } else {
        add(rows_[i], Message::company_id_duplicate, {{"value", rows_[i].company_id}, {"rows", rows_but(members, i)}});
      }
    }
  }
}

void Judgement::check_places() {
  std::vector<std::size_t> creations;
  std::size_t staying = current_.client_count();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!leads(i) || !passed(i)) continue;
    if (creates(i)) creations.push_back(i);
    if (rows_[i].removed) --staying;
  }
  const std::size_t places = policy_.max_clients - std::min(policy_.max_clients, staying);
  if (creations.size() <= places) return;
  for (const std::size_t i : creations) {
    add(rows_[i], Message::register_full,
        {{"created", std::to_string(creations.size())},
         {"places", std::to_string(places)},
         {"limit", std::to_string(policy_.max_clients)}});
  }
}

void Judgement::check_duplicate_numbers() {
  const auto number_of = [&](std::size_t i) { return leads(i) ? rows_[i].number_after : std::nullopt; };
  for (const auto& members : repeated(number_of)) {
    for (const std::size_t i : members) {
      const bool has_it_already = !creates(i) && rows_[i].client->number == rows_[i].number_after;
      if (!has_it_already)
        add(rows_[i], Message::client_number_duplicate,
            {{"value", *rows_[i].number_after}, {"rows", rows_but(members, i)}});
    }
  }
}

/// `failed_row` is that of the holder, or no_row.
void Judgement::fail_taken(std::size_t i, const KnownClient& holder, std::uint32_t failed_row) {
  const std::string row = failed_row == no_row ? "" : std::to_string(rows_[failed_row].row->row);
  const std::array<Argument, 4> arguments{
      {{"value", *rows_[i].number_after}, {"id", holder.company_id}, {"name", holder.display_name}, {"row", row}}};
  if (failed_row == no_row) {
    add(rows_[i], Message::client_number_taken, std::span(arguments).first(arguments.size() - 1));
  } else {
    add(rows_[i], Message::client_number_taken_row, arguments);
  }
}

/// Accepts the largest set of rows that leaves every number unique: starts with all rows, and removes those whose
/// number stays with its holder until nothing changes. A row depends on at most one other, the one that gives the
/// holder another number, and at most one depends on it, so each is looked at once.
void Judgement::check_taken_numbers() {
  std::vector<std::uint32_t> row_of(current_.clients().size(), no_row), failed_row_of = row_of;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (creates(i)) continue;
    const std::size_t client = position_of(*rows_[i].client);
    if (!passed(i) && failed_row_of[client] == no_row) failed_row_of[client] = static_cast<std::uint32_t>(i);
    if (passed(i) && leads(i)) row_of[client] = static_cast<std::uint32_t>(i);
  }
  std::vector<std::pair<std::size_t, const KnownClient*>> taken;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!passed(i) || !leads(i) || !rows_[i].number_after) continue;
    const KnownClient* holder = current_.holder(*rows_[i].number_after);
    if (holder == nullptr || holder == rows_[i].client) continue;
    const std::uint32_t mover = row_of[position_of(*holder)];
    if (mover == no_row) {
      taken.emplace_back(i, holder);
    } else {
      taker_[mover] = static_cast<std::uint32_t>(i);
    }
  }
  while (!taken.empty()) {
    const auto [i, holder] = taken.back();
    taken.pop_back();
    fail_taken(i, *holder, failed_row_of[position_of(*holder)]);
    if (creates(i)) continue;
    std::uint32_t& failed = failed_row_of[position_of(*rows_[i].client)];
    if (failed == no_row) failed = static_cast<std::uint32_t>(i);
    if (taker_[i] != no_row) taken.emplace_back(taker_[i], rows_[i].client);
  }
}

RowOutcome Judgement::outcome_of(std::size_t i) const {
  const CheckedRow& row = rows_[i];
  if (!passed(leader_[i])) return RowOutcome::failed;
  if (!leads(i)) return RowOutcome::unchanged;
  if (row.client == nullptr) return RowOutcome::created;
  if (row.removed) return RowOutcome::updated;
  const bool same = row.number_after == row.client->number && row.name_after == row.client->display_name &&
                    details_after(row) == row.client->details;
  return same ? RowOutcome::unchanged : RowOutcome::updated;
}

ClientWrite Judgement::write_of(std::size_t i) const {
  const CheckedRow& row = rows_[i];
  ClientWrite write{.company_id = row.company_id,
                    .created = row.client == nullptr,
                    .name_after = row.name_after,
                    .number_after = row.number_after,
                    .deleted = row.removed,
                    .details_after = details_after(row)};
  if (row.client != nullptr) {
    write.name_before = row.client->display_name;
    write.number_before = row.client->number;
    write.details_before = row.client->details;
    write.release_first = taker_[i] != no_row && passed(taker_[i]);
  }
  return write;
}

PlannedRow Judgement::planned_row(std::size_t i) {
  CheckedRow& row = rows_[i];
  PlannedRow planned{.row = row.row->row, .outcome = outcome_of(i), .company_id = row.company_id};
  planned.restored = row.restored && planned.outcome != RowOutcome::failed;
  planned.problems = leads(i) ? row.problems : rows_[leader_[i]].problems;
  for (Problem& problem : planned.problems) problem.row = row.row->row;
  planned.ref = ref_of(row);
  if (row.row->kept()) planned.kept = row.row->report_line;
  return planned;
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
  plan = {};
  plan.rejected = true;
  plan.problems.push_back({Message::too_many_changes,
                           0,
                           {{"changes", std::to_string(changes)},
                            {"numbers", std::to_string(current_.number_count())},
                            {"limit", std::to_string(*policy_.max_changes_percent)}}});
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
  plan.rows.reserve(rows_.size());
  plan.writes.reserve(rows_.size());
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    plan.rows.push_back(planned_row(i));
    const RowOutcome outcome = plan.rows.back().outcome;
    if (outcome == RowOutcome::updated || outcome == RowOutcome::created) plan.writes.push_back(write_of(i));
  }
  apply_all_or_nothing(plan);
  check_changes(plan);
  plan.counts = count(plan.rows);
  return plan;
}

}  // namespace

Plan plan_together(std::vector<CheckedRow> rows, const Register& current, const Policy& policy) {
  return Judgement(std::move(rows), current, policy).plan();
}

}  // namespace clientsync
