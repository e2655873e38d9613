#include "daemon/inbox/crash_count.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using clientsync::testing::as_nobody;
using clientsync::testing::Sandbox;
using clientsync::testing::with_refused;

namespace fs = std::filesystem;

namespace {

constexpr Stamp stamp{.device = 1, .inode = 2, .size = 3, .mtime = 4};

fs::path state_of(const Sandbox& sandbox) {
  return sandbox.elsewhere() / "state";
}

std::size_t files_in(const fs::path& state) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(state / "in-hand"), fs::directory_iterator()));
}

/// A service that takes the file in hand, does something with it, and dies.
void die_with(const fs::path& state, const std::string& name, const Stamp& of = stamp,
              void (*work)(CrashCount::InHand&) = nullptr) {
  const pid_t child = ::fork();
  if (child == 0) {
    const CrashCount count(state);
    auto in_hand = count.take("main", name, of);
    if (work != nullptr) work(in_hand);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

unsigned deaths(const fs::path& state, const std::string& name, const Stamp& of = stamp) {
  return CrashCount(state).take("main", name, of).deaths();
}

}  // namespace

TEST_CASE("each death with a file in hand is counted, for that very file alone") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  CHECK(deaths(state, "a.csv") == 0);
  for (unsigned died = 1; died <= max_deaths; ++died) {
    die_with(state, "a.csv");
    CHECK(deaths(state, "a.csv") == died);
    CHECK(deaths(state, "a.csv") == died);  // having had it in hand is no death
  }
  CHECK(deaths(state, "b.csv") == 0);
  CHECK(CrashCount(state).take("other", "a.csv", stamp).deaths() == 0);
  CHECK(CrashCount(state).take("maina", ".csv", stamp).deaths() == 0);
  Stamp saved_again = stamp;
  ++saved_again.mtime;
  CHECK(deaths(state, "a.csv", saved_again) == 0);
}

TEST_CASE("a file may be taken again and again, and a death in between counts, and so does each one before") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  die_with(state, "a.csv");
  const pid_t child = ::fork();
  if (child == 0) {
    const CrashCount count(state);
    { const auto reading = count.take("main", "a.csv", stamp); }
    const auto judging = count.take("main", "a.csv", stamp);
    ::_exit(judging.deaths() == 1 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(deaths(state, "a.csv") == 2);
}

TEST_CASE("a file that was dealt with starts from nothing, and nothing is left of it") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  { const auto in_hand = CrashCount(state).take("main", "a.csv", stamp); }
  CHECK(files_in(state) == 0);
  die_with(state, "a.csv");
  CHECK(files_in(state) == 1);
  CrashCount(state).forget("main", "a.csv", stamp);
  CHECK(files_in(state) == 0);
  CHECK(deaths(state, "a.csv") == 0);
  CrashCount(state).forget("main", "a.csv", stamp);
}

TEST_CASE("a death is not counted while the file is put down") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  die_with(state, "a.csv", stamp, [](CrashCount::InHand& in_hand) { in_hand.put_down(); });
  CHECK(deaths(state, "a.csv") == 0);
  die_with(state, "a.csv", stamp, [](CrashCount::InHand& in_hand) {
    in_hand.put_down();
    in_hand.take_up();
  });
  CHECK(deaths(state, "a.csv") == 1);
  CHECK(files_in(state) == 1);
}

TEST_CASE("the deaths with a file that a living service has put down are known to others") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  for (unsigned died = 0; died < max_deaths; ++died) die_with(state, "a.csv");
  const CrashCount first(state), second(state);
  auto in_hand = first.take("main", "a.csv", stamp);
  in_hand.put_down();
  CHECK(second.take("main", "a.csv", stamp).deaths() == max_deaths);
  in_hand.take_up();
  CHECK(second.take("main", "a.csv", stamp).deaths() == 0);
}

