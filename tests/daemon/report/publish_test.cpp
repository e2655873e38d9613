#include "daemon/report/publish.hpp"

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/desk.hpp"

using namespace clientsync;
using clientsync::testing::Desk;
using clientsync::testing::with_refused;

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("a report is published next to its input, and the ledger knows its place") {
  Desk desk;
  const ReportJob job = desk.import({});
  CHECK(desk.state_of(job.import) == "pending clients.errors.csv");
  CHECK(desk.publish(job) == "clients.errors.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "the report");
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  CHECK(desk.state_of(job.import) == "published clients.errors.csv");
}

TEST_CASE("a report can be published and recorded later") {
  Desk desk;
  const ReportJob job = desk.import({});
  std::vector<ReportOutcome> unrecorded;
  {
    NewFile file(desk.directory);
    CHECK(publish_report(desk.store, desk.folder, file, job, &unrecorded) == "clients.errors.csv");
  }
  CHECK(desk.sandbox.read("clients.errors.csv") == "the report");
  CHECK(desk.state_of(job.import) == "pending clients.errors.csv");
  CHECK_FALSE(desk.store.connection.poisoned());
  SECTION("by who published it") {
    record_outcomes(desk.store, unrecorded);
  }
  SECTION("by a recovery, if that one has died") {
    CHECK(desk.publish(job) == "clients.errors.csv");
  }
  CHECK(desk.state_of(job.import) == "published clients.errors.csv");
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
}

TEST_CASE("a report takes the next free name if something else has its name") {
  Desk desk;
  SECTION("a user's own file") {
    desk.sandbox.write("clients.errors.csv", "mine");
  }
  SECTION("a directory") {
    fs::create_directory(desk.sandbox.inbox() / "clients.errors.csv");
  }
  SECTION("a link") {
    fs::create_symlink("clients.csv", desk.sandbox.inbox() / "clients.errors.csv");
  }
  SECTION("another input's report") {
    desk.import_and_publish({.name = "clients.CSV"});
  }
  CHECK(desk.import_and_publish({}) == "clients.errors.2.csv");
  fs::create_directory(desk.sandbox.inbox() / "clients.errors.3.csv");
  CHECK(desk.import_and_publish({.name = "clients.Csv"}) == "clients.errors.4.csv");
  CHECK(desk.sandbox.read("clients.errors.2.csv") == "the report");
}

TEST_CASE("a report replaces the one of an earlier import of its input") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  CHECK(desk.import_and_publish({.report = "second"}) == "clients.errors.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "second");
  CHECK(desk.import_and_publish({.report = "third", .rejected = true}) == "clients.errors.csv");
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
}

TEST_CASE("a report that somebody has edited is not replaced by the next one of its input") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  desk.sandbox.write("clients.errors.csv", "corrected");
  CHECK(desk.import_and_publish({.report = "second"}) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "corrected");
}

TEST_CASE("the report of an edited report replaces it") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  desk.sandbox.write("clients.errors.csv", "corrected");
  const ReportJob job = desk.import({.name = "clients.errors.csv", .report = "shorter"});
  CHECK(job.subject.edited_report);
  CHECK(desk.publish(job) == "clients.errors.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "shorter");
  // The to-do list shrinks as often as it is corrected, and is replaced by the next one of the input.
  desk.sandbox.write("clients.errors.csv", "corrected again");
  desk.import_and_publish({.name = "clients.errors.csv", .report = "empty"});
  CHECK(desk.sandbox.read("clients.errors.csv") == "empty");
  desk.import_and_publish({.report = "second"});
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  CHECK(desk.sandbox.read("clients.errors.csv") == "second");
}

TEST_CASE("the report of a rejected edited report takes the next free name") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  desk.sandbox.write("clients.errors.csv", "spoilt");
  const ReportJob job = desk.import({.name = "clients.errors.csv", .report = "why", .rejected = true});
  CHECK(desk.publish(job) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "spoilt");
  CHECK(desk.sandbox.read("clients.errors.2.csv") == "why");
}

TEST_CASE("an edited report that was edited once more is not replaced by the report of what it was") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  desk.sandbox.write("clients.errors.csv", "corrected");
  const ReportJob job = desk.import({.name = "clients.errors.csv", .report = "shorter"});
  desk.sandbox.write("clients.errors.csv", "corrected again");
  CHECK(desk.publish(job) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "corrected again");
}

