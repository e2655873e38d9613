// Random sequences of imports, loads, edits, undos and replays in a database, against a register in memory.
#include <soci/soci.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "importer/entry.hpp"
#include "tests/support/random_entries.hpp"
#include "tests/support/register_model.hpp"
#include "tests/support/store.hpp"
#include "tests/support/thousands.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

std::string text_of(const std::vector<EntryChange>& changes) {
  std::ostringstream text;
  for (const EntryChange& change : changes) text << change << '\n';
  return text.str();
}

/// What somebody does: a step, or the replay of a file that was imported before.
struct Deed {
  RandomStep step{};
  std::optional<std::size_t> replayed{};  ///< the position of the file
  bool skip_conflicts = false;            ///< undo
};

/// A firm in the database to which random things happen, and in memory.
class Office {
 public:
  Office(Store& store, ConnectionPool& pool, std::string firm) : store_(store), pool_(pool) {
    rules_.firm = std::move(firm);
    rules_.policy = random_entries_policy(*rc::gen::inRange<std::size_t>(3, 8));
  }

  [[nodiscard]] const RegisterModel& model() const { return model_; }

  [[nodiscard]] Deed random_deed() const {
    if (!files_.empty() && *rc::gen::inRange(0, 6) == 0)
      return {.replayed = *rc::gen::inRange<std::size_t>(0, files_.size())};
    return {.step = random_step(model_), .skip_conflicts = *rc::gen::arbitrary<bool>()};
  }

  /// Does it, and requires that the database did what the model says. True if that was an entry with changes.
  bool take(const Deed& deed, const Decision& decision = {.apply = true}) {
    const std::size_t before = ids_.size();
    if (deed.replayed) {
      replay(*deed.replayed, decision);
    } else if (deed.step.kind == RandomStep::Kind::undo) {
      undo(deed.step.undone, decision, deed.skip_conflicts);
    } else if (deed.step.kind == RandomStep::Kind::edit) {
      edit(deed.step.edits, decision);
    } else if (deed.step.kind == RandomStep::Kind::load) {
      enter(EntryKind::load, std::nullopt, deed.step, decision);
    } else {
      import(deed.step);
    }
    if (decision.apply) require_same();
    return ids_.size() > before;
  }

  /// Shows it, lets somebody else do `meanwhile`, and then does it if it is still what was shown.
  void take_as_shown(const Deed& deed, const Deed& meanwhile) {
    shown_.reset();
    take(deed, {});
    if (!shown_) return;  // imports are not shown
    const Verdict shown = *shown_;
    take(meanwhile);
    take(deed, {.apply = true, .plan = shown.plan});
    RC_ASSERT(shown_->stale == (shown_->plan != shown.plan));
    RC_ASSERT(!(shown_->stale && shown_->entry));
  }

  /// The newest entry is undone, after which everything is as it was.
  void undo_newest(const Clients& before) {
    const std::int64_t newest = std::ssize(ids_);
    const UndoVerdict made = undo(newest, {.apply = true}, false);
    require_same();
    RC_ASSERT(made.plan.kept + made.plan.failed == 0U);
    RC_ASSERT(model_.clients() == before);
  }

