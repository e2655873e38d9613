#include "daemon/files/rename.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <utility>

#include "daemon/files/read_file.hpp"
#include "importer/digest.hpp"

namespace clientsync {

namespace {

/// True if errno says that the file system lacks a flag of renameat2.
bool rename_lacks_flag() {
  return errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
}

/// True if errno says that the file must not be moved: the directory is sticky, or it is a mount point or immutable.
bool may_not_be_moved() {
  return errno == EPERM || errno == EBUSY;
}

/// Like a rename with RENAME_NOREPLACE, a new link replaces nothing. Between the two steps the file has both names.
bool move_new_by_link(const Directory& directory, const std::string& temporary, const std::string& place) {
  const int fd = directory.fd();
  if (linkat(fd, temporary.c_str(), fd, place.c_str(), 0) == 0) {
    unlink_if_there(directory, temporary);
    return true;
  }
  if (errno == EPERM && directory.look(temporary).value_or(Entry{}).type == FileType::directory) {
    // A user's directory, which is being put back, cannot be linked. Its rename replaces at most an empty directory.
    if (renameat(fd, temporary.c_str(), fd, place.c_str()) == 0) return true;
    if (errno == ENOTDIR || errno == ENOTEMPTY) return false;
  }
  if (errno == EEXIST) return false;
  throw_errno("move a temporary file to", directory, place);
}

/// Against a user who keeps saving faster than we can look.
constexpr int max_exchanges = 10'000;

}  // namespace

std::optional<Sight> see(const Directory& directory, const std::string& name, std::uint64_t limit) {
  FileDescriptor hold(openat(directory.fd(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!hold && errno == ENOENT) return std::nullopt;
  if (!hold) throw_errno("open", directory, name);
  // If the name leads to another file by now, the stamps differ, and the bytes read below are not used.
  const Stamp stamp = stamp_of(hold.get());
  const auto file = read_file(directory, name, limit, 0);
  const bool read = file && !file->over_limit && file->stamp == stamp;
  return Sight{.hold = std::move(hold), .stamp = stamp, .sha256 = read ? sha256(file->bytes) : std::string()};
}

bool same(const Sight& a, const Sight& b) {
  if (a.stamp.device != b.stamp.device || a.stamp.inode != b.stamp.inode) return false;
  return a.sha256 == b.sha256 && (!a.sha256.empty() || a.stamp == b.stamp);
}

bool holds(const Directory& directory, const std::string& name, const std::string& accepted, std::uint64_t limit) {
  const auto first = see(directory, name, limit);
  if (!first || first->sha256 != accepted) return false;
  const auto second = see(directory, name, limit);
  return second && same(*first, *second);
}

bool is_being_written(const Directory& directory, const std::string& name) {
  if (is_remote(directory)) return false;
  constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const FileDescriptor file(openat(directory.fd(), name.c_str(), flags));
  if (!file) return errno == EAGAIN;
  // The kernel refuses a read lease while the file is open for writing. If somebody opens it while we hold the lease,
  // it sends us a signal: choose one that is ignored by default.
  const bool given = fcntl(file.get(), F_SETSIG, SIGURG) == 0 && fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0;
  return !given && errno == EAGAIN;
}

bool remove_accepted(const Directory& directory, const std::string& aside, const std::string& accepted,
                     std::uint64_t limit) {
  const bool was_written = is_being_written(directory, aside);
  if (!holds(directory, aside, accepted, limit)) return false;
  if (!was_written && !is_being_written(directory, aside)) unlink_if_there(directory, aside);
  return true;
}

bool move_new(const Directory& directory, const std::string& temporary, const std::string& place) {
  const int fd = directory.fd();
  if (renameat2(fd, temporary.c_str(), fd, place.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (rename_lacks_flag()) return move_new_by_link(directory, temporary, place);
  if (errno == EEXIST) return false;
  throw_errno("move a temporary file to", directory, place);
}

Exchanged exchange(const Directory& directory, const std::string& aside, const std::string& place) {
  const int fd = directory.fd();
  if (renameat2(fd, aside.c_str(), fd, place.c_str(), RENAME_EXCHANGE) == 0) return Exchanged::yes;
  if (errno == ENOENT) return Exchanged::nothing_there;
  if (may_not_be_moved()) return Exchanged::not_movable;
  if (rename_lacks_flag()) return Exchanged::unsupported;
  throw_errno("exchange a temporary file with", directory, place);
}

void put_back(const Directory& directory, const std::string& aside, const std::string& place, Sight last,
              std::uint64_t limit) {
  for (int exchanges = 0; exchanges < max_exchanges; ++exchanges) {
    auto newest = see(directory, aside, limit);
    if (!newest) return;
    const Exchanged exchanged = exchange(directory, aside, place);
    if (exchanged == Exchanged::nothing_there && move_new(directory, aside, place)) return;
    if (exchanged == Exchanged::nothing_there) continue;
    if (exchanged != Exchanged::yes) break;
    const auto out = see(directory, aside, limit);
    if (!out || same(*out, last)) return;
    last = std::move(*newest);
  }
  errno = EBUSY;
  throw_errno("put back from " + aside, directory, place);
}

Taken take_aside(const Directory& directory, const std::string& name, const std::string& aside,
                 const std::string& accepted, std::uint64_t limit) {
  // A plain rename, since the fallback of move_new, a link and a removal, could remove what a user saved in between.
  if (renameat(directory.fd(), name.c_str(), directory.fd(), aside.c_str()) != 0) {
    if (errno == ENOENT) return Taken::put_back;
    if (may_not_be_moved()) return Taken::not_movable;
    throw_errno("move aside", directory, name);
  }
  if (holds(directory, aside, accepted, limit)) return Taken::accepted_is_aside;
  if (!move_new(directory, aside, name)) unlink_if_there(directory, aside);
  return Taken::put_back;
}

void unlink_if_there(const Directory& directory, const std::string& name) {
  if (unlinkat(directory.fd(), name.c_str(), 0) != 0 && errno != ENOENT) throw_errno("remove", directory, name);
}

void sync_directory(const Directory& directory) {
  // EINVAL: the file system does not support fsync on directories.
  if (fsync(directory.fd()) != 0 && errno != EINVAL) throw_errno("write to disk", directory, "");
}

}  // namespace clientsync
