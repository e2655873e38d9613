#include "daemon/import/standing_files.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/import/import_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using clientsync::testing::a_client;
using clientsync::testing::a_firm;
using clientsync::testing::Sandbox;
using clientsync::testing::Store;
using clientsync::testing::with_refused;

namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

const std::string heading = "Company ID,Display name,Client number\n";

/// An inbox in which a.csv and b.csv were imported, with their reports beside them.
struct Office {
  Office() {
    a_firm(store, {a_client("1").named("Alpha").numbered("A1"), a_client("2").named("Beta").numbered("B2")});
    inbox.name = "main";
    inbox.path = sandbox.inbox();
    inbox.rules.firm = "main";
    import("a.csv", heading + "1,Alpha,X1\n");
    import("b.csv", heading + "2,Beta,X2\n9,Nobody,X9\n");
  }

  void import(const std::string& name, const std::string& bytes) {
    sandbox.write(name, bytes);
    const Attempt attempt{.name = name, .expected = directory.look(name)->stamp};
    std::vector<ReportOutcome> unrecorded;
    REQUIRE(import_file(pool, nullptr, inbox, directory, attempt, unrecorded).kind == FileOutcome::Kind::imported);
  }
  /// Writes as many other bytes, at the same time as the file of that name.
  void forge(const std::string& name, const std::string& bytes) {
    const auto time = fs::last_write_time(sandbox.inbox() / name);
    REQUIRE(bytes.size() == sandbox.read(name)->size());
    sandbox.write(name, bytes);
    fs::last_write_time(sandbox.inbox() / name, time);
  }
  Names done() {
    std::vector<Ready> files;
    for (const char* name : {"a.csv", "a.errors.csv", "b.csv", "b.errors.csv", "new.csv"}) {
      if (const auto entry = directory.look(name)) files.push_back({.name = name, .stamp = entry->stamp});
    }
    return find_done(pool, inbox, directory, files);
  }

  Store store;
  Sandbox sandbox;
  Directory directory{sandbox.inbox()};
  ConnectionPool pool{store.options};
  InboxConfig inbox;
};

}  // namespace

TEST_CASE("files that stand there as they were imported are done, and so are their reports") {
  Office office;
  office.sandbox.write("new.csv", heading);
  CHECK(office.done() == Names{"a.csv", "a.errors.csv", "b.csv", "b.errors.csv"});
}

TEST_CASE("a file with other bytes is not done though size and time are the same") {
  Office office;
  office.forge("a.csv", heading + "1,Alpha,X7\n");
  CHECK(office.done() == Names{"a.errors.csv", "b.csv", "b.errors.csv"});
}

TEST_CASE("a file with another time or size is not done") {
  Office office;
  fs::last_write_time(office.sandbox.inbox() / "a.csv", fs::file_time_type::clock::now() - std::chrono::hours{1});
  office.sandbox.write("b.csv", heading);
  CHECK(office.done() == Names{"a.errors.csv", "b.errors.csv"});
}

TEST_CASE("an edited report is not done until it was imported") {
  Office office;
  office.sandbox.write("b.errors.csv", "edited");
  CHECK(office.done() == Names{"a.csv", "a.errors.csv", "b.csv"});
}

TEST_CASE("what cannot be read is not said to be done") {
  Office office;
  SECTION("because it has a second link") {
    fs::create_hard_link(office.sandbox.inbox() / "a.csv", office.sandbox.inbox() / "c.csv");
    CHECK(office.done() == Names{"a.errors.csv", "b.csv", "b.errors.csv"});
  }
  SECTION("because it is larger than what is read") {
    office.inbox.rules.sheet.max_bytes = heading.size();
    CHECK(office.done() == Names{"a.errors.csv", "b.errors.csv"});
  }
  SECTION("because it must not be") {
    with_refused({{.call = SYS_openat2, .error = EACCES}}, [&] { CHECK(office.done().empty()); });
  }
}
