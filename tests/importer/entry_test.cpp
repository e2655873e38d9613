#include "importer/entry.hpp"

#include <soci/soci.h>

#include <array>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

const Decision shown_only{};
const Decision applied{.apply = true};

/// A firm with three clients, in whose register people make entries.
struct Office {
  Store store;
  ConnectionPool pool{store.options};
  ImportRules rules;

  Office() {
    rules.firm = "main";
    a_firm(store, {a_client("1").numbered("A"), a_client("2").numbered("B"), a_client("3").inactive()});
  }

  [[nodiscard]] static Author maria() { return {.who = "maria", .source = EntrySource::console, .now = 1'795'000'000}; }

  EditVerdict edit(std::vector<Edit> edits, const Decision& decision = applied) {
    for (std::size_t i = 0; i < edits.size(); ++i) edits[i].row = i + 1;
    return edit_clients(pool, rules, edits, maria(), decision);
  }

  UndoVerdict undo(ImportId entry, const Decision& decision = applied, bool skip_conflicts = false) {
    return undo_entry(pool, rules, entry, skip_conflicts, maria(), decision);
  }

  SheetVerdict replay(ImportId original, const Decision& decision = applied) {
    const std::string bytes = input_bytes(store, original).value();
    ImportRules lenient = rules;
    lenient.policy.older_files = Policy::OlderFiles::accept;
    LedgerEntry entry;
    entry.kind = EntryKind::replay;
    entry.source = EntrySource::command;
    entry.original = original;
    entry.name = "clients.csv";
    entry.file = {sha256(bytes), bytes.size(), 0};
    entry.input = bytes;
    entry.who = "maria";
    entry.started_at = 1'795'000'000;
    return enter_sheet(pool, lenient, entry, read_sheet(bytes, rules.sheet), decision);
  }

  Imported drop(const std::string& rows, std::int64_t version = 1) {
    LedgerEntry entry = an_entry("clients.csv", version);
    entry.input = lasting("Company ID,Display name,Client number\r\n" + rows);
    entry.file.sha256 = sha256(entry.input);
    return import_file(store, entry, rules).value();
  }

  [[nodiscard]] FirmId firm() { return find_firm(store, rules.firm).value().id; }

  /// "1=A 2=B 3=": the clients with their numbers.
  [[nodiscard]] std::string numbers() {
    std::string all;
    for (const Client& client : clients_of(store, firm()))
      all += (all.empty() ? "" : " ") + client.company_id + "=" + client.number.value_or("");
    return all;
  }

  [[nodiscard]] std::string count(const std::string& table) { return text_of(store, "select count(*) from " + table); }

  /// That every firm's counters are what they count.
  void check_counters() {
    CHECK(text_of(store,
                  "select f.client_count - (select count(*) from clients c where c.firm_id = f.id), f.number_count"
                  " - (select count(c.client_number) from clients c where c.firm_id = f.id) from firms f") == "0 0");
  }
};

Edit number_edit(std::string id, std::string number) {
  return {.company_id = std::move(id), .number = std::move(number)};
}

Edit addition(std::string id, std::string name, std::optional<std::string> number = std::nullopt) {
  return {.kind = Edit::Kind::add,
          .company_id = std::move(id),
          .display_name = std::move(name),
          .number = std::move(number)};
}

Edit removal(std::string id) {
  return {.kind = Edit::Kind::remove, .company_id = std::move(id)};
}

/// "number A -> B", for each change of an entry.
std::vector<std::string> changes_of(Office& office, ImportId entry) {
  std::vector<std::string> all;
  for (const EntryChange& change : testing::read_entry_changes(office.store, entry)) {
    all.push_back(change.company_id + " " + std::string(word_of(change.field)) + " " + change.before.value_or("-") +
                  " -> " + change.after.value_or("-"));
  }
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an edit that is only shown writes nothing, and the same plan is written as one entry", "[entry]") {
  Office office;
  const std::vector<Edit> edits{
      {.company_id = "1", .number = "A9", .lead = "Rui"}, addition("4", "Davi", "D"), removal("3")};
  const EditVerdict shown = office.edit(edits, shown_only);
  CHECK_FALSE(shown.verdict.entry);
  CHECK(office.numbers() == "1=A 2=B 3=");
  CHECK(office.count("imports") == "0");
  const EditVerdict made = office.edit(edits, {.apply = true, .plan = shown.verdict.plan});
  REQUIRE(made.verdict.entry);
  CHECK(made.verdict.plan == shown.verdict.plan);
  CHECK_FALSE(made.verdict.stale);
  CHECK(made.plan.writes == shown.plan.writes);
  CHECK(office.numbers() == "1=A9 2=B 4=D");
  const RecordedEntry entry = read_entry(office.store, *made.verdict.entry).value();
  CHECK(entry.kind == EntryKind::edit);
  CHECK(entry.source == EntrySource::console);
  CHECK(entry.who == "maria");
  CHECK(entry.firm == "main");
  CHECK((entry.name + entry.inbox + entry.sha256).empty());
  CHECK(entry.started_at == 1'795'000'000);
  CHECK(entry.counts == Counts{.rows = 3, .updated = 2, .created = 1});
  CHECK(changes_of(office, entry.id) == Texts{"1 number A -> A9", "1 lead  -> Rui", "4 created - -> Davi",
                                              "4 number - -> D", "3 deleted Client 3 -> -", "3 status inactive -> -"});
  office.check_counters();
}

TEST_CASE("edits of which one fails write nothing, and neither do edits that change nothing", "[entry]") {
  Office office;
  const EditVerdict failed = office.edit({number_edit("1", "C"), number_edit("9", "D")});
  CHECK(failed.plan.rejected);
  CHECK(fates(failed.plan) == "not_applied | company_id_unknown");
  CHECK_FALSE(failed.verdict.entry);
  const EditVerdict same = office.edit({number_edit("1", "A"), {.company_id = "3", .active = false}});
  CHECK(same.plan.counts.unchanged == 2);
  CHECK_FALSE(same.verdict.entry);
  CHECK(office.count("imports") == "0");
  CHECK(office.count("changes") == "0");
  CHECK(office.numbers() == "1=A 2=B 3=");
}

TEST_CASE("a plan that is not the one that was shown is refused, and the new plan is returned", "[entry]") {
  Office office;
  const auto refused = [](const Verdict& verdict, const Verdict& shown) {
    return verdict.stale && !verdict.entry && verdict.plan != shown.plan;
  };
  SECTION("of an edit") {
    const EditVerdict shown = office.edit({number_edit("1", "C")}, shown_only);
    office.edit({number_edit("1", "X")});
    const EditVerdict made = office.edit({number_edit("1", "C")}, {.apply = true, .plan = shown.verdict.plan});
    CHECK(refused(made.verdict, shown.verdict));
    CHECK(made.plan.writes.at(0).number_before == "X");
    CHECK(office.numbers() == "1=X 2=B 3=");
    CHECK(office.edit({number_edit("1", "C")}, {.apply = true, .plan = made.verdict.plan}).verdict.entry);
  }
  SECTION("of an edit that can no longer be made, or that somebody else has made") {
    const EditVerdict shown = office.edit({number_edit("1", "C")}, shown_only);
    const std::string other = GENERATE("1", "2");
    office.edit({number_edit(other, "C")});
    const EditVerdict made = office.edit({number_edit("1", "C")}, {.apply = true, .plan = shown.verdict.plan});
    CHECK(refused(made.verdict, shown.verdict));
    CHECK(made.plan.writes.empty());
  }
  SECTION("of an undo") {
    const ImportId entry = office.edit({number_edit("1", "C"), number_edit("2", "D")}).verdict.entry.value();
    const UndoVerdict shown = office.undo(entry, shown_only);
    CHECK(shown.plan.reversed == 2);
    office.edit({number_edit("1", "X")});
    const bool skip_conflicts = GENERATE(false, true);
    const UndoVerdict made = office.undo(entry, {.apply = true, .plan = shown.verdict.plan}, skip_conflicts);
    CHECK(refused(made.verdict, shown.verdict));
    CHECK(made.plan.kept == 1);
    CHECK(office.numbers() == "1=X 2=D 3=");
  }
  SECTION("of a replay") {
    const Imported first = office.drop("1,Client 1,C\r\n");
    office.edit({number_edit("1", "X")});
    const SheetVerdict shown = office.replay(first.import, shown_only);
    office.edit({number_edit("2", "C")});
    const SheetVerdict made = office.replay(first.import, {.apply = true, .plan = shown.verdict.plan});
    CHECK(refused(made.verdict, shown.verdict));
    CHECK(fates(made.judged.plan) == "client_number_taken");
    CHECK(office.numbers() == "1=X 2=C 3=");
  }
}

TEST_CASE("a plan that was shown is written though the register changed elsewhere", "[entry]") {
  Office office;
  const EditVerdict shown = office.edit({number_edit("1", "C")}, shown_only);
  office.edit({number_edit("2", "X"), addition("4", "Davi")});
  CHECK(office.edit({number_edit("1", "C")}, {.apply = true, .plan = shown.verdict.plan}).verdict.entry);
  CHECK(office.numbers() == "1=C 2=X 3= 4=");
}

TEST_CASE("clients swap their numbers in one entry, and an undo swaps them back", "[entry]") {
  Office office;
  const ImportId swap = office.edit({number_edit("1", "B"), number_edit("2", "A")}).verdict.entry.value();
  CHECK(office.numbers() == "1=B 2=A 3=");
  CHECK(changes_of(office, swap) == Texts{"1 number A -> B", "2 number B -> A"});
  const UndoVerdict shown = office.undo(swap, shown_only);
  CHECK(office.numbers() == "1=B 2=A 3=");
  const UndoVerdict made = office.undo(swap, {.apply = true, .plan = shown.verdict.plan});
  CHECK(office.numbers() == "1=A 2=B 3=");
  const RecordedEntry entry = read_entry(office.store, made.verdict.entry.value()).value();
  CHECK(entry.kind == EntryKind::undo);
  CHECK(entry.original == swap);
  CHECK(entry.counts == Counts{.rows = 2, .updated = 2});
  CHECK(read_entry(office.store, swap)->undone_by == entry.id);
}

TEST_CASE("an undo that cannot reverse everything is refused unless conflicts are skipped", "[entry]") {
  Office office;
  const ImportId entry = office.edit({number_edit("1", "C"), number_edit("2", "D")}).verdict.entry.value();
  const ImportId later = office.edit({number_edit("1", "X")}).verdict.entry.value();
  const UndoVerdict refused = office.undo(entry);
  CHECK_FALSE(refused.verdict.entry);
  CHECK_FALSE(refused.verdict.stale);
  CHECK(refused.plan.outcomes.at(0).kept_for == later);
  CHECK(office.numbers() == "1=X 2=D 3=");
  CHECK(read_entry(office.store, entry)->undone_by == std::nullopt);
  const UndoVerdict made = office.undo(entry, {.apply = true, .plan = refused.verdict.plan}, true);
  REQUIRE(made.verdict.entry);
  CHECK(made.plan.reversed == 1);
  CHECK(made.plan.kept == 1);
  CHECK(office.numbers() == "1=X 2=B 3=");
  CHECK(read_entry(office.store, *made.verdict.entry)->counts == Counts{.rows = 2, .updated = 1, .unchanged = 1});
  const UndoVerdict again = office.undo(entry, applied, true);
  CHECK_FALSE(again.verdict.entry);
  CHECK(again.plan.kept == 2);
}

TEST_CASE("an undo can be undone, and then the entry can be undone again", "[entry]") {
  Office office;
  const ImportId edit =
      office.edit({addition("4", "Davi", "D"), removal("3"), number_edit("1", "C")}).verdict.entry.value();
  const std::string after = office.numbers();
  ImportId newest = edit;
  for (int i = 0; i < 4; ++i) {
    const ImportId undo = office.undo(newest).verdict.entry.value();
    CHECK(read_entry(office.store, newest)->undone_by == undo);
    CHECK(read_entry(office.store, edit)->undone_by.has_value() == (i % 2 == 0));
    newest = undo;
    CHECK(office.numbers() == (i % 2 == 0 ? "1=A 2=B 3=" : after));
    office.check_counters();
  }
  CHECK(office.undo(edit).verdict.entry);
  CHECK(office.numbers() == "1=A 2=B 3=");
  CHECK_FALSE(find_client(office.store, office.firm(), "3")->active);
}

TEST_CASE("an import is undone like an edit, and what it created goes", "[entry]") {
  Office office;
  office.rules.policy.unknown_company = Policy::UnknownCompany::create;
  const Imported made = office.drop("1,Client 1,C\r\n7,New,N\r\n3,Wrong name,X\r\n");
  CHECK(office.numbers() == "1=C 2=B 3= 7=N");
  CHECK(office.undo(made.import).verdict.entry);
  CHECK(office.numbers() == "1=A 2=B 3=");
  office.check_counters();
}

TEST_CASE("an undo restores a number only if it is free", "[entry]") {
  Office office;
  const ImportId edit = office.edit({number_edit("1", "C")}).verdict.entry.value();
  office.edit({number_edit("3", "A")});
  const UndoVerdict refused = office.undo(edit);
  CHECK_FALSE(refused.verdict.entry);
  REQUIRE(refused.plan.failed == 1);
  CHECK(code_of(refused.plan.outcomes.at(0).problem.value().message) == Code::client_number_taken);
}

TEST_CASE("a replay writes the values of an old import again, which its file dropped anew does not", "[entry]") {
  Office office;
  const Imported first = office.drop("1,Client 1,C\r\n2,Client 2,D\r\n");
  office.edit({number_edit("1", "X")});
  CHECK(fates(office.drop("1,Client 1,C\r\n2,Client 2,D\r\n", 2).plan) == "superseded | unchanged");
  const SheetVerdict shown = office.replay(first.import, shown_only);
  CHECK_FALSE(shown.verdict.entry);
  CHECK(office.numbers() == "1=X 2=D 3=");
  const SheetVerdict made = office.replay(first.import, {.apply = true, .plan = shown.verdict.plan});
  REQUIRE(made.verdict.entry);
  CHECK(office.numbers() == "1=C 2=D 3=");
  const RecordedEntry entry = read_entry(office.store, *made.verdict.entry).value();
  CHECK(entry.kind == EntryKind::replay);
  CHECK(entry.original == first.import);
  CHECK(entry.inbox.empty());
  CHECK(entry.counts == Counts{.rows = 2, .updated = 1, .unchanged = 1});
  CHECK(input_bytes(office.store, entry.id) == input_bytes(office.store, first.import));
  CHECK(changes_of(office, entry.id) == Texts{"1 number X -> C"});
}

TEST_CASE("the message of a superseded row names who made the later entry if it has no file", "[entry]") {
  Office office;
  office.drop("1,Client 1,C\r\n");
  const std::string edit = std::to_string(office.edit({number_edit("1", "X")}).verdict.entry.value());
  const Imported again = office.drop("1,Client 1,C\r\n", 2);
  const auto told = [&](Language language) { return sentences(again.plan.rows.at(0), language); };
  CHECK_THAT(told(Language::en), Catch::Contains("Since then, entry " + edit +
                                                 " (maria, 2026-11-18) gave the client the number X, so C is out"));
  CHECK_THAT(told(Language::pt_br), Catch::Contains("Depois disso, o lançamento " + edit +
                                                    " (maria, 2026-11-18) deu ao cliente o número X; portanto C"));
}

TEST_CASE("a sheet that is rejected leaves no entry", "[entry]") {
  Office office;
  office.rules.policy.apply = Policy::Apply::all_or_nothing;
  const Imported first = office.drop("1,Client 1,C\r\n9,Nobody,D\r\n");
  const std::string entries = office.count("imports");
  const SheetVerdict made = office.replay(first.import);
  CHECK(made.judged.plan.rejected);
  CHECK_FALSE(made.verdict.entry);
  CHECK(office.count("imports") == entries);
}

TEST_CASE("the first edit of a firm creates it, unless it is only shown or fails", "[entry]") {
  Office office;
  office.rules.firm = "second";
  const EditVerdict shown = office.edit({addition("1", "Ana", "A")}, shown_only);
  CHECK(fates(shown.plan) == "created");
  CHECK(office.edit({number_edit("1", "A")}).plan.rejected);
  CHECK_FALSE(find_firm(office.store, "second"));
  CHECK(office.edit({addition("1", "Ana", "A")}, {.apply = true, .plan = shown.verdict.plan}).verdict.entry);
  CHECK(office.numbers() == "1=A");
  CHECK(find_firm(office.store, "second")->client_count == 1);
  CHECK(find_firm(office.store, "second")->number_count == 1);
  office.rules.firm = "main";
  CHECK(office.numbers() == "1=A 2=B 3=");
}

TEST_CASE("an undo of a creation that left a firm without clients leaves the firm", "[entry]") {
  Office office;
  office.rules.firm = "second";
  const ImportId edit = office.edit({addition("1", "Ana", "A")}).verdict.entry.value();
  CHECK(office.undo(edit).verdict.entry);
  CHECK(office.numbers().empty());
  CHECK(find_firm(office.store, "second")->client_count == 0);
  CHECK(find_firm(office.store, "second")->number_count == 0);
}

TEST_CASE("a file of edits knows the type and status of a client whose damaged company ID it restores") {
  Office office;
  office.edit({{.kind = Edit::Kind::add,
                .company_id = "9130351530529746",
                .display_name = "Ana Lima",
                .type = "LLC",
                .active = false}});
  office.rules.sheet.details = true;
  office.rules.policy.blank_number = Policy::BlankNumber::keep;
  const std::string bytes = "Company ID,Display name,Client number,Type,Status\r\n9.13035E+15,Ana Lima,,SA,active\r\n";
  LedgerEntry entry;
  entry.kind = EntryKind::edit;
  entry.file = {sha256(bytes), bytes.size(), 0};
  entry.input = bytes;
  const SheetVerdict made =
      enter_sheet(office.pool, office.rules, entry, read_sheet(bytes, office.rules.sheet), applied);
  REQUIRE(made.verdict.entry);
  REQUIRE(made.judged.plan.writes.size() == 1);
  CHECK(made.judged.plan.writes[0].details_before == ClientDetails{"LLC", "", false});
  CHECK(made.judged.plan.writes[0].details_after == ClientDetails{"SA", "", true});
}

TEST_CASE("an entry whose numbers another writer takes meanwhile is planned again", "[entry][server]") {
  Office office;
  const auto outsider = office.store.database.outsider();
  outsider->begin();
  *outsider << "update clients set client_number = 'C', number_key = 'C' where company_id = '2'";
  auto editing = std::async(std::launch::async, [&] { return office.edit({number_edit("1", "C")}); });
  CHECK(editing.wait_for(std::chrono::milliseconds(500)) == std::future_status::timeout);
  SECTION("and fails if they stay taken") {
    outsider->commit();
    const EditVerdict made = editing.get();
    CHECK(fates(made.plan) == "client_number_taken");
    CHECK_FALSE(made.verdict.entry);
    CHECK(office.count("imports") == "0");
  }
  SECTION("and is written if they are given up") {
    outsider->rollback();
    CHECK(editing.get().verdict.entry);
    CHECK(office.numbers() == "1=C 2=B 3=");
  }
}

TEST_CASE("entries are numbered in the order in which they changed the register", "[entry]") {
  Office office;
  const auto edit_often = [&](std::size_t person) {
    for (int i = 0; i < 50; ++i)
      office.edit({number_edit("1", "P" + std::to_string(person) + "-" + std::to_string(i))});
  };
  std::array<std::future<void>, 4> people;
  for (std::size_t person = 0; person < people.size(); ++person)
    people.at(person) = std::async(std::launch::async, edit_often, person);
  for (std::future<void>& person : people) person.get();
  std::optional<std::string> number = "A";
  std::size_t changes = 0;
  for (const ClientChange& change : read_client_history(office.store, office.firm(), "1")) {
    CHECK(change.before == number);
    number = change.after;
    ++changes;
  }
  CHECK(changes == 200);
  CHECK(find_client(office.store, office.firm(), "1")->number == number);
}