  /// The history in the database tells the register.
  void require_history() {
    RC_ASSERT(model_.replayed() == model_.clients());
    std::size_t changes = 0;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const std::vector<EntryChange> recorded = testing::read_entry_changes(store_, ids_[i]);
      RC_ASSERT(text_of(recorded) == text_of(model_.entries()[i].changes));
      changes += recorded.size();
    }
    RC_ASSERT(
        testing::text_of(store_, "select count(*) from changes c join firms f on f.id = c.firm_id where f.name = '" +
                                     rules_.firm + "'") == std::to_string(changes));
  }

 private:
  [[nodiscard]] static Author author() {
    return {.who = "maria", .source = EntrySource::command, .now = 1'795'000'000};
  }

  /// An import neither reads nor writes what it leaves of its clients.
  [[nodiscard]] std::vector<ClientWrite> with_details(std::vector<ClientWrite> writes) const {
    for (ClientWrite& write : writes) {
      if (write.created || write.details_before != write.details_after) continue;
      const Client& client = model_.clients().at(std::string(write.company_id));
      write.details_before = write.details_after = {client.type, client.lead, client.active};
    }
    return writes;
  }

  void note(const Verdict& verdict, std::span<const ClientWrite> writes, std::int64_t undoes = 0) {
    shown_ = verdict;
    if (!verdict.entry) return;
    if (writes.empty()) return;
    model_.apply(writes, undoes);
    ids_.push_back(*verdict.entry);
  }

  void edit(const std::vector<Edit>& edits, const Decision& decision) {
    const EditVerdict made = edit_clients(pool_, rules_, edits, author(), decision);
    const Plan expected = plan_edits(edits, model_.whole(), rules_.policy);
    RC_ASSERT(made.plan.rows == expected.rows && made.plan.writes == expected.writes);
    RC_ASSERT(made.verdict.entry.has_value() == (decision.apply && !made.verdict.stale && !expected.writes.empty()));
    note(made.verdict, made.plan.writes);
  }

  UndoVerdict undo(std::int64_t number, const Decision& decision, bool skip_conflicts) {
    const ImportId entry = ids_.at(static_cast<std::size_t>(number - 1));
    UndoVerdict made = undo_entry(pool_, rules_, entry, skip_conflicts, author(), decision);
    const UndoPlan expected = plan_undo(model_.history_of(number), model_.whole(), rules_.policy);
    require_outcomes(made.plan, expected);
    RC_ASSERT(made.plan.writes == expected.writes && made.plan.counts == expected.counts);
    const bool may_write = !expected.writes.empty() && (skip_conflicts || expected.kept + expected.failed == 0);
    RC_ASSERT(made.verdict.entry.has_value() == (decision.apply && !made.verdict.stale && may_write));
    note(made.verdict, made.plan.writes, number);
    return made;
  }

  /// Each change of the entry has one outcome.
  void require_outcomes(const UndoPlan& made, const UndoPlan& expected) const {
    RC_ASSERT(made.outcomes.size() == expected.outcomes.size());
    RC_ASSERT(made.reversed + made.kept + made.failed == made.outcomes.size());
    for (std::size_t i = 0; i < made.outcomes.size(); ++i) {
      FieldOutcome outcome = expected.outcomes[i];
      if (outcome.kept_for != 0) outcome.kept_for = ids_.at(static_cast<std::size_t>(outcome.kept_for - 1));
      RC_ASSERT(made.outcomes[i] == outcome);
    }
  }

  /// Old files are checked, which the model does not know.
  void import(const RandomStep& step) {
    LedgerEntry entry = an_entry("clients.csv", ++version_);
    entry.inbox = rules_.firm;
    entry.input = step.csv;
    entry.file = {sha256(step.csv), step.csv.size(), 0};
    const Imported made = import_file(store_, entry, rules_).value();
    const Counts& counts = made.plan.counts;
    RC_ASSERT(counts.rows == counts.updated + counts.unchanged + counts.created + counts.failed);
    RC_ASSERT(made.plan.writes.size() == counts.updated + counts.created);
    const Plan expected = plan_import(sheet_of_step(step), model_.whole(), rules_.policy);
    const std::vector<ClientWrite> writes = with_details(made.plan.writes);
    if (!has_superseded(made.plan)) RC_ASSERT(writes == expected.writes);
    files_.emplace_back(made.import, step.csv);
    note({.plan = "", .entry = made.import}, writes);
    shown_.reset();
  }

  static bool has_superseded(const Plan& plan) {
    return std::ranges::any_of(
        plan.rows, [](const PlannedRow& row) { return error_codes(row).find("superseded") != std::string::npos; });
  }

  void replay(std::size_t file, const Decision& decision) {
    const auto& [original, csv] = files_.at(file);
    enter(EntryKind::replay, original, {.kind = RandomStep::Kind::import, .csv = csv}, decision);
  }

  void enter(EntryKind kind, std::optional<ImportId> original, const RandomStep& step, const Decision& decision) {
    ImportRules rules = rules_;
    rules.sheet.details = kind == EntryKind::load;
    rules.policy.older_files = Policy::OlderFiles::accept;
    LedgerEntry entry;
    entry.kind = kind;
    entry.source = EntrySource::command;
    entry.original = original;
    entry.name = "/home/maria/clients.csv";
    entry.file = {sha256(step.csv), step.csv.size(), 0};
    entry.input = step.csv;
    entry.who = "maria";
    const Sheet sheet = sheet_of_step(step);
    const SheetVerdict made = enter_sheet(pool_, rules, entry, sheet, decision);
    const Plan expected = plan_import(sheet, model_.whole(), rules.policy);
    const std::vector<ClientWrite> writes = with_details(made.judged.plan.writes);
    RC_ASSERT(made.judged.plan.rows == expected.rows && writes == expected.writes);
    RC_ASSERT(made.verdict.entry.has_value() == (decision.apply && !made.verdict.stale));
    note(made.verdict, writes);
  }

  void require_same() {
    RC_LOG() << model_;
    const std::optional<clientsync::Firm> firm = find_firm(store_, rules_.firm);
    Clients found;
    std::size_t numbers = 0;
    if (firm) {
      for (const Client& client : clients_of(store_, firm->id)) {
        numbers += client.number.has_value();
        found.emplace(client.company_id, client);
      }
    }
    RC_ASSERT(found == model_.clients());
    RC_ASSERT((firm ? firm->client_count : 0U) == found.size());
    RC_ASSERT((firm ? firm->number_count : 0U) == numbers);
  }

  Store& store_;
  ConnectionPool& pool_;
  ImportRules rules_;
  RegisterModel model_;
  std::vector<ImportId> ids_;                            ///< of the model's entries
  std::vector<std::pair<ImportId, std::string>> files_;  ///< that were imported
  std::optional<Verdict> shown_;                         ///< the last one
  std::int64_t version_ = 0;
};

/// Fewer on a server, where each step takes longer.
int cases() {
  return TestDatabase::kind() == DatabaseKind::sqlite ? 300 : 20;
}

}  // namespace

TEST_CASE("whatever people do, register, history and counters are those of the model", "[entry][property]") {
  Store store;
  ConnectionPool pool(store.options);
  // Nothing here is about power cuts, and the disk would take most of the time.
  if (TestDatabase::kind() == DatabaseKind::sqlite) {
    store.session() << "pragma synchronous = off";
    pool.use([](Connection& connection) { connection.session() << "pragma synchronous = off"; });
  }
  int firms = 0, steps = 0;
  CHECK(holds_so_often(cases(), "the database does what the model does", [&] {
    Office office(store, pool, "firm " + std::to_string(++firms));
    const int most = *rc::gen::inRange(10, 22);
    for (int i = 0; i < most; ++i, ++steps) {
      const Clients before = office.model().clients();
      const Deed deed = office.random_deed();
      const int how = *rc::gen::inRange(0, 5);
      if (how == 0) {
        office.take_as_shown(deed, office.random_deed());
      } else if (office.take(deed) && how == 1) {
        office.undo_newest(before);
      }
    }
    office.require_history();
  }));
  std::cerr << steps << " steps in " << firms << " firms\n";
}
