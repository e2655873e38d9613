// Random sequences of imports, loads, edits, undos and undos of undos, against a register in memory and a brute force
// that follows docs/specification.md §10 word by word.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "importer/plan/edit.hpp"
#include "importer/plan/undo.hpp"
#include "tests/support/random_entries.hpp"
#include "tests/support/register_model.hpp"
#include "tests/support/thousands.hpp"

namespace clientsync {
namespace {

using testing::Clients;
using testing::RandomStep;
using testing::RegisterModel;
using Kind = FieldOutcome::Kind;
using Text = std::optional<std::string>;

bool is_whole(ClientField field) {
  return field == ClientField::created || field == ClientField::deleted;
}

/// A creation and a deletion are the same field: that the client is there.
ClientField kind_of_field(ClientField field) {
  return field == ClientField::deleted ? ClientField::created : field;
}

Text value_of(const Client& client, ClientField field) {
  switch (field) {
    case ClientField::number:
      return client.number;
    case ClientField::type:
      return client.type;
    case ClientField::lead:
      return client.lead;
    case ClientField::status:
      return testing::status_text(client.active);
    default:
      return client.display_name;
  }
}

/// What an undo of one entry must do, found without looking at how `plan_undo` does it.
class ExpectedUndo {
 public:
  using Reversed = std::map<std::tuple<std::int64_t, std::string, ClientField>, std::set<std::int64_t>>;

  ExpectedUndo(const RegisterModel& model, const Reversed& reversed, std::int64_t entry, std::size_t max_clients)
      : now_(model.clients()),
        changes_(model.history_of(entry).changes),
        reversed_(reversed),
        entry_(entry),
        kinds_(changes_.size(), Kind::kept) {
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (is_whole(changes_[i].field)) whole_[changes_[i].company_id] = i;
    }
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (may_reverse(i)) kinds_[i] = Kind::reversed;
    }
    fail_beyond_the_limit(max_clients);
    fail_taken();
  }

  [[nodiscard]] const std::vector<Kind>& kinds() const { return kinds_; }

 private:
  [[nodiscard]] bool is_reversed_already(const std::string& id, ClientField field) const {
    const auto found = reversed_.find({entry_, id, kind_of_field(field)});
    return found != reversed_.end() && !found->second.empty();
  }

  [[nodiscard]] bool may_reverse(std::size_t i) const {
    const auto& [id, field, before, after, number, undoes] = changes_[i];
    const auto client = now_.find(id);
    const auto whole = whole_.find(id);
    if (whole == whole_.end())
      return !is_reversed_already(id, field) && client != now_.end() && value_of(client->second, field) == after;
    if (is_reversed_already(id, ClientField::created)) return false;
    if (changes_[whole->second].field == ClientField::deleted) return client == now_.end();
    return client != now_.end() && client->second == created(id);
  }

  [[nodiscard]] Client created(const std::string& id) const {
    Client client = testing::a_client(id);
    for (const EntryChange& change : changes_) {
      if (change.company_id != id) continue;
      if (is_whole(change.field)) client.display_name = *change.after;
      if (change.field == ClientField::number) client.number = change.after;
      if (change.field == ClientField::type) client.type = *change.after;
      if (change.field == ClientField::lead) client.lead = *change.after;
      if (change.field == ClientField::status) client.active = change.after == "active";
    }
    return client;
  }

  [[nodiscard]] std::vector<std::size_t> reversed_wholes(ClientField field) const {
    std::vector<std::size_t> found;
    for (const auto& [id, i] : whole_) {
      if (changes_[i].field == field && kinds_[i] == Kind::reversed) found.push_back(i);
    }
    return found;
  }

  void fail(std::size_t i) {
    const bool whole = whole_.contains(changes_[i].company_id);
    for (std::size_t j = 0; j < changes_.size(); ++j) {
      if (j == i || (whole && changes_[j].company_id == changes_[i].company_id)) kinds_[j] = Kind::failed;
    }
  }

  void fail_beyond_the_limit(std::size_t max_clients) {
    const std::vector<std::size_t> restored = reversed_wholes(ClientField::deleted);
    if (now_.size() - reversed_wholes(ClientField::created).size() + restored.size() <= max_clients) return;
    for (const std::size_t i : restored) fail(i);
  }

  /// The numbers if, of `claims`, those of `subset` are reversed.
  [[nodiscard]] bool is_unique(const std::vector<std::size_t>& claims, std::uint32_t subset) const {
    std::map<std::string, Text> numbers;
    for (const auto& [id, client] : now_) numbers[id] = client.number;
    for (const std::size_t i : reversed_wholes(ClientField::created)) numbers.erase(changes_[i].company_id);
    for (std::size_t c = 0; c < claims.size(); ++c) {
      if ((subset >> c & 1U) != 0) numbers[changes_[claims[c]].company_id] = changes_[claims[c]].before;
    }
    std::set<std::string> seen;
    return std::ranges::all_of(numbers,
                               [&](const auto& each) { return !each.second || seen.insert(*each.second).second; });
  }

