#include "importer/store/schema.hpp"

#include <soci/soci.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "importer/store/database_status.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

TEST_CASE("a new database gets its tables, and keeps its ledger's UUID", "[schema]") {
  Store store;
  const std::string uuid = ledger_uuid(store);
  CHECK(uuid.size() == 36);
  CHECK(uuid[14] == '4');
  CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
  Connection again(store.options);
  prepare_schema(again);
  CHECK(ledger_uuid(again) == uuid);
  CHECK(text_of(again, "select value from meta where name = 'schema_version'") == std::to_string(schema_version));
  Store other;
  CHECK(ledger_uuid(other) != uuid);
}

TEST_CASE("programs that make the tables of one database at once end with one schema", "[schema]") {
  const TestDatabase database;
  std::vector<std::string> uuids(8);
  std::vector<std::thread> threads;
  threads.reserve(uuids.size());
  for (std::string& uuid : uuids) {
    threads.emplace_back([&uuid, &database] {
      try {
        Connection connection(database.owner());
        upgrade_schema(connection);
        uuid = ledger_uuid(connection);
      } catch (const std::exception& error) {
        uuid = error.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CAPTURE(uuids);
  CHECK(uuids[0].size() == 36);
  CHECK(std::set<std::string>(uuids.begin(), uuids.end()).size() == 1);
}

TEST_CASE("a database of a newer program is refused and named with both versions", "[schema]") {
  Store store;
  store.session() << "update meta set value = '7' where name = 'schema_version'";
  const DatabaseError error = error_of([&] { prepare_schema(store); });
  CHECK(error.kind() == Kind::refused);
  const std::string message = error.what();
  CHECK(message.find("version 7") != std::string::npos);
  CHECK(message.find("versions up to " + std::to_string(schema_version)) != std::string::npos);
}

TEST_CASE("a database of somebody else is refused and left as it is", "[schema]") {
  const TestDatabase database;
  Connection connection(database.owner());
  connection.session() << "create table recipes (name varchar(40))";
  CHECK(error_of([&] { upgrade_schema(connection); }).kind() == Kind::refused);
  const auto outsider = database.outsider();
  CHECK(text_of(*outsider, "select count(*) from recipes") == "0");
  CHECK_THROWS_AS(text_of(*outsider, "select count(*) from meta"), soci::soci_error);
}

TEST_CASE("an upgrade says what version it found, and does nothing if there is nothing to do", "[schema]") {
  const TestDatabase database;
  Connection connection(database.owner());
  CHECK(read_schema_version(connection) == 0);
  CHECK(upgrade_schema(connection) == 0);
  CHECK(upgrade_schema(connection) == schema_version);
  CHECK(read_schema_version(connection) == schema_version);
}

TEST_CASE("on a server only the owner creates tables, and everybody else is told how", "[schema][server]") {
  const TestDatabase database;
  for (const DatabaseOptions& options : {database.runtime(), database.owner()}) {
    Connection connection(options);
    const DatabaseError error = error_of([&] { prepare_schema(connection); });
    CHECK(error.kind() == Kind::refused);
    CHECK(std::string(error.what()).find("run clientsync db upgrade") != std::string::npos);
    CHECK(read_schema_version(connection) == 0);
  }
  const auto upgrade = [&] {
    Connection connection(database.runtime());
    upgrade_schema(connection);
  };
  CHECK(error_of(upgrade).kind() == Kind::refused);
  database.make_tables();
  Connection next(database.runtime());
  CHECK_NOTHROW(prepare_schema(next));
}

TEST_CASE("on PostgreSQL the tables stand in the first schema of the path, whatever its name", "[schema][server]") {
  if (TestDatabase::kind() != DatabaseKind::postgresql) return;
  const TestDatabase database;
  DatabaseOptions options = database.owner();
  options.connection += R"( options='-c search_path="Client-Sync"')";
  const auto upgrade = [&] {
    Connection connection(options);
    upgrade_schema(connection);
  };
  const DatabaseError error = error_of(upgrade);
  CHECK(error.kind() == Kind::refused);
  CHECK(std::string(error.what()).find("no schema") != std::string::npos);
  const auto outsider = database.outsider();
  *outsider << R"(create schema "Client-Sync" authorization clientsync_owner)";
  upgrade();
  Connection connection(options);
  CHECK_NOTHROW(prepare_schema(connection));
  CHECK(database_status(connection).rows.size() == 5);
  CHECK(text_of(*outsider, "select count(*) from pg_tables where schemaname = 'public'") == "0");
}

TEST_CASE("an upgrade that ended half-way is taken up again", "[schema][server]") {
  Store store;
  const std::string uuid = ledger_uuid(store);
  const auto outsider = store.database.outsider();
  const bool before_its_version = GENERATE(false, true);
  *outsider << "drop table changes";
  *outsider << (before_its_version ? "delete from meta where name = 'schema_version'"
                                   : "update meta set value = '0' where name = 'schema_version'");
  CHECK(error_of([&] { prepare_schema(store); }).kind() == Kind::refused);
  store.database.make_tables();
  CHECK_NOTHROW(prepare_schema(store));
  CHECK(ledger_uuid(store) == uuid);
  CHECK(text_of(*outsider, "select count(*) from changes") == "0");
}

TEST_CASE("a database of version 1 is upgraded, with all that is in it", "[schema]") {
  const TestDatabase database;
  database.make_tables();
  Connection owner(database.owner());
  const ImportId import = imported(owner, an_entry());
  soci::session& session = owner.session();
  // Back to version 1.
  session << "drop index imports_bytes" + std::string(TestDatabase::kind() == DatabaseKind::mysql ? " on imports" : "");
  session << "drop index imports_cells" + std::string(TestDatabase::kind() == DatabaseKind::mysql ? " on imports" : "");
  session << "alter table imports drop column cells_sha256";
  session << "alter table imports drop column restored";
  session << "create index imports_sha256 on imports (inbox, sha256)";
  session << "update meta set value = '1' where name = 'schema_version'";

  CHECK(upgrade_schema(owner) == 1);
  CHECK(read_schema_version(owner) == schema_version);
  Connection connection(database.runtime());
  CHECK_NOTHROW(prepare_schema(connection));
  const auto newest = newest_import(connection);
  REQUIRE(newest);
  CHECK(newest->id == import);
  CHECK(newest->counts.restored == 0);
  CHECK(imported(connection, an_entry("clients.csv", 2)) > import);
}
