#include "importer/entry.hpp"

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "importer/digest.hpp"
#include "importer/plan/plan_key.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {
namespace {

LedgerEntry entry_by(const Author& author, EntryKind kind, std::optional<ImportId> original) {
  LedgerEntry entry;
  entry.kind = kind;
  entry.source = author.source;
  entry.original = original;
  entry.who = author.who;
  entry.started_at = author.now;
  return entry;
}

/// True if the plan is to be written. Otherwise says in the verdict why not, if it is because it was shown differently.
bool is_decided(const Decision& decision, Verdict& verdict) {
  verdict.stale = decision.apply && !decision.plan.empty() && decision.plan != verdict.plan;
  return decision.apply && !verdict.stale;
}

/// Plans an entry against the register of a firm, which may not exist yet, and says whether there is anything to write.
template <class Made>
struct Planner {
  std::function<Made(Connection&, const std::optional<Firm>&)> plan;
  std::function<bool(const Made&)> has_writes;
};

template <class Made>
Made make_entry(ConnectionPool& pool, const std::string& firm, const LedgerEntry& entry, const Decision& decision,
                const Planner<Made>& planner) {
  if (!decision.apply)
    return pool.use([&](Connection& connection) { return planner.plan(connection, find_firm(connection, firm)); });
  return pool.retry_conflicts([&](Connection& connection) {
    std::optional<ImportId> id;
    std::optional<Firm> locked;
    Batch batch(connection);
    lock_firm(batch, firm, locked);
    insert_import(batch, entry, "", id);
    Transaction transaction(batch, "beginning an entry");
    if (!locked) locked = create_firm(connection, firm);
    Made made = planner.plan(connection, locked);
    if (!is_decided(decision, made.verdict) || !planner.has_writes(made)) return made;
    Batch writes(connection);
    write_clients(writes, locked->id, made.plan.writes);
    record_changes(writes, id.value(), locked->id, made.plan.writes);
    Plan completed;
    completed.counts = made.plan.counts;
    complete_import(writes, id.value(), locked->id, completed, Language::en, "", "", entry.started_at);
    writes.run("writing entry " + std::to_string(id.value()));
    transaction.commit();
    made.verdict.entry = id;
    return made;
  });
}

/// The clients that `touched` asks for, with their details.
void read_clients_of(Connection& connection, const Firm& firm, const Touched& touched, Register& current) {
  Batch batch(connection);
  read_register(batch, firm, touched, current);
  read_details(batch, firm.id, touched.company_ids, current);
  batch.run("reading the register");
}

EditVerdict plan_edits(Connection& connection, const std::optional<Firm>& firm, const std::vector<Edit>& edits,
                       const Policy& policy) {
  Register current;
  if (firm) read_clients_of(connection, *firm, touched_by(edits), current);
  EditVerdict made{.verdict = {}, .plan = clientsync::plan_edits(edits, current, policy)};
  made.verdict.plan = sha256(plan_key(made.plan));
  return made;
}

UndoVerdict plan_undo(Connection& connection, const std::optional<Firm>& firm, ImportId entry, const Policy& policy) {
  EntryHistory history{.entry = entry};
  Register current;
  if (firm) {
    Batch batch(connection);
    read_entry_changes(batch, entry, history.changes);
    read_later_changes(batch, entry, history.later);
    batch.run("reading the changes of entry " + std::to_string(entry));
    read_clients_of(connection, *firm, touched_by(history.changes), current);
  }
  UndoVerdict made{.verdict = {}, .plan = clientsync::plan_undo(std::move(history), current, policy)};
  made.verdict.plan = sha256(plan_key(made.plan));
  return made;
}

}  // namespace

EditVerdict edit_clients(ConnectionPool& pool, const ImportRules& rules, const std::vector<Edit>& edits,
                         const Author& author, const Decision& decision) {
  const Planner<EditVerdict> planner{
      .plan = [&](Connection& connection,
                  const std::optional<Firm>& firm) { return plan_edits(connection, firm, edits, rules.policy); },
      .has_writes = [](const EditVerdict& made) { return !made.plan.writes.empty(); }};
  return make_entry(pool, rules.firm, entry_by(author, EntryKind::edit, std::nullopt), decision, planner);
}

UndoVerdict undo_entry(ConnectionPool& pool, const ImportRules& rules, ImportId entry, bool skip_conflicts,
                       const Author& author, const Decision& decision) {
  const Planner<UndoVerdict> planner{
      .plan = [&](Connection& connection,
                  const std::optional<Firm>& firm) { return plan_undo(connection, firm, entry, rules.policy); },
      .has_writes =
          [&](const UndoVerdict& made) {
            const bool whole = made.plan.kept == 0 && made.plan.failed == 0;
            return !made.plan.writes.empty() && (whole || skip_conflicts);
          }};
  return make_entry(pool, rules.firm, entry_by(author, EntryKind::undo, entry), decision, planner);
}

SheetVerdict enter_sheet(ConnectionPool& pool, const ImportRules& rules, const LedgerEntry& entry, const Sheet& sheet,
                         const Decision& decision) {
  const auto judged = [&](Background background) {
    SheetVerdict made{
        .verdict = {}, .judged = judge(sheet, background, rules), .current = std::move(background.current)};
    made.verdict.plan = sha256(plan_key(made.judged.plan));
    return made;
  };
  if (!decision.apply) {
    return pool.use([&](Connection& connection) { return judged(read_background(connection, entry, rules, sheet)); });
  }
  return pool.retry_conflicts([&](Connection& connection) {
    auto begun = begin_import(connection, entry, rules, sheet);
    if (!begun) throw std::logic_error("an entry of no inbox has an earlier version in the ledger");
    SheetVerdict made = judged(std::move(begun->background));
    if (!is_decided(decision, made.verdict) || made.judged.plan.rejected) return made;
    finish_import(connection, *begun, entry, sheet, made.judged, "", entry.started_at);
    begun->transaction.commit();
    made.verdict.entry = begun->import;
    return made;
  });
}

}  // namespace clientsync
