#include "daemon/files/replace_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "daemon/files/rename.hpp"
#include "importer/digest.hpp"

namespace clientsync {

namespace {

constexpr std::string_view temporary_prefix = ".clientsync-";
constexpr std::string_view written_suffix = ".tmp";
constexpr std::string_view aside_suffix = ".aside";
constexpr std::size_t random_digits = 16;

std::string temporary_name() {
  std::array<unsigned char, random_digits / 2> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot get random bytes");
  }
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  std::string name(temporary_prefix);
  for (const unsigned char byte : bytes) name.append({hexadecimal[byte >> 4], hexadecimal[byte & 15]});
  return name.append(written_suffix);
}

bool is_aside(std::string_view name) {
  return is_temporary(name) && name.ends_with(aside_suffix);
}

/// The name with the same digits and another ending.
std::string with_suffix(const std::string& temporary, std::string_view suffix) {
  return temporary.substr(0, temporary_prefix.size() + random_digits) + std::string(suffix);
}

FileDescriptor open_stray(const Directory& directory, const std::string& name) {
  constexpr int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return FileDescriptor(openat(directory.fd(), name.c_str(), flags));
}

/// How often a place is tried that others keep changing under our hands.
constexpr int max_attempts = 100;

/// The longest start of `text` of at most `most` bytes that does not end inside a UTF-8 character; of what is no UTF-8,
/// any.
std::string_view cut_at_character(std::string_view text, std::size_t most) {
  constexpr std::size_t max_continuation = 3;
  if (text.size() <= most) return text;
  for (std::size_t back = 0; back <= std::min(most, max_continuation); ++back) {
    const bool continues = (static_cast<unsigned char>(text[most - back]) & 0xC0U) == 0x80U;
    if (!continues) return text.substr(0, most - back);
  }
  return text.substr(0, most);
}

bool ends_in_csv(std::string_view name) {
  constexpr std::string_view ending = ".csv";
  if (name.size() < ending.size()) return false;
  return std::ranges::equal(name.substr(name.size() - ending.size()), ending,
                            [](char c, char lower) { return c == lower || (c >= 'A' && c <= 'Z' && c + 32 == lower); });
}

}  // namespace

std::string report_place(const std::string& input, unsigned n, std::size_t longest) {
  const std::string tail = n <= 1 ? ".errors.csv" : ".errors." + std::to_string(n) + ".csv";
  const std::string stem = ends_in_csv(input) ? input.substr(0, input.size() - 4) : input;
  if (stem.size() + tail.size() <= longest) return stem + tail;
  const std::string mark = "~" + sha256(input).substr(0, 8) + tail;
  const std::size_t most = longest > mark.size() ? longest - mark.size() : 0;
  return std::string(cut_at_character(stem, most)) + mark;
}

Temporary::Temporary(const Directory& directory) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    name = temporary_name();
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    fd = FileDescriptor(openat(directory.fd(), name.c_str(), flags, S_IRUSR | S_IWUSR));
    if (!fd) throw_errno("create", directory, name);
    const bool swept = flock(fd.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    struct stat status {};
    if (!swept && fstat(fd.get(), &status) == 0 && status.st_nlink > 0) return;
    // Another daemon found it before it was locked, and took it for a stray.
  }
  errno = EBUSY;
  throw_errno("create", directory, name);
}

Aside::Aside(const Directory& directory)
    : directory_(directory), sign_(directory), name_(with_suffix(sign_.name, aside_suffix)) {}

Aside::~Aside() {
  unlinkat(directory_.fd(), sign_.name.c_str(), 0);
}

ReportFile::ReportFile(const Directory& directory) : directory_(directory), own_(directory), temporary_(own_.name) {}

ReportFile::~ReportFile() {
  try {
    if (holds_ours()) unlinkat(directory_.fd(), temporary_.c_str(), 0);
  } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): remove_strays finds what is left
  }
}

void ReportFile::reserve(std::uint64_t bytes) {
  // Where the file system can't do it, what is missing shows when the report is written.
  if (::fallocate(own_.fd.get(), 0, 0, static_cast<off_t>(bytes)) != 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
    throw_errno("make room for a report in", directory_, temporary_);
  }
}

void ReportFile::write(std::string_view bytes, std::uint32_t input_mode) {
  if (std::exchange(state_, State::spent) != State::empty) throw std::logic_error("a report is written twice");
  bytes_ = bytes;
  mode_ = (input_mode & 0666U) | 0660U;
  fill();
  state_ = State::written;
}

void ReportFile::fill() {
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    const ssize_t put = ::write(own_.fd.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_errno("write to", directory_, temporary_);
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::ftruncate(own_.fd.get(), static_cast<off_t>(bytes_.size())) != 0)
    throw_errno("shorten", directory_, temporary_);
  struct stat directory {};
  if (fstat(directory_.fd(), &directory) != 0) throw_errno("look at the directory of", directory_, temporary_);
  // Neither is permitted everywhere: a group that is not ours, a file system without modes.
  if (fchown(own_.fd.get(), static_cast<uid_t>(-1), directory.st_gid) != 0 && errno != EPERM && errno != EINVAL) {
    throw_errno("set the group of", directory_, temporary_);
  }
  if (fchmod(own_.fd.get(), mode_) != 0 && errno != EPERM) throw_errno("set the mode of", directory_, temporary_);
  if (fsync(own_.fd.get()) != 0) throw_errno("write to disk", directory_, temporary_);
  stamp_ = stamp_of(own_.fd.get());
}

