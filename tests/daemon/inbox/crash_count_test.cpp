#include "daemon/inbox/crash_count.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;

namespace {

/// The file's stamp, the file made where it is not there yet.
Stamp stamp_in(const Directory& directory, const std::string& name) {
  if (!directory.look(name)) std::ofstream(directory.path() / name) << name;
  return directory.look(name).value().stamp;
}

/// A daemon that takes the file in hand and dies.
void die_with(const Directory& directory, const std::string& name) {
  const Stamp of = stamp_in(directory, name);
  const pid_t child = ::fork();
  if (child == 0) {
    InHand notes(directory);
    notes.begin(name, of);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

unsigned deaths(const Directory& directory, const std::string& name) {
  return InHand(directory).deaths(name, stamp_in(directory, name));
}

}  // namespace

TEST_CASE("each death with a file in hand is counted, for that very file alone") {
  const testing::Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  CHECK(deaths(directory, "a b.csv") == 0);
  die_with(directory, "a b.csv");
  die_with(directory, "a b.csv");
  CHECK(deaths(directory, "a b.csv") == 2);
  die_with(directory, "other.csv");
  CHECK(deaths(directory, "a b.csv") == 2);
  CHECK(deaths(directory, "other.csv") == 1);
  std::ofstream(directory.path() / "a b.csv") << "saved again";
  CHECK(deaths(directory, "a b.csv") == 0);
}

TEST_CASE("a file whose work ended starts from nothing, and empty notes are not left behind") {
  const testing::Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  die_with(directory, "a.csv");
  {
    InHand notes(directory);
    notes.begin("a.csv", stamp_in(directory, "a.csv"));
    notes.end();
  }
  CHECK(deaths(directory, "a.csv") == 0);
  CHECK(directory.list().size() == 1);
}

TEST_CASE("the deaths of a file that is gone or was saved again are forgotten") {
  const testing::Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  die_with(directory, "a.csv");
  std::filesystem::remove(sandbox.inbox() / "a.csv");
  { const InHand notes(directory); }
  CHECK(directory.list().empty());
}

TEST_CASE("two daemons on one inbox keep notes of their own") {
  const testing::Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  const Stamp stamp = stamp_in(directory, "a.csv");
  InHand first(directory);
  first.begin("a.csv", stamp);
  InHand second(directory);
  CHECK(second.deaths("a.csv", stamp) == 0);
  second.begin("b.csv", stamp);
  second.end();
  first.end();
}

TEST_CASE("notes that are garbage, a link or a directory stop nobody") {
  const testing::Sandbox sandbox;
  const Directory directory(sandbox.inbox());
  std::ofstream(sandbox.inbox() / ".clientsync.in-hand") << "3\n\xff rubbish in-hand\nin-hand";
  CHECK(deaths(directory, "a.csv") == 0);
  std::filesystem::remove_all(sandbox.inbox() / ".clientsync.in-hand");
  std::filesystem::create_symlink("/etc/passwd", sandbox.inbox() / ".clientsync.in-hand");
  die_with(directory, "a.csv");
  CHECK(deaths(directory, "a.csv") == 1);
}
