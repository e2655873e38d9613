#include "daemon/files/temporary.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "importer/digest.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using clientsync::testing::as_nobody;
using clientsync::testing::Refusal;
using clientsync::testing::Sandbox;
using clientsync::testing::with_refused;

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

constexpr std::uint64_t limit = 1000;

bool nothing(const std::string&) {
  return false;
}
bool everything(const std::string&) {
  return true;
}
Known only(const std::string& bytes) {
  return [known = sha256(bytes)](const std::string& digest) { return digest == known; };
}

/// The numbered names that a stray may get.
std::string recovered(unsigned n) {
  return "recovered-" + std::to_string(n) + ".csv";
}
std::optional<std::string> show(const Directory& inbox, const Stray& stray) {
  return show_again(inbox, stray, recovered, [](const std::string&) {});
}

/// A stray of which nothing but the name is known.
Stray unknown(const std::string& name) {
  return {.name = name, .place = {}, .sha256 = {}};
}

}  // namespace

TEST_CASE("only the names of temporary files are taken for them") {
  CHECK(is_temporary(".clientsync-0123456789abcdef.tmp"));
  CHECK(is_temporary(".clientsync-0123456789abcdef.aside"));
  for (const std::string name : {".clientsync", ".clientsync-.tmp", ".clientsync-0123456789abcde.tmp", "clients.csv",
                                 ".clientsync-0123456789ABCDEF.tmp", ".clientsync-0123456789abcdef.tmp.csv",
                                 ".clientsync-0123456789abcdef", "x.clientsync-0123456789abcdef.tmp"}) {
    INFO(name);
    CHECK_FALSE(is_temporary(name));
  }
}

TEST_CASE("what a crash left is removed, except what a user saved and what living daemons have") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  const pid_t crashing = fork();
  REQUIRE(crashing >= 0);
  if (crashing == 0) {
    const Temporary report(inbox);
    _exit(0);
  }
  REQUIRE(waitpid(crashing, nullptr, 0) == crashing);
  REQUIRE(sandbox.names().size() == 1);
  const Temporary living(inbox);
  sandbox.write(".clientsync-0000000000000001.aside", "the old report");
  sandbox.write(".clientsync-0000000000000002.aside", "mended");
  sandbox.write("clients.errors.csv", "the report");
  const Names names = sandbox.names();
  const auto left = remove_strays(inbox, std::vector(names.begin(), names.end()), only("the old report"), limit);
  CHECK(left == std::vector{unknown(".clientsync-0000000000000002.aside")});
  CHECK(sandbox.names().size() == 3);  // the living one's, the user's and the report
  CHECK(show(inbox, left.front()) == "recovered-1.csv");
  CHECK(sandbox.read("recovered-1.csv") == "mended");
}

TEST_CASE("what a living daemon has aside is left alone, although nobody has it locked") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  std::vector<std::string> aside;
  {
    Aside living(inbox);
    living.describe("clients.errors.csv", sha256("the old report"));
    aside.push_back(living.name());
    CHECK(is_temporary(living.name()));
    sandbox.write(living.name(), "mended");
    CHECK(remove_strays(inbox, aside, everything, limit).empty());
    CHECK(sandbox.read(living.name()) == "mended");
  }
  // What it left and the sign that says what it is.
  const Names names = sandbox.names();
  CHECK(names.size() == 2);
  const std::vector<std::string> all(names.begin(), names.end());
  CHECK(remove_strays(inbox, all, nothing, limit) ==
        std::vector{Stray{aside.front(), "clients.errors.csv", sha256("the old report")}});
  CHECK(sandbox.names() == names);
  CHECK(remove_strays(inbox, all, everything, limit).empty());
  CHECK(sandbox.names().empty());
}

TEST_CASE("what a sign says is believed only if it names a place that people see") {
  const std::string digest = sha256("the old report");
  const std::string stray = ".clientsync-0000000000000001.aside", sign = ".clientsync-0000000000000001.tmp";
  const auto [text, place] = GENERATE_COPY(table<std::string, std::string>({{digest + "b\xFF.csv", "b\xFF.csv"},
                                                                            {digest, ""},
                                                                            {"short", ""},
                                                                            {"", ""},
                                                                            {digest + ".clientsync", ""},
                                                                            {digest + "../b.csv", ""},
                                                                            {digest + "..", ""},
                                                                            {digest + "b/b.csv", ""},
                                                                            {digest + std::string("b\0", 2), ""}}));
  CAPTURE(text);
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  sandbox.write(stray, "mended");
  sandbox.write(sign, text);
  const auto left = remove_strays(inbox, std::vector{sign, stray}, nothing, limit);
  REQUIRE(left.size() == 1);
  CHECK(left.front().place == place);
  CHECK(show(inbox, left.front()) == "recovered-1.csv");
  CHECK(sandbox.names() == Names{"recovered-1.csv"});
}

