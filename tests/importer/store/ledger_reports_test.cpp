#include "importer/store/ledger_reports.hpp"

#include <soci/soci.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

TEST_CASE("reports that were committed and not published are found, oldest first", "[reports]") {
  Store store;
  const ImportId first = imported(store, an_entry("a.csv"), {"report a", "a.errors.csv"});
  const ImportId second = imported(store, an_entry("b\xFF.csv"), a_rejection("report b"));
  const ImportId third = imported(store, an_entry("c.csv"), {"", "c.errors.csv"});
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
  mark(store, first, ReportState::published, "a.errors.2.csv");
  mark(store, second, ReportState::superseded);
  mark(store, third, ReportState::none);
  CHECK(pending_reports(store, "main").empty());
  CHECK(newest_import(store, "a.csv")->report_state == ReportState::published);
  CHECK(newest_import(store, "a.csv")->report_name == "a.errors.2.csv");
  CHECK(newest_import(store, "b\xFF.csv")->report_state == ReportState::superseded);
  CHECK(newest_import(store, "b\xFF.csv")->report_name == "clients.errors.csv");
  CHECK(newest_import(store, "c.csv")->report_state == ReportState::none);
}

TEST_CASE("what became of a report is recorded once", "[reports]") {
  Store store;
  const ImportId id = imported(store, an_entry());
  PendingReportLock lock(store, id);
  CHECK(lock.held());
  CHECK(lock.newest());
  CHECK(owner_of(store) == "clients.csv");
  lock.mark(ReportState::published, "clients.errors.csv");
  CHECK_FALSE(PendingReportLock(store, id).held());
  CHECK_FALSE(PendingReportLock(store, id + 1).held());
  CHECK(newest_import(store)->report_state == ReportState::published);
}

TEST_CASE("what became of several reports is recorded together, and once", "[reports]") {
  Store store;
  const ImportId first = imported(store, an_entry("a.csv"), {.place = "a.errors.csv"});
  const ImportId second = imported(store, an_entry("b.csv"), {.place = "b.errors.csv"});
  const std::vector<ReportOutcome> unrecorded{{first, "a.csv", ReportState::published, "a.errors.2.csv"},
                                              {second, "b.csv", ReportState::none, ""}};
  record_outcomes(store, unrecorded);
  record_outcomes(store, unrecorded);
  CHECK(pending_reports(store, "main").empty());
  CHECK(newest_import(store, "a.csv")->report_name == "a.errors.2.csv");
  CHECK(newest_import(store, "b.csv")->report_state == ReportState::none);
  CHECK(text_of(store, "select import_id, report_name from report_places") ==
        std::to_string(first) + " a.errors.2.csv");
}

TEST_CASE("a report that another daemon is publishing is recorded by that one", "[reports][server]") {
  Store store;
  const ImportId first = imported(store, an_entry("a.csv")), second = imported(store, an_entry("b.csv"));
  Connection other(store.options);
  PendingReportLock lock(other, first);
  REQUIRE(lock.held());
  record_outcomes(store, std::vector<ReportOutcome>{{first, "a.csv", ReportState::published, "a.errors.csv"},
                                                    {second, "b.csv", ReportState::published, "b.errors.csv"}});
  CHECK(newest_import(store, "a.csv")->report_state == ReportState::pending);
  CHECK(newest_import(store, "b.csv")->report_state == ReportState::published);
  lock.mark(ReportState::published, "a.errors.csv");
  CHECK(text_of(store, "select count(*) from report_places") == "2");
}

TEST_CASE("a report that was not published in the end is still pending", "[reports]") {
  Store store;
  const ImportId id = imported(store, an_entry());
  { const PendingReportLock lock(store, id); }
  CHECK_FALSE(store.connection.poisoned());
  CHECK(PendingReportLock(store, id).held());
}

TEST_CASE("a report is known at another place before it stands there", "[reports]") {
  Store store;
  const ImportId id = imported(store, an_entry());
  PendingReportLock lock(store, id);
  lock.intend("clients.errors.2.csv");
  CHECK(lock.held());
  CHECK(lock.newest());
  Connection second(store.options);
  CHECK(is_published_report(second, "main", "clients.errors.2.csv", sha256("the report")));
  CHECK_FALSE(is_published_report(second, "main", "clients.errors.csv", sha256("the report")));
  if (store.connection.kind() != DatabaseKind::sqlite) CHECK_FALSE(PendingReportLock(second, id).held());
  lock.mark(ReportState::published, "clients.errors.2.csv");
  CHECK(newest_import(store)->report_name == "clients.errors.2.csv");
}

TEST_CASE("the report of an older import of a name is told from the newest", "[reports]") {
  Store store;
  const auto newest = [&](ImportId id) {
    const PendingReportLock lock(store, id);
    CHECK(lock.held());
    return lock.newest();
  };
  const ImportId first = imported(store, an_entry("clients.csv", 1));
  imported(store, an_entry("other.csv", 1));
  CHECK(newest(first));
  const ImportId second = imported(store, an_entry("clients.csv", 2));
  CHECK_FALSE(newest(first));
  CHECK(newest(second));
  record_as_done(store, "main", std::vector{an_entry("clients.csv", 3)});
  CHECK_FALSE(newest(second));

  LedgerEntry elsewhere = an_entry("/home/x/clients.csv");
  elsewhere.inbox.reset();
  const ImportId third = imported(store, elsewhere);
  CHECK(newest(third));
  const ImportId fourth = imported(store, elsewhere);
  CHECK_FALSE(newest(third));
  CHECK(newest(fourth));
}

