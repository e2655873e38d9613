#include "daemon/inbox/ownership.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using clientsync::testing::as_nobody;
using clientsync::testing::Sandbox;
using clientsync::testing::with_refused;
using State = MarkSight::State;

namespace {

const Mark ours{"0b5c9f4e-0000-4000-8000-000000000001", "main"};
const std::string our_text = "ledger: 0b5c9f4e-0000-4000-8000-000000000001\ninbox: main\n";

State state_of(const Sandbox& sandbox, const std::string& text) {
  sandbox.write(".clientsync", text);
  return look_at_mark(Directory(sandbox.inbox()), ours).state;
}

}  // namespace

TEST_CASE("an inbox without a mark gets one, of two plain lines, and nothing else", "[mark]") {
  const Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  CHECK(look_at_mark(directory, ours).state == State::absent);
  CHECK(sandbox.names().empty());
  CHECK(claim_inbox(directory, ours).state == State::ours);
  CHECK(sandbox.read(".clientsync") == our_text);
  CHECK(look_at_mark(directory, ours).state == State::ours);
  CHECK(sandbox.names() == std::set<std::string>{".clientsync"});
}

TEST_CASE("a mark can be read by everybody, whatever the umask", "[mark]") {
  const Sandbox sandbox;
  const mode_t before = umask(0777);
  (void)claim_inbox(Directory(sandbox.inbox()), ours);
  umask(before);
  struct stat status {};
  REQUIRE(stat((sandbox.inbox() / ".clientsync").c_str(), &status) == 0);
  CHECK((status.st_mode & 0444U) == 0444U);
}

TEST_CASE("a mark of ours is left as it is", "[mark]") {
  const Sandbox sandbox;
  const std::string with_more = our_text + "since: 2026-11-23\n";
  sandbox.write(".clientsync", with_more);
  CHECK(claim_inbox(Directory(sandbox.inbox()), ours).state == State::ours);
  CHECK(sandbox.read(".clientsync") == with_more);
}

TEST_CASE("a mark that names another ledger or another inbox is foreign, and says whose it is", "[mark]") {
  const Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  const Mark other = GENERATE(Mark{"another", "main"}, Mark{ours.ledger, "other"});
  put_mark(directory, other);
  const auto before = sandbox.read(".clientsync");
  const MarkSight sight = claim_inbox(directory, ours);
  CHECK(sight.state == State::foreign);
  CHECK(sight.found == "ledger " + other.ledger + ", inbox " + other.inbox);
  CHECK(sandbox.read(".clientsync") == before);
}

TEST_CASE("what says less than a mark is damaged, and what says other than ours is foreign", "[mark]") {
  const Sandbox sandbox;
  const std::string ledger = "ledger: " + ours.ledger + "\n", inbox = "inbox: main\n";
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("garbage"), ledger, inbox,
        our_text.substr(0, our_text.size() - 1), ledger + "inbox:main\n", ledger + "Inbox: main\n", " " + our_text,
        "x " + ledger + inbox, std::string("\xEF\xBB\xBF") + our_text, our_text + std::string(5000, '\n')}) {
    CAPTURE(text);
    CHECK(state_of(sandbox, text) == State::damaged);
  }
  CHECK(state_of(sandbox, ledger + "inbox: main \n") == State::foreign);
  CHECK(state_of(sandbox, our_text + "inbox: other\n") == State::foreign);
  CHECK(state_of(sandbox, inbox + ledger) == State::ours);
}

TEST_CASE("a damaged mark is restored", "[mark]") {
  const Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  const std::string damage =
      GENERATE(std::string(), std::string("x\n"), our_text.substr(0, 20), std::string(4096, 'x'));
  sandbox.write(".clientsync", damage);
  const MarkSight seen = look_at_mark(directory, ours);
  CHECK(seen.state == State::damaged);
  CHECK(seen.found == "a file that is not a mark");
  const MarkSight claimed = claim_inbox(directory, ours);
  CHECK(claimed.state == State::ours);
  CHECK(claimed.restored);
  CHECK_FALSE(claimed.unmarked);
  CHECK(claimed.found == seen.found);
  CHECK(sandbox.read(".clientsync") == our_text);
  CHECK_FALSE(claim_inbox(directory, ours).restored);
  CHECK(sandbox.names() == std::set<std::string>{".clientsync"});
}

