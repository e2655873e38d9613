#include "importer/import.hpp"

#include <string>
#include <vector>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

/// A database of its own, with a register of three clients of the firm "main".
struct World {
  Store store;
  ImportRules rules;

  World() {
    rules.firm = "main";
    a_firm(store, {{"101", "Acme", "1", "", "", true},
                   {"102", "Beta", "2", "", "", true},
                   {"103", "Gamma", std::nullopt, "", "", true}});
  }

  [[nodiscard]] LedgerEntry entry(const std::string& bytes, std::int64_t version) const {
    LedgerEntry entry = an_entry("clients.csv", version);
    entry.input = lasting(bytes);
    entry.file = {sha256(bytes), bytes.size(), 1'700'000'000};
    return entry;
  }

  std::optional<Imported> import(const std::string& bytes, std::int64_t version) {
    return import_file(store, entry(bytes, version), rules);
  }

  [[nodiscard]] std::vector<std::optional<std::string>> numbers() {
    std::vector<std::optional<std::string>> all;
    for (const Client& client : clients_of(store, find_firm(store, rules.firm).value().id))
      all.push_back(client.number);
    return all;
  }
};

std::string file_of(const std::string& rows) {
  return "Company ID,Display name,Client number\r\n" + rows;
}

using Numbers = std::vector<std::optional<std::string>>;

}  // namespace

TEST_CASE("one transaction writes the new numbers, the change history and the ledger row") {
  World world;
  const std::string bytes = file_of("101,Acme,2\r\n102,Beta,1\r\n103,Gamma,\r\n");
  const auto imported = world.import(bytes, 1);
  REQUIRE(imported);
  CHECK(world.numbers() == Numbers{"2", "1", std::nullopt});
  CHECK(imported->plan.counts == Counts{.rows = 3, .updated = 2, .unchanged = 0, .created = 0, .failed = 1});

  const auto newest = newest_import(world.store);
  REQUIRE(newest);
  CHECK(newest->id == imported->import);
  CHECK(newest->version == 1);
  CHECK(newest->file == world.entry(bytes, 1).file);
  CHECK(newest->counts == imported->plan.counts);
  CHECK(newest->report_state == ReportState::pending);
  CHECK(report_bytes(world.store, imported->import) == imported->report);
  CHECK(input_bytes(world.store, imported->import) == bytes);
  CHECK(text_of(world.store, "select count(*) from changes") == "2");
  CHECK(text_of(world.store, "select count(*) from import_errors") == "1");
}

TEST_CASE("a daemon that read, stalled and comes late loses, and nothing of its read is applied") {
  World world;
  REQUIRE(world.import(file_of("101,Acme,10\r\n"), 1));
  CHECK_FALSE(world.import(file_of("101,Acme,20\r\n"), 1));
  CHECK(world.numbers() == Numbers{"10", "2", std::nullopt});
}

TEST_CASE("a rejected file leaves the register alone and stands in the ledger with its report") {
  World world;
  const auto imported = world.import("Company ID,Display name\r\n101,Acme\r\n", 1);
  REQUIRE(imported);
  CHECK(imported->plan.rejected);
  CHECK(world.numbers() == Numbers{"1", "2", std::nullopt});
  const auto newest = newest_import(world.store);
  REQUIRE(newest);
  CHECK(newest->rejected);
  CHECK(report_bytes(world.store, newest->id) == imported->report);
}

TEST_CASE("with all_or_nothing one failed row rejects the file") {
  World world;
  world.rules.policy.apply = Policy::Apply::all_or_nothing;
  const auto imported = world.import(file_of("101,Acme,10\r\n999,Nobody,11\r\n"), 1);
  REQUIRE(imported);
  CHECK(imported->plan.rejected);
  CHECK(imported->plan.counts.failed == 2);
  CHECK(world.numbers() == Numbers{"1", "2", std::nullopt});
}