TEST_CASE("reports of earlier imports in other places are removed unless somebody has edited them") {
  Desk desk;
  desk.sandbox.write("clients.errors.csv", "mine");
  CHECK(desk.import_and_publish({.report = "first"}) == "clients.errors.2.csv");
  fs::remove(desk.sandbox.inbox() / "clients.errors.csv");
  SECTION("as it was written") {
    CHECK(desk.import_and_publish({.report = "second"}) == "clients.errors.csv");
    CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  }
  SECTION("edited") {
    desk.sandbox.write("clients.errors.2.csv", "corrected");
    CHECK(desk.import_and_publish({.report = "second"}) == "clients.errors.csv");
    CHECK(desk.sandbox.names() == Names{"clients.errors.csv", "clients.errors.2.csv"});
  }
  SECTION("and no report is wanted now") {
    CHECK(desk.import_and_publish({.report = ""}) == "");
    CHECK(desk.sandbox.names().empty());
  }
}

TEST_CASE("if no report is wanted, a stale one is removed and nothing else") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  SECTION("the report of the import before") {
    const ReportJob job = desk.import({.report = ""});
    CHECK(desk.publish(job) == "");
    CHECK(desk.sandbox.names().empty());
    CHECK(desk.state_of(job.import) == "none clients.errors.csv");
  }
  SECTION("an edited one stays") {
    desk.sandbox.write("clients.errors.csv", "corrected");
    CHECK(desk.import_and_publish({.report = ""}) == "");
    CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  }
  SECTION("the edited one that was the input goes") {
    desk.sandbox.write("clients.errors.csv", "corrected");
    CHECK(desk.import_and_publish({.name = "clients.errors.csv", .report = ""}) == "");
    CHECK(desk.sandbox.names().empty());
  }
}

TEST_CASE("the report of an import that is not the newest of its name is not published") {
  Desk desk;
  const ReportJob older = desk.import({.report = "older"});
  const ReportJob newer = desk.import({.report = "newer"});
  CHECK(desk.publish(older) == "");
  CHECK(desk.state_of(older.import) == "superseded clients.errors.csv");
  CHECK(desk.sandbox.names().empty());
  CHECK(desk.publish(newer) == "clients.errors.csv");
}

TEST_CASE("a report that is published already is not published again, even if its user has removed it") {
  Desk desk;
  const ReportJob job = desk.import({});
  desk.publish(job);
  fs::remove(desk.sandbox.inbox() / "clients.errors.csv");
  CHECK(desk.publish(job) == std::nullopt);
  CHECK(desk.sandbox.names().empty());
}

TEST_CASE("a report waits while another daemon publishes one of its name", "[server]") {
  Desk desk;
  const ReportJob job = desk.import({});
  Connection other(desk.store.options);
  {
    const PendingReportLock lock(other, job.import);
    CHECK(desk.publish(job) == std::nullopt);
    CHECK(desk.sandbox.names().empty());
  }
  CHECK(desk.publish(job) == "clients.errors.csv");
}

TEST_CASE("if somebody takes the intended place, another one is recorded before the report is put there") {
  Desk desk;
  const ReportJob job = desk.import({});
  desk.sandbox.write("clients.errors.csv", "mine");
  const auto publish_in_vain = [&] {
    try {
      desk.publish(job);
    } catch (const std::system_error& error) {
      return error.code().value();
    }
    return 0;
  };
  with_refused({{.call = SYS_renameat2, .error = EIO}, {.call = SYS_linkat, .error = EIO}},
               [&] { CHECK(publish_in_vain() == EIO); });
  CHECK(desk.state_of(job.import) == "pending clients.errors.2.csv");
  CHECK(desk.sandbox.names() == Names{"clients.errors.csv"});
  // A daemon that dies now has its bytes known as ours wherever they are.
  CHECK(is_published_report(desk.store, "main", "clients.errors.2.csv", sha256("the report")));
  CHECK(desk.publish(job) == "clients.errors.2.csv");
  CHECK(desk.state_of(job.import) == "published clients.errors.2.csv");
}

TEST_CASE("a report does not replace another input's that was published in its intended place") {
  Desk desk;
  const ReportJob job = desk.import({.report = "of clients.csv"});
  desk.import_and_publish({.name = "clients.CSV", .report = "of clients.CSV"});
  CHECK(desk.publish(job) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "of clients.CSV");
}

TEST_CASE("a report does not replace what people made of another input's report") {
  Desk desk;
  desk.import_and_publish({.name = "clients.CSV", .report = "of clients.CSV"});
  desk.sandbox.write("clients.errors.csv", "corrected");
  desk.import_and_publish({.name = "clients.errors.csv", .report = "shorter"});
  CHECK(desk.import_and_publish({.report = "of clients.csv"}) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "shorter");
  // Neither does it if the place was this input's later, and somebody has put the other's list back.
  fs::remove(desk.sandbox.inbox() / "clients.errors.csv");
  CHECK(desk.import_and_publish({.report = "second"}) == "clients.errors.csv");
  desk.sandbox.write("clients.errors.csv", "shorter");
  CHECK(desk.import_and_publish({.report = "third"}) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "shorter");
}

