#include "importer/store/known_files.hpp"

#include <string>
#include <vector>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

TEST_CASE("the ledger tells of many names at once which bytes are nothing new", "[imports]") {
  Store store;
  LedgerEntry first = an_entry("a.csv", 1), second = an_entry("a.csv", 2), strange = an_entry("caf\xE9 \"x\"\n.csv");
  second.file = {sha256("other bytes"), 7, -8};
  published(store, first, {.report = "old", .place = "a.errors.csv"});
  published(store, second, {.report = "new", .place = "a.errors.csv"});
  imported(store, strange);
  LedgerEntry elsewhere = an_entry("b.csv");
  elsewhere.inbox = "other";
  imported(store, elsewhere);
  const std::vector<std::string> names{"b.csv", "caf\xE9 \"x\"\n.csv", "a.errors.csv", "a.csv", "A.csv", "a.csv"};
  const std::vector<KnownFile> known = look_up_names(store, "main", names);
  REQUIRE(known.size() == names.size());
  CHECK_FALSE(known[0].newest);
  CHECK(known[0].report_sha256.empty());
  CHECK(known[1].newest == strange.file);
  CHECK_FALSE(known[2].newest);
  CHECK(known[2].report_sha256 == sha256("new"));
  CHECK(known[3].newest == second.file);
  CHECK(known[3].report_sha256.empty());
  CHECK_FALSE(known[4].newest);
  CHECK(known[5].newest == second.file);
  CHECK(look_up_names(store, "main", {}).empty());
}

TEST_CASE("the ledger tells of many inboxes at once which have no report that is still to be published", "[imports]") {
  Store store;
  published(store, an_entry("a.csv"));
  LedgerEntry waits = an_entry("b.csv");
  waits.inbox = "it's \"waiting\"";
  imported(store, waits);
  const std::vector<std::string> inboxes{"main", waits.inbox.value(), "empty"};
  CHECK(find_quiet(store, inboxes) == std::vector<std::string>{"main", "empty"});
}
