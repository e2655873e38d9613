#include "daemon/import/import_file.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/meanwhile.hpp"
#include "tests/support/sandbox.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using clientsync::testing::a_client;
using clientsync::testing::a_firm;
using clientsync::testing::an_entry;
using clientsync::testing::Refusal;
using clientsync::testing::Sandbox;
using clientsync::testing::Store;
using clientsync::testing::with_refused;
using clientsync::testing::with_steps;

using namespace std::string_literals;

namespace fs = std::filesystem;

namespace {

using Kind = FileOutcome::Kind;
using Numbers = std::map<std::string, std::string>;

const std::string heading = "Company ID,Display name,Client number\n";
const std::string good = heading + "1,Alpha,X1\n";

/// What is refused if no name can be given to a new file.
const std::vector<Refusal> no_renames{{.call = SYS_renameat2, .error = EIO}, {.call = SYS_linkat, .error = EIO}};
const std::vector<Refusal> no_reading{{.call = SYS_openat2, .error = EACCES}};

/// An inbox on disk, and a firm with the clients 1 and 2.
struct Office {
  Office() {
    firm = a_firm(store, {a_client("1").named("Alpha").numbered("A1"), a_client("2").named("Beta").numbered("B2")});
    inbox.name = "main";
    inbox.path = sandbox.inbox();
    inbox.rules.firm = "main";
  }

  /// The file as it is now is complete.
  [[nodiscard]] Attempt attempt(const std::string& name) const {
    const auto entry = directory.look(name);
    return {.name = name, .expected = entry ? entry->stamp : Stamp{}, .who = "clientsync"};
  }
  FileOutcome import(const Attempt& how) { return import_file(pool, &crash_count, inbox, directory, how, unrecorded); }
  FileOutcome import(const std::string& name = "clients.csv") { return import(attempt(name)); }
  /// While other files of the inbox wait.
  FileOutcome drop_before_others(const std::string& bytes, const std::string& name) {
    sandbox.save(name, bytes);
    Attempt how = attempt(name);
    how.more_follow = true;
    return import(how);
  }
  FileOutcome drop_and_import(const std::string& bytes, const std::string& name = "clients.csv") {
    sandbox.save(name, bytes);
    return import(name);
  }

  [[nodiscard]] Numbers numbers() { return clientsync::testing::numbers_of(store, firm); }
  [[nodiscard]] std::string imports() {
    return clientsync::testing::text_of(store.connection,
                                        "select name, version, state, report_state from imports order by id");
  }
  [[nodiscard]] bool reports(const std::string& code, const std::string& name = "clients.errors.csv") const {
    return sandbox.read(name).value_or("").find(code) != std::string::npos;
  }

  Store store;
  Sandbox sandbox;
  Directory directory{sandbox.inbox()};
  ConnectionPool pool{store.options};
  fs::path state = sandbox.elsewhere() / "state";
  CrashCount crash_count{state};
  InboxConfig inbox;
  FirmId firm = 0;
  std::vector<ReportOutcome> unrecorded;
};

/// A service that dies with the file in hand.
void die_with(const Office& office, const Attempt& attempt) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto in_hand = CrashCount(office.state).take("main", attempt.name, attempt.expected.value());
    ::_exit(0);
  }
  REQUIRE(::waitpid(child, nullptr, 0) == child);
}

}  // namespace

TEST_CASE("a complete file is imported, and its report is next to it") {
  Office office;
  const FileOutcome outcome = office.drop_and_import(heading + "1,Alpha,X1\n3,Gamma,G3\n");
  REQUIRE(outcome.kind == Kind::imported);
  CHECK(outcome.counts == Counts{.rows = 2, .updated = 1, .failed = 1});
  CHECK(outcome.imported->plan.counts == outcome.counts);
  CHECK(outcome.newest_import == outcome.imported->import);
  CHECK(outcome.report_name == "clients.errors.csv");
  CHECK(outcome.report_stamp == office.directory.look("clients.errors.csv")->stamp);
  CHECK(outcome.report_error.empty());
  CHECK_FALSE(outcome.report_waits);
  CHECK(office.numbers() == Numbers{{"1", "X1"}, {"2", "B2"}});
  CHECK(office.reports("company_id_unknown"));
  CHECK(office.imports() == "clients.csv 1 imported published");
}

