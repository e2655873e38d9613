#include "daemon/files/replace_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>

#include "importer/digest.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/meanwhile.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using clientsync::testing::as_nobody;
using clientsync::testing::Refusal;
using clientsync::testing::Sandbox;
using clientsync::testing::with_refused;
using clientsync::testing::with_steps;

namespace fs = std::filesystem;

namespace {

using Placed = NewFile::Placed;
using Names = std::set<std::string>;

constexpr std::uint64_t limit = 1000;
const std::string place = "clients.errors.csv";

bool nothing(const std::string&) {
  return false;
}
bool everything(const std::string&) {
  return true;
}
/// The number of rounds of a race; CLIENTSYNC_RACES raises it.
int races(int usual) {
  const char* const wanted = std::getenv("CLIENTSYNC_RACES");
  return wanted == nullptr ? usual : std::max(usual, std::atoi(wanted));
}
Known only(const std::string& bytes) {
  return [known = sha256(bytes)](const std::string& digest) { return digest == known; };
}
/// Says yes the first time, after something was done behind our back.
Known everything_after(const std::function<void()>& meanwhile) {
  return [=, asked = 0](const std::string&) mutable {
    if (asked++ > 0) return false;
    meanwhile();
    return true;
  };
}

/// What kernels and file systems lack for renaming.
const std::vector<std::vector<Refusal>> renames = {
    {},
    {{.call = SYS_renameat2, .error = EINVAL, .flag = RENAME_EXCHANGE}},
    {{.call = SYS_renameat2, .error = EINVAL, .flag = RENAME_EXCHANGE | RENAME_NOREPLACE}},
};

/// Runs the test once for each of `renames`, each time in a new folder with a written report on its way to it.
void with_a_report(const std::function<void(const Sandbox&, NewFile&)>& body) {
  const std::size_t lacking = GENERATE(0U, 1U, 2U);
  INFO("flags of renameat2 that are refused: " << lacking);
  with_refused(renames[lacking], [&] {
    const Sandbox sandbox;
    const Directory inbox(sandbox.inbox());
    {
      NewFile report(inbox);
      report.write("the report", 0644);
      body(sandbox, report);
    }
    CHECK(std::ranges::none_of(sandbox.names(), is_temporary));
  });
}

/// The fastest place for files.
fs::path in_memory() {
  return fs::is_directory("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a report appears at a free place, whole") {
  with_a_report([](const Sandbox& sandbox, NewFile& report) {
    CHECK_FALSE(sandbox.read(place));
    REQUIRE(report.place(place, nothing, limit) == Placed::done);
    CHECK(sandbox.read(place) == "the report");
  });
}

TEST_CASE("a report has its input's mode, and owner and group may read and write it, whatever the umask") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  for (const auto& [input, expected] : {std::pair{0644U, 0664U}, {0400U, 0660U}, {04777U, 0666U}}) {
    const auto before = umask(0777);
    NewFile report(inbox);
    report.write("the report", input);
    umask(before);
    const std::string name = std::to_string(input);
    REQUIRE(report.place(name, nothing, limit) == Placed::done);
    CHECK(mode_of(sandbox.inbox() / name) == expected);
  }
}

TEST_CASE("a report has the directory's group if that is permitted") {
  if (geteuid() != 0) return;
  const Sandbox sandbox;
  REQUIRE(chown(sandbox.inbox().c_str(), 65534, 4242) == 0);
  const Directory inbox(sandbox.inbox());
  const auto place_one = [&](const std::string& name) {
    NewFile report(inbox);
    report.write("x", 0600);
    REQUIRE(report.place(name, nothing, limit) == Placed::done);
    struct stat status {};
    REQUIRE(stat((sandbox.inbox() / name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0660U);
    return status.st_gid;
  };
  CHECK(place_one("by root") == 4242);
  as_nobody([&] { CHECK(place_one("by nobody") == 65534); });
}

TEST_CASE("a report replaces what the ledger knows, and nothing else") {
  with_a_report([](const Sandbox& sandbox, NewFile& report) {
    sandbox.write(place, "a user's");
    CHECK(report.place(place, only("the old report"), limit) == Placed::occupied);
    CHECK(sandbox.read(place) == "a user's");
    sandbox.write("clients.errors.2.csv", "the old report");
    REQUIRE(report.place("clients.errors.2.csv", only("the old report"), limit) == Placed::done);
    CHECK(sandbox.read("clients.errors.2.csv") == "the report");
    CHECK(sandbox.names() == Names{place, "clients.errors.2.csv"});
  });
}

TEST_CASE("links, directories, pipes, hard links and big files are never replaced or followed") {
  with_a_report([](const Sandbox& sandbox, NewFile& report) {
    const fs::path inbox = sandbox.inbox();
    const fs::path target = sandbox.elsewhere() / "target";
    std::ofstream(target) << "target";
    fs::create_symlink(target, inbox / "link");
    fs::create_symlink("/nowhere", inbox / "dangling");
    fs::create_directory(inbox / "directory");
    REQUIRE(mkfifo((inbox / "pipe").c_str(), 0666) == 0);
    fs::create_hard_link(target, inbox / "linked");
    sandbox.write("big", std::string(limit + 1, 'x'));
    const Names before = sandbox.names();
    for (const std::string name : {"link", "dangling", "directory", "pipe", "linked", "big"}) {
      INFO(name);
      CHECK(report.place(name, everything, limit) == Placed::occupied);
    }
    CHECK(sandbox.names() == before);
    CHECK(fs::is_symlink(inbox / "link"));
    CHECK(sandbox.read("linked") == "target");
    CHECK(report.place(place, everything, limit) == Placed::done);
  });
}

TEST_CASE("what a user does between the look at a place and the exchange is kept") {
  with_a_report([](const Sandbox& sandbox, NewFile& report) {
    const std::string other = "clients.errors.2.csv";
    const fs::path path = sandbox.inbox() / place;
    sandbox.write(place, "the old report");

    SECTION("saved by a rename") {
      CHECK(report.place(place, everything_after([&] { sandbox.save(place, "mended"); }), limit) == Placed::occupied);
      CHECK(sandbox.read(place) == "mended");
    }
    SECTION("saved in place") {
      CHECK(report.place(place, everything_after([&] { sandbox.write(place, "mended"); }), limit) == Placed::occupied);
      CHECK(sandbox.read(place) == "mended");
    }
    SECTION("replaced by a directory") {
      const auto replace = [&] {
        fs::remove(path);
        fs::create_directory(path);
        std::ofstream(path / "inside") << "x";
      };
      CHECK(report.place(place, everything_after(replace), limit) == Placed::occupied);
      CHECK(fs::exists(path / "inside"));
    }
    SECTION("replaced by a link") {
      const auto replace = [&] {
        fs::remove(path);
        fs::create_symlink("/nowhere", path);
      };
      CHECK(report.place(place, everything_after(replace), limit) == Placed::occupied);
      CHECK(fs::is_symlink(path));
    }
    SECTION("replaced by a file over the limit") {
      const std::string big(limit + 1, 'x');
      CHECK(report.place(place, everything_after([&] { sandbox.save(place, big); }), limit) == Placed::occupied);
      CHECK(sandbox.read(place) == big);
    }
    REQUIRE(report.place(other, nothing, limit) == Placed::done);
    CHECK(sandbox.read(other) == "the report");
    CHECK(sandbox.names() == Names{place, other});
  });
}

TEST_CASE("a place that a user empties meanwhile is taken") {
  with_a_report([](const Sandbox& sandbox, NewFile& report) {
    sandbox.write(place, "the old report");
    const auto remove = [&] { fs::remove(sandbox.inbox() / place); };
    CHECK(report.place(place, everything_after(remove), limit) == Placed::done);
    CHECK(sandbox.read(place) == "the report");
  });
}

TEST_CASE("a report bigger than the limit is put in its place as well, and a user's file before it") {
  for (const bool saved : {false, true}) {
    const Sandbox sandbox;
    const Directory inbox(sandbox.inbox());
    sandbox.write(place, "the old report");
    NewFile report(inbox);
    report.write(std::string(5 * limit, 'r'), 0644);
    const auto save = [&] {
      if (saved) sandbox.save(place, "mended");
    };
    CHECK(report.place(place, everything_after(save), limit) == (saved ? Placed::occupied : Placed::done));
    CHECK(sandbox.read(place) == (saved ? "mended" : std::string(5 * limit, 'r')));
  }
}

TEST_CASE("between whichever steps a user saves, up to three times, the last save stands at the place") {
  // The exchange path has the most steps; in rounds beyond the last step nobody saves.
  constexpr int steps = 20;
  const std::size_t lacking = GENERATE(0U, 1U, 2U);
  const bool in_place = GENERATE(false, true);
  int longest = 0;
  for (int first = 0; first <= steps; ++first) {
    for (int second = first; second <= steps; ++second) {
      for (int third = second; third <= steps; ++third) {
        const Sandbox sandbox(in_memory());
        const Directory inbox(sandbox.inbox());
        sandbox.save(place, "the old report");
        std::string last = "the report";
        const auto save = [&](int step) {
          if (step != first && step != second && step != third) return;
          last = "saved at step " + std::to_string(step);
          in_place ? sandbox.write(place, last) : sandbox.save(place, last);
        };
        NewFile report(inbox);
        report.write("the report", 0644);
        Placed placed = Placed::done;
        const auto put = [&] { placed = report.place(place, only("the old report"), limit); };
        longest = std::max(longest, with_steps(renames[lacking], save, put));
        if (placed == Placed::occupied) REQUIRE(report.place("second", nothing, limit) == Placed::done);
        const Names expected = placed == Placed::done ? Names{place} : Names{place, "second"};
        if (sandbox.read(place) != last || sandbox.names() != expected ||
            (placed == Placed::occupied && sandbox.read("second") != "the report")) {
          FAIL(last << ", but " << sandbox.read(place).value_or("nothing") << " stands there; saved before steps "
                    << first << ", " << second << ", " << third);
        }
      }
    }
  }
  CHECK(longest >= (lacking == 0 ? 15 : 8));
  CHECK(longest <= steps);
}

TEST_CASE("who holds the old report open may write to it until it is removed") {
  const std::size_t lacking = GENERATE(0U, 1U, 2U);
  int steps = 100;
  for (int writing = 1; writing <= steps; ++writing) {
    const Sandbox sandbox(in_memory());
    const Directory inbox(sandbox.inbox());
    sandbox.write(place, "the old report");
    std::ofstream editor(sandbox.inbox() / place, std::ios::in | std::ios::out);
    NewFile report(inbox);
    report.write("the report", 0644);
    Placed placed = Placed::done;
    const int taken = with_steps(
        renames[lacking], [&](int step) { step == writing ? editor << "mended in here" << std::flush : editor; },
        [&] { placed = report.place(place, only("the old report"), limit); });
    if (writing == 1) CHECK(placed == Placed::occupied);
    if (placed == Placed::done) {
      // After the last look only the old report and the sign of its living owner are removed. Without an exchange, the
      // new report is put in its place in between, and there are two signs.
      CHECK(writing > taken - (lacking == 0 ? 2 : 6));
      steps = std::min(steps, taken);
    } else {
      CHECK(sandbox.read(place) == "mended in here");
    }
  }
  CHECK(steps < 20);
}

TEST_CASE("a user who saves as fast as possible while reports are placed loses nothing") {
  const std::size_t lacking = GENERATE(0U, 1U, 2U);
  with_refused(renames[lacking], [&] {
    const Sandbox sandbox(in_memory());
    const Directory inbox(sandbox.inbox());
    std::minstd_rand random(static_cast<unsigned>(lacking) + 1);
    std::size_t done = 0;
    for (int round = 0, rounds = races(3000); round < rounds; ++round) {
      sandbox.save(place, "the old report");
      NewFile report(inbox);
      report.write("the report", 0644);
      const auto saves = static_cast<int>(random() % 4);
      const auto pause = std::chrono::microseconds(random() % 64);
      std::atomic<bool> go = false;
      std::thread user([&] {
        while (!go) continue;
        const auto start = std::chrono::steady_clock::now() + pause;
        while (std::chrono::steady_clock::now() < start) continue;
        for (int i = 1; i <= saves; ++i) sandbox.save(place, "save " + std::to_string(i));
      });
      go = true;
      done += report.place(place, only("the old report"), limit) == Placed::done ? 1U : 0U;
      user.join();
      const std::string last = saves == 0 ? "the report" : "save " + std::to_string(saves);
      const auto found = sandbox.read(place);
      if (found != last) FAIL("round " << round << ": " << found.value_or("nothing") << " instead of " << last);
    }
    CHECK(done > 0);
    CHECK(sandbox.names() == Names{place});
  });
}

TEST_CASE("in a sticky folder another account's file stays where it is") {
  if (geteuid() != 0) return;
  const Sandbox sandbox;
  fs::permissions(sandbox.inbox(), fs::perms(01777));
  sandbox.write(place, "the old report");
  as_nobody([&] {
    const Directory inbox(sandbox.inbox());
    NewFile report(inbox);
    report.write("the report", 0644);
    CHECK(report.place(place, everything, limit) == Placed::occupied);
    CHECK_FALSE(remove_file(inbox, place, everything, limit));
    CHECK(report.place("clients.errors.2.csv", everything, limit) == Placed::done);
  });
  CHECK(sandbox.read(place) == "the old report");
}

TEST_CASE("whether a report can be written at all shows when it is made") {
  const Sandbox sandbox;
  fs::permissions(sandbox.inbox(), fs::perms(0555));
  as_nobody([&] { CHECK_THROWS_AS(NewFile(Directory(sandbox.inbox())), std::system_error); });
}

TEST_CASE("a report that could not be written is of no more use, and leaves nothing behind") {
  const auto failing = GENERATE(Refusal{.call = SYS_write, .error = ENOSPC}, Refusal{.call = SYS_fsync, .error = EIO},
                                Refusal{.call = SYS_fchmod, .error = EIO}, Refusal{.call = SYS_fchown, .error = EIO});
  const Sandbox sandbox;
  with_refused({failing}, [&] {
    const Directory inbox(sandbox.inbox());
    NewFile report(inbox);
    CHECK_THROWS_AS(report.write("the report", 0644), std::system_error);
    CHECK_THROWS_AS(report.write("the report", 0644), std::logic_error);
    CHECK_THROWS_AS(report.place(place, everything, limit), std::logic_error);
  });
  CHECK(sandbox.names().empty());
}

TEST_CASE("a temporary file that somebody took away or replaced is noticed, and only our own is removed") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  {
    NewFile report(inbox);
    report.write("the report", 0644);
    const std::string temporary = *sandbox.names().begin();
    CHECK(is_temporary(temporary));
    fs::remove(sandbox.inbox() / temporary);
    CHECK_THROWS_AS(report.place(place, everything, limit), std::system_error);
    sandbox.write(temporary, "planted");
  }
  REQUIRE(sandbox.names().size() == 1);
  CHECK(sandbox.read(*sandbox.names().begin()) == "planted");
}

TEST_CASE("a report of the ledger is removed, anything else stays") {
  const std::size_t lacking = GENERATE(0U, 2U);
  const Sandbox sandbox;
  with_refused(renames[lacking], [&] {
    const Directory inbox(sandbox.inbox());
    CHECK(remove_file(inbox, place, nothing, limit));
    sandbox.write(place, "the old report");
    CHECK_FALSE(remove_file(inbox, place, only("another"), limit));
    CHECK_FALSE(remove_file(inbox, place, everything_after([&] { sandbox.save(place, "mended"); }), limit));
    CHECK(sandbox.read(place) == "mended");
    CHECK(remove_file(inbox, place, only("mended"), limit));
    CHECK(sandbox.names().empty());
    fs::create_directory(sandbox.inbox() / place);
    CHECK_FALSE(remove_file(inbox, place, everything, limit));
    CHECK(sandbox.names() == Names{place});
  });
}

TEST_CASE("a file that somebody has open for writing while it is replaced or removed is kept until it is closed") {
  const std::size_t lacking = GENERATE(0U, 1U, 2U);
  const bool replaced = GENERATE(true, false);
  const bool saved = GENERATE(true, false);
  INFO("flags of renameat2 that are refused: " << lacking << ", replaced: " << replaced << ", saved: " << saved);
  const Sandbox sandbox;
  with_refused(renames[lacking], [&] {
    const Directory inbox(sandbox.inbox());
    sandbox.write(place, "the old report");
    FileDescriptor writer(::open((sandbox.inbox() / place).c_str(), O_RDWR));
    if (replaced) {
      NewFile report(inbox);
      report.write("the report", 0644);
      CHECK(report.place(place, only("the old report"), limit) == Placed::done);
    } else {
      CHECK(remove_file(inbox, place, only("the old report"), limit));
    }
    Names names = sandbox.names();
    CHECK(names.erase(place) == (replaced ? 1 : 0));
    REQUIRE(names.size() == 2);  // the file, and the sign that says what it is
    const std::vector<std::string> aside(names.begin(), names.end());
    CHECK(is_temporary(aside.front()));
    CHECK(remove_strays(inbox, aside, only("the old report"), limit).empty());
    CHECK(sandbox.read(aside.front()) == "the old report");
    if (saved) CHECK(::pwrite(writer.get(), "new", 3, 4) == 3);
    writer = FileDescriptor();
    const auto left = remove_strays(inbox, aside, only("the old report"), limit);
    CHECK(left == (saved ? std::vector{Stray{aside.front(), place, sha256("the old report")}} : std::vector<Stray>()));
    const auto show = [&](const Stray& stray) {
      return show_again(
          inbox, stray, [](unsigned) { return "recovered.csv"; }, [](const std::string&) {});
    };
    if (saved) CHECK(sandbox.read(show(left.front()).value()) == "the new report");
    CHECK(sandbox.names().size() == static_cast<std::size_t>(replaced) + static_cast<std::size_t>(saved));
  });
}
