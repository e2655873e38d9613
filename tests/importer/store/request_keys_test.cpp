#include "importer/store/request_keys.hpp"

#include <string>

#include "importer/store/sessions.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

LedgerEntry an_entry_asked_for(const std::string& name, const std::string& key) {
  LedgerEntry entry = an_entry(name);
  entry.input = "Company ID,Display name,Client number\n1,Client 1,42\n";
  entry.source = EntrySource::api;
  entry.request = RequestKey{"token 1 main", key, "digest of " + name};
  return entry;
}

ImportRules rules_of_main() {
  ImportRules rules;
  rules.firm = "main";
  return rules;
}

}  // namespace

TEST_CASE("a request's key is committed with the entry that it made", "[request keys]") {
  Store store;
  CHECK_FALSE(find_request(store, "token 1 main", "k"));
  const auto imported = import_file(store, an_entry_asked_for("a.csv", "k"), rules_of_main());
  const KnownRequest known = find_request(store, "token 1 main", "k").value();
  CHECK(known.import == imported.value().import);
  CHECK(known.digest == "digest of a.csv");
  CHECK_FALSE(find_request(store, "token 2 main", "k"));
  CHECK_FALSE(find_request(store, "token 1 main", "K"));
}

TEST_CASE("an import that was asked for under a used key is a conflict, and leaves nothing", "[request keys]") {
  Store store;
  const ImportId first = import_file(store, an_entry_asked_for("a.csv", "k"), rules_of_main()).value().import;
  Connection other(store.options);
  const DatabaseError error =
      error_of([&] { (void)import_file(other, an_entry_asked_for("b.csv", "k"), rules_of_main()); });
  CHECK(error.kind() == DatabaseError::Kind::conflict);
  CHECK(last_import(store) == first);
  CHECK(find_request(store, "token 1 main", "k").value().import == first);
}

TEST_CASE("retention forgets the keys of requests, and not their entries", "[request keys]") {
  Store store;
  const ImportId import = import_file(store, an_entry_asked_for("a.csv", "k"), rules_of_main()).value().import;
  delete_old_access(store, {.request_key = 1'700'000'002});
  CHECK(find_request(store, "token 1 main", "k"));
  delete_old_access(store, {.request_key = 1'700'000'003});
  CHECK_FALSE(find_request(store, "token 1 main", "k"));
  CHECK(last_import(store) == import);
}