bool ReportFile::holds_ours() const {
  const auto entry = directory_.look(temporary_);
  return entry && entry->stamp == (stamp_.inode != 0 ? stamp_ : stamp_of(own_.fd.get()));
}

ReportFile::Placed ReportFile::place(const std::string& place, const Known& replaceable, std::uint64_t limit) {
  if (state_ != State::written) throw std::logic_error("a report is placed that is not written, or placed already");
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    Replaced replaced = move_new(directory_, temporary_, place) ? Replaced::yes : Replaced::not_yet;
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

ReportFile::Replaced ReportFile::replace(const std::string& place, const std::string& accepted, std::uint64_t limit) {
  if (!is_aside(temporary_)) {
    // From here on the name may come to hold what a user saved, and a crash must not pass that off as ours.
    aside_.emplace(directory_);
    if (!move_new(directory_, temporary_, aside_->name())) return Replaced::not_yet;
    temporary_ = aside_->name();
  }
  switch (exchange(directory_, temporary_, place)) {
    case Exchanged::yes:
      break;
    case Exchanged::nothing_there:
      return Replaced::not_yet;
    case Exchanged::not_movable:
      return Replaced::not_movable;
    case Exchanged::unsupported:
      return replace_by_steps(place, accepted, limit);
  }
  // Where a user has replaced the report by now, his file stands there, and the old report goes all the same.
  if (remove_accepted(directory_, temporary_, accepted, limit)) return Replaced::yes;
  const std::uint64_t enough = std::max<std::uint64_t>(limit, bytes_.size());
  put_back(directory_, temporary_, place, ours(), enough);
  renew_if_lost(enough);
  return Replaced::not_yet;
}

Sight ReportFile::ours() const {
  return {.hold = {}, .stamp = stamp_, .sha256 = sha256(bytes_)};
}

void ReportFile::renew_if_lost(std::uint64_t limit) {
  const auto left = see(directory_, temporary_, limit);
  if (left && same(*left, ours())) return;
  unlink_if_there(directory_, temporary_);
  stamp_ = {};
  own_ = Temporary(directory_);
  temporary_ = own_.name;
  fill();
}

ReportFile::Replaced ReportFile::replace_by_steps(const std::string& place, const std::string& accepted,
                                                  std::uint64_t limit) {
  const Aside aside(directory_);
  const Taken taken = take_aside(directory_, place, aside.name(), accepted, limit);
  if (taken == Taken::not_movable) return Replaced::not_movable;
  if (taken == Taken::put_back) return Replaced::not_yet;
  const bool placed = move_new(directory_, temporary_, place);
  // What a user has written into it meanwhile stays, for remove_strays.
  static_cast<void>(remove_accepted(directory_, aside.name(), accepted, limit));
  return placed ? Replaced::yes : Replaced::not_yet;
}

bool is_temporary(std::string_view name) {
  if (!name.starts_with(temporary_prefix)) return false;
  name.remove_prefix(temporary_prefix.size());
  const auto hexadecimal = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (name.size() < random_digits || !std::ranges::all_of(name.substr(0, random_digits), hexadecimal)) return false;
  name.remove_prefix(random_digits);
  return name == written_suffix || name == aside_suffix;
}

bool remove_file(const Directory& directory, const std::string& name, const Known& removable, std::uint64_t limit) {
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    const auto there = see(directory, name, limit);
    if (!there) return true;
    if (there->sha256.empty() || !removable(there->sha256)) return false;
    const Aside aside(directory);
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

std::vector<std::string> remove_strays(const Directory& directory, std::span<const std::string> names,
                                       const Known& known, std::uint64_t limit) {
  std::vector<std::string> left;
  for (const std::string& name : names) {
    const auto entry = directory.look(name);
    if (!entry || !is_temporary(name) || entry->type != FileType::regular) continue;
    if (is_aside(name) && is_being_written(directory, name)) continue;
    const FileDescriptor file = open_stray(directory, name);
    if (!file && errno == ENOENT) continue;
    if (file && flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
    if (is_aside(name)) {
      const FileDescriptor sign = open_stray(directory, with_suffix(name, written_suffix));
      if (sign && flock(sign.get(), LOCK_EX | LOCK_NB) != 0) continue;
      const auto seen = see(directory, name, limit);
      if (seen && (seen->sha256.empty() || !known(seen->sha256) || !holds(directory, name, seen->sha256, limit))) {
        left.push_back(name);
        continue;
      }
    }
    unlink_if_there(directory, name);
  }
  return left;
}

std::string show_again(const Directory& directory, const std::string& stray) {
  const std::string mark = stray.substr(std::min(temporary_prefix.size(), stray.size()), random_digits);
  std::string name = "recovered-" + mark + ".csv";
  for (unsigned n = 2; !move_new(directory, stray, name); ++n) {
    name = "recovered-" + mark + "." + std::to_string(n) + ".csv";
  }
  sync_directory(directory);
  return name;
}

}  // namespace clientsync