TEST_CASE("a file is done if the newest import of its name has its bytes and time") {
  Office office;
  const ImportId first = office.drop_and_import(good).imported->import;
  const FileOutcome again = office.import();
  CHECK(again.kind == Kind::done);
  CHECK(again.newest_import == first);
  CHECK(again.counts == Counts{.rows = 1, .updated = 1});
  CHECK(again.report_name == "clients.errors.csv");
  SECTION("other bytes") {
    CHECK(office.drop_and_import(heading + "1,Alpha,Y1\n").kind == Kind::imported);
  }
  SECTION("another time") {
    fs::last_write_time(office.sandbox.inbox() / "clients.csv",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    CHECK(office.import().kind == Kind::imported);
  }
}

TEST_CASE("a file that the daemon saw arrive again is a new drop, unless it was imported since") {
  Office office;
  const ImportId first = office.drop_and_import(good).imported->import;
  Attempt attempt = office.attempt("clients.csv");
  attempt.anew = true;
  attempt.arrived_after = first - 1;
  CHECK(office.import(attempt).kind == Kind::done);
  attempt.arrived_after = first;
  CHECK(office.import(attempt).kind == Kind::imported);
  CHECK(office.imports() == "clients.csv 1 imported published\nclients.csv 2 imported published");
}

TEST_CASE("a rejected file changes nothing, and its report says why") {
  Office office;
  const FileOutcome outcome = office.drop_and_import("no header\n");
  CHECK(outcome.kind == Kind::imported);
  CHECK(outcome.imported->plan.rejected);
  CHECK(office.reports("header_missing"));
  CHECK(office.numbers() == Numbers{{"1", "A1"}, {"2", "B2"}});
  CHECK(office.imports() == "clients.csv 1 rejected published");
}

TEST_CASE("a report as the ledger wrote it is no drop") {
  Office office;
  office.drop_and_import(good);
  CHECK(office.import("clients.errors.csv").kind == Kind::own_report);
  office.sandbox.save("clients.errors.csv", office.sandbox.read("clients.errors.csv").value());
  CHECK(office.import("clients.errors.csv").kind == Kind::own_report);
}

TEST_CASE("an edited report is a drop whatever the patterns say, and the new report replaces it") {
  Office office;
  office.inbox.patterns = {"clients.csv"};
  office.drop_and_import(heading + "3,Gamma,G3\n");
  const FileOutcome outcome = office.drop_and_import(heading + "2,Beta,X2\n", "clients.errors.csv");
  CHECK(outcome.kind == Kind::imported);
  CHECK(outcome.report_name == "clients.errors.csv");
  CHECK_FALSE(office.reports("company_id"));
  CHECK(office.numbers() == Numbers{{"1", "A1"}, {"2", "X2"}});
  CHECK(office.import("clients.errors.csv").kind == Kind::own_report);
}

TEST_CASE("an edited report may be larger than other inputs") {
  Office office;
  office.drop_and_import(heading + "3,Gamma,G3\n");
  office.inbox.rules.sheet.max_bytes = 100;
  const std::string large = heading + "2,Beta,X2\n" + std::string(100, '\n');
  CHECK_FALSE(office.drop_and_import(large, "clients.errors.csv").imported->plan.rejected);
  CHECK(office.drop_and_import(large, "other.csv").imported->plan.rejected);
  CHECK(office.reports("file_too_large", "other.errors.csv"));
}

TEST_CASE("a name that matches no pattern is not taken, unless its user names it") {
  Office office;
  CHECK(office.drop_and_import(good, "notes.doc.bak").kind == Kind::not_taken);
  Attempt attempt = office.attempt("notes.doc.bak");
  attempt.any_name = true;
  CHECK(office.import(attempt).kind == Kind::imported);
}

TEST_CASE("a file that is gone was withdrawn") {
  Office office;
  CHECK(office.import().kind == Kind::withdrawn);
}

TEST_CASE("a file that is not the one that was complete is settling") {
  Office office;
  office.sandbox.save("clients.csv", good);
  const Attempt attempt = office.attempt("clients.csv");
  office.sandbox.save("clients.csv", good);
  CHECK(office.import(attempt).kind == Kind::settling);
  CHECK(office.imports().empty());
}

TEST_CASE("of two daemons that read one version of a file, the one that comes late looks again") {
  Office office;
  office.sandbox.save("clients.csv", good);
  FileOutcome outcome;
  with_steps(
      {},
      [&](int step) {
        if (step == 1) clientsync::testing::imported(office.store, an_entry("clients.csv", 1));
      },
      [&] { outcome = office.import(); });
  CHECK(outcome.kind == Kind::settling);
  CHECK(office.numbers() == Numbers{{"1", "A1"}, {"2", "B2"}});
  CHECK(office.sandbox.names() == std::set<std::string>{"clients.csv"});
  CHECK(office.import().kind == Kind::imported);
  CHECK(office.imports() == "clients.csv 1 imported pending\nclients.csv 2 imported published");
}

TEST_CASE("a file that may be cut off needs patience") {
  Office office;
  const std::string cut_off = GENERATE(as<std::string>{}, "1,Alpha,20", "1,Alpha,X1\n\0\0"s);
  office.sandbox.save("clients.csv", heading + cut_off);
  CHECK(office.import().kind == Kind::needs_patience);
  CHECK(office.imports().empty());
  Attempt attempt = office.attempt("clients.csv");
  attempt.patient = true;
  CHECK(office.import(attempt).kind == Kind::imported);
  CHECK(office.import().kind == Kind::done);
}

TEST_CASE("files that end in a line end, are empty or too large do not need patience") {
  Office office;
  office.inbox.rules.sheet.max_bytes = 1000;
  const std::string bytes = GENERATE(as<std::string>{}, "1\r", "1\n", "",
                                     "\xFF\xFE"
                                     "1\0\n\0"s,
                                     "\xFE\xFF\0"
                                     "1\0\r"s,
                                     std::string(1001, 'x'));
  CHECK(office.drop_and_import(bytes).kind == Kind::imported);
}

TEST_CASE("a UTF-16 file that ends within a record or a character needs patience") {
  Office office;
  const std::string bytes = GENERATE(as<std::string>{},
                                     "\xFF\xFE"
                                     "1\0"s,
                                     "\xFE\xFF\0"
                                     "1"s,
                                     "\xFF\xFE"
                                     "1\0\n"s);
  CHECK(office.drop_and_import(bytes).kind == Kind::needs_patience);
}

TEST_CASE("a link, a directory or a file with a second link is no file to import") {
  Office office;
  office.sandbox.save("other", good);
  const fs::path place = office.sandbox.inbox() / "clients.csv";
  SECTION("a link") {
    fs::create_symlink("other", place);
  }
  SECTION("a directory") {
    fs::create_directory(place);
  }
  SECTION("a second hard link") {
    fs::create_hard_link(office.sandbox.inbox() / "other", place);
  }
  CHECK(office.import().kind == Kind::not_a_file);
  CHECK(office.imports().empty());
}

TEST_CASE("a file that may not be read is reported once, if that is wanted, and imported when it may be") {
  Office office;
  office.sandbox.save("clients.csv", good);
  Attempt attempt = office.attempt("clients.csv");
  const auto import = [&] {
    FileOutcome outcome;
    with_refused(no_reading, [&] { outcome = office.import(attempt); });
    return outcome;
  };
  CHECK(import().kind == Kind::unreadable);
  CHECK_FALSE(import().imported);
  CHECK(office.imports().empty());
  attempt.report_unreadable = true;
  const FileOutcome reported = import();
  CHECK(reported.kind == Kind::unreadable);
  REQUIRE(reported.imported);
  CHECK(reported.imported->plan.rejected);
  CHECK(office.reports("file_unreadable"));
  const FileOutcome again = import();
  CHECK(again.kind == Kind::unreadable);
  CHECK_FALSE(again.imported);

  CHECK(office.import(attempt).kind == Kind::imported);
  CHECK(office.numbers() == Numbers{{"1", "X1"}, {"2", "B2"}});
  CHECK(office.imports() == "clients.csv 1 rejected published\nclients.csv 2 imported published");
}

TEST_CASE("a file that may not be read and is gone when that is to be reported was withdrawn") {
  Office office;
  office.sandbox.save("clients.csv", good);
  Attempt attempt = office.attempt("clients.csv");
  attempt.report_unreadable = true;
  FileOutcome outcome;
  with_steps(
      no_reading, [&](int) { fs::remove(office.sandbox.inbox() / "clients.csv"); },
      [&] { outcome = office.import(attempt); });
  CHECK(outcome.kind == Kind::withdrawn);
}

TEST_CASE("a file is set aside after the service died three times with it in hand, until it changes") {
  Office office;
  office.sandbox.save("clients.csv", good);
  const Attempt attempt = office.attempt("clients.csv");
  SECTION("not after two") {
    for (int death = 0; death < 2; ++death) die_with(office, attempt);
    CHECK_FALSE(office.import(attempt).imported->plan.rejected);
  }
  SECTION("after three") {
    for (int death = 0; death < 3; ++death) die_with(office, attempt);
    CHECK(office.import(attempt).imported->plan.rejected);
    CHECK(office.reports("file_set_aside"));
    CHECK(office.import(attempt).kind == Kind::done);
    CHECK(office.numbers() == Numbers{{"1", "A1"}, {"2", "B2"}});
    CHECK_FALSE(office.drop_and_import(good + "\n").imported->plan.rejected);
  }
  CHECK(office.numbers() == Numbers{{"1", "X1"}, {"2", "B2"}});
}

TEST_CASE("an import whose report cannot be published is committed, and its report is pending") {
  Office office;
  office.sandbox.save("clients.csv", good);
  FileOutcome outcome;
  with_refused(no_renames, [&] { outcome = office.import(); });
  CHECK(outcome.kind == Kind::imported);
  CHECK(outcome.report_error.find("Input/output error") != std::string::npos);
  CHECK(outcome.report_name.empty());
  CHECK(office.numbers() == Numbers{{"1", "X1"}, {"2", "B2"}});
  CHECK(office.imports() == "clients.csv 1 imported pending");
  CHECK(office.sandbox.names() == std::set<std::string>{"clients.csv"});

  // Whoever comes to the file again publishes it.
  const FileOutcome again = office.import();
  CHECK(again.kind == Kind::done);
  CHECK(again.report_name == "clients.errors.csv");
  CHECK(office.sandbox.read("clients.errors.csv"));
  CHECK(office.imports() == "clients.csv 1 imported published");
}

TEST_CASE("a report that another daemon keeps from being published waits", "[server]") {
  Office office;
  const ImportId first = office.drop_and_import(good).imported->import;
  office.store.session() << "update imports set report_state = 'pending'";
  const PendingReportLock lock(office.store, first);
  const FileOutcome outcome = office.drop_and_import(heading + "1,Alpha,Y1\n");
  CHECK(outcome.kind == Kind::imported);
  CHECK(outcome.report_waits);
  CHECK(outcome.report_name.empty());
  CHECK(outcome.report_error.empty());
}

TEST_CASE("nothing is imported if no report can be written") {
  Office office;
  office.drop_and_import(good, "first.csv");
  office.sandbox.save("clients.csv", heading + "1,Alpha,Y1\n");
  SECTION("because no file can be made in the inbox") {
    with_refused({{.call = SYS_openat, .error = EACCES}}, [&] { CHECK_THROWS_AS(office.import(), std::system_error); });
  }
  SECTION("because the disk is full") {
    with_refused({{.call = SYS_fallocate, .error = ENOSPC}},
                 [&] { CHECK_THROWS_AS(office.import(), std::system_error); });
  }
  SECTION("because no name is free") {
    fs::create_directory(office.sandbox.inbox() / "clients.errors.csv");
    for (int n = 2; n <= 1000; ++n)
      fs::create_directory(office.sandbox.inbox() / ("clients.errors." + std::to_string(n) + ".csv"));
    CHECK_THROWS_WITH(office.import(), Catch::Contains("no name is free"));
  }
  CHECK(office.imports() == "first.csv 1 imported published");
}

TEST_CASE("with report: errors, a file without errors gets no report, and a stale one is removed") {
  Office office;
  office.inbox.rules.report_always = false;
  office.drop_and_import(heading + "3,Gamma,G3\n");
  CHECK(office.reports("company_id_unknown"));
  const FileOutcome outcome = office.drop_and_import(good);
  CHECK(outcome.report_name.empty());
  CHECK(office.sandbox.names() == std::set<std::string>{"clients.csv"});
}

TEST_CASE("a document under its own name is reported, so that nobody waits for it") {
  Office office;
  office.drop_and_import("PK\x03\x04\n", "clients.xlsx");
  CHECK(office.reports("not_csv", "clients.xlsx.errors.csv"));
}

TEST_CASE("a file that is too large is done by size and time alone") {
  Office office;
  office.inbox.rules.sheet.max_bytes = 1000;
  const FileOutcome outcome = office.drop_and_import(std::string(2000, 'x'));
  CHECK(outcome.imported->plan.rejected);
  CHECK(outcome.file.sha256.empty());
  CHECK(office.reports("file_too_large"));
  const auto time = fs::last_write_time(office.sandbox.inbox() / "clients.csv");
  office.sandbox.save("clients.csv", std::string(2000, 'y'));
  fs::last_write_time(office.sandbox.inbox() / "clients.csv", time);
  CHECK(office.import().kind == Kind::done);
}

TEST_CASE("a file from elsewhere is imported as often as its user says, and its report is next to it") {
  Office office;
  office.sandbox.save("clients.csv", good);
  const std::string prefix = office.sandbox.inbox().string() + "/";
  const LedgerFolder folder{office.directory, "", prefix};
  for (int time = 0; time < 2; ++time) {
    const auto input = read_input(office.pool, office.inbox, office.directory, "clients.csv", false);
    REQUIRE(input.has_value());
    const Sheet sheet = sheet_of("clients.csv", input->file, office.inbox.rules.sheet);
    const FileOutcome outcome = import_elsewhere(office.pool, folder, {.name = "clients.csv", .who = "maria"}, *input,
                                                 sheet, office.inbox.rules);
    CHECK(outcome.kind == Kind::imported);
    CHECK(outcome.report_name == "clients.errors.csv");
  }
  CHECK(office.imports() ==
        prefix + "clients.csv - imported published\n" + prefix + "clients.csv - imported published");
  CHECK(office.sandbox.names() == std::set<std::string>{"clients.csv", "clients.errors.csv"});
  CHECK(office.import().kind == Kind::imported);  // that of the inbox does not know of them
}

TEST_CASE("of files that wait together each records the report of the one before it, and the last its own too") {
  Office office;
  CHECK(office.drop_before_others(heading + "1,Alpha,X1\n", "a.csv").report_name == "a.errors.csv");
  CHECK(office.imports() == "a.csv 1 imported pending");
  CHECK(office.unrecorded.size() == 1);
  office.drop_before_others(heading + "1,Alpha,X2\n", "b.csv");
  CHECK(office.imports() == "a.csv 1 imported published\nb.csv 1 imported pending");
  CHECK(office.unrecorded.size() == 1);
  SECTION("even if nothing is imported of the last one") {
    CHECK(office.import(Attempt{.name = "gone.csv", .expected = Stamp{}}).kind == Kind::withdrawn);
    CHECK(office.imports() == "a.csv 1 imported published\nb.csv 1 imported published");
  }
  SECTION("though nothing is imported of one between") {
    CHECK(office.import(Attempt{.name = "gone.csv", .expected = Stamp{}, .more_follow = true}).kind == Kind::withdrawn);
    CHECK(office.unrecorded.size() == 1);
    office.drop_and_import(heading + "1,Alpha,X3\n", "c.csv");
    CHECK(office.imports() == "a.csv 1 imported published\nb.csv 1 imported published\nc.csv 1 imported published");
  }
  CHECK(office.unrecorded.empty());
  for (const std::string name : {"a.errors.csv", "b.errors.csv"}) CHECK(office.sandbox.read(name));
}

TEST_CASE("a report that is not recorded yet makes no difference to the next file") {
  // Whether it is left to the next file, or recorded at once.
  const bool waits = GENERATE(true, false);
  const auto drop = [&](Office& office, const std::string& bytes, const std::string& name) {
    return waits ? office.drop_before_others(bytes, name) : office.drop_and_import(bytes, name);
  };
  Office office;
  const std::string wrong = heading + "1,Alpha,X1\n3,Gamma,G3\n";
  const auto places = [&] {
    return clientsync::testing::text_of(office.store.connection,
                                        "select import_id, report_name from report_places order by id");
  };
  SECTION("of the same name") {
    drop(office, wrong, "clients.csv");
    SECTION("which is done") {
      CHECK(office.import().report_name == "clients.errors.csv");
      CHECK(places() == "1 clients.errors.csv");
    }
    SECTION("with other bytes") {
      CHECK(office.drop_and_import(good, "clients.csv").report_name == "clients.errors.csv");
      CHECK(places() == "1 clients.errors.csv\n2 clients.errors.csv");
    }
  }
  SECTION("which is that report, as it was written") {
    drop(office, wrong, "clients.csv");
    CHECK(office.import("clients.errors.csv").kind == Kind::own_report);
  }
  SECTION("which is that report, edited") {
    drop(office, wrong, "clients.csv");
    const std::string edited = *office.sandbox.read("clients.errors.csv") + "2,Beta,B3\n";
    CHECK(drop(office, edited, "clients.errors.csv").report_name == "clients.errors.csv");
    CHECK(office.drop_and_import(good, "clients.csv").report_name == "clients.errors.csv");
    CHECK(places() == "1 clients.errors.csv\n2 clients.errors.csv\n3 clients.errors.csv");
  }
  SECTION("whose report would have the same place, and once had") {
    drop(office, good, "clients.CSV");
    fs::remove(office.sandbox.inbox() / "clients.errors.csv");
    drop(office, heading, "clients.csv");
    CHECK(office.drop_and_import(heading + "1,Alpha,X2\n", "clients.CSV").report_name == "clients.errors.2.csv");
  }
  CHECK(office.imports().find("pending") == std::string::npos);
}

TEST_CASE("an import that fails leaves what was not recorded, and the next attempt records it") {
  Office office;
  office.drop_before_others(good, "a.csv");
  office.sandbox.save("b.csv", heading + "1,Alpha,X2\n");
  with_refused(std::vector<Refusal>{{.call = SYS_openat2, .error = EIO}},
               [&] { CHECK_THROWS_AS(office.import("b.csv"), std::system_error); });
  CHECK(office.unrecorded.size() == 1);
  CHECK(office.imports() == "a.csv 1 imported pending");
  office.import("b.csv");
  CHECK(office.imports() == "a.csv 1 imported published\nb.csv 1 imported published");
}
