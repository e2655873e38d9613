#include "importer/plan/plan_key.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace clientsync {
namespace {

/// Joins values so that no two sequences of them give the same text.
class Key {
 public:
  void add(std::string_view text) { text_.append(std::to_string(text.size())).append(":").append(text); }
  void add(const std::optional<std::string_view>& text) {
    if (text) {
      add(*text);
    } else {
      text_ += '-';
    }
  }
  void add_number(std::int64_t number) { text_.append(std::to_string(number)).append(";"); }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add(Key& key, const Problem& problem) {
  key.add(token(code_of(problem.message)));
  key.add_number(std::ssize(problem.arguments));
  for (const auto& [name, text] : problem.arguments) {
    key.add(name);
    key.add(std::string_view(text));
  }
}

void add(Key& key, const std::vector<Problem>& problems) {
  key.add_number(std::ssize(problems));
  for (const Problem& problem : problems) add(key, problem);
}

void add(Key& key, const ClientDetails& details) {
  key.add(details.type);
  key.add(details.lead);
  key.add_number(details.active ? 1 : 0);
}

void add(Key& key, const std::vector<ClientWrite>& writes) {
  key.add_number(std::ssize(writes));
  for (const ClientWrite& write : writes) {
    key.add(write.company_id);
    key.add_number(write.created ? 1 : 0);
    key.add_number(write.deleted ? 1 : 0);
    key.add(write.name_before);
    key.add(write.name_after);
    key.add(write.number_before);
    key.add(write.number_after);
    add(key, write.details_before);
    add(key, write.details_after);
  }
}

void add(Key& key, const PlannedRow& row) {
  key.add_number(static_cast<std::int64_t>(row.row));
  key.add_number(static_cast<std::int64_t>(index_of(row.outcome)));
  key.add_number(row.restored ? 1 : 0);
  key.add(row.company_id);
  add(key, row.problems);
  key.add(row.kept == nullptr ? std::string_view() : row.kept->error_codes);
}

void add(Key& key, const FieldOutcome& outcome) {
  key.add_number(static_cast<std::int64_t>(index_of(outcome.kind)));
  key.add(outcome.company_id);
  key.add(outcome.display_name);
  key.add_number(static_cast<std::int64_t>(index_of(outcome.field)));
  key.add(outcome.before);
  key.add(outcome.written);
  key.add(outcome.now);
  key.add_number(outcome.kept_for);
  key.add_number(outcome.already_reversed ? 1 : 0);
  if (outcome.problem) add(key, *outcome.problem);
}

}  // namespace

std::string plan_key(const Plan& plan) {
  Key key;
  add(key, plan.writes);
  add(key, plan.problems);
  key.add_number(plan.rejected ? 1 : 0);
  for (const PlannedRow& row : plan.rows) add(key, row);
  return key.take();
}

std::string plan_key(const UndoPlan& plan) {
  Key key;
  add(key, plan.writes);
  for (const FieldOutcome& outcome : plan.outcomes) add(key, outcome);
  return key.take();
}

}  // namespace clientsync
