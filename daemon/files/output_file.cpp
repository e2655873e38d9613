#include "daemon/files/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "daemon/files/rename.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// The permission bits that a program gives a file that it creates.
mode_t usual_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666U & ~mask;
}

}  // namespace

OutputFile::OutputFile(const Directory& directory, std::string place)
    : directory_(directory), place_(std::move(place)), temporary_(directory) {}

OutputFile::~OutputFile() {
  if (!moved_) ::unlinkat(directory_.fd(), temporary_.name.c_str(), 0);
}

void OutputFile::write(std::string_view bytes) {
  constexpr std::size_t enough = std::size_t{1} << 16U;
  pending_ += bytes;
  if (pending_.size() >= enough) flush();
}

void OutputFile::flush() {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t put = ::write(temporary_.fd.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno("write", directory_, place_);
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  pending_.clear();
}

void OutputFile::finish(std::optional<std::uint32_t> mode) {
  flush();
  pending_.shrink_to_fit();
  const int fd = temporary_.fd.get();
  struct stat there {};
  const bool replaces = ::fstatat(directory_.fd(), place_.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  // Not permitted if we are not in the group; some file systems have neither groups nor modes.
  if (replaces && ::fchown(fd, static_cast<uid_t>(-1), there.st_gid) != 0 && errno != EPERM && errno != EINVAL)
    throw_errno("set the group of", directory_, place_);
  const std::uint32_t unless_given = replaces ? there.st_mode & 0777U : usual_mode();
  if (::fchmod(fd, mode.value_or(unless_given)) != 0 && errno != EPERM)
    throw_errno("set the mode of", directory_, place_);
  if (::fsync(fd) != 0) throw_errno("write to disk", directory_, place_);
}

void OutputFile::replace() {
  if (::renameat(directory_.fd(), temporary_.name.c_str(), directory_.fd(), place_.c_str()) != 0)
    throw_errno("replace", directory_, place_);
  moved_ = true;
  sync_directory(directory_);
}

bool OutputFile::move_to_free_place() {
  moved_ = move_new(directory_, temporary_.name, place_);
  if (moved_) sync_directory(directory_);
  return moved_;
}

void require_replaceable(const Directory& directory, const std::string& place) {
  const std::optional<Entry> there = directory.look(place);
  if (there && there->type != FileType::regular)
    throw std::runtime_error("cannot write " + escape((directory.path() / place).native()) +
                             ": it is not a regular file");
}

void remove_unfinished(const Directory& directory) {
  std::vector<std::string> names;
  for (const Entry& entry : directory.list()) {
    if (is_temporary(entry.name) && entry.name.ends_with(".tmp")) names.push_back(entry.name);
  }
  static_cast<void>(remove_strays(
      directory, names, [](const std::string&) { return false; }, 0));
}

}  // namespace clientsync