TEST_CASE("of several daemons one publishes the reports of a name", "[reports][server]") {
  Store store;
  const ImportId first = imported(store, an_entry("clients.csv", 1));
  const ImportId other = imported(store, an_entry("other.csv", 1));
  Connection second(store.options);
  {
    PendingReportLock lock(store, first);
    REQUIRE(lock.held());
    CHECK_FALSE(PendingReportLock(second, first).held());
    CHECK(PendingReportLock(second, other).held());
    // A newer import of the name does not wait, but its report does.
    const ImportId newer = imported(second, an_entry("clients.csv", 2));
    CHECK_FALSE(PendingReportLock(second, newer).held());
    CHECK_FALSE(second.poisoned());
    lock.mark(ReportState::published, "clients.errors.csv");
    CHECK(PendingReportLock(second, newer).newest());
  }
  CHECK_FALSE(PendingReportLock(second, first).held());
}

TEST_CASE("a daemon that dies leaves its reports to the others", "[reports][server]") {
  Store store;
  const ImportId id = imported(store, an_entry());
  PendingReportLock lock(store, id);
  REQUIRE(lock.held());
  store.database.cut_off();
  Connection second(store.options);
  CHECK(PendingReportLock(second, id).held());
  CHECK(error_of([&] { lock.mark(ReportState::published, "clients.errors.csv"); }).kind() == Kind::unavailable);
  CHECK(PendingReportLock(second, id).held());
}

TEST_CASE("a daemon that stands still for a minute with a lock loses it", "[reports][server]") {
  Store store;
  const bool postgresql = TestDatabase::kind() == DatabaseKind::postgresql;
  CHECK(text_of(store, postgresql ? "select current_setting('idle_in_transaction_session_timeout')"
                                  : "select @@idle_transaction_timeout") == (postgresql ? "1min" : "60"));
  // Shorter, for the test.
  store.session() << (postgresql ? "set idle_in_transaction_session_timeout = '1s'"
                                 : "set session idle_transaction_timeout = 1");
  const ImportId id = imported(store, an_entry());
  const PendingReportLock lock(store, id);
  REQUIRE(lock.held());
  Connection second(store.options);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  bool had = false;
  while (!had && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    had = PendingReportLock(second, id).held();
  }
  CHECK(had);
}

TEST_CASE("a newer report that may have been replaced by a late one is pending again", "[reports]") {
  Store store;
  const ImportId first = imported(store, an_entry("clients.csv", 1));
  published(store, an_entry("clients.csv", 2));
  const ImportId third = published(store, an_entry("clients.csv", 3), {"", "clients.errors.csv"});
  mark(store, first, ReportState::published, "clients.errors.csv");
  const auto pending = pending_reports(store, "main");
  REQUIRE(pending.size() == 1);
  CHECK(pending[0].import == third);
  mark(store, third, ReportState::none);
  CHECK(pending_reports(store, "main").empty());
}

TEST_CASE("marking a report that is not pending, or of an import that does not exist, is a bug", "[reports]") {
  Store store;
  const ImportId id = published(store, an_entry());
  CHECK(error_of([&] { mark(store, id, ReportState::published, "x"); }).kind() == Kind::bug);
  CHECK(error_of([&] { mark(store, 7, ReportState::published, "x"); }).kind() == Kind::bug);
}

TEST_CASE("every report that ever stood at a place is known there", "[reports]") {
  Store store;
  const auto known = [&](const char* inbox, const char* place, const char* report) {
    return is_published_report(store, inbox, place, sha256(report));
  };
  published(store, an_entry("clients.csv", 1), {"first"});
  published(store, an_entry("clients.csv", 2), {"second"});
  CHECK(known("main", "clients.errors.csv", "first"));
  CHECK(known("main", "clients.errors.csv", "second"));
  CHECK_FALSE(known("main", "clients.errors.csv", "third"));
  CHECK_FALSE(known("main", "clients.errors.2.csv", "second"));
  CHECK_FALSE(known("other", "clients.errors.csv", "second"));
  published(store, an_entry("clients.csv", 3), {"second", "clients.errors.2.csv"});
  CHECK(known("main", "clients.errors.csv", "second"));
  CHECK(known("main", "clients.errors.2.csv", "second"));
}

TEST_CASE("a report that may have reached its place before the daemon died is known there", "[reports]") {
  Store store;
  const ImportId id = imported(store, an_entry());
  CHECK(is_published_report(store, "main", "clients.errors.csv", sha256("the report")));
  CHECK(owner_of(store) == "clients.csv");
  mark(store, id, ReportState::superseded);
  CHECK_FALSE(is_published_report(store, "main", "clients.errors.csv", sha256("the report")));
  CHECK(owner_of(store) == std::nullopt);
}

TEST_CASE("a place belongs to the input whose report was published there last", "[reports]") {
  Store store;
  CHECK(owner_of(store) == std::nullopt);
  published(store, an_entry("clients.csv"));
  CHECK(owner_of(store) == "clients.csv");
  published(store, an_entry("clients.CSV\xFF"));
  CHECK(owner_of(store) == "clients.CSV\xFF");
  published(store, an_entry("clients.csv", 2));
  CHECK(owner_of(store) == "clients.csv");
  CHECK(owner_of(store, "clients.errors.csv", "other") == std::nullopt);
}

TEST_CASE("an import without a report owns no place", "[reports]") {
  Store store;
  imported(store, an_entry(), {"", "clients.errors.csv"});
  CHECK(owner_of(store) == std::nullopt);
  CHECK_FALSE(is_published_report(store, "main", "clients.errors.csv", ""));
}

TEST_CASE("the ledger knows the bytes that it has of an inbox: good inputs and reports", "[reports]") {
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
