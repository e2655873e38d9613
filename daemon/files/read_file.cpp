#include "daemon/files/read_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace clientsync {

namespace {

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

/// The fault of the file that errno stands for. Throws std::system_error if it stands for one of the environment.
ReadFault fault_of_errno(const std::string& what, const Directory& directory, const std::string& name) {
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
    case EAGAIN:  // Samba, for example, holds a lease on a file that a client has open, and is now asked to break it.
      return ReadFault::changed;
    default:
      throw_errno(what, directory, name);
  }
}

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

/// At most `most` bytes from the start of the file, or nullopt and errno if that fails.
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

}  // namespace

Result<FileBytes, ReadFault> read_file(const Directory& directory, const std::string& name, std::uint64_t limit,
                                       std::uint64_t head) {
  if (!names_an_entry(name)) return ReadFault::not_a_file;
  struct stat before {};
  // Opening a device can have effects, so look first. The open file is checked again below, and that check decides.
  if (fstatat(directory.fd(), name.c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) {
    return fault_of_errno("examine", directory, name);
  }
  if (const auto fault = fault_of_status(before)) return *fault;
  const FileDescriptor file(open_beneath(directory.fd(), name));
  if (!file || fstat(file.get(), &before) != 0) return fault_of_errno("open", directory, name);
  if (const auto fault = fault_of_status(before)) return *fault;

  const Stamp stamp = stamp_of(before);
  const bool over_limit = stamp.size > limit;
  const std::uint64_t expected = over_limit ? std::min({head, limit, stamp.size}) : stamp.size;
  // One more byte than expected reveals a file that grew.
  auto bytes = read_bytes(file.get(), over_limit ? expected : expected + 1);
  if (!bytes) return fault_of_errno("read", directory, name);
  struct stat after {};
  if (fstat(file.get(), &after) != 0) throw_errno("examine", directory, name);
  if (!unchanged(before, after) || bytes->size() != expected) return ReadFault::changed;
  return FileBytes{
      .bytes = std::move(*bytes),
      .over_limit = over_limit,
      .stamp = stamp,
      .mode = before.st_mode & 07777U,
      .owner = before.st_uid};
}

}  // namespace clientsync
