#include "daemon/report/recover.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "daemon/files/temporary.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/desk.hpp"

using namespace clientsync;
using clientsync::testing::CapturedLog;
using clientsync::testing::Desk;

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("reports of imports that committed without them are published") {
  const CapturedLog log;
  Desk desk;
  const ReportJob a = desk.import({.name = "a.csv", .report = "of a"});
  const ReportJob b = desk.import({.name = "b\xFF.csv", .report = "of b"});
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(desk.sandbox.read("a.errors.csv") == "of a");
  CHECK(desk.sandbox.read("b\xFF.errors.csv") == "of b");
  CHECK(desk.state_of(a.import) == "published a.errors.csv");
  CHECK(log.lines("report.published") == 2);
  CHECK(log.lines("report.published", "a.errors.csv") == 1);
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(log.lines("report.published") == 2);
}

TEST_CASE("those of one name alone are published if only these are wanted") {
  Desk desk;
  desk.import({.name = "a.csv"});
  desk.import({.name = "b.csv"});
  CHECK(publish_pending(desk.store, desk.folder, "b.csv"));
  CHECK(desk.sandbox.names() == Names{"b.errors.csv"});
}

TEST_CASE("a report of another inbox is not published here") {
  Desk desk;
  desk.import({});
  CHECK(publish_pending(desk.store, {desk.directory, "other", ""}));
  CHECK(desk.sandbox.names().empty());
}

TEST_CASE("a report that its user removed after it was published is not restored") {
  Desk desk;
  desk.import_and_publish({});
  fs::remove(desk.sandbox.inbox() / "clients.errors.csv");
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(desk.sandbox.names().empty());
}

TEST_CASE("a stale report whose removal is pending is removed") {
  Desk desk;
  desk.import_and_publish({});
  const ReportJob job = desk.import({.report = ""});
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(desk.sandbox.names().empty());
  CHECK(desk.state_of(job.import) == "none clients.errors.csv");
}

TEST_CASE("a pending report replaces what the ledger wrote and nothing else") {
  Desk desk;
  desk.import({});
  SECTION("its own bytes, which a daemon put there before it died") {
    desk.sandbox.write("clients.errors.csv", "the report");
    CHECK(publish_pending(desk.store, desk.folder));
    CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  }
  SECTION("a user's bytes stay") {
    desk.sandbox.write("clients.errors.csv", "mine");
    CHECK(publish_pending(desk.store, desk.folder));
    CHECK(desk.sandbox.read("clients.errors.csv") == "mine");
    CHECK(desk.sandbox.read("clients.errors.2.csv") == "the report");
  }
}

TEST_CASE("the pending report of an edited report replaces it") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  desk.sandbox.write("clients.errors.csv", "corrected");
  desk.import({.name = "clients.errors.csv", .report = "shorter"});
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  CHECK(desk.sandbox.read("clients.errors.csv") == "shorter");
}

TEST_CASE("of several pending reports of a name the newest is published first, and the others are superseded") {
  Desk desk;
  const ReportJob older = desk.import({.report = "older"});
  const ReportJob newer = desk.import({.report = "newer"});
  SECTION("neither is in its place") {}
  SECTION("the older one got there before it could be recorded") {
    desk.sandbox.write("clients.errors.csv", "older");
  }
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(desk.sandbox.read("clients.errors.csv") == "newer");
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  CHECK(desk.state_of(older.import) == "superseded clients.errors.csv");
  CHECK(desk.state_of(newer.import) == "published clients.errors.csv");
}

TEST_CASE("an older report that a daemon which stood still put over the newer one gives way to it again") {
  Desk desk;
  const ReportJob older = desk.import({.report = "older"});
  const ReportJob newer = desk.import({.report = "newer"});
  desk.publish(newer);
  desk.sandbox.write("clients.errors.csv", "older");
  CHECK_FALSE(publish_pending(desk.store, desk.folder));
  CHECK(desk.state_of(older.import) == "published clients.errors.csv");
  CHECK(desk.state_of(newer.import) == "pending clients.errors.csv");
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(desk.sandbox.read("clients.errors.csv") == "newer");
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
}

