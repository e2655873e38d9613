#include "importer/store/ledger.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "importer/text.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

namespace {

LedgerEntry an_entry_from_elsewhere(const std::string& name) {
  LedgerEntry entry = an_entry(name);
  entry.inbox.reset();
  return entry;
}

}  // namespace

TEST_CASE("the ledger says of an import all that was recorded", "[imports]") {
  Store store;
  LedgerEntry entry = an_entry("caf\xE9 \xC3\xA9\n\\.csv", 5'000'000'000);
  entry.input = std::string_view("a\0b\xFF", 4);
  entry.file = {sha256(entry.input), 5'000'000'001, -5'000'000'002};
  ImportOutcome outcome{std::string("r\0\xFE", 3), "caf\xE9.errors.csv"};
  outcome.plan.counts = {10, 4, 3, 2, 1};
  const ImportId id = imported(store, entry, outcome);
  const auto row = newest_import(store, entry.name);
  REQUIRE(row.has_value());
  CHECK(row->id == id);
  CHECK(row->version == 5'000'000'000);
  CHECK(row->file == entry.file);
  CHECK_FALSE(row->rejected);
  CHECK(row->counts == outcome.plan.counts);
  CHECK(row->report_state == ReportState::pending);
  CHECK(row->report_name == outcome.place);
  CHECK(text_of(store, "select report_sha256 from imports") == sha256(outcome.report));
  CHECK(input_bytes(store, id) == entry.input);
  CHECK(report_bytes(store, id) == outcome.report);
  CHECK(text_of(store, "select state, language, who, started_at, finished_at from imports") ==
        "imported en clientsync 1700000001 1700000002");
}

TEST_CASE("the ledger's names are text, whatever their bytes", "[imports]") {
  Store store;
  const ImportId bytes = imported(store, an_entry("caf\xE9.csv"));
  const ImportId words = imported(store, an_entry("caf\\xE9.csv"));
  const ImportId upper = imported(store, an_entry("CAF\\xE9.csv"));
  CHECK(newest_import(store, "caf\xE9.csv")->id == bytes);
  CHECK(newest_import(store, "caf\\xE9.csv")->id == words);
  CHECK(newest_import(store, "CAF\\xE9.csv")->id == upper);
  CHECK(text_of(store, "select name from imports order by id") ==
        escape("caf\xE9.csv") + "\n" + escape("caf\\xE9.csv") + "\n" + escape("CAF\\xE9.csv"));
}

TEST_CASE("a daemon that read late loses and may look afresh on the same connection", "[imports]") {
  Store store;
  imported(store, an_entry("clients.csv", 3));
  {
    Transaction transaction(store);
    CHECK(insert_import(store, an_entry("clients.csv", 3), "") == std::nullopt);
  }
  CHECK_FALSE(store.connection.poisoned());
  LedgerEntry elsewhere = an_entry("clients.csv", 3);
  elsewhere.inbox = "other";
  CHECK_NOTHROW(imported(store, elsewhere));
  CHECK_NOTHROW(imported(store, an_entry("clients.csv", 4)));
  CHECK(newest_import(store, "clients.csv")->version == 4);
}

TEST_CASE("of two daemons that begin one version at once, one does", "[imports]") {
  Store store;
  std::vector<std::string> outcomes(4);
  std::vector<std::thread> threads;
  threads.reserve(outcomes.size());
  const auto begin = [&]() -> std::string {
    Connection connection(store.options);
    Transaction transaction(connection);
    const bool begun = insert_import(connection, an_entry(), "").has_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (begun) transaction.commit();
    return begun ? "begun" : "late";
  };
  for (std::string& outcome : outcomes) {
    threads.emplace_back([&] {
      try {
        outcome = begin();
      } catch (const DatabaseError& error) {
        outcome = error.kind() == Kind::conflict ? begin() : error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(outcomes.begin(), outcomes.end());
  CHECK(outcomes == std::vector<std::string>{"begun", "late", "late", "late"});
}

TEST_CASE("files from elsewhere never count for an inbox, and have no versions", "[imports]") {
  Store store;
  imported(store, an_entry_from_elsewhere("/home/x/clients.csv"));
  const ImportId second = imported(store, an_entry_from_elsewhere("/home/x/clients.csv"));
  CHECK(newest_import(store, "/home/x/clients.csv") == std::nullopt);
  const auto row = newest_import(store, "/home/x/clients.csv", "");
  REQUIRE(row.has_value());
  CHECK(row->id == second);
  CHECK(row->version == 0);
  CHECK(pending_reports(store, "").size() == 2);
  CHECK(pending_reports(store, "main").empty());
}

TEST_CASE("a file that was too large to read is known by size and time, and its bytes are not kept", "[imports]") {
  Store store;
  LedgerEntry entry = an_entry();
  entry.file.sha256.clear();
  const ImportId id = imported(store, entry, a_rejection());
  const auto row = newest_import(store, entry.name);
  CHECK(row->file == entry.file);
  CHECK(row->rejected);
  CHECK(input_bytes(store, id) == std::nullopt);
  CHECK_FALSE(knows_bytes(store, "main", ""));
}

TEST_CASE("an import that is rolled back was never begun", "[imports]") {
  Store store;
  {
    Transaction transaction(store);
    REQUIRE(insert_import(store, an_entry(), "").has_value());
  }
  CHECK(newest_import(store, "clients.csv") == std::nullopt);
  CHECK(insert_import(store, an_entry(), "").has_value());
}

TEST_CASE("an import whose rows don't add up is not committed", "[imports]") {
  Store store;
  ImportOutcome outcome;
  outcome.plan.counts = {10, 4, 3, 2, 2};
  CHECK(error_of([&] { imported(store, an_entry(), outcome); }).kind() == Kind::bug);
  Connection next(store.options);
  CHECK(newest_import(next, "clients.csv") == std::nullopt);
}

TEST_CASE("an import is finished once", "[imports]") {
  Store store;
  const ImportId id = imported(store, an_entry());
  const DatabaseError error = error_of([&] { complete_import(store, id, 1, Plan{}, Language::en, "", "", 0); });
  CHECK(error.kind() == Kind::bug);
  CHECK(std::string(error.what()).starts_with("completing import " + std::to_string(id) + ": "));
}

TEST_CASE("the errors of an import are kept in order, with codes and sentences", "[imports]") {
  Store store;
  const Problem of_file{Message::file_empty_header, 0, {}};
  const Problem blank{Message::company_id_blank, 4, {}};
  const Problem no_number{Message::client_number_blank, 4, {}};
  const std::vector<PlannedRow> rows{{2, RowOutcome::unchanged, false, "1", {}, {}},
                                     {4, RowOutcome::failed, false, "", {blank, no_number}, {}},
                                     {7, RowOutcome::failed, false, "7", {no_number}, {}}};
  const ImportId id = imported(store, an_entry());
  record_errors(store, id, rows, std::vector{of_file}, Language::pt_br);
  const auto column = [&](const std::string& name) {
    return text_of(store, "select " + name + " from import_errors order by seq");
  };
  CHECK(column("seq") == "1\n2\n3");
  CHECK(column("sheet_row") == "0\n4\n7");
  CHECK(text_of(store, "select company_id, seq from import_errors order by seq") == " 1\n 2\n7 3");
  CHECK(column("codes") == "file_empty\ncompany_id_blank client_number_blank\nclient_number_blank");
  const auto told = [](const std::vector<Problem>& problems) { return sentences(problems, Language::pt_br); };
  CHECK(column("message") == told({of_file}) + "\n" + told({blank, no_number}) + "\n" + told({no_number}));
}

TEST_CASE("the history has what changed, from what, to what, in which import", "[imports]") {
  Store store;
  const FirmId firm = a_firm(store);
  const ImportId id = imported(store, an_entry());
  const std::vector<ClientWrite> writes{renumbered("1", "A", "B"),
                                        renumbered("2", "B", std::nullopt),
                                        {"3", true, "", "Third", std::nullopt, "C"},
                                        {"4", false, "Old", "New", "D", "D"}};
  record_changes(store, id, firm, writes);
  CHECK(text_of(store, "select company_id, field, old_value, new_value from changes order by seq") ==
        "1 number A B\n2 number B -\n3 created - Third\n3 number - C\n4 name Old New");
  CHECK(text_of(store, "select distinct import_id, firm_id from changes") ==
        std::to_string(id) + " " + std::to_string(firm));
}

TEST_CASE("the history of a creation and of a deletion has every field that the client has", "[imports]") {
  Store store;
  const FirmId firm = a_firm(store);
  const ImportId id = imported(store, an_entry());
  const Client full = a_client("1").named("One").numbered("A").typed("company").led_by("Ana").inactive();
  const Client bare = a_client("2").named("Two");
  const Client typed = a_client("2").named("Two").typed("person").led_by("Rui");
  record_changes(store, id, firm,
                 std::vector{created(full), created(bare), changed(bare, typed), changed(typed, bare),
                             changed(bare, a_client("2").named("Two").inactive()), deleted(full), deleted(bare)});
  CHECK(text_of(store, "select company_id, field, old_value, new_value from changes order by seq") ==
        "1 created - One\n1 number - A\n1 type - company\n1 lead - Ana\n1 status - inactive\n"
        "2 created - Two\n"
        "2 type  person\n2 lead  Rui\n"
        "2 type person \n2 lead Rui \n"
        "2 status active inactive\n"
        "1 deleted One -\n1 number A -\n1 type company -\n1 lead Ana -\n1 status inactive -\n"
        "2 deleted Two -");
}
