#include "importer/store/database.hpp"

#include <soci/soci.h>

#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "importer/store/schema.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

namespace {

// What no error message may show.
const std::string canary = "CANARY-4711";

void check_discreet(const DatabaseError& error) {
  const std::string message = error.what();
  CAPTURE(message);
  CHECK(message.find(canary) == std::string::npos);
  for (const char* sql : {"select ", "insert ", "update ", "values", ":firm", "json"}) {
    CHECK(message.find(sql) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a transaction that is not committed leaves nothing", "[database]") {
  Store store;
  {
    const Transaction transaction(store);
    (void)lock_firm(store, "main");
  }
  CHECK_FALSE(store.connection.poisoned());
  CHECK_FALSE(find_firm(store, "main"));
  a_firm(store);
  CHECK(find_firm(store, "main").has_value());
}

TEST_CASE("a transaction in which an error was swallowed can't be committed", "[database]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1")});
  {
    Transaction transaction(store);
    write_clients(store, firm, std::vector{created(a_client("2"))});
    CHECK_THROWS_AS(write_clients(store, firm, std::vector{created(a_client("1"))}), DatabaseError);
    CHECK(store.connection.poisoned());
    CHECK(error_of([&] { transaction.commit(); }).kind() == Kind::unavailable);
  }
  Connection next(store.options);
  CHECK(clients_of(next, firm).size() == 1);
  CHECK(error_of([&] { const Transaction another(store); }).kind() == Kind::unavailable);
}

TEST_CASE("a transaction that the database has ended can't be committed", "[database]") {
  Store store;
  Transaction transaction(store);
  (void)lock_firm(store, "main");
  store.session() << "rollback";
  CHECK(error_of([&] { transaction.commit(); }).kind() == Kind::unavailable);
  CHECK(store.connection.poisoned());
}

TEST_CASE("error messages show neither SQL nor values", "[database]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1").numbered(canary), a_client("2")});
  const Transaction transaction(store);
  const auto testing = [&](const std::function<void(soci::session&)>& work) {
    return error_of([&] { attempt(store.connection, "testing", [&] { work(store.session()); }); });
  };
  SECTION("of a violated uniqueness") {
    const DatabaseError error =
        error_of([&] { write_clients(store, firm, std::vector{renumbered("2", std::nullopt, canary)}); });
    CHECK(error.kind() == Kind::conflict);
    CHECK(std::string(error.what()).starts_with("writing clients: "));
    check_discreet(error);
  }
  SECTION("of a client that is not there") {
    const DatabaseError error =
        error_of([&] { write_clients(store, firm, std::vector{renumbered(canary, std::nullopt, canary)}); });
    CHECK(error.kind() == Kind::conflict);
    check_discreet(error);
  }
  SECTION("of a violated rule") {
    const DatabaseError error = testing([](soci::session& session) {
      session << "insert into meta (name, value) values (:name, null)", soci::use(canary, "name");
    });
    CHECK(error.kind() == Kind::bug);
    check_discreet(error);
  }
  SECTION("of a statement that can't be right") {
    const DatabaseError error = testing([](soci::session& session) {
      session << "select nothing from firms where name = :name", soci::use(canary, "name");
    });
    CHECK(error.kind() == Kind::bug);
    check_discreet(error);
  }
  SECTION("of a value that SOCI can't convert") {
    const DatabaseError error = testing([](soci::session& session) {
      std::tm time{};
      session << "select name from firms where name <> :name", soci::use(canary, "name"), soci::into(time);
    });
    CHECK(error.kind() == Kind::bug);
    check_discreet(error);
  }
}

TEST_CASE("a wrong password is told, and not shown", "[database][server]") {
  const TestDatabase database;
  DatabaseOptions options = database.runtime();
  for (const std::string& password : {canary, canary + "'", canary + " \"\\", std::string()}) {
    options.password = password;
    const DatabaseError error = error_of([&] { const Connection connection(options); });
    CHECK((error.kind() == Kind::refused || error.kind() == Kind::unavailable));
    CHECK(std::string(error.what()).starts_with("cannot open the database clientsync_"));
    check_discreet(error);
  }
}

