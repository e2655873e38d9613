#include "importer/store/file_history.hpp"

#include <string>
#include <vector>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

std::vector<ImportId> ids_of(const std::vector<PastImport>& imports) {
  std::vector<ImportId> ids;
  for (const PastImport& each : imports) ids.push_back(each.id);
  return ids;
}

}  // namespace

TEST_CASE("the history of a name has each of its imports in that inbox, the newest first", "[imports]") {
  Store store;
  const std::string name = "caf\xE9 \"x\"\n.csv";
  const ImportId first = published(store, an_entry(name, 1), {.place = "a\n.csv"});
  const ImportId second = imported(store, an_entry(name, 2), a_rejection());
  imported(store, an_entry("b.csv"));
  LedgerEntry elsewhere = an_entry(name);
  elsewhere.inbox = "other";
  imported(store, elsewhere);
  const FileHistory history = read_file_history(store, "main", name, 10);
  CHECK(history.count == 2);
  REQUIRE(ids_of(history.imports) == std::vector<ImportId>{second, first});
  const PastImport& newest = history.imports[0];
  CHECK(newest.name == name);
  CHECK(newest.rejected);
  CHECK(newest.who == "clientsync");
  CHECK(newest.started_at == 1'700'000'001);
  CHECK(newest.file == an_entry(name, 2).file);
  CHECK(newest.report_state == ReportState::pending);
  CHECK_FALSE(newest.adopted);
  CHECK(history.imports[1].report_state == ReportState::published);
  CHECK(history.imports[1].report_name == "a\n.csv");
  const FileHistory cut = read_file_history(store, "main", name, 1);
  CHECK(cut.count == 2);
  CHECK(ids_of(cut.imports) == std::vector<ImportId>{second});
  CHECK(read_file_history(store, "main", "never.csv", 10).count == 0);
}

TEST_CASE("a file that counts as done has that in its history", "[imports]") {
  Store store;
  a_firm(store);
  record_as_done(store, "main", std::vector{an_entry("a.csv")});
  const FileHistory history = read_file_history(store, "main", "a.csv", 10);
  REQUIRE(history.imports.size() == 1);
  CHECK(history.imports[0].adopted);
  CHECK_FALSE(read_last_import(store, "main"));
}

TEST_CASE("an inbox has a last import, and imports whose reports are still to be published", "[imports]") {
  Store store;
  CHECK_FALSE(read_last_import(store, "main"));
  const ImportId pending = imported(store, an_entry("a.csv"));
  const ImportId last = published(store, an_entry("b.csv"));
  LedgerEntry elsewhere = an_entry("c.csv");
  elsewhere.inbox = "other";
  imported(store, elsewhere);
  REQUIRE(read_last_import(store, "main"));
  CHECK(read_last_import(store, "main")->id == last);
  CHECK(read_last_import(store, "main")->name == "b.csv");
  CHECK(ids_of(read_unpublished(store, "main")) == std::vector<ImportId>{pending});
}

TEST_CASE("bytes are old for a firm once they were imported for it, under any name", "[imports]") {
  Store store;
  a_firm(store);
  a_firm(store, {}, "another");
  const LedgerEntry entry = an_entry("old.csv");
  CHECK_FALSE(read_first_import(store, "main", "main", "new.csv", entry.file.sha256));
  const ImportId import = imported(store, entry);
  const auto first = read_first_import(store, "main", "main", "new.csv", entry.file.sha256);
  REQUIRE(first);
  CHECK(first->number == import);
  CHECK(first->file == "old.csv");
  CHECK_FALSE(read_first_import(store, "another", "main", "new.csv", entry.file.sha256));
  CHECK_FALSE(read_first_import(store, "nobody", "main", "new.csv", entry.file.sha256));
  CHECK_FALSE(read_first_import(store, "main", "main", "new.csv", ""));
}
