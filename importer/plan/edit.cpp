#include "importer/plan/edit.hpp"

#include <deque>
#include <memory>
#include <string_view>
#include <utility>

#include "importer/plan/row_checks.hpp"
#include "importer/plan/rows_together.hpp"

namespace clientsync {
namespace {

std::optional<std::string_view> view_of(const std::optional<std::string>& text) {
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}

DetailCells details_of(const Edit& edit) {
  const auto status = edit.active ? std::optional(status_name(*edit.active, Language::en)) : std::nullopt;
  return {view_of(edit.type), view_of(edit.lead), status};
}

/// The edit as a row of a file. What it does not give is blank.
Row row_of(const Edit& edit) {
  return {.row = edit.row,
          .cells = {edit.company_id, view_of(edit.display_name).value_or(""), view_of(edit.number).value_or("")}};
}

/// Owns what the rows of edits view.
struct EditTexts {
  std::vector<Edit> edits;
  std::deque<DetailCells> details{};
  std::deque<Row> rows{};
};

Policy typed_policy(const Policy& policy, Policy::UnknownCompany unknown) {
  return {.unknown_company = unknown,
          .display_name = Policy::DisplayName::update,
          .blank_number = Policy::BlankNumber::clear,
          .company_id = policy.company_id,
          .damaged_ids = Policy::DamagedIds::accept,
          .damaged_numbers = Policy::DamagedNumbers::accept,
          .older_files = Policy::OlderFiles::accept,
          .apply = Policy::Apply::all_or_nothing,
          .max_clients = policy.max_clients};
}

/// The same for an edit of which only the company ID counts.
Policy id_policy(const Policy& policy) {
  Policy only_id = typed_policy(policy, Policy::UnknownCompany::reject);
  only_id.display_name = Policy::DisplayName::ignore;
  only_id.blank_number = Policy::BlankNumber::keep;
  return only_id;
}

/// Checks edits alone.
class EditChecker {
 public:
  EditChecker(const Register& current, const Policy& policy, EditTexts& texts)
      : current_(current),
        texts_(texts),
        adding_(typed_policy(policy, Policy::UnknownCompany::create)),
        changing_(typed_policy(policy, Policy::UnknownCompany::reject)),
        only_id_(id_policy(policy)) {}

  [[nodiscard]] CheckedRow check(const Edit& edit) {
    const KnownClient* client = current_.find(edit.company_id);
    if (edit.kind == Edit::Kind::add && client == nullptr) return adds_.check(row_for(edit, nullptr));
    if (edit.kind == Edit::Kind::change && client != nullptr) return changes_.check(row_for(edit, client));
    CheckedRow checked = ids_.check(texts_.rows.emplace_back(Row{.row = edit.row, .cells = {edit.company_id}}));
    if (edit.kind == Edit::Kind::add) add_named(Message::client_exists, *client, checked);
    if (edit.kind == Edit::Kind::remove && client != nullptr) remove(*client, checked);
    return checked;
  }

 private:
  static void add_named(Message message, const KnownClient& client, CheckedRow& checked) {
    add(checked, message, {{"id", client.company_id}, {"name", client.display_name}});
  }

  static void remove(const KnownClient& client, CheckedRow& checked) {
    static constexpr ClientDetails none;
    if (client.details.active) add_named(Message::client_active, client, checked);
    checked.removed = true;
    checked.name_after = {};
    checked.number_after = std::nullopt;
    checked.details_after = &none;
  }

  /// `client`: the one that the edit changes; nullptr: a new one.
  const Row& row_for(const Edit& edit, const KnownClient* client) {
    Row row = row_of(edit);
    row.details = &texts_.details.emplace_back(details_of(edit));
    if (client != nullptr && !edit.display_name) row.cells[index_of(Column::display_name)] = client->display_name;
    if (client != nullptr && !edit.number) row.cells[index_of(Column::client_number)] = client->number.value_or("");
    return texts_.rows.emplace_back(row);
  }

  const Register& current_;
  EditTexts& texts_;
  const History history_{};
  const Policy adding_, changing_, only_id_;
  RowChecker adds_{current_, adding_, history_}, changes_{current_, changing_, history_},
      ids_{current_, only_id_, history_};
};

}  // namespace

Touched touched_by(std::span<const Edit> edits) {
  Sheet sheet;
  for (const Edit& edit : edits) sheet.rows.push_back(row_of(edit));
  return touched_by(sheet);
}

Plan plan_edits(std::vector<Edit> edits, const Register& current, const Policy& policy) {
  const auto texts = std::make_shared<EditTexts>(EditTexts{.edits = std::move(edits)});
  EditChecker checker(current, policy, *texts);
  std::vector<CheckedRow> checked;
  checked.reserve(texts->edits.size());
  for (const Edit& edit : texts->edits) checked.push_back(checker.check(edit));
  Plan plan = plan_together(std::move(checked), current, typed_policy(policy, Policy::UnknownCompany::reject));
  for (PlannedRow& row : plan.rows) {
    for (Problem& problem : row.problems) {
      if (problem.message == Message::not_applied) problem.message = Message::not_applied_edit;
    }
  }
  plan.sheet_texts = texts;
  plan.register_texts = current.texts();
  return plan;
}

}  // namespace clientsync
