#include "daemon/inbox/watcher.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "daemon/files/temporary.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using namespace std::chrono_literals;
using clientsync::testing::Sandbox;

namespace fs = std::filesystem;

namespace {

using Kind = WatchEvent::Kind;
using Told = std::vector<std::pair<Kind, std::string>>;

/// An inbox that is watched under the number 7.
struct Watched {
  Told events() {
    told.clear();
    context.restart();
    context.run_for(50ms);
    return told;
  }

  Sandbox sandbox;
  Directory directory{sandbox.inbox()};
  boost::asio::io_context context;
  Told told;
  Watcher watcher{context, [this](const WatchEvent& event) {
                    CHECK((event.directory == 7 || event.kind == Kind::overflow));
                    told.emplace_back(event.kind, event.name);
                  }};
  bool watching = watcher.watch(7, directory);
};

}  // namespace

TEST_CASE("what happens to a file in a watched directory is told by its name") {
  Watched inbox;
  REQUIRE(inbox.watching);
  inbox.sandbox.write("a.csv", "x");
  CHECK(inbox.events() == Told{{Kind::appeared, "a.csv"}, {Kind::modified, "a.csv"}, {Kind::closed, "a.csv"}});
  inbox.sandbox.save("a.csv", "y");
  CHECK(inbox.events() == Told{{Kind::renamed_in, "a.csv"}});
  fs::rename(inbox.sandbox.inbox() / "a.csv", inbox.sandbox.elsewhere() / "a.csv");
  CHECK(inbox.events() == Told{{Kind::removed, "a.csv"}});
  inbox.watcher.forget(7);
  inbox.sandbox.write("a.csv", "x");
  CHECK(inbox.events().empty());
}

TEST_CASE("temporary files are not told, and a report that was put in its place is not a file renamed in") {
  Watched inbox;
  const Temporary temporary(inbox.directory);
  CHECK(inbox.events().empty());
  fs::rename(inbox.sandbox.inbox() / temporary.name, inbox.sandbox.inbox() / "a.errors.csv");
  CHECK(inbox.events() == Told{{Kind::placed, "a.errors.csv"}});
}

TEST_CASE("a report that is exchanged for a newer one, or taken aside, was not removed") {
  Watched inbox;
  const Temporary temporary(inbox.directory);
  inbox.sandbox.write("a.errors.csv", "x");
  static_cast<void>(inbox.events());
  const int fd = inbox.directory.fd();
  REQUIRE(::renameat2(fd, temporary.name.c_str(), fd, "a.errors.csv", RENAME_EXCHANGE) == 0);
  CHECK(inbox.events() == Told{{Kind::placed, "a.errors.csv"}, {Kind::placed, "a.errors.csv"}});
  fs::rename(inbox.sandbox.inbox() / "a.errors.csv", inbox.sandbox.inbox() / temporary.name);
  CHECK(inbox.events() == Told{{Kind::placed, "a.errors.csv"}});
}

TEST_CASE("a file that is renamed in the directory is told under both names") {
  Watched inbox;
  inbox.sandbox.write("a.part", "x");
  static_cast<void>(inbox.events());
  fs::rename(inbox.sandbox.inbox() / "a.part", inbox.sandbox.inbox() / "a.csv");
  CHECK(inbox.events() == Told{{Kind::removed, "a.part"}, {Kind::renamed_in, "a.csv"}});
}

TEST_CASE("a directory that is moved is lost, and can be watched again") {
  Watched inbox;
  const auto moved = inbox.sandbox.elsewhere() / "moved";
  fs::rename(inbox.sandbox.inbox(), moved);
  CHECK(inbox.events() == Told{{Kind::lost, ""}});
  std::ofstream(moved / "a.csv") << "x";
  CHECK(inbox.events().empty());
  REQUIRE(inbox.watcher.watch(7, inbox.directory));
  fs::remove(moved / "a.csv");
  CHECK(inbox.events() == Told{{Kind::removed, "a.csv"}});
}

TEST_CASE("a directory has one number") {
  Watched inbox;
  CHECK_FALSE(inbox.watcher.watch(8, inbox.directory));
  CHECK(inbox.watcher.watch(7, inbox.directory));
  inbox.watcher.stop();
  CHECK_FALSE(inbox.watcher.watch(7, inbox.directory));
}

TEST_CASE("several threads may add and remove watches while events are read") {
  constexpr std::uint64_t threads = 4;
  constexpr int rounds = 200;
  boost::asio::io_context context;
  auto guard = boost::asio::make_work_guard(context);
  std::map<std::uint64_t, std::atomic<int>> told;
  for (std::uint64_t number = 0; number < threads; ++number) told[number] = 0;
  Watcher watcher(context, [&](const WatchEvent& event) { ++told.at(event.directory); });
  std::thread reader([&] { context.run(); });
  std::vector<std::thread> workers;
  std::atomic<int> missed = 0;
  for (std::uint64_t number = 0; number < threads; ++number) {
    workers.emplace_back([&, number] {
      const Sandbox sandbox;
      const Directory directory(sandbox.inbox());
      for (int round = 0; round < rounds; ++round) {
        if (!watcher.watch(number, directory)) ++missed;
        const int before = told.at(number);
        sandbox.save("a.csv", "x");
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (told.at(number) == before && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        if (told.at(number) == before) ++missed;
        watcher.forget(number);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  guard.reset();
  context.stop();
  reader.join();
  CHECK(missed == 0);
}
