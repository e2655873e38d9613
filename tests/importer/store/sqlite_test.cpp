// What is true of SQLite alone.
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "importer/store/file_system.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;
namespace fs = std::filesystem;

namespace {

DatabaseOptions options_for(const fs::path& file, const std::string& more = "") {
  DatabaseOptions options;
  options.connection = "dbname=\"" + file.string() + "\"" + more;
  return options;
}

std::string query_plan(Connection& connection, const std::string& sql) {
  auto* const backend = static_cast<soci::sqlite3_session_backend*>(connection.session().get_backend());
  sqlite_api::sqlite3_stmt* statement = nullptr;
  sqlite_api::sqlite3_prepare_v2(backend->conn_, ("explain query plan " + sql).c_str(), -1, &statement, nullptr);
  std::string plan;
  while (sqlite_api::sqlite3_step(statement) == SQLITE_ROW) {
    plan.append(reinterpret_cast<const char*>(sqlite_api::sqlite3_column_text(statement, 3))).append("\n");
  }
  sqlite_api::sqlite3_finalize(statement);
  return plan;
}

}  // namespace

TEST_CASE("a connection keeps what it commits through a power cut", "[sqlite]") {
  Store store;
  CHECK(text_of(store, "pragma journal_mode") == "wal");
  CHECK(text_of(store, "pragma synchronous") == "2");
  CHECK(text_of(store, "pragma foreign_keys") == "1");
}

TEST_CASE("a connection waits for other writers as long as the options say", "[sqlite]") {
  const TemporaryDirectory directory;
  Connection writer(options_for(directory.path() / "a.db"));
  Connection waiting(options_for(directory.path() / "a.db", " timeout=1"));
  const Transaction transaction(writer);
  const auto begun = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(Transaction(waiting), DatabaseError);
  CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::seconds(1));
}

TEST_CASE("options can't weaken the durability of a connection", "[sqlite]") {
  const TemporaryDirectory directory;
  Connection weak(options_for(directory.path() / "a.db", " synchronous=off"));
  Connection strong(options_for(directory.path() / "a.db", " synchronous=extra"));
  CHECK(text_of(weak, "pragma synchronous") == "2");
  CHECK(text_of(strong, "pragma synchronous") == "3");
}

TEST_CASE("the path of a database may have spaces, and may stand alone", "[sqlite]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "my  data base.db";
  const Connection quoted(options_for(file));
  CHECK(fs::exists(file));
  DatabaseOptions plain;
  plain.connection = (directory.path() / "plain name.db").string();
  const Connection alone(plain);
  CHECK(fs::exists(plain.connection));
}

