#include "importer/store/connection_pool.hpp"

#include <soci/soci.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "importer/store/schema.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

namespace {

/// Leaves something in the connection that is used next that no other connection has.
void leave_trace(ConnectionPool& pool) {
  pool.use([](Connection& connection) { connection.session() << "create temporary table trace (number int)"; });
}

bool finds_trace(ConnectionPool& pool) {
  return pool.use([](Connection& connection) {
    try {
      return attempt(connection, "looking", [&] { return text_of(connection, "select count(*) from trace") == "0"; });
    } catch (const DatabaseError&) {
      return false;
    }
  });
}

}  // namespace

TEST_CASE("a connection is used again", "[pool]") {
  const TestDatabase database;
  ConnectionPool pool(database.owner());
  leave_trace(pool);
  CHECK(finds_trace(pool));
}

TEST_CASE("nobody else uses a connection that is in use", "[pool]") {
  const TestDatabase database;
  ConnectionPool pool(database.owner());
  pool.use([&](Connection& outer) { pool.use([&](Connection& inner) { CHECK(&inner != &outer); }); });
}

TEST_CASE("a connection is thrown away after an error", "[pool]") {
  const TestDatabase database;
  ConnectionPool pool(database.owner());
  leave_trace(pool);
  const auto fail = [](Connection& connection) {
    attempt(connection, "testing", [&] { connection.session() << "select nothing"; });
  };
  SECTION("of the database") {
    CHECK(error_of([&] { pool.use(fail); }).kind() == Kind::bug);
  }
  SECTION("of its user") {
    CHECK_THROWS_AS(pool.use([](Connection&) { throw std::out_of_range("mine"); }), std::out_of_range);
  }
  SECTION("that was swallowed") {
    pool.use([&](Connection& connection) { CHECK_THROWS_AS(fail(connection), DatabaseError); });
  }
  CHECK_FALSE(finds_trace(pool));
}

TEST_CASE("the pool survives a server that was away", "[pool][server]") {
  const TestDatabase database;
  ConnectionPool pool(database.owner());
  const auto ask = [](Connection& connection) {
    return attempt(connection, "asking", [&] { return text_of(connection, "select 1"); });
  };
  pool.use([&](Connection& connection) { return ask(connection) + pool.use(ask); });
  const auto lose = [&](Connection& connection) {
    database.cut_off();
    return ask(connection);
  };
  CHECK(error_of([&] { pool.use(lose); }).kind() == Kind::unavailable);
  CHECK(pool.use(ask) == "1");
}

TEST_CASE("a connection that was closed while it was idle is not used again", "[pool][server]") {
  const TestDatabase database;
  ConnectionPool pool(database.owner());
  leave_trace(pool);
  database.cut_off();
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  CHECK_FALSE(finds_trace(pool));
}

TEST_CASE("lists are read on a connection that is bound to a ledger", "[pool]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1"), a_client("2")});
  ConnectionPool pool(store.options, ledger_uuid(store));
  CHECK(pool.use([&](Connection& connection) { return clients_of(connection, firm).size(); }) == 2);
}

TEST_CASE("a pool that is bound to a ledger refuses another one's database", "[pool]") {
  const Store store;
  Connection connection(store.options);
  const std::string ledger = ledger_uuid(connection);
  const auto ask = [](Connection& given) { return ledger_uuid(given); };
  ConnectionPool pool(store.options, ledger);
  CHECK(pool.use(ask) == ledger);

  store.database.outsider()->once << "update meta set value = 'another' where name = 'ledger_uuid'";
  CHECK(error_of([&] { pool.use([](Connection& given) { const Transaction transaction(given); }); }).kind() ==
        Kind::foreign);
  const DatabaseError error = error_of([&] { pool.use(ask); });
  CHECK(error.kind() == Kind::foreign);
  CHECK(std::string(error.what()).find("ledger another in the place of ledger " + ledger) != std::string::npos);

  store.database.outsider()->once << "update meta set value = '" + ledger + "' where name = 'ledger_uuid'";
  CHECK(pool.use(ask) == ledger);
  const TestDatabase empty;
  CHECK(error_of([&] { ConnectionPool(empty.owner(), ledger).use(ask); }).kind() == Kind::foreign);
}
