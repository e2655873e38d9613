#include "importer/store/entries.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

/// An edit, or an undo of an entry: neither has a file.
LedgerEntry without_file(EntryKind kind, std::optional<ImportId> original = std::nullopt) {
  LedgerEntry entry;
  entry.kind = kind;
  entry.source = EntrySource::console;
  entry.original = original;
  entry.who = "ana";
  entry.started_at = 1'700'000'005;
  return entry;
}

/// An entry of the firm that has these changes, without a report.
ImportId recorded(Connection& connection, const LedgerEntry& entry, const std::vector<ClientWrite>& writes,
                  const std::string& firm = "main") {
  return committed(connection, [&] {
    const ImportId id = insert_import(connection, entry).value();
    const FirmId firm_id = lock_firm(connection, firm);
    record_changes(connection, id, firm_id, writes);
    complete_import(connection, id, firm_id, {}, Language::en, "", "", 1'700'000'006);
    return id;
  });
}

std::vector<RecordedEntry> entries_of(Connection& connection, const EntryFilter& filter) {
  std::vector<RecordedEntry> entries;
  list_entries(connection, filter, [&](const RecordedEntry& entry) { entries.push_back(entry); });
  return entries;
}

std::vector<ImportId> ids_of(const std::vector<RecordedEntry>& entries) {
  std::vector<ImportId> ids;
  for (const RecordedEntry& entry : entries) ids.push_back(entry.id);
  return ids;
}

/// "12<3 1 number A -> B": what entry 12, an undo of entry 3, did to client 1.
std::string told(const EntryChange& change) {
  return std::to_string(change.entry) + (change.undoes == 0 ? "" : "<" + std::to_string(change.undoes)) + " " +
         change.company_id + " " + std::string(word_of(change.field)) + " " + change.before.value_or("-") + " -> " +
         change.after.value_or("-");
}

using Told = std::vector<std::string>;

Told told(const std::vector<EntryChange>& changes) {
  Told all;
  for (const EntryChange& change : changes) all.push_back(told(change));
  return all;
}

Told changes_of(Connection& connection, ImportId entry) {
  return told(testing::read_entry_changes(connection, entry));
}

Told later_changes_of(Connection& connection, ImportId entry) {
  std::vector<EntryChange> changes;
  Batch batch(connection);
  read_later_changes(batch, entry, changes);
  batch.run("reading later changes");
  return told(changes);
}

/// As many imports of a file as a listing needs several pages for.
void add_many_imports(Store& store, FirmId firm) {
  const std::string digits =
      "(select 0 as n union all select 1 union all select 2 union all select 3 union all select 4"
      " union all select 5 union all select 6 union all select 7 union all select 8"
      " union all select 9)";
  store.session() << "insert into imports (kind, state, firm_id, inbox, name, version, sha256, size, mtime, who,"
                     " started_at) select 'import', 'imported', " +
                         std::to_string(firm) +
                         ", 'main', 'many.csv', a.n + 10 * b.n + 100 * c.n + 1000 * d.n, '', 0, 0, '', 0 from " +
                         digits + " a, " + digits + " b, " + digits + " c, " + digits + " d";
}

}  // namespace

