// What retention takes from the ledger, and what is recorded there without having been imported.
#include <soci/soci.h>

#include <set>
#include <string>
#include <vector>

#include "importer/store/ledger.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

TEST_CASE("retention removes the bytes of what finished before, oldest first, a batch at a time", "[imports]") {
  Store store;
  std::vector<ImportId> ids;
  for (int n = 0; n < 5; ++n) {
    ids.push_back(published(store, an_entry("file" + std::to_string(n) + ".csv")));
    store.session() << "update imports set finished_at = " << 1000 + n << " where id = " << ids.back();
  }
  const auto kept = [&] {
    std::set<ImportId> found;
    for (const ImportId id : ids) {
      const bool has_input = input_bytes(store, id).has_value();
      CHECK(has_input == report_bytes(store, id).has_value());
      if (has_input) found.insert(id);
    }
    return found;
  };
  CHECK(remove_bytes(store, 1000, 10) == 0);
  CHECK(kept().size() == 5);
  CHECK(remove_bytes(store, 1004, 3) == 3);
  CHECK(kept() == std::set{ids[3], ids[4]});
  CHECK(remove_bytes(store, 1004, 3) == 1);
  CHECK(remove_bytes(store, 1004, 3) == 0);
  CHECK(kept() == std::set{ids[4]});
}

TEST_CASE("retention leaves rows, hashes, errors and history as they are", "[imports]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1").numbered("A")});
  const LedgerEntry entry = an_entry();
  const ImportId id = committed(store, [&] {
    const ImportId import = insert_import(store, entry, "").value();
    record_changes(store, import, firm, std::vector{renumbered("1", "A", "B")});
    const Problem problem{Message::file_empty_header, 0, {}};
    record_errors(store, import, {}, std::vector{problem}, Language::en);
    record_bytes(store, import, entry, "the report");
    complete_import(store, import, firm, {}, Language::en, "the report", "clients.errors.csv", 1000);
    return import;
  });
  mark(store, id, ReportState::published);
  const auto rest = [&] {
    std::string all;
    for (const char* table : {"imports", "import_errors", "changes", "report_places"})
      all += text_of(store, std::string("select * from ") + table + " order by 1, 2") + "\n";
    return all;
  };
  const std::string before = rest();
  CHECK(remove_bytes(store, 2000, 10) == 1);
  CHECK(rest() == before);
  CHECK(newest_import(store, "clients.csv")->file == entry.file);
  CHECK(is_published_report(store, "main", "clients.errors.csv", sha256("the report")));
  CHECK_FALSE(knows_bytes(store, "main", sha256("the report")));
  CHECK_FALSE(knows_bytes(store, "main", entry.file.sha256));
}

TEST_CASE("retention never removes what an unpublished report needs", "[imports]") {
  Store store;
  const LedgerEntry entry = an_entry();
  const ImportId id = imported(store, entry);
  CHECK(remove_bytes(store, 2'000'000'000, 10) == 0);
  REQUIRE(pending_reports(store, "main").size() == 1);
  CHECK(pending_reports(store, "main")[0].report == "the report");
  CHECK(input_bytes(store, id) == entry.input);
  mark(store, id, ReportState::superseded);
  CHECK(remove_bytes(store, 2'000'000'000, 10) == 1);
  CHECK(input_bytes(store, id) == std::nullopt);
}

TEST_CASE("files recorded as done are the newest of their names, without bytes, report or place", "[imports]") {
  Store store;
  published(store, an_entry("clients.csv", 1));
  LedgerEntry known = an_entry("clients.csv", 2), unknown = an_entry("new\xFF.csv", 1);
  record_as_done(store, "main", std::vector{known, unknown});
  for (const LedgerEntry& entry : {known, unknown}) {
    const auto row = newest_import(store, entry.name);
    REQUIRE(row);
    CHECK(row->file == entry.file);
    CHECK(row->version == entry.version);
    CHECK(row->counts.rows == 0);
    CHECK_FALSE(row->rejected);
    CHECK(row->report_state == ReportState::none);
    CHECK(input_bytes(store, row->id) == std::nullopt);
    CHECK(report_bytes(store, row->id) == std::nullopt);
  }
  CHECK(pending_reports(store, "main").empty());
  CHECK_FALSE(knows_bytes(store, "main", unknown.file.sha256));
  CHECK(count_imports(store, "main") == 1);
  CHECK(count_imports(store, "other") == 0);
  CHECK(remove_bytes(store, 2'000'000'000, 10) == 1);
}

TEST_CASE("files are recorded as done all of them or none", "[imports]") {
  Store store;
  imported(store, an_entry("taken.csv", 1));
  const std::vector files{an_entry("free.csv", 1), an_entry("taken.csv", 1)};
  CHECK(error_of([&] { record_as_done(store, "main", files); }).kind() == Kind::conflict);
  Connection fresh(store.options);
  CHECK(newest_import(fresh, "free.csv") == std::nullopt);
}
