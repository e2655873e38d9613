#include "importer/store/schema.hpp"

#include <soci/soci.h>

#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "importer/store/database_status.hpp"
#include "importer/store/schema_steps.hpp"
#include "importer/store/users.hpp"
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

namespace {

std::string words_of(DatabaseKind kind) {
  if (kind == DatabaseKind::postgresql) return "postgresql";
  return kind == DatabaseKind::mysql ? "mysql" : "sqlite";
}

/// Runs the statements of a file. Each ends with a line.
void run_file(Connection& connection, const std::string& name) {
  std::ifstream file(std::string(CLIENTSYNC_SOURCE_DIR) + "/tests/importer/store/" + name);
  REQUIRE(file);
  std::string statement, line;
  while (std::getline(file, line)) {
    statement += line + "\n";
    if (!line.ends_with(';')) continue;
    statement.erase(statement.rfind(';'));
    connection.session() << statement;
    statement.clear();
  }
}

constexpr const char* clients_of_version_2 =
    "insert into clients (firm_id, company_id, display_name, client_number, number_key) values"
    " (1, '3', 'Client 3', null, null), (1, '1', 'Client 1', '0042', '42'), (1, '2', 'Client 2', 'B', 'B')";
constexpr const char* changes_of_version_2 =
    "insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value, who, changed_at) values"
    " (1, 1, 1, '1', 'number', 'A', '0042', 'ana', 5), (null, null, 1, '2', 'number', null, 'B', 'root', 7)";
constexpr const char* clients_of_version_3 =
    "insert into clients (firm_id, company_id, display_name, client_number, number_key) values"
    " (1, '3', 'Client 3', null, null), (1, '1', 'Client 1', '0042', '42'), (1, '2', 'Client 2', 'B', null)";
constexpr const char* changes_of_version_3 =
    "insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value) values"
    " (1, 1, 1, '1', 'number', 'A', '0042'), (0, 2, 1, '2', 'number', null, 'B')";

void become_version_1(Connection& connection) {
  soci::session& session = connection.session();
  const std::string of_imports = connection.kind() == DatabaseKind::mysql ? " on imports" : "";
  session << "drop index imports_bytes" + of_imports;
  session << "drop index imports_cells" + of_imports;
  session << "alter table imports drop column cells_sha256";
  session << "alter table imports drop column restored";
  session << "create index imports_sha256 on imports (inbox, sha256)";
  session << "update meta set value = '1' where name = 'schema_version'";
}

void become_version_4(Connection& connection) {
  for (const std::string& statement : schema_step(3, connection.kind())) connection.session() << statement;
  connection.session() << "update meta set value = '4' where name = 'schema_version'";
}

/// A database as the program of that version left it: a firm with three clients, three entries of the ledger and a
/// fourth that is gone, and a change by hand.
void make_version(Connection& connection, int version) {
  const bool has_3 = version >= 3;
  run_file(connection, (has_3 ? "version_3/" : "version_2/") + words_of(connection.kind()) + ".sql");
  soci::session& session = connection.session();
  for (const std::string& statement : std::vector<std::string>{
           "insert into meta (name, value) values ('schema_version', '" + std::string(has_3 ? "3" : "2") +
               "'), ('ledger_uuid', 'the-uuid')",
           "insert into firms (name) values ('main'), ('empty')",
           has_3 ? clients_of_version_3 : clients_of_version_2,
           "update clients set status = 'inactive', type = 'company', lead_accountant = 'Ana' where company_id = '2'",
           "insert into imports (kind, state, firm_id, inbox, name, version, sha256, size, mtime, row_count, updated,"
           " who, started_at, finished_at, report_state, report_name, report_sha256) values"
           " ('import', 'imported', 1, 'main', 'clients.csv', 1, 'abc', 3, 4, 1, 1, 'ana', 5, 6, 'published',"
           " 'clients.errors.csv', 'def')",
           "insert into imports (kind, state, firm_id, inbox, name, version, sha256, size, mtime, who, started_at) "
           "values"
           " ('adopt', 'imported', 1, 'main', 'old.csv', 1, 'ghi', 3, 4, 'root', 5),"
           " ('import', 'imported', 1, '', '/home/ana/x.csv', null, 'jkl', 3, 4, 'ana', 5),"
           " ('import', 'imported', 1, 'main', 'lost.csv', 1, 'mno', 3, 4, 'ana', 5)",
           "delete from imports where id = 4",
           "insert into import_bytes (import_id, input, report) values (1, 'aW5wdXQ=', null)",
           "insert into report_places (import_id, inbox, report_name, report_sha256) values"
           " (1, 'main', 'clients.errors.csv', 'def')",
           "insert into import_errors (import_id, seq, sheet_row, company_id, codes, message) values"
           " (1, 1, 2, '3', 'client_number_blank', 'The client number is blank.')",
           has_3 ? changes_of_version_3 : changes_of_version_2,
           has_3 ? "update firms set client_count = 3, number_count = 2 where id = 1" : "update firms set id = id",
       })
    session << statement;
  if (version == 1) become_version_1(connection);
  if (version == 4) become_version_4(connection);
}

}  // namespace