TEST_CASE("a report is written for every import, or with report: errors only if something failed") {
  World world;
  const std::string clean = file_of("101,Acme,10\r\n");
  CHECK_FALSE(world.import(clean, 1)->report.empty());
  world.rules.report_always = false;
  CHECK(world.import(clean, 2)->report.empty());
  CHECK_FALSE(world.import(file_of("101,Acme,\r\n"), 3)->report.empty());
}

TEST_CASE("a check changes nothing, even if the database does not know the firm") {
  World world;
  const Sheet sheet = read_sheet(file_of("101,Acme,10\r\n"), world.rules.sheet);
  CHECK(judge(sheet, read_background(world.store, {}, world.rules, sheet), world.rules).plan.counts.updated == 1);
  CHECK(world.numbers() == Numbers{"1", "2", std::nullopt});
  CHECK_FALSE(newest_import(world.store));
  world.rules.firm = "nobody";
  CHECK(judge(sheet, read_background(world.store, {}, world.rules, sheet), world.rules).plan.counts.failed == 1);
  CHECK_FALSE(find_firm(world.store, "nobody"));
}

TEST_CASE("an import creates its firm if the database has none, and creations are limited by the firm's places") {
  World world;
  world.rules.firm = "second";
  world.rules.policy.unknown_company = Policy::UnknownCompany::create;
  world.rules.policy.max_clients = 2;
  CHECK(world.import(file_of("1,A,1\r\n2,B,2\r\n"), 1)->plan.counts.created == 2);
  CHECK(world.import(file_of("3,C,3\r\n"), 2)->plan.counts.failed == 1);
  CHECK(world.numbers() == Numbers{"1", "2"});
}

TEST_CASE("an import that fails before its commit leaves nothing behind") {
  World world;
  const std::string bytes = file_of("101,Acme,10\r\n");
  {
    const Sheet sheet = read_sheet(bytes, world.rules.sheet);
    const LedgerEntry entry = world.entry(bytes, 1);
    const auto begun = begin_import(world.store, entry, world.rules, sheet);
    REQUIRE(begun);
    finish_import(world.store, *begun, entry, sheet, judge(sheet, begun->background, world.rules), "clients.errors.csv",
                  0);
  }
  CHECK(world.numbers() == Numbers{"1", "2", std::nullopt});
  CHECK_FALSE(newest_import(world.store));
  CHECK(world.import(bytes, 1));
}

TEST_CASE("an import records in its transaction what became of earlier reports") {
  World world;
  const ImportId first = imported(world.store, an_entry("first.csv"), {.place = "first.errors.csv"});
  LedgerEntry entry = world.entry(file_of("101,Acme,5\r\n"), 1);
  entry.unrecorded = {{first, "first.csv", ReportState::published, "first.errors.csv"}};
  const Sheet sheet = read_sheet(entry.input, world.rules.sheet);
  const auto state = [&] { return newest_import(world.store, "first.csv")->report_state; };
  {
    const auto begun = begin_import(world.store, entry, world.rules, sheet);
    REQUIRE(begun);
    finish_import(world.store, *begun, entry, sheet, judge(sheet, begun->background, world.rules), "clients.errors.csv",
                  0);
  }
  CHECK(state() == ReportState::pending);
  REQUIRE(import_file(world.store, entry, world.rules));
  CHECK(state() == ReportState::published);
  CHECK(is_published_report(world.store, "main", "first.errors.csv", sha256("the report")));
  SECTION("and does so once") {
    entry.version = 2;
    REQUIRE(import_file(world.store, entry, world.rules));
    CHECK(text_of(world.store, "select count(*) from report_places") == "1");
  }
}

TEST_CASE("an import takes the same few statements, whatever its size", "[sqlite]") {
  World world;
  world.rules.policy.unknown_company = Policy::UnknownCompany::create;
  std::string bytes = file_of("101,Acme,2\r\n102,Beta,1\r\n103,Gamma,\r\n");
  for (int i = 0; i < 500; ++i) bytes += std::to_string(1000 + i) + ",New,N" + std::to_string(i) + "\r\n";
  const auto statements = statements_of(world.store, [&] { REQUIRE(world.import(bytes, 1)); });
  CAPTURE(statements);
  CHECK(statements.size() == 14);
}
