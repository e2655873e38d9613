#include "daemon/files/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "importer/store/file_system.hpp"
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

/// Opens the directory again: the read position belongs to the open file, and two threads may list at once.
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

FileType type_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return FileType::regular;
  if (S_ISDIR(status.st_mode)) return FileType::directory;
  if (S_ISLNK(status.st_mode)) return FileType::link;
  return FileType::other;
}

Entry entry_of(std::string name, const struct stat& status) {
  return {.name = std::move(name),
          .type = type_of(status),
          .links = static_cast<std::uint32_t>(status.st_nlink),
          .stamp = stamp_of(status),
          .mode = status.st_mode & 07777};
}

/// The entry that a scan gives for that name: one with the inode 0 and errno if it cannot be examined, nullopt if it is
/// gone.
std::optional<Entry> examine(const Directory& directory, std::string name) {
  struct stat status {};
  if (fstatat(directory.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
    return entry_of(std::move(name), status);
  if (errno == ENOENT || errno == ENAMETOOLONG) return std::nullopt;
  return Entry{.name = std::move(name), .type = FileType::other, .links = 1, .stamp = {}};
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

Stamp stamp_of(const struct stat& status) {
  // Times after the year 2262 overflow 64 bits of nanoseconds. They wrap around, and changes still show.
  const std::uint64_t mtime = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U +
                              static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .mtime = static_cast<std::int64_t>(mtime)};
}

Stamp stamp_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) throw std::system_error(errno, std::generic_category(), "cannot examine an open file");
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
  constexpr long usual = 255;
  const long longest = ::fpathconf(fd(), _PC_NAME_MAX);
  return static_cast<std::size_t>(longest > 0 ? std::min(longest, usual) : usual);
}

std::vector<Entry> Directory::list() const {
  const DirectoryStream stream = open_stream(*this);
  std::vector<Entry> entries;
  std::size_t faulty = 0;
  int error = 0;
  while (auto name = next_name(stream.get(), *this)) {
    if (*name == "." || *name == "..") continue;
    auto entry = examine(*this, std::move(*name));
    if (!entry) continue;
    if (entry->stamp.inode == 0) {
      error = errno;
      ++faulty;
    }
    entries.push_back(std::move(*entry));
  }
  if (faulty > 0 && faulty == entries.size()) fail(error, "examine the files in", path_);
  return entries;
}

std::optional<Entry> Directory::look(const std::string& name) const {
  struct stat status {};
  if (fstatat(fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return entry_of(name, status);
  if (errno == ENOENT || errno == ENAMETOOLONG) return std::nullopt;
  throw_errno("examine", *this, name);
}

std::vector<Entry> Directory::find(std::span<const std::string> names) const {
  std::vector<Entry> entries;
  for (const std::string& name : names) {
    auto entry = examine(*this, name);
    if (!entry) continue;
    if (entry->stamp.inode == 0 && errno == EACCES) fail(errno, "search", path_);
    entries.push_back(std::move(*entry));
  }
  return entries;
}

bool is_remote(const Directory& directory) {
  struct statfs status {};
  if (fstatfs(directory.fd(), &status) != 0) fail(errno, "find out the file system of", directory.path());
  return file_system_kind(static_cast<std::uint64_t>(status.f_type)) == FileSystemKind::remote;
}

void throw_errno(const std::string& what, const Directory& directory, const std::string& name) {
  const int error = errno;
  fail(error, what, directory.path() / name);
}

}  // namespace clientsync
