#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "importer/digest.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/database.hpp"
#include "importer/store/imports.hpp"
#include "importer/store/schema.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;
using clientsync::testing::a_client;
using Kind = DatabaseError::Kind;
namespace fs = std::filesystem;

namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "clientsync-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

DatabaseOptions options_for(const fs::path& file, const std::string& more = "") {
  DatabaseOptions options;
  options.connection = "dbname=\"" + file.string() + "\"" + more;
  return options;
}

/// A database of its own with all tables, and one connection to it.
struct Database {
  TemporaryDirectory directory;
  DatabaseOptions options = options_for(directory.path() / "clientsync.db", " timeout=1");
  Connection connection{options};

  Database() { prepare_schema(connection); }
  operator Connection&() { return connection; }
  [[nodiscard]] soci::session& session() { return connection.session(); }
};

sqlite_api::sqlite3* sqlite(Connection& connection) {
  return static_cast<soci::sqlite3_session_backend*>(connection.session().get_backend())->conn_;
}

std::string text_of(Connection& connection, const std::string& sql) {
  std::string text;
  soci::indicator ignored = soci::i_ok;
  connection.session() << sql, soci::into(text, ignored);
  return text;
}

/// The DatabaseError that `work` throws; fails the test where it throws none.
DatabaseError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const DatabaseError& error) {
    return error;
  }
  FAIL("no DatabaseError was thrown");
  throw std::logic_error("not reached");
}

/// Runs `work` in a transaction that is committed.
template <class Work>
auto committed(Connection& connection, Work&& work) {
  Transaction transaction(connection);
  auto value = work();
  transaction.commit();
  return value;
}

FirmId a_firm(Connection& connection, const std::vector<Client>& clients = {}, const std::string& name = "main") {
  return committed(connection, [&] {
    const FirmId firm = lock_firm(connection, name);
    add_clients(connection, firm, clients);
    return firm;
  });
}

void write(Connection& connection, FirmId firm, const std::vector<ClientWrite>& writes) {
  Transaction transaction(connection);
  write_clients(connection, firm, writes);
  transaction.commit();
}

std::vector<Client> clients_of(Connection& connection, FirmId firm) {
  std::vector<Client> clients;
  list_clients(connection, firm, [&](const Client& client) { clients.push_back(client); });
  return clients;
}

std::map<std::string, std::string> numbers_of(Connection& connection, FirmId firm) {
  std::map<std::string, std::string> numbers;
  for (const Client& client : clients_of(connection, firm)) {
    if (client.number) numbers[client.company_id] = *client.number;
  }
  return numbers;
}

ClientWrite renumbered(const std::string& id, std::optional<std::string> before, std::optional<std::string> after) {
  return {id, false, "Client " + id, "Client " + id, std::move(before), std::move(after)};
}

std::set<std::string> ids_of(const Register& slice) {
  std::set<std::string> ids;
  for (const Client& client : slice.clients()) ids.insert(client.company_id);
  return ids;
}

/// The statements that `work` runs.
std::vector<std::string> statements_of(Connection& connection, const std::function<void()>& work) {
  std::vector<std::string> statements;
  const auto note = [](unsigned, void* context, void* statement, void*) {
    static_cast<std::vector<std::string>*>(context)->emplace_back(
        sqlite_api::sqlite3_sql(static_cast<sqlite_api::sqlite3_stmt*>(statement)));
    return 0;
  };
  sqlite_api::sqlite3_trace_v2(sqlite(connection), SQLITE_TRACE_STMT, note, &statements);
  work();
  sqlite_api::sqlite3_trace_v2(sqlite(connection), 0, nullptr, nullptr);
  return statements;
}

std::string query_plan(Connection& connection, const std::string& sql) {
  sqlite_api::sqlite3_stmt* statement = nullptr;
  sqlite_api::sqlite3_prepare_v2(sqlite(connection), ("explain query plan " + sql).c_str(), -1, &statement, nullptr);
  std::string plan;
  while (sqlite_api::sqlite3_step(statement) == SQLITE_ROW) {
    plan.append(reinterpret_cast<const char*>(sqlite_api::sqlite3_column_text(statement, 3))).append("\n");
  }
  sqlite_api::sqlite3_finalize(statement);
  return plan;
}

