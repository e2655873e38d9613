#include "daemon/files/read_file.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using namespace std::string_literals;
using clientsync::testing::as_nobody;
using clientsync::testing::Sandbox;
using clientsync::testing::with_refused;

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t limit = 1000;

/// The fault of reading `name`, or nullopt if it was read.
std::optional<ReadFault> fault_of(const Sandbox& sandbox, const std::string& name) {
  const Directory inbox(sandbox.inbox());
  const auto file = read_file(inbox, name, limit);
  return file ? std::nullopt : std::optional(file.error());
}

void make_socket(const fs::path& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  const FileDescriptor closed_later(fd);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("a file is read whole, with its stamp and mode") {
  const Sandbox sandbox;
  sandbox.write("clients.csv", "a,b\r\n1,2\0"s.substr(0, 9));
  fs::permissions(sandbox.inbox() / "clients.csv", fs::perms(0640));
  const Directory inbox(sandbox.inbox());
  const auto file = read_file(inbox, "clients.csv", limit);
  REQUIRE(file.has_value());
  CHECK(file->bytes == "a,b\r\n1,2\0"s.substr(0, 9));
  CHECK_FALSE(file->over_limit);
  CHECK(file->mode == 0640);
  CHECK(file->stamp == inbox.look("clients.csv")->stamp);
  CHECK(file->stamp == inbox.list().front().stamp);
  CHECK(file->stamp.size == 9);
}

TEST_CASE("only the head of a file over the limit is read") {
  const Sandbox sandbox;
  sandbox.write("at.csv", std::string(limit, 'x'));
  sandbox.write("over.csv", std::string(limit + 1, 'y'));
  sandbox.write("empty.csv", "");
  const Directory inbox(sandbox.inbox());
  const auto at = read_file(inbox, "at.csv", limit);
  REQUIRE(at.has_value());
  CHECK(at->bytes.size() == limit);
  CHECK_FALSE(at->over_limit);
  const auto over = read_file(inbox, "over.csv", limit, 10);
  REQUIRE(over.has_value());
  CHECK(over->bytes == std::string(10, 'y'));
  CHECK(over->over_limit);
  CHECK(over->stamp.size == limit + 1);
  CHECK(read_file(inbox, "over.csv", 5, 4096)->bytes.size() == 5);
  const auto empty = read_file(inbox, "empty.csv", 0);
  REQUIRE(empty.has_value());
  CHECK(empty->bytes.empty());
  CHECK_FALSE(empty->over_limit);
}

TEST_CASE("a sparse file of a terabyte costs no more than its head") {
  const Sandbox sandbox;
  sandbox.write("huge.csv", "head");
  fs::resize_file(sandbox.inbox() / "huge.csv", std::uintmax_t{1} << 40);
  const auto file = read_file(Directory(sandbox.inbox()), "huge.csv", limit, 100);
  REQUIRE(file.has_value());
  CHECK(file->over_limit);
  CHECK(file->stamp.size == std::uint64_t{1} << 40);
  CHECK(file->bytes == "head" + std::string(96, '\0'));
}

TEST_CASE("only a regular file with one link is read, and opening never blocks") {
  const Sandbox sandbox;
  const fs::path inbox = sandbox.inbox();
  sandbox.write("file.csv", "secret");
  sandbox.write("linked.csv", "secret");
  fs::create_hard_link(inbox / "linked.csv", sandbox.elsewhere() / "other name");
  fs::create_symlink(inbox / "file.csv", inbox / "link.csv");
  fs::create_symlink("/nowhere/at/all", inbox / "dangling.csv");
  fs::create_symlink(sandbox.elsewhere(), inbox / "away");
  fs::create_directory(inbox / "directory.csv");
  REQUIRE(mkfifo((inbox / "pipe.csv").c_str(), 0666) == 0);
  make_socket(inbox / "socket.csv");

  const bool kernel_has_openat2 = GENERATE(true, false);
  const auto check = [&] {
    CHECK(fault_of(sandbox, "file.csv") == std::nullopt);
    CHECK(fault_of(sandbox, "linked.csv") == ReadFault::linked);
    for (const std::string name : {"link.csv", "dangling.csv", "away", "directory.csv", "pipe.csv", "socket.csv", ".",
                                   "..", "", "../inbox/file.csv", "away/secret", "/etc/passwd", "./file.csv"}) {
      INFO(name);
      CHECK(fault_of(sandbox, name) == ReadFault::not_a_file);
    }
    CHECK(fault_of(sandbox, "file.csv\0x"s) == ReadFault::not_a_file);
    CHECK(fault_of(sandbox, "missing.csv") == ReadFault::gone);
    CHECK(fault_of(sandbox, std::string(300, 'x')) == ReadFault::gone);
  };
  kernel_has_openat2 ? check() : with_refused({{.call = SYS_openat2, .error = ENOSYS}}, check);
}

TEST_CASE("a device is not opened") {
  const Sandbox sandbox;
  if (mknod((sandbox.inbox() / "device.csv").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0)
    return;  // only root may make it
  with_refused({{.call = SYS_openat2, .error = EIO}, {.call = SYS_read, .error = EIO}},
               [&] { CHECK(fault_of(sandbox, "device.csv") == ReadFault::not_a_file); });
}

TEST_CASE("a file without permission is unreadable, and a fault of the environment is thrown with the escaped name") {
  const Sandbox sandbox;
  sandbox.write("closed\n.csv", "x");
  fs::permissions(sandbox.inbox() / "closed\n.csv", fs::perms::none);
  as_nobody([&] { CHECK(fault_of(sandbox, "closed\n.csv") == ReadFault::unreadable); });
  fs::permissions(sandbox.inbox() / "closed\n.csv", fs::perms(0644));
  for (const long call : {SYS_openat2, SYS_read}) {
    with_refused({{.call = call, .error = call == SYS_read ? EIO : EMFILE}}, [&] {
      CHECK_THROWS_WITH(fault_of(sandbox, "closed\n.csv"), Catch::Contains("closed\\x0a.csv"));
      CHECK_THROWS_AS(fault_of(sandbox, "closed\n.csv"), std::system_error);
    });
  }
  CHECK_THROWS_WITH(Directory(sandbox.inbox() / "missing"), Catch::Contains("missing: No such file"));
}

TEST_CASE("a file under somebody's lease is settling, and nobody waits for it") {
  const Sandbox sandbox;
  sandbox.write("open.csv", "x");
  const auto before = std::signal(SIGIO, SIG_IGN);
  {
    const FileDescriptor holder(open((sandbox.inbox() / "open.csv").c_str(), O_RDWR | O_CLOEXEC));
    if (fcntl(holder.get(), F_SETLEASE, F_WRLCK) == 0) CHECK(fault_of(sandbox, "open.csv") == ReadFault::changed);
  }
  CHECK(fault_of(sandbox, "open.csv") == std::nullopt);
  std::signal(SIGIO, before);
}

TEST_CASE("nothing is used of a read during which the file changed") {
  const Sandbox sandbox;
  sandbox.write("growing.csv", std::string(4 << 20, 'x'));
  const Directory inbox(sandbox.inbox());
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    std::ofstream file(sandbox.inbox() / "growing.csv", std::ios::app);
    while (!stop) file << "yyyyyyyyyyyyyyyy" << std::flush;
  });
  bool changed = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!changed && std::chrono::steady_clock::now() < deadline) {
    const auto file = read_file(inbox, "growing.csv", std::uint64_t{1} << 40);
    changed = !file && file.error() == ReadFault::changed;
    if (file && file->bytes.size() != file->stamp.size) break;
  }
  stop = true;
  writer.join();
  CHECK(changed);
}