TEST_CASE("a file that is shown again gets the next free name, which is announced before") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  const std::string stray = ".clientsync-0000000000000001.aside";
  sandbox.write(stray, "mended");
  sandbox.write("recovered-1.csv", "another file");
  std::string announced;
  const auto announce = [&](const std::string& name) {
    announced += name;
    CHECK_FALSE(sandbox.read(name).has_value());
  };
  CHECK(show_again(inbox, unknown(stray), recovered, announce) == "recovered-2.csv");
  CHECK(announced == "recovered-2.csv");
}

TEST_CASE("of several daemons that show a user's file again at once, one does, under one name") {
  const bool flags = GENERATE(true, false);
  INFO("renameat2 has its flags: " << flags);
  const Refusal refused{.call = SYS_renameat2, .error = EINVAL};
  const auto refusals = flags ? std::vector<Refusal>() : std::vector{refused};
  for (int round = 0; round < 100; ++round) {
    const Sandbox sandbox;
    const std::vector<std::string> names = {".clientsync-0000000000000001.aside", ".clientsync-0000000000000002.aside",
                                            ".clientsync-0000000000000003.tmp"};
    sandbox.write(names[0], "mended");
    sandbox.write(names[1], "the old report");
    sandbox.write(names[2], "half a rep");
    std::atomic<int> shown = 0;
    const auto sweep = [&] {
      with_refused(refusals, [&] {
        const Directory inbox(sandbox.inbox());
        for (const Stray& stray : remove_strays(inbox, names, only("the old report"), limit)) {
          const auto name = show(inbox, stray);
          if (name && *name != "recovered-1.csv") shown = 100;
          if (name) ++shown;
        }
      });
    };
    std::vector<std::thread> daemons;
    for (int n = 0; n < 3; ++n) daemons.emplace_back(sweep);
    for (std::thread& daemon : daemons) daemon.join();
    // Whoever held a lock that another daemon found left the rest to the next sweep.
    sweep();
    REQUIRE(sandbox.names() == Names{"recovered-1.csv"});
    REQUIRE(fs::hard_link_count(sandbox.inbox() / "recovered-1.csv") == 1);
    REQUIRE(sandbox.read("recovered-1.csv") == "mended");
    REQUIRE(shown >= 1);
    REQUIRE(shown <= (flags ? 1 : 3));
  }
}

TEST_CASE("a file that a dead daemon has half shown again gets that one name") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  const std::string stray = ".clientsync-0000000000000001.aside";
  CHECK(show(inbox, unknown(stray)) == std::nullopt);
  sandbox.write(stray, "mended");
  sandbox.write("recovered-1.csv", "another file");
  fs::create_hard_link(sandbox.inbox() / stray, sandbox.inbox() / "recovered-2.csv");
  CHECK(show(inbox, unknown(stray)) == "recovered-2.csv");
  CHECK(sandbox.names() == Names{"recovered-1.csv", "recovered-2.csv"});
}

TEST_CASE("another account's temporary files are left alone, since its daemon may live") {
  if (geteuid() != 0) return;
  const Sandbox sandbox;
  fs::permissions(sandbox.inbox(), fs::perms(0777));
  const std::vector<std::string> names = {".clientsync-0000000000000001.tmp", ".clientsync-0000000000000001.aside",
                                          ".clientsync-0000000000000002.aside"};
  for (const std::string& name : names) {
    sandbox.write(name, "theirs");
    fs::permissions(sandbox.inbox() / name, fs::perms(0600));
  }
  as_nobody([&] {
    // The last one has no owner any more, only bytes that nobody knows.
    CHECK(remove_strays(Directory(sandbox.inbox()), names, everything, limit) == std::vector{unknown(names[2])});
  });
  CHECK(sandbox.names() == Names(names.begin(), names.end()));
}