TEST_CASE("a password may have any characters that fit on a line", "[database][server]") {
  const TestDatabase database;
  const auto outsider = database.outsider();
  const bool postgresql = TestDatabase::kind() == DatabaseKind::postgresql;
  if (!postgresql) *outsider << "set session sql_mode = 'NO_BACKSLASH_ESCAPES'";
  const std::string role = random_name();
  *outsider << (postgresql ? "create role " + role + " login" : "create user " + role + "@localhost");
  if (!postgresql) *outsider << "grant select on `clientsync\\_%`.* to " + role + "@localhost";
  DatabaseOptions options = database.runtime();
  options.connection.replace(options.connection.find("user="), std::string::npos, "user=" + role);
  const std::vector<std::string> passwords{"it's",          "a b",        "\"quoted\"",  "a \"b\" 'c'",
                                           "back\\slash\\", "=;:x?@%s$1", "\u00E9\u20AC"};
  for (const std::string& password : passwords) {
    CAPTURE(password);
    std::string literal = password;
    for (auto at = literal.find('\''); at != std::string::npos; at = literal.find('\'', at + 2))
      literal.insert(at, 1, '\'');
    if (postgresql) {
      *outsider << "alter role " + role + " password '" + literal + "'";
    } else {
      *outsider << "set password for " + role + "@localhost = password('" + literal + "')";
    }
    options.password = password;
    CHECK_NOTHROW(Connection(options));
  }
  *outsider << (postgresql ? "drop role " + role : "drop user " + role + "@localhost");
}

TEST_CASE("a role that may not log in is told why", "[database][server]") {
  const TestDatabase database;
  const auto outsider = database.outsider();
  const std::string role = random_name();
  DatabaseOptions options = database.runtime();
  options.connection.replace(options.connection.find("user="), std::string::npos, "user=" + role);
  const auto told = [&](const std::string& why) {
    const DatabaseError error = error_of([&] { const Connection connection(options); });
    CAPTURE(error.what());
    CHECK((error.kind() == Kind::refused || error.kind() == Kind::unavailable));
    CHECK(std::string(error.what()).find(why) != std::string::npos);
  };
  if (TestDatabase::kind() == DatabaseKind::postgresql) {
    *outsider << "create role " + role + " password '" + canary + "'";
    options.password = canary;
    told("not permitted to log in");
    *outsider << "drop role " + role;
  } else {
    *outsider << "create user " + role + "@localhost identified by '" + canary + "' account lock";
    *outsider << "grant select on `clientsync\\_%`.* to " + role + "@localhost";
    options.password = canary;
    told("account is locked");
    *outsider << "alter user " + role + "@localhost account unlock password expire";
    told("SET PASSWORD");
    *outsider << "drop user " + role + "@localhost";
  }
}

TEST_CASE("a server that is not there is to be tried again, and named", "[database][server]") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestDatabase().runtime();
  const std::string place = (directory.path() / "nowhere").string();
  const bool postgresql = options.kind == DatabaseKind::postgresql;
  options.connection = (postgresql ? "host=" : "unix_socket=") + place + " dbname=clientsync user=clientsync";
  const DatabaseError error = error_of([&] { const Connection connection(options); });
  CHECK(error.kind() == Kind::unavailable);
  CHECK(std::string(error.what()).find(place) != std::string::npos);
}

TEST_CASE("a transaction whose connection is lost leaves nothing and is to be tried again", "[database][server]") {
  Store store;
  {
    Transaction transaction(store);
    (void)lock_firm(store, "main");
    store.database.cut_off();
    const bool at_commit = GENERATE(false, true);
    const auto going_on = [&] { at_commit ? transaction.commit() : static_cast<void>(find_firm(store, "main")); };
    CHECK(error_of(going_on).kind() == Kind::unavailable);
    CHECK(store.connection.poisoned());
  }
  Connection next(store.options);
  CHECK_FALSE(find_firm(next, "main"));
  CHECK(next.alive());
  store.database.cut_off();
  CHECK_FALSE(next.alive());
  CHECK(next.poisoned());
}

TEST_CASE("an import that can't have a lock in ten seconds is to be planned again", "[database][server]") {
  Store store;
  a_firm(store);
  const Transaction holder(store);
  (void)lock_firm(store, "main");
  Connection other(store.options);
  const Transaction waiting(other);
  const auto start = std::chrono::steady_clock::now();
  CHECK(error_of([&] { (void)lock_firm(other, "main"); }).kind() == Kind::conflict);
  const auto waited = std::chrono::steady_clock::now() - start;
  CHECK(waited >= std::chrono::seconds(9));
  CHECK(waited < std::chrono::seconds(20));
}