TEST_CASE("another input's report does not pass for an older one with the same bytes") {
  Desk desk;
  const ReportJob older = desk.import({.report = "no errors"});
  const ReportJob newer = desk.import({.report = "one error"});
  desk.import_and_publish({.name = "clients.CSV", .report = "no errors"});
  CHECK(desk.publish(newer) == "clients.errors.2.csv");
  CHECK(publish_pending(desk.store, desk.folder));
  CHECK(desk.state_of(older.import) == "superseded clients.errors.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "no errors");
  CHECK(desk.sandbox.read("clients.errors.2.csv") == "one error");
}

TEST_CASE("an older report waits for the newer one, which could not be published") {
  Desk desk;
  const ReportJob older = desk.import({.report = "older"});
  const ReportJob newer = desk.import({.report = "newer"});
  const auto publish_in_vain = [&] { publish_pending(desk.store, desk.folder); };
  clientsync::testing::with_refused({{.call = SYS_renameat2, .error = EIO}, {.call = SYS_linkat, .error = EIO}},
                                    [&] { CHECK_THROWS_AS(publish_in_vain(), std::system_error); });
  CHECK(desk.state_of(older.import) == "pending clients.errors.csv");
  CHECK(desk.state_of(newer.import) == "pending clients.errors.csv");
}

TEST_CASE("a report that cannot be published keeps no other one from being published") {
  Desk desk;
  desk.import({.name = "nowhere/a.csv"});
  desk.import({.name = "b.csv"});
  CHECK_THROWS_AS(publish_pending(desk.store, desk.folder), std::system_error);
  CHECK(desk.sandbox.names() == Names{"b.errors.csv"});
}

TEST_CASE("a report that another daemon is publishing is left to it", "[server]") {
  Desk desk;
  const ReportJob a = desk.import({.name = "a.csv"});
  desk.import({.name = "b.csv"});
  Connection other(desk.store.options);
  {
    const PendingReportLock lock(other, a.import);
    CHECK_FALSE(publish_pending(desk.store, desk.folder));
    CHECK(desk.sandbox.names() == Names{"b.errors.csv"});
  }
  CHECK(publish_pending(desk.store, desk.folder));
}

TEST_CASE("temporary files of a daemon that died are removed, and a user's bytes in them become a file again") {
  const CapturedLog log;
  Desk desk;
  desk.sandbox.write("clients.csv", "an input");
  desk.import({.report = "a report"});
  const std::vector<std::string> strays{".clientsync-0123456789abcde1.tmp", ".clientsync-0123456789abcde2.aside",
                                        ".clientsync-0123456789abcde3.aside", ".clientsync-0123456789abcde4.aside"};
  desk.sandbox.write(strays[0], "half a rep");
  desk.sandbox.write(strays[1], "a report");
  desk.sandbox.write(strays[2], "an input");
  desk.sandbox.write(strays[3], "what a user saved");
  const Temporary alive(desk.directory);
  std::vector<std::string> all = strays;
  all.push_back(alive.name);
  sweep_temporaries(desk.store, desk.folder, all);
  Names names = desk.sandbox.names();
  CHECK(names.erase("clients.csv") == 1);
  CHECK(names.erase(alive.name) == 1);
  REQUIRE(names.size() == 1);
  CHECK(*names.begin() == "recovered-1.csv");
  CHECK(desk.sandbox.read(*names.begin()) == "what a user saved");
  CHECK(log.lines("file.recovered", *names.begin()) == 1);
  sweep_temporaries(desk.store, desk.folder, strays);  // another daemon was as fast
  CHECK(log.lines("file.recovered") == 1);
}

TEST_CASE("what somebody saves over a report that is being replaced becomes a late save of that report") {
  const CapturedLog log;
  Desk desk;
  const ReportJob first = desk.import({.report = "first"});
  desk.publish(first);
  const auto save_late = [&](const std::string& over, const std::string& bytes) {
    {
      Aside aside(desk.directory);
      aside.describe("clients.errors.csv", sha256(over));
      desk.sandbox.write(aside.name(), bytes);
    }
    const Names names = desk.sandbox.names();
    sweep_temporaries(desk.store, desk.folder, std::vector(names.begin(), names.end()));
  };
  desk.import_and_publish({.report = "second"});
  SECTION("of one that the ledger published") {
    save_late("first", "corrected late");
    CHECK(desk.sandbox.names() == Names{"clients.errors.csv", "clients.errors.recovered-1.csv"});
    CHECK(log.lines("file.recovered", "clients.errors.recovered-1.csv") == 1);
    CHECK(clientsync::testing::owner_of(desk.store, "clients.errors.recovered-1.csv") == "clients.csv");
    // Its own report replaces it, and no newer report of the list does.
    const ReportJob late = desk.import({.name = "clients.errors.recovered-1.csv", .report = "still to do"});
    CHECK(desk.publish(late) == "clients.errors.recovered-1.csv");
    desk.import_and_publish({.report = "third"});
    CHECK(desk.sandbox.read("clients.errors.recovered-1.csv") == "still to do");
    save_late("second", "corrected later");
    CHECK(desk.sandbox.read("clients.errors.recovered-2.csv") == "corrected later");
  }
  SECTION("of an edited one that was imported") {
    desk.sandbox.write("clients.errors.csv", "corrected");
    desk.import_and_publish({.name = "clients.errors.csv", .report = "shorter"});
    save_late("corrected", "corrected late");
    CHECK(clientsync::testing::owner_of(desk.store, "clients.errors.recovered-1.csv") == "clients.errors.csv");
  }
  SECTION("of bytes that the ledger does not know") {
    save_late("unknown", "corrected late");
    CHECK(desk.sandbox.read("clients.errors.recovered-1.csv") == "corrected late");
    CHECK(clientsync::testing::owner_of(desk.store, "clients.errors.recovered-1.csv") == std::nullopt);
  }
}
