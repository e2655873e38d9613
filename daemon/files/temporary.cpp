#include "daemon/files/temporary.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include "daemon/files/rename.hpp"
#include "importer/text.hpp"

namespace clientsync {

namespace {

constexpr std::string_view prefix = ".clientsync-";
constexpr std::string_view written_suffix = ".tmp";
constexpr std::string_view aside_suffix = ".aside";
constexpr std::size_t random_digits = 16;

std::string random_name() {
  std::array<unsigned char, random_digits / 2> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot get random bytes");
  }
  return std::string(prefix) + hex(std::as_bytes(std::span(bytes))) + std::string(written_suffix);
}

std::string digits_of(const std::string& temporary) {
  return temporary.substr(prefix.size(), random_digits);
}

/// The name with the same digits and another ending.
std::string with_suffix(const std::string& temporary, std::string_view suffix) {
  return std::string(prefix) + digits_of(temporary) + std::string(suffix);
}

bool is_aside(std::string_view name) {
  return is_temporary(name) && name.ends_with(aside_suffix);
}

/// True if there is an `.aside` file that it belongs to.
bool is_sign(const Directory& directory, const std::string& name) {
  return directory.look(with_suffix(name, aside_suffix)).has_value();
}

FileDescriptor open_stray(const Directory& directory, const std::string& name) {
  constexpr int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  return FileDescriptor(openat(directory.fd(), name.c_str(), flags));
}

bool same_inode(const Entry& a, const Entry& b) {
  return a.stamp.device == b.stamp.device && a.stamp.inode == b.stamp.inode;
}

/// What the sign says of the file. Anybody may have written it.
Stray stray_of(const std::string& name, const FileDescriptor& sign) {
  constexpr std::size_t digits = 64;
  std::array<char, digits + NAME_MAX> buffer{};
  const ssize_t got = sign ? pread(sign.get(), buffer.data(), buffer.size(), 0) : 0;
  const std::string_view text(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  const std::string_view place = text.substr(std::min(text.size(), digits));
  const auto is_odd = [](char c) { return c == '/' || (c >= 0 && c < ' ') || c == '\x7f'; };
  const bool visible = !place.empty() && !place.starts_with('.') && std::ranges::none_of(place, is_odd);
  if (!visible) return {.name = name, .place = {}, .sha256 = {}};
  return {.name = name, .place = std::string(place), .sha256 = std::string(text.substr(0, digits))};
}

bool try_lock(const FileDescriptor& file) {
  return flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

bool is_temporary(std::string_view name) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  const auto hexadecimal = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (name.size() < random_digits || !std::ranges::all_of(name.substr(0, random_digits), hexadecimal)) return false;
  name.remove_prefix(random_digits);
  return name == written_suffix || name == aside_suffix;
}

Temporary::Temporary(const Directory& directory) {
  constexpr int max_attempts = 100;
  for (int attempt = 0; attempt < max_attempts; ++attempt) {
    name = random_name();
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    fd = FileDescriptor(openat(directory.fd(), name.c_str(), flags, S_IRUSR | S_IWUSR));
    if (!fd) throw_errno("create", directory, name);
    const bool swept = !try_lock(fd) && errno == EWOULDBLOCK;
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
  struct stat status {};
  const bool left = fstatat(directory_.fd(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!left) unlinkat(directory_.fd(), sign_.name.c_str(), 0);
}

void Aside::describe(const std::string& place, const std::string& sha256) {
  const std::string text = sha256 + place;
  const bool written = ftruncate(sign_.fd.get(), 0) == 0 &&
                       pwrite(sign_.fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written) throw_errno("write to", directory_, sign_.name);
}

std::vector<Stray> remove_strays(const Directory& directory, std::span<const std::string> names, const Known& known,
                                 std::uint64_t limit) {
  // Finding a free name for each of thousands would keep the inbox waiting. The next sweep goes on.
  constexpr std::size_t most = 64;
  std::vector<Stray> left;
  for (const std::string& name : names) {
    if (left.size() == most) break;
    const auto entry = directory.look(name);
    if (!entry || !is_temporary(name) || entry->type != FileType::regular) continue;
    if (is_aside(name) ? is_being_written(directory, name) : is_sign(directory, name)) continue;
    const FileDescriptor file = open_stray(directory, name);
    // A `.tmp` file that we may not open is another user's, whose daemon may live. What is aside can be any user's.
    if (!file && (errno == ENOENT || !is_aside(name))) continue;
    if (file && !try_lock(file)) continue;
    if (is_aside(name)) {
      const FileDescriptor sign = open_stray(directory, with_suffix(name, written_suffix));
      if (sign ? !try_lock(sign) : errno != ENOENT) continue;
      const auto seen = see(directory, name, limit);
      if (seen && (seen->sha256.empty() || !known(seen->sha256) || !holds(directory, name, seen->sha256, limit))) {
        left.push_back(stray_of(name, sign));
        continue;
      }
      unlink_if_there(directory, with_suffix(name, written_suffix));
    }
    unlink_if_there(directory, name);
  }
  return left;
}

std::optional<std::string> show_again(const Directory& directory, const Stray& stray,
                                      const std::function<std::string(unsigned)>& name_at,
                                      const std::function<void(const std::string&)>& announce) {
  const auto shown = directory.look(stray.name);
  if (!shown) return std::nullopt;
  std::string name;
  try {
    for (unsigned n = 1;; ++n) {
      name = name_at(n);
      auto there = directory.look(name);
      if (!there) {
        announce(name);
        if (move_new(directory, stray.name, name)) break;
        there = directory.look(name);
      }
      if (there && same_inode(*there, *shown)) {
        // Another daemon has moved it, or is between the two steps of the same move, or died there.
        if (!directory.look(stray.name)) return std::nullopt;
        unlink_if_there(directory, stray.name);
        break;
      }
    }
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::no_such_file_or_directory) return std::nullopt;
    throw;
  }
  sync_directory(directory);
  unlink_if_there(directory, with_suffix(stray.name, written_suffix));
  return name;
}

}  // namespace clientsync
