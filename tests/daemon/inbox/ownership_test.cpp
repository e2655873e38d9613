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

TEST_CASE("what says less or other than a mark is foreign", "[mark]") {
  const Sandbox sandbox;
  const std::string ledger = "ledger: " + ours.ledger + "\n", inbox = "inbox: main\n";
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("garbage"), ledger, inbox,
        our_text.substr(0, our_text.size() - 1), ledger + "inbox: main \n", ledger + "inbox:main\n",
        ledger + "Inbox: main\n", " " + our_text, "x " + ledger + inbox, std::string("\xEF\xBB\xBF") + our_text,
        our_text + std::string(5000, '\n'), our_text + "inbox: other\n"}) {
    CAPTURE(text);
    CHECK(state_of(sandbox, text) == State::foreign);
  }
  CHECK(state_of(sandbox, inbox + ledger) == State::ours);
}

TEST_CASE("what is no plain file in the mark's place is foreign, and is neither followed nor replaced", "[mark]") {
  const Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  const auto place = sandbox.inbox() / ".clientsync";
  const auto target = sandbox.elsewhere() / "target";
  put_mark(Directory(sandbox.elsewhere()), ours);
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
  struct stat before {
  }, after{};
  REQUIRE(lstat(place.c_str(), &before) == 0);
  const MarkSight sight = claim_inbox(directory, ours);
  CHECK(sight.state == State::foreign);
  CHECK_FALSE(sight.found.empty());
  CHECK_THROWS_AS(put_mark(directory, ours), std::system_error);
  REQUIRE(lstat(place.c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(sandbox.names() == std::set<std::string>{".clientsync"});
}

TEST_CASE("adopting replaces a mark or what is none", "[mark]") {
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

TEST_CASE("a large file in the mark's place is not ours to replace", "[mark]") {
  const Sandbox sandbox;
  const std::string large(100'000, 'x');
  sandbox.write(".clientsync", large);
  CHECK_THROWS_AS(put_mark(Directory(sandbox.inbox()), ours), std::system_error);
  CHECK(sandbox.read(".clientsync") == large);
}

TEST_CASE("an inbox that can't be written or whose mark can't be read is a fault of the environment", "[mark]") {
  const Sandbox sandbox;
  SECTION("not writable") {
    REQUIRE(chmod(sandbox.inbox().c_str(), 0555) == 0);
  }
  SECTION("not readable") {
    sandbox.write(".clientsync", our_text);
    REQUIRE(chmod((sandbox.inbox() / ".clientsync").c_str(), 0) == 0);
  }
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
  for (int round = 0; round < rounds; ++round) {
    const Sandbox sandbox;
    std::atomic<int> winners = 0, losers = 0;
    std::vector<std::thread> threads;
    for (int n = 0; n < claimants; ++n) {
      threads.emplace_back([&, n] {
        const MarkSight sight = claim_inbox(Directory(sandbox.inbox()), {"ledger" + std::to_string(n), "main"});
        ++(sight.state == State::ours ? winners : losers);
      });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(winners == 1);
    REQUIRE(losers == claimants - 1);
  }
}