  /// Tries every subset of the reversals of numbers.
  void fail_taken() {
    std::vector<std::size_t> claims;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const auto whole = whole_.find(changes_[i].company_id);
      const bool frees = whole != whole_.end() && changes_[whole->second].field == ClientField::created;
      if (changes_[i].field == ClientField::number && kinds_[i] == Kind::reversed && !frees) claims.push_back(i);
    }
    std::uint32_t largest = 0, all_valid = 0;
    for (std::uint32_t subset = 0; subset < (1U << claims.size()); ++subset) {
      if (!is_unique(claims, subset)) continue;
      all_valid |= subset;
      if (std::popcount(subset) > std::popcount(largest)) largest = subset;
    }
    RC_ASSERT(all_valid == largest);  // so the largest set is unique
    for (std::size_t c = 0; c < claims.size(); ++c) {
      if ((largest >> c & 1U) == 0) fail(claims[c]);
    }
  }

  const Clients& now_;
  const std::vector<EntryChange> changes_;
  const Reversed& reversed_;
  const std::int64_t entry_;
  std::map<std::string, std::size_t> whole_;
  std::vector<Kind> kinds_;
};

/// A firm to which random things happen.
class Firm {
 public:
  explicit Firm(std::size_t max_clients) : policy_(testing::random_entries_policy(max_clients)) {}

  [[nodiscard]] const RegisterModel& model() const { return model_; }
  [[nodiscard]] std::int64_t newest() const { return std::ssize(model_.entries()); }

  void take(const RandomStep& step) {
    if (step.kind == RandomStep::Kind::undo) return undo(step.undone);
    const Plan plan = step.kind == RandomStep::Kind::edit ? plan_step_edits(step.edits) : plan_step_sheet(step);
    if (!plan.writes.empty()) model_.apply(plan.writes);
    RC_ASSERT(model_.replayed() == model_.clients());
  }

  void undo(std::int64_t entry) {
    const UndoPlan plan = plan_of_undo(entry);
    check(entry, plan);
    if (plan.writes.empty()) return;
    const Clients before = model_.clients();
    model_.apply(plan.writes, entry);
    require_restored(plan, before);
    note_reversed(entry, plan);
    RC_ASSERT(model_.replayed() == model_.clients());
  }

  [[nodiscard]] UndoPlan plan_of_undo(std::int64_t entry) const {
    const EntryHistory history = model_.history_of(entry);
    UndoPlan plan = plan_undo(history, model_.slice(touched_by(history.changes)), policy_);
    const UndoPlan same = plan_undo(history, model_.whole(), policy_);
    RC_ASSERT(plan.outcomes == same.outcomes && plan.writes == same.writes);
    return plan;
  }

 private:
  [[nodiscard]] Plan plan_step_edits(const std::vector<Edit>& edits) const {
    Plan plan = plan_edits(edits, model_.slice(touched_by(edits)), policy_);
    const Plan same = plan_edits(edits, model_.whole(), policy_);
    RC_ASSERT(plan.rows == same.rows && plan.writes == same.writes);
    const bool failed = plan.counts.failed > 0;
    RC_ASSERT(plan.rejected == failed && plan.counts.rows == edits.size());
    RC_ASSERT(!failed || (plan.writes.empty() && plan.counts.failed == edits.size()));
    return plan;
  }

  [[nodiscard]] Plan plan_step_sheet(const RandomStep& step) const {
    const Sheet sheet = testing::sheet_of_step(step);
    return plan_import(sheet, testing::slice_of(model_.whole(), sheet), policy_);
  }

  /// Each change of the entry has one outcome, the brute force's.
  void check(std::int64_t entry, const UndoPlan& plan) const {
    const EntryHistory history = model_.history_of(entry);
    const ExpectedUndo expected(model_, reversed_, entry, policy_.max_clients);
    RC_ASSERT(plan.outcomes.size() == history.changes.size());
    RC_ASSERT(plan.reversed + plan.kept + plan.failed == history.changes.size());
    const Counts& counts = plan.counts;
    RC_ASSERT(counts.rows == counts.updated + counts.unchanged + counts.created + counts.failed);
    RC_ASSERT(plan.writes.size() == counts.updated + counts.created);
    for (std::size_t i = 0; i < plan.outcomes.size(); ++i) {
      const FieldOutcome& outcome = plan.outcomes[i];
      RC_LOG() << "undo " << entry << ", change " << i << '\n' << model_;
      RC_ASSERT(outcome.company_id == history.changes[i].company_id && outcome.field == history.changes[i].field);
      RC_ASSERT(outcome.kind == expected.kinds()[i]);
      RC_ASSERT(outcome.problem.has_value() == (outcome.kind == Kind::failed));
      RC_ASSERT((outcome.kept_for != 0) == (outcome.kind == Kind::kept));
      if (outcome.kind == Kind::kept) check_kept(entry, outcome);
    }
  }