TEST_CASE("a name that is swapped between a file and a link never shows what the link points to") {
  const Sandbox sandbox;
  sandbox.write("a", "public");
  std::ofstream(sandbox.elsewhere() / "b") << "secret";
  const Directory inbox(sandbox.inbox());
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    while (!stop) {
      sandbox.save("clients.csv", "public");
      fs::create_symlink(sandbox.elsewhere() / "b", sandbox.elsewhere() / "link");
      fs::rename(sandbox.elsewhere() / "link", sandbox.inbox() / "clients.csv");
    }
  });
  std::size_t read = 0;
  std::size_t refused = 0;
  std::size_t wrong = 0;
  for (int i = 0; i < 20'000 || ((read == 0 || refused == 0) && i < 2'000'000); ++i) {
    const auto file = read_file(inbox, "clients.csv", limit);
    read += file ? 1U : 0U;
    refused += !file && file.error() == ReadFault::not_a_file ? 1U : 0U;
    wrong += file && file->bytes != "public" ? 1U : 0U;
  }
  stop = true;
  swapper.join();
  CHECK(read > 0);
  CHECK(refused > 0);
  CHECK(wrong == 0);
}

TEST_CASE("names are bytes") {
  const Sandbox sandbox;
  const std::set<std::string> names = {"new\nline.csv", "\x1b[31m.csv",        "-rf",        "\xff\xfe.csv",
                                       " .csv",         std::string(255, 'n'), "\u202E.csv", "\\"};
  for (const std::string& name : names) sandbox.write(name, name);
  const Directory inbox(sandbox.inbox());
  std::set<std::string> listed;
  for (const Entry& entry : inbox.list()) {
    listed.insert(entry.name);
    const auto file = read_file(inbox, entry.name, limit);
    REQUIRE(file.has_value());
    CHECK(file->bytes == entry.name);
  }
  CHECK(listed == names);
}