TEST_CASE("an entry comes back with all that the ledger knows of it", "[entries]") {
  Store store;
  LedgerEntry entry = an_entry("caf\xE9.csv", 3);
  ImportOutcome outcome{"the report", "caf\xE9.errors.csv"};
  outcome.plan.counts = {10, 4, 3, 2, 1, 5};
  const ImportId id = imported(store, entry, outcome);
  const ImportId first = recorded(store, without_file(EntryKind::undo, id), {});
  const ImportId undo = recorded(store, without_file(EntryKind::undo, id), {});
  recorded(store, without_file(EntryKind::replay, id), {});
  const RecordedEntry found = read_entry(store, id).value();
  CHECK(found.id == id);
  CHECK(found.kind == EntryKind::import);
  CHECK_FALSE(found.rejected);
  CHECK(found.firm == "main");
  CHECK(found.inbox == "main");
  CHECK(found.name == entry.name);
  CHECK(found.version == 3);
  CHECK(found.sha256 == entry.file.sha256);
  CHECK(found.size == entry.file.size);
  CHECK(found.language == "en");
  CHECK(found.who == "clientsync");
  CHECK(found.source == EntrySource::folder);
  CHECK(found.started_at == 1'700'000'001);
  CHECK(found.finished_at == 1'700'000'002);
  CHECK(found.counts == outcome.plan.counts);
  CHECK_FALSE(found.original);
  CHECK(found.undone_by == undo);
  CHECK(found.report_state == ReportState::pending);
  CHECK(found.report_name == outcome.place);
  const RecordedEntry other = read_entry(store, first).value();
  CHECK(other.kind == EntryKind::undo);
  CHECK(other.source == EntrySource::console);
  CHECK(other.original == id);
  CHECK((other.inbox + other.name + other.sha256 + other.report_name).empty());
  CHECK(other.version == 0);
  CHECK_FALSE(read_entry(store, 99));
  CHECK(read_entry(store, imported(store, an_entry(), a_rejection()))->rejected);
}

TEST_CASE("entries are listed newest first, those of a firm, an inbox and a kind", "[entries]") {
  Store store;
  LedgerEntry elsewhere = an_entry("a.csv", 1);
  elsewhere.inbox = "other";
  const ImportId one = imported(store, an_entry("a.csv", 1));
  const ImportId two = imported(store, elsewhere);
  const ImportId edit = recorded(store, without_file(EntryKind::edit), {});
  const ImportId foreign = recorded(store, without_file(EntryKind::edit), {}, "second");
  const FirmId main = find_firm(store, "main").value().id;
  const auto listed = [&](const EntryFilter& filter) { return ids_of(entries_of(store, filter)); };
  CHECK(listed({}) == std::vector{foreign, edit, two, one});
  CHECK(listed({.limit = 2}) == std::vector{foreign, edit});
  CHECK(listed({.limit = 0}).empty());
  CHECK(listed({.firm = main}) == std::vector{edit, two, one});
  CHECK(listed({.inbox = "main"}) == std::vector{one});
  CHECK(listed({.firm = main, .inbox = "other"}) == std::vector{two});
  CHECK(listed({.kind = EntryKind::edit}) == std::vector{foreign, edit});
  CHECK(listed({.firm = main, .inbox = "", .kind = EntryKind::edit, .limit = 9}) == std::vector{edit});
  CHECK(listed({.firm = 99}).empty());
  CHECK(entries_of(store, {.limit = 1}).front().firm == "second");
}

TEST_CASE("a long listing is of one moment, and what its reader throws comes out as it is", "[entries]") {
  Store store;
  const FirmId firm = a_firm(store);
  add_many_imports(store, firm);
  Connection other(store.options);
  std::vector<ImportId> ids;
  list_entries(store, {.firm = firm}, [&](const RecordedEntry& entry) {
    if (ids.empty()) {
      imported(other, an_entry());
      other.session() << "delete from imports where name = 'many.csv' and version < 10";
    }
    ids.push_back(entry.id);
  });
  CHECK(ids.size() == 10'000);
  CHECK(std::is_sorted(ids.rbegin(), ids.rend()));
  CHECK(entries_of(store, {.firm = firm}).size() == 9'991);
  CHECK(entries_of(store, {.firm = firm, .limit = 5'001}).size() == 5'001);
  CHECK_THROWS_AS(list_entries(store, {}, [](const RecordedEntry&) { throw std::out_of_range("mine"); }),
                  std::out_of_range);
  CHECK(imported(store, an_entry("next.csv")) > ids.front());
}

TEST_CASE("an entry's changes come in its order, and what later entries did to its clients from old to new",
          "[entries]") {
  Store store;
  a_firm(store, {}, "second");
  recorded(store, without_file(EntryKind::edit), {renumbered("1", std::nullopt, "A")});
  const ImportId entry = recorded(
      store, an_entry(),
      {renumbered("2", "B", std::nullopt), renumbered("1", "A", "B"), created(a_client("3").typed("company"))});
  recorded(store, without_file(EntryKind::edit), {renumbered("1", "B", "Z")}, "second");
  const ImportId edit =
      recorded(store, without_file(EntryKind::edit), {renumbered("9", "X", "Y"), renumbered("1", "B", "C")});
  const ImportId undo = recorded(store, without_file(EntryKind::undo, edit), {renumbered("1", "C", "B")});
  const ImportId replay = recorded(store, without_file(EntryKind::replay, entry),
                                   {deleted(a_client("3").typed("company")), renumbered("2", std::nullopt, "B")});
  const std::string e = std::to_string(entry), u = std::to_string(undo), r = std::to_string(replay);
  CHECK(changes_of(store, entry) == Told{e + " 2 number B -> -", e + " 1 number A -> B", e + " 3 created - -> Client 3",
                                         e + " 3 type - -> company"});
  CHECK(changes_of(store, undo) == Told{u + "<" + std::to_string(edit) + " 1 number C -> B"});
  CHECK(later_changes_of(store, entry) ==
        Told{std::to_string(edit) + " 1 number B -> C", u + "<" + std::to_string(edit) + " 1 number C -> B",
             r + " 3 deleted Client 3 -> -", r + " 3 type company -> -", r + " 2 number - -> B"});
  CHECK(later_changes_of(store, replay).empty());
  CHECK(changes_of(store, 99).empty());
}

TEST_CASE("many changes of an entry are listed in its order", "[entries]") {
  Store store;
  std::vector<ClientWrite> writes;
  for (int i = 0; i < 11'000; ++i) writes.push_back(renumbered(std::to_string(i), std::nullopt, std::to_string(i)));
  const ImportId entry = recorded(store, an_entry(), writes);
  recorded(store, without_file(EntryKind::edit), writes);
  const Told changes = changes_of(store, entry);
  REQUIRE(changes.size() == writes.size());
  CHECK(changes.back() == std::to_string(entry) + " 10999 number - -> 10999");
  CHECK(later_changes_of(store, entry).size() == writes.size());
}

TEST_CASE("an entry's errors and bytes come back, the bytes until retention removes them", "[entries]") {
  Store store;
  const LedgerEntry entry = an_entry();
  const ImportId id = published(store, entry);
  const Problem blank{Message::company_id_blank, 4, {}};
  record_errors(store, id, std::vector<PlannedRow>{{4, RowOutcome::failed, false, "7", {blank}, {}}},
                std::vector{Problem{Message::file_empty_header, 0, {}}}, Language::en);
  const std::vector<EntryError> errors = read_entry_errors(store, id);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].row == 0);
  CHECK(errors[0].company_id.empty());
  CHECK(errors[1].row == 4);
  CHECK(errors[1].company_id == "7");
  CHECK(errors[1].codes == "company_id_blank");
  CHECK(errors[1].message == sentence(blank, Language::en));
  const EntryBytes bytes = read_entry_bytes(store, id);
  CHECK(bytes.input == entry.input);
  CHECK(bytes.report == "the report");
  REQUIRE(remove_bytes(store, 2'000'000'000, 10) == 1);
  CHECK_FALSE(read_entry_bytes(store, id).input);
  CHECK_FALSE(read_entry_bytes(store, id).report);
  CHECK_FALSE(read_entry_bytes(store, 99).input);
  CHECK(read_entry_errors(store, 99).empty());
}

TEST_CASE("a client's history says what changed, when and by whom, and outlasts the client", "[entries]") {
  Store store;
  const Client client = a_client("1").numbered("A").inactive();
  const ImportId import = recorded(store, an_entry("caf\xE9.csv"), {created(client), created(a_client("2"))});
  const ImportId edit = recorded(store, without_file(EntryKind::edit), {deleted(client)});
  const FirmId firm = find_firm(store, "main").value().id;
  store.session() << "insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value)"
                     " values (0, 1, " +
                         std::to_string(firm) + ", '1', 'name', 'Old', 'New')";
  const std::vector<ClientChange> history = read_client_history(store, firm, "1");
  REQUIRE(history.size() == 7);
  CHECK(history[0].entry == 0);
  CHECK(history[0].field == ClientField::name);
  CHECK(history[0].before == "Old");
  CHECK(history[0].who.empty());
  CHECK(history[1].entry == import);
  CHECK(history[1].kind == EntryKind::import);
  CHECK(history[1].source == EntrySource::folder);
  CHECK(history[1].name == "caf\xE9.csv");
  CHECK(history[1].who == "clientsync");
  CHECK(history[1].started_at == 1'700'000'001);
  CHECK(history[1].field == ClientField::created);
  CHECK(history[2].after == "A");
  CHECK(history[4].entry == edit);
  CHECK(history[4].kind == EntryKind::edit);
  CHECK(history[4].source == EntrySource::console);
  CHECK(history[4].field == ClientField::deleted);
  CHECK(history[6].before == "inactive");
  CHECK(history[6].after == std::nullopt);
  CHECK(read_client_history(store, firm, "9").empty());
  CHECK(read_client_history(store, firm + 1, "1").empty());
}