TEST_CASE("what cannot be replaced by a mark stops nothing, and is neither followed nor replaced", "[mark]") {
  const Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  const auto place = sandbox.inbox() / ".clientsync";
  const auto target = sandbox.elsewhere() / "target";
  put_mark(Directory(sandbox.elsewhere()), {"another", "main"});
  std::filesystem::rename(sandbox.elsewhere() / ".clientsync", target);
  SECTION("a link") {
    std::filesystem::create_symlink(target, place);
  }
  SECTION("a link to nothing") {
    std::filesystem::create_symlink("nothing", place);
  }
  SECTION("a directory") {
    std::filesystem::create_directory(place);
  }
  SECTION("a FIFO") {
    REQUIRE(mkfifo(place.c_str(), 0600) == 0);
  }
  SECTION("a second hard link") {
    std::filesystem::create_hard_link(target, place);
  }
  SECTION("a large file") {
    sandbox.write(".clientsync", std::string(4097, 'x'));
  }
  struct stat before {
  }, after{};
  REQUIRE(lstat(place.c_str(), &before) == 0);
  const MarkSight seen = look_at_mark(directory, ours);
  CHECK(seen.state == State::damaged);
  CHECK_FALSE(seen.found.empty());
  const MarkSight claimed = claim_inbox(directory, ours);
  CHECK(claimed.state == State::ours);
  CHECK(claimed.unmarked);
  CHECK_FALSE(claimed.restored);
  CHECK(claimed.found == seen.found);
  CHECK_THROWS_WITH(put_mark(directory, ours), Catch::EndsWith("/.clientsync is not a clientsync mark; move it away"));
  REQUIRE(lstat(place.c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(sandbox.names() == std::set<std::string>{".clientsync"});
}

TEST_CASE("a file that cannot be replaced or read stops nothing", "[mark]") {
  if (geteuid() != 0) return;
  const Sandbox sandbox;
  std::filesystem::permissions(sandbox.inbox(), std::filesystem::perms(01777));
  sandbox.write(".clientsync", "rubbish");
  if (GENERATE(true, false)) std::filesystem::permissions(sandbox.inbox() / ".clientsync", std::filesystem::perms(0));
  as_nobody([&] {
    const MarkSight claimed = claim_inbox(Directory(sandbox.inbox()), ours);
    CHECK(claimed.state == State::ours);
    CHECK(claimed.unmarked);
  });
  CHECK(sandbox.read(".clientsync") == "rubbish");
}

TEST_CASE("adopting replaces any file of a mark's size", "[mark]") {
  const Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  SECTION("no mark") {}
  SECTION("another's") {
    put_mark(directory, {"another", "other"});
  }
  SECTION("garbage") {
    sandbox.write(".clientsync", "garbage");
  }
  put_mark(directory, ours);
  CHECK(look_at_mark(directory, ours).state == State::ours);
  CHECK(sandbox.names() == std::set<std::string>{".clientsync"});
}

TEST_CASE("an inbox that can't be written is a fault of the environment", "[mark]") {
  const Sandbox sandbox;
  REQUIRE(chmod(sandbox.inbox().c_str(), 0555) == 0);
  as_nobody([&] {
    try {
      (void)claim_inbox(Directory(sandbox.inbox()), ours);
      FAIL("no error was thrown");
    } catch (const std::system_error& error) {
      CHECK(error.code().value() == EACCES);
      CHECK(std::string(error.what()).find(sandbox.inbox().string()) != std::string::npos);
    }
  });
  REQUIRE(chmod(sandbox.inbox().c_str(), 0755) == 0);
}

TEST_CASE("a file system without exclusive renames has marks too", "[mark]") {
  const Sandbox sandbox;
  with_refused({{SYS_renameat2, EINVAL}}, [&] {
    const Directory directory(sandbox.inbox());
    CHECK(claim_inbox(directory, ours).state == State::ours);
    put_mark(directory, {"another", "main"});
    CHECK(claim_inbox(directory, ours).state == State::foreign);
  });
  CHECK(sandbox.read(".clientsync") == "ledger: another\ninbox: main\n");
  CHECK(sandbox.names() == std::set<std::string>{".clientsync"});
}

TEST_CASE("of many ledgers that claim an inbox at once, one gets it", "[mark]") {
  constexpr int rounds = 50, claimants = 4;
  const bool damaged = GENERATE(false, true);
  const auto mark_of = [](int n) { return Mark{"ledger" + std::to_string(n), "main"}; };
  for (int round = 0; round < rounds; ++round) {
    const Sandbox sandbox;
    if (damaged) sandbox.write(".clientsync", "rubbish");
    std::atomic<int> winners = 0;
    std::vector<std::thread> threads;
    for (int n = 0; n < claimants; ++n) {
      threads.emplace_back([&, n] {
        const MarkSight sight = claim_inbox(Directory(sandbox.inbox()), mark_of(n));
        if (sight.state == State::ours) ++winners;
      });
    }
    for (std::thread& thread : threads) thread.join();
    // Over a damaged mark, one may believe for a moment that it has won; the next look tells.
    REQUIRE(winners >= 1);
    if (!damaged) REQUIRE(winners == 1);
    int owners = 0;
    for (int n = 0; n < claimants; ++n) {
      if (claim_inbox(Directory(sandbox.inbox()), mark_of(n)).state == State::ours) ++owners;
    }
    REQUIRE(owners == 1);
  }
}
