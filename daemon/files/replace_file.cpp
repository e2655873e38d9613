#include "daemon/files/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "importer/digest.hpp"

namespace clientsync {

namespace {

/// Against others who keep changing the place while we work.
constexpr int max_attempts = 100;

}  // namespace

NewFile::NewFile(const Directory& directory) : directory_(directory), own_(directory) {}

NewFile::~NewFile() {
  try {
    if (holds_ours()) unlinkat(directory_.fd(), name().c_str(), 0);
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): remove_strays finds what is left
  }
}

void NewFile::reserve(std::uint64_t bytes) {
  // If the file system cannot allocate ahead, a full disk shows when the file is written.
  if (::fallocate(own_.fd.get(), 0, 0, static_cast<off_t>(bytes)) != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    throw_errno("allocate room in", directory_, name());
  }
}

void NewFile::write(std::string_view bytes, std::uint32_t mode) {
  if (std::exchange(state_, State::spent) != State::empty) throw std::logic_error("a file is written twice");
  bytes_ = bytes;
  mode_ = (mode & 0666U) | 0660U;
  fill();
  state_ = State::written;
}

void NewFile::fill() {
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    const ssize_t put = ::write(own_.fd.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno("write to", directory_, name());
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::ftruncate(own_.fd.get(), static_cast<off_t>(bytes_.size())) != 0) throw_errno("shorten", directory_, name());
  struct stat directory {};
  if (fstat(directory_.fd(), &directory) != 0) throw_errno("examine the directory of", directory_, name());
  // Neither is permitted everywhere: we may not be in the group, and some file systems have no modes.
  if (fchown(own_.fd.get(), static_cast<uid_t>(-1), directory.st_gid) != 0 && errno != EPERM && errno != EINVAL) {
    throw_errno("set the group of", directory_, name());
  }
  if (fchmod(own_.fd.get(), mode_) != 0 && errno != EPERM) throw_errno("set the mode of", directory_, name());
  if (fsync(own_.fd.get()) != 0) throw_errno("write to disk", directory_, name());
  stamp_ = stamp_of(own_.fd.get());
}

bool NewFile::holds_ours() const {
  const auto entry = directory_.look(name());
  return entry && entry->stamp == (stamp_.inode != 0 ? stamp_ : stamp_of(own_.fd.get()));
}

NewFile::Placed NewFile::place(const std::string& place, const Known& replaceable, std::uint64_t limit) {
  if (state_ != State::written) throw std::logic_error("a file is placed that is not written, or placed already");
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    Replaced replaced = move_new(directory_, name(), place) ? Replaced::yes : Replaced::not_yet;
    if (replaced == Replaced::not_yet) {
      const auto there = see(directory_, place, limit);
      if (!there) continue;
      if (there->sha256.empty() || !replaceable(there->sha256)) return Placed::occupied;
      replaced = replace(place, there->sha256, limit);
    }
    if (replaced == Replaced::not_movable) return Placed::occupied;
    if (replaced == Replaced::yes) {
      state_ = State::spent;
      aside_.reset();
      sync_directory(directory_);
      return Placed::done;
    }
  }
  return Placed::occupied;
}

NewFile::Replaced NewFile::replace(const std::string& place, const std::string& accepted, std::uint64_t limit) {
  if (aside_) {
    aside_->describe(place, accepted);
  } else {
    // From here on the name may come to hold what a user saved, and after a crash that must not pass for ours.
    auto aside = std::make_unique<Aside>(directory_);
    aside->describe(place, accepted);
    if (!move_new(directory_, own_.name, aside->name())) return Replaced::not_yet;
    aside_ = std::move(aside);
  }
  switch (exchange(directory_, name(), place)) {
    case Exchanged::yes:
      break;
    case Exchanged::nothing_there:
      return Replaced::not_yet;
    case Exchanged::not_movable:
      return Replaced::not_movable;
    case Exchanged::unsupported:
      return replace_by_steps(place, accepted, limit);
  }
  // If a user has replaced our file by now, the user's stays at the place, and the old one is removed all the same.
  if (remove_accepted(directory_, name(), accepted, limit)) return Replaced::yes;
  const std::uint64_t enough = std::max<std::uint64_t>(limit, bytes_.size());
  put_back(directory_, name(), place, ours(), enough);
  renew_if_lost(enough);
  return Replaced::not_yet;
}

Sight NewFile::ours() const {
  return {.hold = {}, .stamp = stamp_, .sha256 = sha256(bytes_)};
}

void NewFile::renew_if_lost(std::uint64_t limit) {
  const auto left = see(directory_, name(), limit);
  if (left && same(*left, ours())) return;
  unlink_if_there(directory_, name());
  stamp_ = {};
  own_ = Temporary(directory_);
  aside_.reset();
  fill();
}

NewFile::Replaced NewFile::replace_by_steps(const std::string& place, const std::string& accepted,
                                            std::uint64_t limit) {
  Aside aside(directory_);
  aside.describe(place, accepted);
  const Taken taken = take_aside(directory_, place, aside.name(), accepted, limit);
  if (taken == Taken::not_movable) return Replaced::not_movable;
  if (taken == Taken::put_back) return Replaced::not_yet;
  const bool placed = move_new(directory_, name(), place);
  // If a user has written to it meanwhile, it stays for remove_strays.
  static_cast<void>(remove_accepted(directory_, aside.name(), accepted, limit));
  return placed ? Replaced::yes : Replaced::not_yet;
}

bool remove_file(const Directory& directory, const std::string& name, const Known& removable, std::uint64_t limit) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto there = see(directory, name, limit);
    if (!there) return true;
    if (there->sha256.empty() || !removable(there->sha256)) return false;
    Aside aside(directory);
    aside.describe(name, there->sha256);
    const Taken taken = take_aside(directory, name, aside.name(), there->sha256, limit);
    if (taken == Taken::not_movable) return false;
    if (taken == Taken::accepted_is_aside) {
      static_cast<void>(remove_accepted(directory, aside.name(), there->sha256, limit));
      sync_directory(directory);
      return true;
    }
  }
  return false;
}

}  // namespace clientsync