LedgerEntry an_entry(const std::string& name = "clients.csv", std::int64_t version = 1) {
  LedgerEntry entry;
  entry.inbox = "main";
  entry.name = name;
  entry.version = version;
  entry.input = "the bytes of " + name + " " + std::to_string(version);
  entry.file = {sha256(entry.input), entry.input.size(), 1'700'000'000};
  entry.who = "clientsync";
  entry.started_at = 1'700'000'001;
  return entry;
}

LedgerEntry an_entry_from_elsewhere(const std::string& name) {
  LedgerEntry entry = an_entry(name);
  entry.inbox.reset();
  return entry;
}

struct Outcome {
  std::string report = "the report";
  std::string place = "clients.errors.csv";
  Plan plan{};
};

Outcome a_rejection(const std::string& report = "why it was rejected") {
  Outcome outcome{report};
  outcome.plan.rejected = true;
  return outcome;
}

/// An import that is committed with its report pending.
ImportId imported(Connection& connection, const LedgerEntry& entry, const Outcome& outcome = {}) {
  return committed(connection, [&] {
    const ImportId id = begin_import(connection, entry).value();
    const FirmId firm = lock_firm(connection, "main");
    finish_import(connection, id, firm, outcome.plan, Language::en, outcome.report, outcome.place, 1'700'000'002);
    return id;
  });
}

ImportId published(Connection& connection, const LedgerEntry& entry, const Outcome& outcome = {}) {
  const ImportId id = imported(connection, entry, outcome);
  mark_report(connection, id, ReportState::published, outcome.place);
  return id;
}

// What must never stand in an error message.
const std::string canary = "CANARY-4711";

void check_discreet(const DatabaseError& error) {
  const std::string message = error.what();
  CAPTURE(message);
  CHECK(message.find(canary) == std::string::npos);
  for (const char* sql : {"select ", "insert ", "update ", "values", ":firm", "json_each"}) {
    CHECK(message.find(sql) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("SHA-256 and Base64 give what the standards give", "[digest]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK_PROPERTY("unbase64 reads what base64 wrote",
                 [](const std::string& bytes) { RC_ASSERT(unbase64(base64(bytes)) == bytes); });
}

TEST_CASE("what is not Base64 is refused", "[digest]") {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zm9v\n", " Zm9", "Zm=v", "Zm9v====", "Zm9\xC3"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(unbase64(text), std::invalid_argument);
  }
}

TEST_CASE("a number's key is what a spreadsheet leaves of it", "[register]") {
  CHECK(number_key("00123") == "123");
  CHECK(number_key("000") == "0");
  CHECK(number_key("0") == "0");
  CHECK(number_key("0A1") == "0A1");
  CHECK(number_key("").empty());
  CHECK(number_key("٠١") == "٠١");
  CHECK_FALSE(all_digits(""));
  CHECK_FALSE(all_digits("1 "));
}

TEST_CASE("a register finds clients by ID, by number and by number with zeros", "[register]") {
  const Register slice = Register({a_client("1").numbered("00123"), a_client("2").numbered("0123"), a_client("3"),
                                   a_client("4").numbered("0A"), a_client("5").numbered("123")},
                                  9, 7);
  CHECK(slice.client_count() == 9);
  CHECK(slice.number_count() == 7);
  CHECK(slice.find("3")->company_id == "3");
  CHECK(slice.find("6") == nullptr);
  CHECK(slice.holder("0123")->company_id == "2");
  CHECK(slice.holder("124") == nullptr);
  CHECK(slice.holder_with_zeros("123", nullptr)->company_id == "2");
  CHECK(slice.holder_with_zeros("123", slice.find("2"))->company_id == "1");
  CHECK(slice.holder_with_zeros("00123", nullptr) == nullptr);
  CHECK(slice.holder_with_zeros("A", nullptr) == nullptr);
}

TEST_CASE("a connection keeps what it commits through a power cut", "[database]") {
  Database database;
  CHECK(text_of(database, "pragma journal_mode") == "wal");
  CHECK(text_of(database, "pragma synchronous") == "2");
  CHECK(text_of(database, "pragma foreign_keys") == "1");
}

TEST_CASE("a connection waits ten seconds for other writers unless the options say otherwise", "[database]") {
  const TemporaryDirectory directory;
  Connection by_default(options_for(directory.path() / "a.db"));
  Connection by_option(options_for(directory.path() / "a.db", " timeout=3"));
  CHECK(text_of(by_default, "pragma busy_timeout") == "10000");
  CHECK(text_of(by_option, "pragma busy_timeout") == "3000");
}

TEST_CASE("options can't weaken the durability of a connection", "[database]") {
  const TemporaryDirectory directory;
  Connection weak(options_for(directory.path() / "a.db", " synchronous=off"));
  Connection strong(options_for(directory.path() / "a.db", " synchronous=extra"));
  CHECK(text_of(weak, "pragma synchronous") == "2");
  CHECK(text_of(strong, "pragma synchronous") == "3");
}

TEST_CASE("the path of a database may hold spaces, and may stand alone", "[database]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "my  data base.db";
  const Connection quoted(options_for(file));
  CHECK(fs::exists(file));
  DatabaseOptions plain;
  plain.connection = (directory.path() / "plain name.db").string();
  const Connection alone(plain);
  CHECK(fs::exists(plain.connection));
}

TEST_CASE("a database that can't be opened is named with the reason", "[database]") {
  const TemporaryDirectory directory;
  const auto opening = [](const fs::path& file) {
    return error_of([&] { const Connection connection(options_for(file)); });
  };
  SECTION("its directory is missing: it may be mounted later") {
    const fs::path file = directory.path() / "missing" / "y.db";
    const DatabaseError error = opening(file);
    CHECK(error.kind() == Kind::unavailable);
    CHECK(error.what() == "cannot open the database " + file.string() + ": the directory " +
                              file.parent_path().string() + " does not exist");
    CHECK_FALSE(fs::exists(file.parent_path()));
  }
  SECTION("it is a directory") {
    const DatabaseError error = opening(directory.path());
    CHECK(error.kind() == Kind::refused);
    CHECK(error.what() == "cannot open the database " + directory.path().string() + ": it is a directory");
  }
  SECTION("its directory is a file") {
    std::ofstream(directory.path() / "file") << "x";
    const DatabaseError error = opening(directory.path() / "file" / "y.db");
    CHECK(error.kind() == Kind::refused);
    CHECK(std::string(error.what()).ends_with("/file is not a directory"));
  }
  SECTION("it is no database") {
    const fs::path file = directory.path() / "letter.db";
    std::ofstream(file) << std::string(4096, 'x');
    const DatabaseError error = opening(file);
    CHECK(error.kind() == Kind::refused);
    CHECK(error.what() == "cannot open the database " + file.string() + ": file is not a database");
  }
}

TEST_CASE("connection options that can't be right are refused", "[database]") {
  for (const char* text :
       {"", "dbname=", ":memory:", "dbname=:memory:", "dbname=file:x.db", "dbname=/tmp/x.db shared_cache=true",
        "dbname=\"/tmp/x.db", "dbname=/tmp/x y.db", "dbname=/tmp/\"x.db", "timeout=3"}) {
    CAPTURE(text);
    DatabaseOptions options;
    options.connection = text;
    const DatabaseError error = error_of([&] { const Connection connection(options); });
    CHECK(error.kind() == Kind::refused);
  }
}

TEST_CASE("a connection waits for a program that holds the database as it opens", "[database]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "held.db";
  soci::session holder(soci::sqlite3, file.string());
  holder << "create table held (name text)";
  // What is read inside a transaction keeps others from changing the journal mode, though not from writing.
  holder << "begin";
  long long count = 0;
  holder << "select count(*) from held", soci::into(count);
  std::string failure = "not opened";
  std::thread opener([&] {
    try {
      const Connection connection(options_for(file, " timeout=5"));
      failure.clear();
    } catch (const DatabaseError& error) {
      failure = error.what();
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  holder << "commit";
  opener.join();
  CHECK(failure.empty());
}

TEST_CASE("a transaction waits for another writer", "[database]") {
  Database database;
  std::atomic<bool> committed{false};
  std::optional<Transaction> first(std::in_place, database.connection);
  std::thread second([&] {
    Connection other(database.options);
    const Transaction transaction(other);
    committed = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK_FALSE(committed);
  first->commit();
  second.join();
  CHECK(committed);
}

TEST_CASE("a transaction that waited too long for another writer is to be tried again", "[database]") {
  Database database;
  const Transaction holder(database);
  Connection other(database.options);
  const auto start = std::chrono::steady_clock::now();
  const DatabaseError error = error_of([&] { const Transaction transaction(other); });
  CHECK(error.kind() == Kind::unavailable);
  CHECK(std::string(error.what()) == "beginning a transaction: database is locked");
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(900));
}

TEST_CASE("a transaction that is not committed leaves nothing", "[database]") {
  Database database;
  {
    const Transaction transaction(database);
    (void)lock_firm(database, "main");
  }
  CHECK_FALSE(database.connection.poisoned());
  CHECK(find_firm(database, "main") == std::nullopt);
  a_firm(database);
  CHECK(find_firm(database, "main").has_value());
}

TEST_CASE("a transaction in which an error was swallowed can't be committed", "[database]") {
  Database database;
  const FirmId firm = a_firm(database, {a_client("1")});
  {
    Transaction transaction(database);
    add_clients(database, firm, std::vector<Client>{a_client("2")});
    CHECK_THROWS_AS(add_clients(database, firm, std::vector<Client>{a_client("1")}), DatabaseError);
    CHECK(database.connection.poisoned());
    CHECK(error_of([&] { transaction.commit(); }).kind() == Kind::unavailable);
  }
  CHECK(clients_of(database, firm).size() == 1);
  CHECK(error_of([&] { const Transaction next(database); }).kind() == Kind::unavailable);
}

TEST_CASE("a transaction that the database has ended can't be committed", "[database]") {
  Database database;
  Transaction transaction(database);
  (void)lock_firm(database, "main");
  database.session() << "rollback";
  CHECK(error_of([&] { transaction.commit(); }).kind() == Kind::unavailable);
  CHECK(database.connection.poisoned());
}

TEST_CASE("a full disk is to be tried again, and nothing is written", "[database]") {
  Database database;
  const long long pages = std::stoll(text_of(database, "pragma page_count"));
  long long limit = 0;
  database.session() << "pragma max_page_count = " + std::to_string(pages + 4), soci::into(limit);
  LedgerEntry entry = an_entry();
  entry.input = std::string(100'000, 'x');
  {
    Transaction transaction(database);
    const DatabaseError error = error_of([&] { (void)begin_import(database, entry); });
    CHECK(error.kind() == Kind::unavailable);
    CHECK(std::string(error.what()) == "beginning the import of clients.csv: database or disk is full");
    CHECK_THROWS_AS(transaction.commit(), DatabaseError);
  }
  Connection next(database.options);
  CHECK(newest_import(next, "main", "clients.csv") == std::nullopt);
  CHECK_NOTHROW(imported(next, entry));
}

TEST_CASE("a database that may not be written needs a person", "[database]") {
  Database database;
  database.session() << "pragma query_only = on";
  CHECK(error_of([&] { const Transaction transaction(database); }).kind() == Kind::refused);
}

TEST_CASE("error messages hold neither SQL nor values", "[database]") {
  Database database;
  const FirmId firm = a_firm(database, {a_client("1").numbered(canary), a_client("2")});
  const Transaction transaction(database);
  SECTION("of a violated uniqueness") {
    const DatabaseError error =
        error_of([&] { write_clients(database, firm, std::vector{renumbered("2", std::nullopt, canary)}); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(error.what() ==
          std::string("writing clients: UNIQUE constraint failed: clients.firm_id, clients.client_number"));
    check_discreet(error);
  }
  SECTION("of a client that is not there") {
    const DatabaseError error =
        error_of([&] { write_clients(database, firm, std::vector{renumbered(canary, std::nullopt, canary)}); });
    CHECK(error.kind() == Kind::conflict);
    check_discreet(error);
  }
  SECTION("of a violated rule") {
    Client client = a_client("3").named(canary);
    client.number = "";
    database.session() << "create trigger refuse before insert on clients begin select raise(abort, 'no'); end";
    const DatabaseError error = error_of([&] { add_clients(database, firm, std::vector{client}); });
    CHECK(error.kind() == Kind::bug);
    check_discreet(error);
  }
  SECTION("of a statement that can't be right") {
    const DatabaseError error = error_of([&] {
      attempt(database.connection, "testing",
              [&] { database.session() << "select name from nowhere where name = :name", soci::use(canary, "name"); });
    });
    CHECK(error.kind() == Kind::bug);
    CHECK(error.what() == std::string("testing: no such table: nowhere"));
  }
  SECTION("of a value that SOCI can't convert") {
    const DatabaseError error = error_of([&] {
      attempt(database.connection, "testing", [&] {
        std::tm time{};
        database.session() << "select :text", soci::use(canary, "text"), soci::into(time);
      });
    });
    check_discreet(error);
  }
}

TEST_CASE("a new database gets its tables, and keeps its ledger's UUID", "[schema]") {
  Database database;
  const std::string uuid = ledger_uuid(database);
  CHECK(uuid.size() == 36);
  CHECK(uuid[14] == '4');
  CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
  Connection again(database.options);
  prepare_schema(again);
  CHECK(ledger_uuid(again) == uuid);
  CHECK(text_of(again, "select value from meta where name = 'schema_version'") == std::to_string(schema_version));
  Database other;
  CHECK(ledger_uuid(other) != uuid);
}

TEST_CASE("programs that prepare one database at once end with one schema", "[schema]") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = options_for(directory.path() / "shared.db");
  std::vector<std::string> uuids(8);
  std::vector<std::thread> threads;
  threads.reserve(uuids.size());
  for (std::string& uuid : uuids) {
    threads.emplace_back([&uuid, &options] {
      try {
        Connection connection(options);
        prepare_schema(connection);
        uuid = ledger_uuid(connection);
      } catch (const std::exception& error) {
        uuid = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(uuids[0].size() == 36);
  CHECK(std::set<std::string>(uuids.begin(), uuids.end()).size() == 1);
}

TEST_CASE("a database of a newer program is refused and named with both versions", "[schema]") {
  Database database;
  database.session() << "update meta set value = '7' where name = 'schema_version'";
  const DatabaseError error = error_of([&] { prepare_schema(database); });
  CHECK(error.kind() == Kind::refused);
  const std::string message = error.what();
  CHECK(message.find("version 7") != std::string::npos);
  CHECK(message.find("up to version " + std::to_string(schema_version)) != std::string::npos);
}

TEST_CASE("a database of somebody else is refused and left as it is", "[schema]") {
  const TemporaryDirectory directory;
  Connection connection(options_for(directory.path() / "other.db"));
  connection.session() << "create table recipes (name text)";
  CHECK(error_of([&] { prepare_schema(connection); }).kind() == Kind::refused);
  CHECK(text_of(connection, "select count(*) from sqlite_master") == "1");
}

TEST_CASE("clients come back as they were added, by company ID", "[clients]") {
  Database database;
  Client full = a_client("10").named("Ação & Cia \"Ω\" \\ 'x' :firm").numbered("00123").inactive();
  full.type = "company";
  full.lead = "Zoë";
  const Client bare = a_client("9130351530529746");
  const FirmId firm = a_firm(database, {bare, full});
  CHECK(clients_of(database, firm) == std::vector{full, bare});
  CHECK(text_of(database, "select number_key from clients where company_id = '10'") == "123");
}

TEST_CASE("what a listing's reader throws comes out as it is", "[clients]") {
  Database database;
  const FirmId firm = a_firm(database, {a_client("1")});
  CHECK_THROWS_AS(list_clients(database, firm, [](const Client&) { throw std::out_of_range("mine"); }),
                  std::out_of_range);
  CHECK_FALSE(database.connection.poisoned());
}

TEST_CASE("a firm's register is its own", "[clients]") {
  Database database;
  const FirmId first = a_firm(database, {a_client("1").numbered("A")}, "first");
  const FirmId second = a_firm(database, {a_client("1").numbered("A"), a_client("2").numbered("B")}, "second");
  CHECK(first != second);
  CHECK(find_firm(database, "second") == second);
  CHECK(find_firm(database, "third") == std::nullopt);
  const Register slice = read_register(database, first, Touched{{"1", "2"}, {"A", "B"}, {{"0", "9"}}});
  CHECK(ids_of(slice) == std::set<std::string>{"1"});
  CHECK(slice.client_count() == 1);
}

TEST_CASE("an added client must be new, and so must its number", "[clients]") {
  const auto adding = [](const Client& client) {
    Database database;
    const FirmId firm = a_firm(database, {a_client("1").numbered("A")});
    const Transaction transaction(database);
    return error_of([&] { add_clients(database, firm, std::vector{client}); }).kind();
  };
  CHECK(adding(a_client("1").numbered("B")) == Kind::conflict);
  CHECK(adding(a_client("2").numbered("A")) == Kind::conflict);
}

TEST_CASE("a slice has the clients asked for by ID, by number and by range", "[clients]") {
  Database database;
  const FirmId firm = a_firm(
      database, {a_client("1").numbered("00123"), a_client("2").numbered("123"), a_client("3").numbered("B"),
                 a_client("9130351530529746"), a_client("9130351530529747").inactive(), a_client("913035153052974")});
  const auto slice = [&](const Touched& touched) { return ids_of(read_register(database, firm, touched)); };
  CHECK(slice({{"3", "3", "unknown"}, {}, {}}) == std::set<std::string>{"3"});
  CHECK(slice({{}, {"123"}, {}}) == std::set<std::string>{"1", "2"});
  CHECK(slice({{}, {"B"}, {}}) == std::set<std::string>{"3"});
  CHECK(slice({{}, {}, {{"9130350000000000", "9130359999999999"}}}) ==
        std::set<std::string>{"9130351530529746", "9130351530529747"});
  CHECK(slice({{"1"}, {"123"}, {{"0", "9"}}}) == std::set<std::string>{"1", "2", "3"});
}

TEST_CASE("however ranges overlap, a slice has the clients in any of them", "[clients]") {
  Database database;
  std::vector<Client> clients;
  clients.reserve(120);
  for (int i = 0; i < 120; ++i) clients.push_back(a_client(std::to_string(i)));
  const FirmId firm = a_firm(database, clients);
  CHECK_PROPERTY("the slice is the union of the ranges", [&] {
    Touched touched;
    std::set<std::string> expected;
    const auto bounds = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 120), rc::gen::inRange(0, 30)));
    for (const auto& [low, more] : bounds) {
      const DigitRange range{std::to_string(low), std::to_string(low + more)};
      if (range.low.size() != range.high.size()) continue;
      touched.id_ranges.push_back(range);
      for (int i = low; i <= low + more && i < 120; ++i) expected.insert(std::to_string(i));
    }
    RC_ASSERT(ids_of(read_register(database, firm, touched)) == expected);
  });
}

TEST_CASE("the firm's counts come though no client is asked for or found", "[clients]") {
  Database database;
  const FirmId firm = a_firm(database, {a_client("1").numbered("A"), a_client("2"), a_client("3").numbered("C")});
  for (const Touched& touched : {Touched{}, Touched{{"unknown"}, {"unknown"}, {{"70", "80"}}}}) {
    const Register slice = read_register(database, firm, touched);
    CHECK(slice.clients().empty());
    CHECK(slice.client_count() == 3);
    CHECK(slice.number_count() == 2);
  }
  CHECK(read_register(database, a_firm(database, {}, "empty"), {}).client_count() == 0);
}

TEST_CASE("a full register is read and written in as many statements as a small one", "[clients]") {
  Database database;
  std::vector<Client> clients;
  std::vector<ClientWrite> writes;
  Touched touched;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = std::to_string(9130351530520000 + i);
    clients.push_back(a_client(id).numbered("N" + std::to_string(i)));
    touched.company_ids.push_back(id);
    touched.number_keys.push_back("N" + std::to_string(i));
    touched.id_ranges.push_back({"9130351530520000", "9130351530529999"});
    writes.push_back(renumbered(id, "N" + std::to_string(i), "N" + std::to_string((i + 1) % 2000)));
  }
  const FirmId firm = a_firm(database, clients);
  std::optional<Register> slice;
  CHECK(statements_of(database, [&] { slice = read_register(database, firm, touched); }).size() == 1);
  CHECK(slice->clients().size() == 2000);
  const Transaction transaction(database);
  CHECK(statements_of(database, [&] { write_clients(database, firm, writes); }).size() == 2);
  CHECK(numbers_of(database, firm).at("9130351530520000") == "N1");
}

TEST_CASE("no statement of an import searches the whole table of clients", "[clients]") {
  Database database;
  std::vector<Client> clients{a_client("1").numbered("A")};
  for (int i = 1000; i < 1200; ++i) clients.push_back(a_client(std::to_string(i)));
  const FirmId firm = a_firm(database, clients);
  const bool with_statistics = GENERATE(false, true);
  if (with_statistics) database.session() << "analyze";
  const auto statements = statements_of(database, [&] {
    (void)read_register(database, firm, Touched{{"1"}, {"A"}, {{"1", "2"}}});
    write(database, firm, {renumbered("1", "A", "B")});
  });
  std::string plans;
  for (const std::string& statement : statements) plans += query_plan(database, statement);
  CAPTURE(plans);
  CHECK(plans.find("SCAN c\n") == std::string::npos);
  CHECK(plans.find("SCAN c ") == std::string::npos);
  CHECK(plans.find("SCAN clients") == std::string::npos);
  CHECK(plans.find("SEARCH c USING INDEX clients_number_key (firm_id=? AND number_key=?)") != std::string::npos);
  CHECK(plans.find("(firm_id=? AND company_id>? AND company_id<?)") != std::string::npos);
  const std::string by_id = "SEARCH c USING INDEX sqlite_autoindex_clients_1 (firm_id=? AND company_id=?)";
  std::size_t lookups = 0;
  for (auto at = plans.find(by_id); at != std::string::npos; at = plans.find(by_id, at + 1)) ++lookups;
  CHECK(lookups == 3);
}

TEST_CASE("clients may swap, chain and rotate their numbers", "[clients]") {
  Database database;
  const FirmId firm = a_firm(
      database, {a_client("1").numbered("A"), a_client("2").numbered("B"), a_client("3").numbered("C"), a_client("4")});
  const auto numbers = [&] { return numbers_of(database, firm); };
  SECTION("swap") {
    write(database, firm, {renumbered("1", "A", "B"), renumbered("2", "B", "A")});
    CHECK(numbers() == std::map<std::string, std::string>{{"1", "B"}, {"2", "A"}, {"3", "C"}});
  }
  SECTION("chain") {
    write(database, firm, {renumbered("4", std::nullopt, "A"), renumbered("1", "A", "B"), renumbered("2", "B", "Z")});
    CHECK(numbers() == std::map<std::string, std::string>{{"1", "B"}, {"2", "Z"}, {"3", "C"}, {"4", "A"}});
  }
  SECTION("cycle") {
    write(database, firm, {renumbered("1", "A", "B"), renumbered("2", "B", "C"), renumbered("3", "C", "A")});
    CHECK(numbers() == std::map<std::string, std::string>{{"1", "B"}, {"2", "C"}, {"3", "A"}});
  }
  SECTION("clear, and give to a new client") {
    write(database, firm, {renumbered("1", "A", std::nullopt), {"5", true, "", "Fifth", std::nullopt, "A"}});
    CHECK(numbers() == std::map<std::string, std::string>{{"2", "B"}, {"3", "C"}, {"5", "A"}});
    CHECK(clients_of(database, firm).back() == Client{"5", "Fifth", "A", "", "", true});
  }
}

TEST_CASE("a name changes without its number, and a number's key with the number", "[clients]") {
  Database database;
  const FirmId firm = a_firm(database, {a_client("1").numbered("A"), a_client("2")});
  write(database, firm, {{"1", false, "Client 1", "Renamed", "A", "A"}, renumbered("2", std::nullopt, "0042")});
  const Register slice = read_register(database, firm, Touched{{"1"}, {"42"}, {}});
  CHECK(slice.find("1")->display_name == "Renamed");
  CHECK(slice.find("1")->number == "A");
  CHECK(slice.find("2")->number == "0042");
}

TEST_CASE("any exchange of numbers ends with the numbers that were meant", "[clients]") {
  Database database;
  const std::size_t size = 6;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < size; ++i) clients.push_back(a_client(std::to_string(i)));
  const FirmId firm = a_firm(database, clients);
  CHECK_PROPERTY("numbers are as written", [&] {
    const auto before = numbers_of(database, firm);
    const auto order = *rc::gen::unique<std::vector<int>>(size, rc::gen::inRange(0, 12));
    std::map<std::string, std::string> after = before;
    std::vector<ClientWrite> writes;
    for (std::size_t i = 0; i < size; ++i) {
      const std::string id = std::to_string(i);
      const auto had = before.find(id);
      const auto old = had == before.end() ? std::nullopt : std::optional(had->second);
      const auto next = *rc::gen::arbitrary<bool>() ? std::optional("N" + std::to_string(order[i])) : std::nullopt;
      if (next) after[id] = *next;
      if (!next) after.erase(id);
      writes.push_back(renumbered(id, old, next));
    }
    write(database, firm, writes);
    RC_ASSERT(numbers_of(database, firm) == after);
  });
}

TEST_CASE("a client that is not as it was read is a conflict", "[clients]") {
  Database database;
  const FirmId firm = a_firm(database, {a_client("1").numbered("A"), a_client("2").numbered("B"), a_client("3")});
  const auto writing = [&](const ClientWrite& change) {
    Connection connection(database.options);
    const Transaction transaction(connection);
    return error_of([&] { write_clients(connection, firm, std::vector{change}); }).kind();
  };
  CHECK(writing(renumbered("1", "Z", "C")) == Kind::conflict);
  CHECK(writing(renumbered("1", std::nullopt, "C")) == Kind::conflict);
  CHECK(writing(renumbered("3", "Z", "Z")) == Kind::conflict);
  CHECK(writing(renumbered("4", std::nullopt, "C")) == Kind::conflict);
  CHECK(writing(renumbered("1", "A", "B")) == Kind::conflict);
  CHECK(writing({"1", true, "", "Twin", std::nullopt, "C"}) == Kind::conflict);
  CHECK(numbers_of(database, firm) == std::map<std::string, std::string>{{"1", "A"}, {"2", "B"}});
}

TEST_CASE("the ledger says of an import all that was recorded", "[imports]") {
  Database database;
  LedgerEntry entry = an_entry("caf\xE9 \xC3\xA9\n\\.csv", 5'000'000'000);
  entry.input = std::string("a\0b\xFF", 4);
  entry.file = {sha256(entry.input), 5'000'000'001, -5'000'000'002};
  Outcome outcome{std::string("r\0\xFE", 3), "caf\xE9.errors.csv"};
  outcome.plan.counts = {10, 4, 3, 2, 1};
  const ImportId id = imported(database, entry, outcome);
  const auto row = newest_import(database, "main", entry.name);
  REQUIRE(row.has_value());
  CHECK(row->id == id);
  CHECK(row->version == 5'000'000'000);
  CHECK(row->file == entry.file);
  CHECK_FALSE(row->rejected);
  CHECK(row->counts == outcome.plan.counts);
  CHECK(row->report_state == ReportState::pending);
  CHECK(row->report_name == outcome.place);
  CHECK(row->report_sha256 == sha256(outcome.report));
  CHECK(input_bytes(database, id) == entry.input);
  CHECK(report_bytes(database, id) == outcome.report);
  CHECK(text_of(database, "select state || firm_id || language || who || started_at || finished_at from imports") ==
        "imported1enclientsync17000000011700000002");
}

TEST_CASE("the ledger's names are text, whatever their bytes", "[imports]") {
  Database database;
  imported(database, an_entry("caf\xE9.csv"));
  imported(database, an_entry("caf\\xE9.csv"));
  CHECK(newest_import(database, "main", "caf\xE9.csv")->id == 1);
  CHECK(newest_import(database, "main", "caf\\xE9.csv")->id == 2);
  CHECK(text_of(database, "select name from imports where id = 1") == escape("caf\xE9.csv"));
}

TEST_CASE("a daemon that read late loses and may look afresh on the same connection", "[imports]") {
  Database database;
  imported(database, an_entry("clients.csv", 3));
  {
    Transaction transaction(database);
    CHECK(begin_import(database, an_entry("clients.csv", 3)) == std::nullopt);
  }
  CHECK_FALSE(database.connection.poisoned());
  LedgerEntry elsewhere = an_entry("clients.csv", 3);
  elsewhere.inbox = "other";
  CHECK_NOTHROW(imported(database, elsewhere));
  CHECK_NOTHROW(imported(database, an_entry("clients.csv", 4)));
  CHECK(newest_import(database, "main", "clients.csv")->version == 4);
}

TEST_CASE("of two daemons that begin one version at once, one does", "[imports]") {
  Database database;
  std::atomic<int> begun{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Connection connection(options_for(database.directory.path() / "clientsync.db"));
      Transaction transaction(connection);
      if (begin_import(connection, an_entry())) ++begun;
      transaction.commit();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(begun == 1);
}

TEST_CASE("files from elsewhere never count for an inbox, and have no versions", "[imports]") {
  Database database;
  imported(database, an_entry_from_elsewhere("/home/x/clients.csv"));
  const ImportId second = imported(database, an_entry_from_elsewhere("/home/x/clients.csv"));
  CHECK(newest_import(database, "main", "/home/x/clients.csv") == std::nullopt);
  const auto row = newest_import(database, "", "/home/x/clients.csv");
  REQUIRE(row.has_value());
  CHECK(row->id == second);
  CHECK(row->version == 0);
  CHECK(pending_reports(database, "").size() == 2);
  CHECK(pending_reports(database, "main").empty());
}

TEST_CASE("a file that was too large to read is known by size and time, and its bytes are not kept", "[imports]") {
  Database database;
  LedgerEntry entry = an_entry();
  entry.file.sha256.clear();
  const ImportId id = imported(database, entry, a_rejection());
  const auto row = newest_import(database, "main", entry.name);
  CHECK(row->file == entry.file);
  CHECK(row->rejected);
  CHECK(input_bytes(database, id) == std::nullopt);
  CHECK_FALSE(knows_bytes(database, "main", ""));
}

TEST_CASE("an import that is rolled back was never begun", "[imports]") {
  Database database;
  {
    Transaction transaction(database);
    REQUIRE(begin_import(database, an_entry()).has_value());
  }
  CHECK(newest_import(database, "main", "clients.csv") == std::nullopt);
  CHECK(begin_import(database, an_entry()).has_value());
}

TEST_CASE("an import whose rows don't add up is not committed", "[imports]") {
  Database database;
  Outcome outcome;
  outcome.plan.counts = {10, 4, 3, 2, 2};
  CHECK(error_of([&] { imported(database, an_entry(), outcome); }).kind() == Kind::bug);
  Connection next(database.options);
  CHECK(newest_import(next, "main", "clients.csv") == std::nullopt);
}

TEST_CASE("an import is finished once", "[imports]") {
  Database database;
  const ImportId id = imported(database, an_entry());
  const DatabaseError error = error_of([&] { finish_import(database, id, 1, Plan{}, Language::en, "", "", 0); });
  CHECK(error.kind() == Kind::bug);
  CHECK(std::string(error.what()).starts_with("finishing import 1: "));
}

TEST_CASE("the errors of an import are kept in order, with codes and sentences", "[imports]") {
  Database database;
  const Problem of_file{Message::file_empty_header, 0, {}};
  const Problem blank{Message::company_id_blank, 4, {}};
  const Problem no_number{Message::client_number_blank, 4, {}};
  const std::vector<PlannedRow> rows{{2, RowOutcome::unchanged, "1", {}, {}},
                                     {4, RowOutcome::failed, "", {blank, no_number}, {}},
                                     {7, RowOutcome::failed, "7", {no_number}, {}}};
  const ImportId id = imported(database, an_entry());
  const auto statements =
      statements_of(database, [&] { record_errors(database, id, rows, std::vector{of_file}, Language::pt_br); });
  CHECK(statements.size() == 1);
  const auto column = [&](const std::string& name) {
    return text_of(database, "select group_concat(" + name + ", '|') from (select * from import_errors order by seq)");
  };
  CHECK(column("seq") == "1|2|3");
  CHECK(column("sheet_row") == "0|4|7");
  CHECK(column("company_id") == "||7");
  CHECK(column("codes") == "file_empty|company_id_blank client_number_blank|client_number_blank");
  const auto told = [](const std::vector<Problem>& problems) { return sentences(problems, Language::pt_br); };
  CHECK(column("message") == told({of_file}) + "|" + told({blank, no_number}) + "|" + told({no_number}));
}

TEST_CASE("the history has what changed, from what, to what, by whom and when", "[imports]") {
  Database database;
  const FirmId firm = a_firm(database);
  const ImportId id = imported(database, an_entry());
  const std::vector<ClientWrite> writes{renumbered("1", "A", "B"),
                                        renumbered("2", "B", std::nullopt),
                                        {"3", true, "", "Third", std::nullopt, "C"},
                                        {"4", false, "Old", "New", "D", "D"}};
  const auto statements =
      statements_of(database, [&] { record_changes(database, id, firm, writes, "ana", 5'000'000'000); });
  CHECK(statements.size() == 1);
  const std::string history = text_of(database,
                                      "select group_concat(company_id || ' ' || field || ' ' || coalesce(old_value, "
                                      "'-') || ' ' || coalesce(new_value, '-'),"
                                      " ', ') from (select * from changes order by seq)");
  CHECK(history == "1 number A B, 2 number B -, 3 created - Third, 3 number - C, 4 name Old New");
  CHECK(text_of(database, "select distinct import_id || who || changed_at || firm_id from changes") ==
        std::to_string(id) + "ana5000000000" + std::to_string(firm));
}

TEST_CASE("reports that were committed and not published are found, oldest first", "[imports]") {
  Database database;
  const ImportId first = imported(database, an_entry("a.csv"), {"report a", "a.errors.csv"});
  const ImportId second = imported(database, an_entry("b\xFF.csv"), a_rejection("report b"));
  const ImportId third = imported(database, an_entry("c.csv"), {"", ""});
  auto pending = pending_reports(database, "main");
  REQUIRE(pending.size() == 3);
  CHECK(pending[0].import == first);
  CHECK(pending[0].name == "a.csv");
  CHECK(pending[0].input_sha256 == an_entry("a.csv").file.sha256);
  CHECK(pending[0].report == "report a");
  CHECK(pending[0].report_name == "a.errors.csv");
  CHECK_FALSE(pending[0].rejected);
  CHECK(pending[1].import == second);
  CHECK(pending[1].name == "b\xFF.csv");
  CHECK(pending[1].rejected);
  CHECK(pending[2].report.empty());
  mark_report(database, first, ReportState::published, "a.errors.2.csv");
  mark_report(database, second, ReportState::superseded, "");
  mark_report(database, third, ReportState::none, "");
  CHECK(pending_reports(database, "main").empty());
  CHECK(newest_import(database, "main", "a.csv")->report_state == ReportState::published);
  CHECK(newest_import(database, "main", "a.csv")->report_name == "a.errors.2.csv");
  CHECK(newest_import(database, "main", "b\xFF.csv")->report_state == ReportState::superseded);
  CHECK(newest_import(database, "main", "b\xFF.csv")->report_name == "clients.errors.csv");
  CHECK(newest_import(database, "main", "c.csv")->report_state == ReportState::none);
}

TEST_CASE("marking the report of an import that does not exist is a bug", "[imports]") {
  Database database;
  CHECK(error_of([&] { mark_report(database, 7, ReportState::published, "x"); }).kind() == Kind::bug);
}

TEST_CASE("every report that ever stood at a place is known there", "[imports]") {
  Database database;
  const auto known = [&](const char* inbox, const char* place, const char* report) {
    return is_published_report(database, inbox, place, sha256(report));
  };
  published(database, an_entry("clients.csv", 1), {"first"});
  const ImportId second = published(database, an_entry("clients.csv", 2), {"second"});
  CHECK(known("main", "clients.errors.csv", "first"));
  CHECK(known("main", "clients.errors.csv", "second"));
  CHECK_FALSE(known("main", "clients.errors.csv", "third"));
  CHECK_FALSE(known("main", "clients.errors.2.csv", "second"));
  CHECK_FALSE(known("other", "clients.errors.csv", "second"));
  mark_report(database, second, ReportState::published, "clients.errors.2.csv");
  CHECK(known("main", "clients.errors.csv", "second"));
  CHECK(known("main", "clients.errors.2.csv", "second"));
}

TEST_CASE("a report that may have reached its place before the daemon died is known there", "[imports]") {
  Database database;
  const ImportId id = imported(database, an_entry());
  CHECK(is_published_report(database, "main", "clients.errors.csv", sha256("the report")));
  CHECK(report_owner(database, "main", "clients.errors.csv") == "clients.csv");
  mark_report(database, id, ReportState::superseded, "");
  CHECK_FALSE(is_published_report(database, "main", "clients.errors.csv", sha256("the report")));
  CHECK(report_owner(database, "main", "clients.errors.csv") == std::nullopt);
}

TEST_CASE("a place belongs to the input whose report was published there last", "[imports]") {
  Database database;
  CHECK(report_owner(database, "main", "clients.errors.csv") == std::nullopt);
  published(database, an_entry("clients.csv"));
  CHECK(report_owner(database, "main", "clients.errors.csv") == "clients.csv");
  published(database, an_entry("clients.CSV\xFF"));
  CHECK(report_owner(database, "main", "clients.errors.csv") == "clients.CSV\xFF");
  published(database, an_entry("clients.csv", 2));
  CHECK(report_owner(database, "main", "clients.errors.csv") == "clients.csv");
  CHECK(report_owner(database, "other", "clients.errors.csv") == std::nullopt);
}

TEST_CASE("an import without a report owns no place", "[imports]") {
  Database database;
  imported(database, an_entry(), {"", "clients.errors.csv"});
  CHECK(report_owner(database, "main", "clients.errors.csv") == std::nullopt);
  CHECK_FALSE(is_published_report(database, "main", "clients.errors.csv", ""));
}

TEST_CASE("the ledger knows bytes that it holds: good inputs and reports of that inbox", "[imports]") {
  Database database;
  const LedgerEntry good = an_entry("good.csv");
  const LedgerEntry bad = an_entry("bad.csv");
  const ImportId id = imported(database, good);
  imported(database, bad, a_rejection());
  CHECK(knows_bytes(database, "main", good.file.sha256));
  CHECK(knows_bytes(database, "main", sha256("the report")));
  CHECK(knows_bytes(database, "main", sha256("why it was rejected")));
  CHECK_FALSE(knows_bytes(database, "main", bad.file.sha256));
  CHECK_FALSE(knows_bytes(database, "other", good.file.sha256));
  database.session() << "update import_bytes set input = null, report = null where import_id = " + std::to_string(id);
  CHECK_FALSE(knows_bytes(database, "main", good.file.sha256));
  CHECK_FALSE(knows_bytes(database, "main", sha256("the report")));
  CHECK(report_bytes(database, id) == std::nullopt);
}

TEST_CASE("questions about places and bytes are answered from indexes", "[imports]") {
  Database database;
  imported(database, an_entry());
  const auto statements = statements_of(database, [&] {
    (void)newest_import(database, "main", "clients.csv");
    (void)is_published_report(database, "main", "clients.errors.csv", sha256("the report"));
    (void)report_owner(database, "main", "clients.errors.csv");
    (void)knows_bytes(database, "main", sha256("the report"));
    (void)pending_reports(database, "main");
  });
  CHECK(statements.size() == 5);
  for (const std::string& statement : statements) {
    const std::string plan = query_plan(database, statement);
    CAPTURE(statement, plan);
    CHECK(plan.find("SEARCH") != std::string::npos);
    for (const char* table :
         {"SCAN imports", "SCAN report_places", "SCAN import_bytes", "SCAN i", "SCAN b", "SCAN p"}) {
      CHECK(plan.find(table) == std::string::npos);
    }
  }
}

TEST_CASE("retention removes the bytes of what finished before, oldest first, a batch at a time", "[imports]") {
  Database database;
  std::vector<ImportId> ids;
  for (int n = 0; n < 5; ++n) {
    ids.push_back(published(database, an_entry("file" + std::to_string(n) + ".csv")));
    database.session() << "update imports set finished_at = " << 1000 + n << " where id = " << ids.back();
  }
  const auto kept = [&] {
    std::set<ImportId> found;
    for (const ImportId id : ids) {
      const bool has_input = input_bytes(database, id).has_value();
      CHECK(has_input == report_bytes(database, id).has_value());
      if (has_input) found.insert(id);
    }
    return found;
  };
  CHECK(remove_bytes(database, 1000, 10) == 0);
  CHECK(kept().size() == 5);
  CHECK(remove_bytes(database, 1004, 3) == 3);
  CHECK(kept() == std::set{ids[3], ids[4]});
  CHECK(remove_bytes(database, 1004, 3) == 1);
  CHECK(remove_bytes(database, 1004, 3) == 0);
  CHECK(kept() == std::set{ids[4]});
}

TEST_CASE("retention leaves rows, hashes, errors and history as they are", "[imports]") {
  Database database;
  const FirmId firm = a_firm(database, {a_client("1").numbered("A")});
  const LedgerEntry entry = an_entry();
  const ImportId id = committed(database, [&] {
    const ImportId import = begin_import(database, entry).value();
    record_changes(database, import, firm, std::vector{renumbered("1", "A", "B")}, "ana", 5);
    const Problem problem{Message::file_empty_header, 0, {}};
    record_errors(database, import, {}, std::vector{problem}, Language::en);
    finish_import(database, import, firm, {}, Language::en, "the report", "clients.errors.csv", 1000);
    return import;
  });
  mark_report(database, id, ReportState::published, "");
  const auto rest = [&] {
    std::string all;
    for (const char* sql :
         {"select group_concat(id || sha256 || report_sha256 || report_state || finished_at) from imports",
          "select group_concat(codes || message) from import_errors",
          "select group_concat(field || old_value || new_value || who) from changes",
          "select group_concat(report_name || report_sha256) from report_places"}) {
      all += text_of(database, sql) + "\n";
    }
    return all;
  };
  const std::string before = rest();
  CHECK(remove_bytes(database, 2000, 10) == 1);
  CHECK(rest() == before);
  CHECK(newest_import(database, "main", "clients.csv")->file == entry.file);
  CHECK(is_report(database, sha256("the report")));
  CHECK(is_published_report(database, "main", "clients.errors.csv", sha256("the report")));
  CHECK_FALSE(knows_bytes(database, "main", sha256("the report")));
  CHECK_FALSE(knows_bytes(database, "main", entry.file.sha256));
}

TEST_CASE("retention never removes what an unpublished report needs", "[imports]") {
  Database database;
  const LedgerEntry entry = an_entry();
  const ImportId id = imported(database, entry);
  CHECK(remove_bytes(database, 2'000'000'000, 10) == 0);
  REQUIRE(pending_reports(database, "main").size() == 1);
  CHECK(pending_reports(database, "main")[0].report == "the report");
  CHECK(input_bytes(database, id) == entry.input);
  mark_report(database, id, ReportState::superseded, "");
  CHECK(remove_bytes(database, 2'000'000'000, 10) == 1);
  CHECK(input_bytes(database, id) == std::nullopt);
}

TEST_CASE("the search for bytes to remove makes no other writer wait", "[imports]") {
  Database database;
  published(database, an_entry());
  Connection other(database.options);
  const Transaction writing(other);
  CHECK(remove_bytes(database, 1000, 10) == 0);
  CHECK(error_of([&] { (void)remove_bytes(database, 2'000'000'000, 10); }).kind() == Kind::unavailable);
}

TEST_CASE("files recorded as done are the newest of their names, without bytes, report or place", "[imports]") {
  Database database;
  published(database, an_entry("clients.csv", 1));
  LedgerEntry known = an_entry("clients.csv", 2), unknown = an_entry("new\xFF.csv", 1);
  record_as_done(database, "main", std::vector{known, unknown});
  for (const LedgerEntry& entry : {known, unknown}) {
    const auto row = newest_import(database, "main", entry.name);
    REQUIRE(row);
    CHECK(row->file == entry.file);
    CHECK(row->version == entry.version);
    CHECK(row->counts.rows == 0);
    CHECK_FALSE(row->rejected);
    CHECK(row->report_state == ReportState::none);
    CHECK(input_bytes(database, row->id) == std::nullopt);
    CHECK(report_bytes(database, row->id) == std::nullopt);
  }
  CHECK(pending_reports(database, "main").empty());
  CHECK_FALSE(knows_bytes(database, "main", unknown.file.sha256));
  CHECK(count_imports(database, "main") == 1);
  CHECK(count_imports(database, "other") == 0);
  CHECK(remove_bytes(database, 2'000'000'000, 10) == 1);
}

TEST_CASE("files are recorded as done all of them or none", "[imports]") {
  Database database;
  imported(database, an_entry("taken.csv", 1));
  const std::vector files{an_entry("free.csv", 1), an_entry("taken.csv", 1)};
  CHECK(error_of([&] { record_as_done(database, "main", files); }).kind() == Kind::conflict);
  Connection fresh(database.options);
  CHECK(newest_import(fresh, "main", "free.csv") == std::nullopt);
}
