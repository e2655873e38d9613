#include "daemon/files/directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <map>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using clientsync::testing::Sandbox;
using clientsync::testing::with_refused;

namespace fs = std::filesystem;

namespace {

std::map<std::string, Entry> listing(const Directory& directory) {
  std::map<std::string, Entry> entries;
  for (const Entry& entry : directory.list()) entries.emplace(entry.name, entry);
  return entries;
}

std::size_t open_files() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

void set_mtime(const fs::path& path, std::int64_t seconds, long nanoseconds) {
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("a directory says how long its names may be") {
  const Sandbox sandbox;
  const std::size_t longest = Directory(sandbox.inbox()).longest_name();
  sandbox.write(std::string(longest, 'x'), "");
  const std::string longer = (sandbox.inbox() / std::string(longest + 1, 'x')).string();
  CHECK(::open(longer.c_str(), O_CREAT | O_WRONLY, 0600) == -1);
  CHECK(errno == ENAMETOOLONG);
}

TEST_CASE("a listing has every kind of entry, without following") {
  const Sandbox sandbox;
  sandbox.write("file", "12345");
  fs::create_hard_link(sandbox.inbox() / "file", sandbox.inbox() / "second");
  fs::create_directory(sandbox.inbox() / "directory");
  fs::create_symlink("file", sandbox.inbox() / "link");
  REQUIRE(mkfifo((sandbox.inbox() / "pipe").c_str(), 0666) == 0);
  const Directory inbox(sandbox.inbox());
  const auto entries = listing(inbox);
  CHECK(entries.size() == 5);
  CHECK(entries.at("file").type == FileType::regular);
  CHECK(entries.at("file").links == 2);
  CHECK(entries.at("file").stamp == entries.at("second").stamp);
  CHECK(entries.at("directory").type == FileType::directory);
  CHECK(entries.at("link").type == FileType::link);
  CHECK(entries.at("pipe").type == FileType::other);
  CHECK(inbox.look("link")->type == FileType::link);
  CHECK(inbox.look("missing") == std::nullopt);
}

TEST_CASE("a look at some names finds what a listing would") {
  const Sandbox sandbox;
  for (const char* name : {"a", "b", "c"}) sandbox.write(name, name);
  const Directory inbox(sandbox.inbox());
  const auto find = [&](const std::vector<std::string>& names) { return inbox.find(names); };
  const auto found = find({"a", "missing", "c", std::string(300, 'x')});
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "a");
  CHECK(found[1].stamp == listing(inbox).at("c").stamp);
  with_refused({{.call = SYS_newfstatat, .error = EIO}}, [&] {
    const auto unseen = find({"a"});
    REQUIRE(unseen.size() == 1);
    CHECK(unseen[0].type == FileType::other);
    CHECK(unseen[0].stamp == Stamp{});
  });
  with_refused({{.call = SYS_newfstatat, .error = EACCES}}, [&] { CHECK_THROWS_AS(find({"a"}), std::system_error); });
}

TEST_CASE("one listing holds no more files open than another, and two threads may list at once") {
  const Sandbox sandbox;
  for (int i = 0; i < 500; ++i) sandbox.write(std::to_string(i), "");
  const Directory inbox(sandbox.inbox());
  const std::size_t before = open_files();
  std::atomic<int> wrong = 0;
  const auto list = [&] {
    for (int i = 0; i < 50; ++i) wrong += inbox.list().size() == 500 ? 0 : 1;
  };
  std::thread other(list);
  list();
  other.join();
  CHECK(wrong == 0);
  CHECK(open_files() == before);
  with_refused({{.call = SYS_newfstatat, .error = EIO}}, [&] { CHECK_THROWS_AS(inbox.list(), std::system_error); });
}

TEST_CASE("files may be dated before the epoch and beyond the year 2262") {
  const Sandbox sandbox;
  sandbox.write("old", "");
  sandbox.write("new", "");
  set_mtime(sandbox.inbox() / "old", -2, 500'000'000);
  set_mtime(sandbox.inbox() / "new", 13'569'465'600, 0);
  const Directory inbox(sandbox.inbox());
  CHECK(inbox.look("old")->stamp.mtime == -1'500'000'000);
  CHECK(inbox.look("old")->stamp.mtime_seconds() == -2);
  const Stamp first = inbox.look("new")->stamp;
  set_mtime(sandbox.inbox() / "new", 13'569'465'601, 0);
  CHECK(inbox.look("new")->stamp != first);
}

TEST_CASE("a directory that was renamed, removed or replaced is not in place") {
  const Sandbox sandbox;
  const fs::path path = sandbox.inbox();
  const Directory inbox(path);
  CHECK(inbox.in_place());
  fs::rename(path, sandbox.elsewhere() / "moved");
  CHECK_FALSE(inbox.in_place());
  fs::create_directory(path);
  CHECK_FALSE(inbox.in_place());
  CHECK(Directory(path).in_place());
  fs::remove(path);
  fs::rename(sandbox.elsewhere() / "moved", path);
  CHECK(inbox.in_place());
}

TEST_CASE("local file systems are not remote") {
  const Sandbox sandbox;
  CHECK_FALSE(is_remote(Directory(sandbox.inbox())));
  CHECK_FALSE(is_remote(Directory("/proc")));
}
