#include "importer/store/ledger_reports.hpp"

#include <soci/soci.h>

#include <string>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

TEST_CASE("reports that were committed and not published are found, oldest first", "[reports]") {
  Store store;
  const ImportId first = imported(store, an_entry("a.csv"), {"report a", "a.errors.csv"});
  const ImportId second = imported(store, an_entry("b\xFF.csv"), a_rejection("report b"));
  const ImportId third = imported(store, an_entry("c.csv"), {"", ""});
  auto pending = pending_reports(store, "main");
  REQUIRE(pending.size() == 3);
  CHECK(pending[0].import == first);
  CHECK(pending[0].name == "a.csv");
  CHECK(pending[0].input_sha256 == an_entry("a.csv").file.sha256);
  CHECK(pending[0].report == "report a");
  CHECK(pending[0].report_name == "a.errors.csv");
  CHECK_FALSE(pending[0].rejected);
  CHECK(pending[1].import == second);
  CHECK(pending[1].name == "b\xFF.csv");
  CHECK(pending[1].rejected);
  CHECK(pending[2].report.empty());
  mark_report(store, first, ReportState::published, "a.errors.2.csv");
  mark_report(store, second, ReportState::superseded, "");
  mark_report(store, third, ReportState::none, "");
  CHECK(pending_reports(store, "main").empty());
  CHECK(newest_import(store, "main", "a.csv")->report_state == ReportState::published);
  CHECK(newest_import(store, "main", "a.csv")->report_name == "a.errors.2.csv");
  CHECK(newest_import(store, "main", "b\xFF.csv")->report_state == ReportState::superseded);
  CHECK(newest_import(store, "main", "b\xFF.csv")->report_name == "clients.errors.csv");
  CHECK(newest_import(store, "main", "c.csv")->report_state == ReportState::none);
}

TEST_CASE("marking the report of an import that does not exist is a bug", "[reports]") {
  Store store;
  CHECK(error_of([&] { mark_report(store, 7, ReportState::published, "x"); }).kind() == Kind::bug);
}

TEST_CASE("every report that ever stood at a place is known there", "[reports]") {
  Store store;
  const auto known = [&](const char* inbox, const char* place, const char* report) {
    return is_published_report(store, inbox, place, sha256(report));
  };
  published(store, an_entry("clients.csv", 1), {"first"});
  const ImportId second = published(store, an_entry("clients.csv", 2), {"second"});
  CHECK(known("main", "clients.errors.csv", "first"));
  CHECK(known("main", "clients.errors.csv", "second"));
  CHECK_FALSE(known("main", "clients.errors.csv", "third"));
  CHECK_FALSE(known("main", "clients.errors.2.csv", "second"));
  CHECK_FALSE(known("other", "clients.errors.csv", "second"));
  mark_report(store, second, ReportState::published, "clients.errors.2.csv");
  CHECK(known("main", "clients.errors.csv", "second"));
  CHECK(known("main", "clients.errors.2.csv", "second"));
}

TEST_CASE("a report that may have reached its place before the daemon died is known there", "[reports]") {
  Store store;
  const ImportId id = imported(store, an_entry());
  CHECK(is_published_report(store, "main", "clients.errors.csv", sha256("the report")));
  CHECK(report_owner(store, "main", "clients.errors.csv") == "clients.csv");
  mark_report(store, id, ReportState::superseded, "");
  CHECK_FALSE(is_published_report(store, "main", "clients.errors.csv", sha256("the report")));
  CHECK(report_owner(store, "main", "clients.errors.csv") == std::nullopt);
}

TEST_CASE("a place belongs to the input whose report was published there last", "[reports]") {
  Store store;
  CHECK(report_owner(store, "main", "clients.errors.csv") == std::nullopt);
  published(store, an_entry("clients.csv"));
  CHECK(report_owner(store, "main", "clients.errors.csv") == "clients.csv");
  published(store, an_entry("clients.CSV\xFF"));
  CHECK(report_owner(store, "main", "clients.errors.csv") == "clients.CSV\xFF");
  published(store, an_entry("clients.csv", 2));
  CHECK(report_owner(store, "main", "clients.errors.csv") == "clients.csv");
  CHECK(report_owner(store, "other", "clients.errors.csv") == std::nullopt);
}

TEST_CASE("an import without a report owns no place", "[reports]") {
  Store store;
  imported(store, an_entry(), {"", "clients.errors.csv"});
  CHECK(report_owner(store, "main", "clients.errors.csv") == std::nullopt);
  CHECK_FALSE(is_published_report(store, "main", "clients.errors.csv", ""));
}

TEST_CASE("the ledger knows bytes that it holds: good inputs and reports of that inbox", "[reports]") {
  Store store;
  const LedgerEntry good = an_entry("good.csv");
  const LedgerEntry bad = an_entry("bad.csv");
  const ImportId id = imported(store, good);
  imported(store, bad, a_rejection());
  CHECK(knows_bytes(store, "main", good.file.sha256));
  CHECK(knows_bytes(store, "main", sha256("the report")));
  CHECK(knows_bytes(store, "main", sha256("why it was rejected")));
  CHECK_FALSE(knows_bytes(store, "main", bad.file.sha256));
  CHECK_FALSE(knows_bytes(store, "other", good.file.sha256));
  store.session() << "update import_bytes set input = null, report = null where import_id = " + std::to_string(id);
  CHECK_FALSE(knows_bytes(store, "main", good.file.sha256));
  CHECK_FALSE(knows_bytes(store, "main", sha256("the report")));
  CHECK(report_bytes(store, id) == std::nullopt);
}