TEST_CASE("another input's report with the same bytes is not replaced") {
  Desk desk;
  desk.import_and_publish({.report = "no errors"});
  fs::remove(desk.sandbox.inbox() / "clients.errors.csv");
  CHECK(desk.import_and_publish({.name = "clients.CSV", .report = "no errors"}) == "clients.errors.csv");
  CHECK(desk.import_and_publish({.report = "one error"}) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "no errors");
}

TEST_CASE("a report that comes late does not replace what a newer import has made of its list") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  const ReportJob late = desk.import({.report = "second"});
  desk.sandbox.write("clients.errors.csv", "corrected");
  desk.import_and_publish({.name = "clients.errors.csv", .report = "shorter"});
  CHECK(desk.publish(late) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "shorter");
}

TEST_CASE("the report of an edited report does not replace a newer one of the list") {
  Desk desk;
  desk.import_and_publish({.report = "first"});
  desk.sandbox.write("clients.errors.csv", "corrected");
  const ReportJob late = desk.import({.name = "clients.errors.csv", .report = "shorter"});
  fs::remove(desk.sandbox.inbox() / "clients.errors.csv");
  CHECK(desk.import_and_publish({.report = "second"}) == "clients.errors.csv");
  CHECK(desk.publish(late) == "clients.errors.2.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "second");
}

TEST_CASE("a report that cannot be put in its place stays pending") {
  Desk desk;
  const ReportJob job = desk.import({});
  with_refused({{.call = SYS_renameat2, .error = ENOSPC}, {.call = SYS_linkat, .error = ENOSPC}},
               [&] { CHECK_THROWS_AS(desk.publish(job), std::system_error); });
  CHECK(desk.state_of(job.import) == "pending clients.errors.csv");
  CHECK(desk.sandbox.names().empty());
}

TEST_CASE("without a free name nothing is published, and nothing would be imported") {
  Desk desk;
  const ReportJob job = desk.import({});
  fs::create_directory(desk.sandbox.inbox() / "clients.errors.csv");
  for (int n = 2; n <= 1000; ++n)
    fs::create_directory(desk.sandbox.inbox() / ("clients.errors." + std::to_string(n) + ".csv"));
  CHECK_THROWS_WITH(desk.publish(job), Catch::Contains("no name is free for the report of clients.csv"));
  CHECK_THROWS_AS(intended_places(desk.store, desk.folder, job.subject), std::runtime_error);
  CHECK(desk.state_of(job.import) == "pending clients.errors.csv");
}

TEST_CASE("the place that a report will get is known before the import") {
  Desk desk;
  const auto places = [&](const std::string& name, bool edited_report = false) {
    const IntendedPlaces found = intended_places(
        desk.store, desk.folder,
        {.name = name, .input_sha256 = sha256(desk.sandbox.read(name).value_or("")), .edited_report = edited_report});
    return found.accepted + " " + found.rejected;
  };
  CHECK(places("clients.csv") == "clients.errors.csv clients.errors.csv");
  CHECK(places("clients.txt") == "clients.txt.errors.csv clients.txt.errors.csv");
  desk.import_and_publish({});
  CHECK(places("clients.csv") == "clients.errors.csv clients.errors.csv");
  CHECK(places("clients.CSV") == "clients.errors.2.csv clients.errors.2.csv");
  desk.sandbox.write("clients.errors.csv", "corrected");
  CHECK(places("clients.csv") == "clients.errors.2.csv clients.errors.2.csv");
  CHECK(places("clients.errors.csv", true) == "clients.errors.csv clients.errors.2.csv");
}

TEST_CASE("files from elsewhere have their reports next to them, and the ledger knows them by their whole path") {
  Desk desk;
  const std::string prefix = desk.sandbox.inbox().string() + "/";
  LedgerEntry entry = clientsync::testing::an_entry(prefix + "clients.csv");
  entry.inbox.reset();
  const ImportId id = clientsync::testing::imported(desk.store, entry,
                                                    {.report = "the report", .place = prefix + "clients.errors.csv"});
  NewFile file(desk.directory);
  const auto place = publish_report(desk.store, {desk.directory, "", prefix}, file,
                                    {.import = id,
                                     .subject = {.name = "clients.csv", .input_sha256 = entry.file.sha256},
                                     .intended_place = "clients.errors.csv",
                                     .report = "the report"});
  CHECK(place == "clients.errors.csv");
  CHECK(desk.sandbox.read("clients.errors.csv") == "the report");
  CHECK(desk.state_of(id) == "published " + prefix + "clients.errors.csv");
}

TEST_CASE("a report has its input's mode, and owner and group may always read and write it") {
  Desk desk;
  ReportJob job = desk.import({});
  job.mode = 0604;
  desk.publish(job);
  CHECK(fs::status(desk.sandbox.inbox() / "clients.errors.csv").permissions() == fs::perms(0664));
}