  void check_kept(std::int64_t entry, const FieldOutcome& outcome) const {
    const RegisterModel::Entry& later = model_.entries().at(static_cast<std::size_t>(outcome.kept_for - 1));
    RC_ASSERT(later.number > entry);
    RC_ASSERT(std::ranges::any_of(later.changes,
                                  [&](const EntryChange& change) { return change.company_id == outcome.company_id; }));
    if (outcome.already_reversed) RC_ASSERT(later.undoes == entry);
  }

  /// What was reversed has the value from before the entry, and all else stayed.
  void require_restored(const UndoPlan& plan, Clients expected) const {
    for (const FieldOutcome& outcome : plan.outcomes) {
      if (outcome.kind != Kind::reversed) continue;
      const std::string id(outcome.company_id);
      if (outcome.field == ClientField::created) expected.erase(id);
      if (outcome.field == ClientField::deleted)
        expected[id] = testing::a_client(id).named(std::string(*outcome.before));
    }
    for (const FieldOutcome& outcome : plan.outcomes) {
      const auto client = expected.find(std::string(outcome.company_id));
      if (outcome.kind != Kind::reversed || client == expected.end()) continue;
      const Text before = outcome.before ? Text(*outcome.before) : std::nullopt;
      if (outcome.field == ClientField::name) client->second.display_name = *before;
      if (outcome.field == ClientField::number) client->second.number = before;
      if (outcome.field == ClientField::type) client->second.type = *before;
      if (outcome.field == ClientField::lead) client->second.lead = *before;
      if (outcome.field == ClientField::status) client->second.active = before == "active";
    }
    RC_ASSERT(model_.clients() == expected);
  }

  /// `entry` is reversed by the newest one. What it had itself reversed stands again, and so on.
  void note_reversed(std::int64_t entry, const UndoPlan& plan) {
    for (const FieldOutcome& outcome : plan.outcomes) {
      if (outcome.kind != Kind::reversed) continue;
      const std::string id(outcome.company_id);
      const ClientField field = kind_of_field(outcome.field);
      bool stands = true;
      std::int64_t undo = newest();
      for (std::int64_t undone = entry; undone != 0; stands = !stands) {
        std::set<std::int64_t>& reversing = reversed_[{undone, id, field}];
        if (stands) {
          reversing.insert(undo);
        } else {
          reversing.erase(undo);
        }
        undo = undone;
        undone = model_.entries().at(static_cast<std::size_t>(undo - 1)).undoes;
      }
    }
  }

  Policy policy_;
  RegisterModel model_;
  ExpectedUndo::Reversed reversed_;
};

Firm random_firm() {
  Firm firm(*rc::gen::inRange<std::size_t>(3, 8));
  const int steps = *rc::gen::inRange(1, 22);
  for (int i = 0; i < steps; ++i) firm.take(testing::random_step(firm.model()));
  return firm;
}

/// Undoes the newest entry, of which nothing may be left.
void require_undone(Firm& firm, const Clients& before) {
  const UndoPlan plan = firm.plan_of_undo(firm.newest());
  RC_LOG() << firm.model();
  RC_ASSERT(plan.kept + plan.failed == 0U);
  firm.undo(firm.newest());
  RC_ASSERT(firm.model().clients() == before);
}

TEST_CASE("what an undo does is what the specification says of each field", "[undo][property]") {
  CHECK(testing::holds_thousands_of_times("each change of an entry has the brute force's outcome", [] {
    const Firm firm = random_firm();
    RC_CLASSIFY(firm.newest() > 5, "more than 5 entries");
  }));
}

TEST_CASE("the undo of an entry leaves what was there before if nothing came between", "[undo][property]") {
  CHECK(testing::holds_thousands_of_times("undo(entry(S)) = S, and the undo of the undo restores", [] {
    Firm firm = random_firm();
    const Clients before = firm.model().clients();
    const std::int64_t newest = firm.newest();
    firm.take(testing::random_step(firm.model()));
    if (firm.newest() == newest) return;
    const Clients after = firm.model().clients();
    require_undone(firm, before);
    require_undone(firm, after);
    require_undone(firm, before);
  }));
}

TEST_CASE("a field that was reversed is not reversed again unless the undo was undone", "[undo][property]") {
  CHECK(testing::holds_thousands_of_times("the second undo of an entry writes nothing of what the first reversed", [] {
    Firm firm = random_firm();
    if (firm.newest() == 0) return;
    const std::int64_t entry = *rc::gen::inRange<std::int64_t>(1, firm.newest() + 1);
    const UndoPlan first = firm.plan_of_undo(entry);
    firm.undo(entry);
    const UndoPlan second = firm.plan_of_undo(entry);
    for (std::size_t i = 0; i < first.outcomes.size(); ++i) {
      if (first.outcomes[i].kind == Kind::reversed) RC_ASSERT(second.outcomes[i].already_reversed);
    }
  }));
}

}  // namespace
}  // namespace clientsync