TEST_CASE("a database that can't be opened is named with the reason", "[sqlite]") {
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

TEST_CASE("file systems where locks don't hold are told from local disks", "[sqlite]") {
  CHECK(file_system_kind(0x6969) == FileSystemKind::remote);
  CHECK(file_system_kind(0xffffffff'fe534d42) == FileSystemKind::remote);  // SMB2, from a type with a sign
  CHECK(file_system_kind(0x01021994) == FileSystemKind::memory);
  CHECK(file_system_kind(0xef53) == FileSystemKind::local);  // ext4
}

TEST_CASE("connection options that can't be right are refused", "[sqlite]") {
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

TEST_CASE("a connection that opens waits for a program that has locked the database", "[sqlite]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "held.db";
  soci::session holder(soci::sqlite3, file.string());
  holder << "create table held (name text)";
  // A reader keeps others from changing the journal mode, though not from writing.
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

TEST_CASE("a transaction waits for another writer", "[sqlite]") {
  Store store;
  std::atomic<bool> committed{false};
  std::optional<Transaction> first(std::in_place, store.connection);
  std::thread second([&] {
    Connection other(store.options);
    const Transaction transaction(other);
    committed = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK_FALSE(committed);
  first->commit();
  second.join();
  CHECK(committed);
}

TEST_CASE("a transaction that waited too long for another writer is to be tried again", "[sqlite]") {
  Store store;
  const Transaction holder(store);
  Connection other(store.options);
  const auto start = std::chrono::steady_clock::now();
  const DatabaseError error = error_of([&] { const Transaction transaction(other); });
  CHECK(error.kind() == Kind::unavailable);
  CHECK(std::string(error.what()) == "beginning a transaction: database is locked");
  CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(900));
}

TEST_CASE("a full disk is to be tried again, and nothing is written", "[sqlite]") {
  Store store;
  const long long pages = std::stoll(text_of(store, "pragma page_count"));
  long long limit = 0;
  store.session() << "pragma max_page_count = " + std::to_string(pages + 4), soci::into(limit);
  LedgerEntry entry = an_entry();
  entry.input = lasting(std::string(100'000, 'x'));
  {
    Transaction transaction(store);
    const DatabaseError error =
        error_of([&] { record_bytes(store, insert_import(store, entry, "").value(), entry, ""); });
    CHECK(error.kind() == Kind::unavailable);
    CHECK(std::string(error.what()) == "recording bytes: database or disk is full");
    CHECK_THROWS_AS(transaction.commit(), DatabaseError);
  }
  Connection next(store.options);
  CHECK(newest_import(next) == std::nullopt);
  CHECK_NOTHROW(imported(next, entry));
}

TEST_CASE("a database that may not be written needs a person", "[sqlite]") {
  Store store;
  store.session() << "pragma query_only = on";
  CHECK(error_of([&] { const Transaction transaction(store); }).kind() == Kind::refused);
}

TEST_CASE("no statement of an import searches the whole table of clients", "[sqlite]") {
  Store store;
  std::vector<Client> clients{a_client("1").numbered("A")};
  for (int i = 1000; i < 1200; ++i) clients.push_back(a_client(std::to_string(i)));
  const FirmId firm = a_firm(store, clients);
  const bool with_statistics = GENERATE(false, true);
  if (with_statistics) store.session() << "analyze";
  const auto statements = statements_of(store, [&] {
    Register slice = read_register(store, firm, Touched{{"1"}, {"A", "42"}});
    add_clients_in(store, firm, std::vector{DigitRange{"1", "2"}}, slice);
    write(store, firm, {renumbered("1", "A", "B")});
  });
  std::string plans;
  for (const std::string& statement : statements) plans += query_plan(store, statement);
  CAPTURE(plans);
  CHECK(plans.find("SCAN c\n") == std::string::npos);
  CHECK(plans.find("SCAN c ") == std::string::npos);
  CHECK(plans.find("SCAN clients") == std::string::npos);
  CHECK(plans.find("SEARCH clients USING INDEX clients_number_key (firm_id=? AND number_key=?)") != std::string::npos);
  CHECK(plans.find("(firm_id=? AND company_id>? AND company_id<?)") != std::string::npos);
  const std::string by_id = "SEARCH clients USING PRIMARY KEY (firm_id=? AND company_id=?)";
  std::size_t lookups = 0;
  for (auto at = plans.find(by_id); at != std::string::npos; at = plans.find(by_id, at + 1)) ++lookups;
  CHECK(lookups == 2);
  CHECK(plans.find("USING INDEX sqlite_autoindex_clients_2 (firm_id=? AND client_number=?)") != std::string::npos);
}

TEST_CASE("questions about places and bytes are answered from indexes", "[sqlite]") {
  Store store;
  imported(store, an_entry());
  const auto statements = statements_of(store, [&] {
    (void)look_up_name(store, "main", "clients.csv");
    (void)is_published_report(store, "main", "clients.errors.csv", sha256("the report"));
    (void)knows_bytes(store, "main", sha256("the report"));
    (void)pending_reports(store, "main");
    mark(store, 1, ReportState::published, "clients.errors.csv");
  });
  for (const std::string& statement : statements) {
    const std::string plan = query_plan(store, statement);
    CAPTURE(statement, plan);
    for (const char* table :
         {"SCAN imports", "SCAN report_places", "SCAN import_bytes", "SCAN i\n", "SCAN n\n", "SCAN b\n", "SCAN p\n"}) {
      CHECK(plan.find(table) == std::string::npos);
    }
  }
}

TEST_CASE("nobody waits for the search for bytes to remove", "[sqlite]") {
  Store store;
  published(store, an_entry());
  Connection other(store.options);
  const Transaction writing(other);
  CHECK(remove_bytes(store, 1000, 10) == 0);
  CHECK(error_of([&] { (void)remove_bytes(store, 2'000'000'000, 10); }).kind() == Kind::unavailable);
}

TEST_CASE("nothing is committed to a file that was moved, replaced or removed while it was open", "[sqlite]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "a.db";
  Connection connection(options_for(file));
  connection.session() << "create table t (n int)";
  CHECK_FALSE(connection.moved());
  SECTION("before the transaction") {
    fs::rename(file, directory.path() / "b.db");
    CHECK(connection.moved());
    CHECK(error_of([&] { const Transaction transaction(connection); }).kind() == Kind::unavailable);
  }
  SECTION("in the transaction") {
    Transaction transaction(connection);
    connection.session() << "insert into t values (1)";
    fs::remove(file);
    std::ofstream(file) << "";
    CHECK(error_of([&] { transaction.commit(); }).kind() == Kind::unavailable);
  }
  CHECK(connection.poisoned());
}

TEST_CASE("a missing file is made only if no ledger is expected in it", "[sqlite]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "a.db";
  DatabaseOptions options = options_for(file);
  options.ledger = "some ledger";
  CHECK(error_of([&] { const Connection connection(options); }).kind() == Kind::foreign);
  CHECK_FALSE(fs::exists(file));
}
