#include "importer/entry.hpp"

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

/// What begins an entry of no inbox: nobody else can have made the same version of it.
template <class Begun>
Begun require_begun(std::optional<Begun> begun) {
  if (!begun) throw std::logic_error("an entry of no inbox has an earlier version in the ledger");
  return *std::move(begun);
}

/// `plan` plans the entry against the register of the firm, which may not exist yet. `has_writes` says of what it
/// returned whether there is anything to write.
template <class Make, class HasWrites>
auto make_entry(ConnectionPool& pool, const std::string& firm, const LedgerEntry& entry, const Decision& decision,
                Make plan, HasWrites has_writes) {
  if (!decision.apply)
    return pool.use([&](Connection& connection) { return plan(connection, find_firm(connection, firm)); });
  return pool.retry_conflicts([&](Connection& connection) {
    BegunEntry begun = require_begun(begin_entry(connection, entry, "", firm));
    auto made = plan(connection, std::optional(begun.firm));
    if (!is_decided(decision, made.verdict) || !has_writes(made)) return made;
    Batch writes(connection);
    write_clients(writes, begun.firm.id, made.plan.writes);
    record_changes(writes, begun.id, begun.firm.id, made.plan.writes);
    complete_import(writes, begun.id, begun.firm.id, false, made.plan.counts, Language::en, "", "", entry.started_at);
    writes.run("writing entry " + std::to_string(begun.id));
    begun.transaction.commit();
    made.verdict.entry = begun.id;
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
  const auto plan = [&](Connection& connection, const std::optional<Firm>& firm) {
    return plan_edits(connection, firm, edits, rules.policy);
  };
  const auto has_writes = [](const EditVerdict& made) { return !made.plan.writes.empty(); };
  return make_entry(pool, rules.firm, entry_by(author, EntryKind::edit, std::nullopt), decision, plan, has_writes);
}

UndoVerdict undo_entry(ConnectionPool& pool, const ImportRules& rules, ImportId entry, bool skip_conflicts,
                       const Author& author, const Decision& decision) {
  const auto plan = [&](Connection& connection, const std::optional<Firm>& firm) {
    return plan_undo(connection, firm, entry, rules.policy);
  };
  const auto has_writes = [&](const UndoVerdict& made) {
    const bool whole = made.plan.kept == 0 && made.plan.failed == 0;
    return !made.plan.writes.empty() && (whole || skip_conflicts);
  };
  return make_entry(pool, rules.firm, entry_by(author, EntryKind::undo, entry), decision, plan, has_writes);
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
    // Once more after a conflict, which may have been with the same request.
    if (entry.request) {
      if (auto known = find_request(connection, entry.request->scope, entry.request->key))
        return SheetVerdict{.verdict = {}, .judged = {}, .current = {}, .known = std::move(known)};
    }
    BegunImport begun = require_begun(begin_import(connection, entry, rules, sheet));
    SheetVerdict made = judged(std::move(begun.background));
    const Plan& plan = made.judged.plan;
    const bool is_idle_edit = entry.kind == EntryKind::edit && plan.writes.empty();
    const bool is_left_out = plan.rejected && !decision.record_rejected;
    if (!is_decided(decision, made.verdict) || is_left_out || is_idle_edit) return made;
    finish_import(connection, begun, entry, sheet, made.judged, "", entry.started_at);
    begun.transaction.commit();
    made.verdict.entry = begun.import;
    return made;
  });
}

}  // namespace clientsync