TEST_CASE("a database of an earlier version is upgraded, with all that is in it", "[schema]") {
  const TestDatabase database;
  Connection owner(database.owner());
  const int version = GENERATE(1, 2, 3, 4);
  make_version(owner, version);
  CHECK(upgrade_schema(owner) == version);
  CHECK(read_schema_version(owner) == schema_version);
  if (TestDatabase::kind() != DatabaseKind::sqlite) {
    // On MariaDB a step may have ended before it could say so.
    for (const char* before : {"2", "3", "4"}) {
      owner.session() << std::string("update meta set value = '") + before + "' where name = 'schema_version'";
      CHECK(upgrade_schema(owner) == std::stoi(before));
    }
  }
  CHECK(ledger_uuid(owner) == "the-uuid");
  Connection connection(database.runtime());
  CHECK_NOTHROW(prepare_schema(connection));

  CHECK(text_of(connection, "select name, client_count, number_count from firms order by id") == "main 3 2\nempty 0 0");
  CHECK(text_of(connection,
                "select company_id, client_number, number_key, type, lead_accountant, status from clients"
                " order by company_id") == "1 0042 42   active\n2 B - company Ana inactive\n3 - -   active");
  CHECK(text_of(connection,
                "select import_id, seq, firm_id, company_id, field, old_value, new_value from changes"
                " order by import_id, seq")
            .ends_with("1 1 1 1 number A 0042"));
  CHECK(text_of(connection, "select import_id, company_id, old_value, new_value from changes where import_id = 0") ==
        "0 2 - B");
  CHECK(text_of(connection, "select id, kind, source, original_id, inbox, name from imports order by id") ==
        "1 import folder - main clients.csv\n2 adopt folder - main old.csv\n3 import command -  /home/ana/x.csv");
  CHECK(text_of(connection,
                "select p.import_id, e.codes from report_places p join import_errors e"
                " on e.import_id = p.import_id") == "1 client_number_blank");
  const auto newest = newest_import(connection);
  REQUIRE(newest);
  CHECK(newest->id == 1);
  CHECK(newest->counts.restored == 0);
  CHECK(input_bytes(connection, 1) == "input");

  // What is written from now on fits what was there.
  LedgerEntry undo;
  undo.kind = EntryKind::undo;
  undo.source = EntrySource::console;
  undo.original = imported(connection, an_entry("clients.csv", 2));
  CHECK(undo.original > 4);  // no number is given twice
  CHECK(text_of(connection, "select kind, source, original_id from imports where id = " +
                                std::to_string(imported(connection, undo))) ==
        "undo console " + std::to_string(*undo.original));
  const FirmId firm = find_firm(connection, "main").value().id;
  write(connection, firm, {renumbered("1", "0042", "B"), {"2", false, "Client 2", "Client 2", "B", "0042"}});
  const Register slice = read_register(connection, firm, Touched{{"3"}, {"42", "B"}});
  CHECK(slice.clients().size() == 3);
  CHECK(slice.holder("0042")->company_id == "2");
  CHECK(slice.client_count() == 3);
  CHECK(list_users(connection).empty());
  CHECK(insert_user(connection, {.name = "ana", .firms = {"main"}}, "hash"));
}

TEST_CASE("a new database has the same tables as one that was upgraded", "[schema][sqlite]") {
  const TestDatabase old, fresh;
  Connection one(old.owner()), other(fresh.owner());
  make_version(one, GENERATE(2, 3, 4));
  upgrade_schema(one);
  upgrade_schema(other);
  const std::string tables = "select type, name, sql from sqlite_master order by type, name";
  CHECK(text_of(one, tables) == text_of(other, tables));
}