TEST_CASE("what a living service has in hand is not counted by another one") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  die_with(state, "a.csv");
  const CrashCount first(state), second(state);
  {
    const auto in_hand = first.take("main", "a.csv", stamp);
    CHECK(in_hand.deaths() == 1);
    CHECK(second.take("main", "a.csv", stamp).deaths() == 0);
    die_with(state, "a.csv");
    CHECK(second.take("main", "b.csv", stamp).deaths() == 0);
  }
  CHECK(second.take("main", "a.csv", stamp).deaths() == 1);
}

TEST_CASE("who takes a file in hand may pass it on") {
  const Sandbox sandbox;
  const CrashCount count(state_of(sandbox));
  std::optional<CrashCount::InHand> kept;
  {
    auto taken = count.take("main", "a.csv", stamp);
    kept.emplace(std::move(taken));
  }
  CHECK(files_in(state_of(sandbox)) == 1);
  kept.reset();
  CHECK(files_in(state_of(sandbox)) == 0);
}

TEST_CASE("only the service itself can look into its state") {
  const Sandbox sandbox;
  const mode_t before = umask(0);
  const CrashCount count(state_of(sandbox));
  umask(before);
  CHECK(fs::status(state_of(sandbox)).permissions() == fs::perms(0700));
  CHECK(fs::status(state_of(sandbox) / "in-hand").permissions() == fs::perms(0700));
}

TEST_CASE("what has not changed for 30 days is removed") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  die_with(state, "a.csv");
  const fs::path file = fs::directory_iterator(state / "in-hand")->path();
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(24 * 30 - 1));
  CHECK(deaths(state, "b.csv") == 0);
  CHECK(files_in(state) == 1);
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(24 * 30 + 1));
  CHECK(deaths(state, "b.csv") == 0);
  CHECK(files_in(state) == 0);
}

TEST_CASE("without a place to write to, work goes on and nothing is counted") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  SECTION("an unwritable directory") {
    { const CrashCount made(state); }
    fs::permissions(state / "in-hand", fs::perms(0555));
    fs::permissions(state, fs::perms(0755));
  }
  SECTION("a directory that cannot be made") {
    fs::create_directory(state);
    fs::permissions(state, fs::perms(0555));
  }
  SECTION("a file in its place") {
    std::ofstream{state} << "x";
  }
  SECTION("a missing parent") {
    fs::remove(sandbox.elsewhere());
  }
  as_nobody([&] {
    const CrashCount count(state);
    const auto in_hand = count.take("main", "a.csv", stamp);
    CHECK(in_hand.deaths() == 0);
    CHECK(count.take("main", "a.csv", stamp).deaths() == 0);
    count.forget("main", "a.csv", stamp);
  });
}

TEST_CASE("a count that cannot be opened or written any more stops nobody") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  die_with(state, "a.csv");
  const CrashCount count(state);
  with_refused({{.call = SYS_openat, .error = EMFILE}},
               [&] { CHECK(count.take("main", "a.csv", stamp).deaths() == 0); });
  with_refused({{.call = SYS_ftruncate, .error = ENOSPC}},
               [&] { CHECK(count.take("main", "a.csv", stamp).deaths() == 1); });
  fs::remove_all(state);
  CHECK(count.take("main", "a.csv", stamp).deaths() == 0);
  count.forget("main", "a.csv", stamp);
}

TEST_CASE("whoever asks how often the service died with a file changes nothing") {
  const Sandbox sandbox;
  const fs::path state = state_of(sandbox);
  CHECK(count_deaths(state, "main", "a.csv", stamp) == 0);
  CHECK_FALSE(fs::exists(state));
  die_with(state, "a.csv");
  die_with(state, "a.csv");
  CHECK(count_deaths(state, "main", "a.csv", stamp) == 2);
  CHECK(count_deaths(state, "main", "b.csv", stamp) == 0);
  CHECK(deaths(state, "a.csv") == 2);
}
