#include "daemon/files/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "importer/text.hpp"

namespace clientsync {

namespace {

[[noreturn]] void fail(int error, const std::string& what, const std::filesystem::path& path) {
  throw std::system_error(error, std::generic_category(), "cannot " + what + " " + escape(path.native()));
}

struct CloseStream {
  void operator()(DIR* stream) const { closedir(stream); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseStream>;

/// With a handle of its own, since the place in a directory belongs to the open file, and two threads may list at once.
DirectoryStream open_stream(const Directory& directory) {
  const int own = openat(directory.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DirectoryStream stream(own < 0 ? nullptr : fdopendir(own));
  if (stream) return stream;
  const int error = errno;
  if (own >= 0) close(own);
  fail(error, "list", directory.path());
}

/// The next name, or nullopt at the end.
std::optional<std::string> next_name(DIR* stream, const Directory& directory) {
  errno = 0;
  const dirent* const found = readdir(stream);
  if (found == nullptr && errno != 0) fail(errno, "list", directory.path());
  return found == nullptr ? std::nullopt : std::optional<std::string>(found->d_name);
}

Stamp stamp_of(const struct stat& status) {
  // A file may be dated into the year 2400, beyond what nanoseconds in 64 bits can hold: they wrap, and still tell
  // changes.
  const std::uint64_t mtime = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U +
                              static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .mtime = static_cast<std::int64_t>(mtime)};
}

FileType type_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return FileType::regular;
  if (S_ISDIR(status.st_mode)) return FileType::directory;
  if (S_ISLNK(status.st_mode)) return FileType::link;
  return FileType::other;
}

Entry entry_of(std::string name, const struct stat& status) {
  return {.name = std::move(name),
          .type = type_of(status),
          .links = status.st_nlink,
          .stamp = stamp_of(status),
          .mode = status.st_mode & 07777};
}

bool names_an_entry(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

int open_beneath(int directory, const std::string& name) {
  open_how how{};
  how.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  const long fd = syscall(SYS_openat2, directory, name.c_str(), &how, sizeof how);
  if (fd >= 0 || errno != ENOSYS) return static_cast<int>(fd);
  return openat(directory, name.c_str(), static_cast<int>(how.flags));
}

/// The fault that errno stands for, or nullopt for one of the environment.
std::optional<ReadFault> fault_of_errno() {
  switch (errno) {
    case ENOENT:
    case ENAMETOOLONG:
      return ReadFault::gone;
    case ELOOP:
    case EXDEV:
    case ENXIO:
    case ENODEV:
    case ENOTDIR:
    case EISDIR:
      return ReadFault::not_a_file;
    case EACCES:
    case EPERM:
      return ReadFault::unreadable;
    case EAGAIN:  // somebody holds a lease on it, as Samba does for those who have it open, and is now asked to give it
                  // up
      return ReadFault::changed;
    default:
      return std::nullopt;
  }
}

/// Why what `status` describes is not to be read.
std::optional<ReadFault> fault_of_status(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return ReadFault::not_a_file;
  if (status.st_nlink == 0) return ReadFault::gone;
  if (status.st_nlink > 1) return ReadFault::linked;
  return std::nullopt;
}

bool unchanged(const struct stat& before, const struct stat& after) {
  return stamp_of(before) == stamp_of(after) && before.st_ctim.tv_sec == after.st_ctim.tv_sec &&
         before.st_ctim.tv_nsec == after.st_ctim.tv_nsec;
}

/// At most `most` bytes from the start of the file; nullopt, with errno, where that fails.
std::optional<std::string> read_bytes(int fd, std::uint64_t most) {
  std::string bytes(most, '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = read(fd, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

/// The value of errno as a fault of the file, or an exception.
ReadFault fault_or_throw(const std::string& what, const Directory& directory, const std::string& name) {
  if (const auto fault = fault_of_errno()) return *fault;
  throw_errno(what, directory, name);
}

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

FileDescriptor::~FileDescriptor() {
  close();
}

void FileDescriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Stamp stamp_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) throw std::system_error(errno, std::generic_category(), "cannot look at an open file");
  return stamp_of(status);
}

Directory::Directory(const std::filesystem::path& path, Links links)
    : path_(path),
      fd_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | (links == Links::refuse ? O_NOFOLLOW : 0))) {
  struct stat status {};
  if (!fd_ || fstat(fd_.get(), &status) != 0) fail(errno, "open the directory", path);
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

bool Directory::in_place() const {
  struct stat status {};
  return stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

std::size_t Directory::longest_name() const {
  constexpr long elsewhere = 255;
  const long longest = ::fpathconf(fd(), _PC_NAME_MAX);
  return static_cast<std::size_t>(longest > 0 ? std::min(longest, elsewhere) : elsewhere);
}

std::vector<Entry> Directory::list() const {
  const DirectoryStream stream = open_stream(*this);
  std::vector<Entry> entries;
  std::size_t faulty = 0;
  int error = 0;
  while (auto name = next_name(stream.get(), *this)) {
    if (*name == "." || *name == "..") continue;
    struct stat status {};
    if (fstatat(fd(), name->c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      entries.push_back(entry_of(std::move(*name), status));
    } else if (errno != ENOENT) {
      error = errno;
      ++faulty;
      entries.push_back({.name = std::move(*name), .type = FileType::other, .links = 1, .stamp = {}});
    }
  }
  if (faulty > 0 && faulty == entries.size()) fail(error, "look at what is in", path_);
  return entries;
}

std::optional<Entry> Directory::look(const std::string& name) const {
  struct stat status {};
  if (fstatat(fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return entry_of(name, status);
  if (errno == ENOENT || errno == ENAMETOOLONG) return std::nullopt;
  throw_errno("look at", *this, name);
}

Result<FileBytes, ReadFault> read_file(const Directory& directory, const std::string& name, std::uint64_t limit,
                                       std::uint64_t head) {
  if (!names_an_entry(name)) return ReadFault::not_a_file;
  struct stat before {};
  // Looked at before it is opened, since opening a device can have effects; what is decided below is decided on the
  // handle.
  if (fstatat(directory.fd(), name.c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) {
    return fault_or_throw("look at", directory, name);
  }
  if (const auto fault = fault_of_status(before)) return *fault;
  const FileDescriptor file(open_beneath(directory.fd(), name));
  if (!file || fstat(file.get(), &before) != 0) return fault_or_throw("open", directory, name);
  if (const auto fault = fault_of_status(before)) return *fault;

  const Stamp stamp = stamp_of(before);
  const bool over_limit = stamp.size > limit;
  const std::uint64_t expected = over_limit ? std::min({head, limit, stamp.size}) : stamp.size;
  // One byte more than is expected shows a file that grew.
  auto bytes = read_bytes(file.get(), over_limit ? expected : expected + 1);
  if (!bytes) return fault_or_throw("read", directory, name);
  struct stat after {};
  if (fstat(file.get(), &after) != 0) throw_errno("look at", directory, name);
  if (!unchanged(before, after) || bytes->size() != expected) return ReadFault::changed;
  return FileBytes{
      .bytes = std::move(*bytes), .over_limit = over_limit, .stamp = stamp, .mode = before.st_mode & 07777U};
}

bool is_remote(const Directory& directory) {
  struct statfs status {};
  if (fstatfs(directory.fd(), &status) != 0) fail(errno, "find out the file system of", directory.path());
  // linux/magic.h lacks some of these in Debian 12: NFS, SMB, CIFS, SMB2, FUSE, 9p, Ceph, AFS (OpenAFS and the
  // kernel's).
  constexpr std::array<std::uint32_t, 9> remote_types = {0x6969,     0x517b,   0xff534d42, 0xfe534d42, 0x65735546,
                                                         0x01021997, 0xc36400, 0x5346414f, 0x6b414653};
  return std::ranges::find(remote_types, static_cast<std::uint32_t>(status.f_type)) != remote_types.end();
}

void throw_errno(const std::string& what, const Directory& directory, const std::string& name) {
  const int error = errno;
  fail(error, what, directory.path() / name);
}

}  // namespace clientsync
