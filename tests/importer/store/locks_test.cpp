#include "importer/store/locks.hpp"

#include <optional>
#include <string>

#include "importer/store/schema.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

TEST_CASE("of several daemons one has the lock on a drop, until it lets it go", "[locks][server]") {
  Store store;
  DropLocks one(store.options, ledger_uuid(store));
  DropLocks two(store.options, ledger_uuid(store));
  std::optional<DropLocks::Held> held = one.try_lock("main", "clients.csv");
  REQUIRE(held);
  CHECK_FALSE(two.try_lock("main", "clients.csv"));
  CHECK(two.try_lock("main", "other.csv"));
  CHECK(two.try_lock("other", "clients.csv"));
  CHECK(two.try_lock("main", "caf\xE9 \\ ' :x.csv"));
  held.reset();
  const auto next = two.try_lock("main", "clients.csv");
  CHECK(next);
  CHECK_FALSE(one.try_lock("main", "clients.csv"));
}

TEST_CASE("a daemon that dies holds no lock", "[locks][server]") {
  Store store;
  DropLocks two(store.options, ledger_uuid(store));
  {
    DropLocks one(store.options, ledger_uuid(store));
    const auto held = one.try_lock("main", "clients.csv");
    REQUIRE(held);
    store.database.cut_off();
    CHECK(two.try_lock("main", "clients.csv"));
  }
  CHECK(two.try_lock("main", "clients.csv"));
}

TEST_CASE("ledgers of one server have locks of their own", "[locks][server]") {
  Store store;
  Store other;
  DropLocks ours(store.options, ledger_uuid(store));
  DropLocks theirs(other.options, ledger_uuid(other));
  const auto held = ours.try_lock("main", "clients.csv");
  CHECK(held);
  CHECK(theirs.try_lock("main", "clients.csv"));
}

TEST_CASE("SQLite serves one daemon, which has every lock that it asks for", "[locks][sqlite]") {
  Store store;
  DropLocks locks(store.options, ledger_uuid(store));
  const auto first = locks.try_lock("main", "clients.csv");
  const auto second = locks.try_lock("main", "clients.csv");
  CHECK(first);
  CHECK(second);
}
