#include "importer/import.hpp"

#include <string>
#include <vector>

#include "importer/digest.hpp"
#include "importer/store/clients.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/database.hpp"

using namespace clientsync;

namespace {

/// A database of its own, with a register of three clients of the firm "main".
class World {
 public:
  World() {
    database_.make_tables();
    Connection connection = connect();
    rules.firm = "main";
    Transaction transaction(connection);
    const FirmId firm = lock_firm(connection, rules.firm);
    const std::vector<Client> clients{{"101", "Acme", "1", "", "", true},
                                      {"102", "Beta", "2", "", "", true},
                                      {"103", "Gamma", std::nullopt, "", "", true}};
    add_clients(connection, firm, clients);
    transaction.commit();
  }

  [[nodiscard]] Connection connect() const { return Connection(database_.runtime()); }

  [[nodiscard]] LedgerEntry entry(const std::string& bytes, std::int64_t version) const {
    LedgerEntry entry;
    entry.inbox = "main";
    entry.name = "clients.csv";
    entry.version = version;
    entry.file = {sha256(bytes), bytes.size(), 1'700'000'000};
    entry.input = bytes;
    entry.who = "tester";
    entry.started_at = 1'700'000'001;
    return entry;
  }

  std::optional<Imported> import(const std::string& bytes, std::int64_t version) {
    Connection connection = connect();
    return import_sheet(
        connection, read_sheet(bytes, rules.sheet), entry(bytes, version), rules,
        [](bool) { return std::string("clients.errors.csv"); }, [] { return std::int64_t{1'700'000'002}; });
  }

  [[nodiscard]] std::vector<Client> clients() const {
    Connection connection = connect();
    std::vector<Client> all;
    list_clients(connection, find_firm(connection, rules.firm).value(),
                 [&](const Client& client) { all.push_back(client); });
    return all;
  }

  ImportRules rules;

 private:
  testing::TestDatabase database_;
};

std::string sheet_of(const std::string& rows) {
  return "Company ID,Display name,Client number\r\n" + rows;
}

std::vector<std::optional<std::string>> numbers(const World& world) {
  std::vector<std::optional<std::string>> all;
  for (const Client& client : world.clients()) all.push_back(client.number);
  return all;
}

using Numbers = std::vector<std::optional<std::string>>;

}  // namespace

TEST_CASE("one transaction writes the new numbers, the change history and the ledger row") {
  World world;
  const std::string bytes = sheet_of("101,Acme,2\r\n102,Beta,1\r\n103,Gamma,\r\n");
  const auto imported = world.import(bytes, 1);
  REQUIRE(imported);
  CHECK(numbers(world) == Numbers{"2", "1", std::nullopt});
  CHECK(imported->plan.counts == Counts{.rows = 3, .updated = 2, .unchanged = 0, .created = 0, .failed = 1});

  Connection connection = world.connect();
  const auto newest = newest_import(connection, "main", "clients.csv");
  REQUIRE(newest);
  CHECK(newest->id == imported->import);
  CHECK(newest->version == 1);
  CHECK(newest->file == world.entry(bytes, 1).file);
  CHECK(newest->counts == imported->plan.counts);
  CHECK(newest->report_state == ReportState::pending);
  CHECK(report_bytes(connection, imported->import) == imported->report);
  CHECK(input_bytes(connection, imported->import) == bytes);
}

TEST_CASE("a daemon that read, stalled and comes late loses, and nothing of its read is applied") {
  World world;
  REQUIRE(world.import(sheet_of("101,Acme,10\r\n"), 1));
  CHECK_FALSE(world.import(sheet_of("101,Acme,20\r\n"), 1));
  CHECK(numbers(world) == Numbers{"10", "2", std::nullopt});
}

TEST_CASE("a rejected file leaves the register alone and stands in the ledger with its report") {
  World world;
  const auto imported = world.import("Company ID,Display name\r\n101,Acme\r\n", 1);
  REQUIRE(imported);
  CHECK(imported->plan.rejected);
  CHECK(numbers(world) == Numbers{"1", "2", std::nullopt});
  Connection connection = world.connect();
  const auto newest = newest_import(connection, "main", "clients.csv");
  REQUIRE(newest);
  CHECK(newest->rejected);
  CHECK(report_bytes(connection, newest->id) == imported->report);
}

TEST_CASE("with all_or_nothing one failed row rejects the file") {
  World world;
  world.rules.policy.apply = Policy::Apply::all_or_nothing;
  const auto imported = world.import(sheet_of("101,Acme,10\r\n999,Nobody,11\r\n"), 1);
  REQUIRE(imported);
  CHECK(imported->plan.rejected);
  CHECK(imported->plan.counts.failed == 2);
  CHECK(numbers(world) == Numbers{"1", "2", std::nullopt});
}

TEST_CASE("a report is written for every import, or with report: errors only where something failed") {
  World world;
  const std::string clean = sheet_of("101,Acme,10\r\n");
  CHECK_FALSE(world.import(clean, 1)->report.empty());
  world.rules.report_always = false;
  CHECK(world.import(clean, 2)->report.empty());
  CHECK_FALSE(world.import(sheet_of("101,Acme,\r\n"), 3)->report.empty());
}

TEST_CASE("a check changes nothing, also where the database does not know the firm") {
  World world;
  Connection connection = world.connect();
  const Sheet sheet = read_sheet(sheet_of("101,Acme,10\r\n"), world.rules.sheet);
  const Imported checked = check_sheet(connection, sheet, world.rules);
  CHECK(checked.plan.counts.updated == 1);
  CHECK(numbers(world) == Numbers{"1", "2", std::nullopt});
  CHECK_FALSE(newest_import(connection, "main", "clients.csv"));
  world.rules.firm = "nobody";
  CHECK(check_sheet(connection, sheet, world.rules).plan.counts.failed == 1);
  CHECK_FALSE(find_firm(connection, "nobody"));
}

TEST_CASE("an import makes its firm where the database has none, and creations are limited by the firm's places") {
  World world;
  world.rules.firm = "second";
  world.rules.policy.unknown_company = Policy::UnknownCompany::create;
  world.rules.policy.max_clients = 2;
  CHECK(world.import(sheet_of("1,A,1\r\n2,B,2\r\n"), 1)->plan.counts.created == 2);
  CHECK(world.import(sheet_of("3,C,3\r\n"), 2)->plan.counts.failed == 1);
  CHECK(world.clients().size() == 2);
}

TEST_CASE("an import that fails inside its transaction leaves nothing behind") {
  World world;
  Connection connection = world.connect();
  const std::string bytes = sheet_of("101,Acme,10\r\n");
  const auto place = [](bool) -> std::string { throw std::runtime_error("the disk is gone"); };
  const auto import = [&] {
    return import_sheet(connection, read_sheet(bytes, world.rules.sheet), world.entry(bytes, 1), world.rules, place,
                        [] { return std::int64_t{0}; });
  };
  CHECK_THROWS_WITH(import(), "the disk is gone");
  CHECK(numbers(world) == Numbers{"1", "2", std::nullopt});
  CHECK_FALSE(newest_import(connection, "main", "clients.csv"));
  CHECK(world.import(bytes, 1));
}
