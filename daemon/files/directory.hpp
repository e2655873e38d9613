// A directory that everybody in the office can write to (docs/specification.md §7), and what is seen in it. Everything
// in daemon/files works on names relative to an open Directory, follows no links and never blocks on opening. Names
// are bytes. The folder may use importer/text, digest, result and store/file_system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

struct stat;

namespace clientsync {

/// A file descriptor that is closed with its owner.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  void close();

 private:
  int fd_ = -1;
};

/// Tells versions of a file apart: if two stamps are equal, no change was seen.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;  ///< bytes
  std::int64_t mtime = 0;  ///< nanoseconds since the epoch, modulo 2^64; only ever compared with another mtime

  [[nodiscard]] std::int64_t mtime_seconds() const {
    return mtime / 1'000'000'000 - (mtime % 1'000'000'000 < 0 ? 1 : 0);
  }
  bool operator==(const Stamp&) const = default;
};

[[nodiscard]] Stamp stamp_of(const struct stat& status);

/// The stamp of an open file, which may be opened with O_PATH. Throws std::system_error.
[[nodiscard]] Stamp stamp_of(int fd);

enum class FileType : std::uint8_t { regular, directory, link, other };

struct Entry {
  std::string name;
  FileType type = FileType::other;
  std::uint32_t links = 1;  ///< hard links
  Stamp stamp;
  std::uint32_t mode = 0;  ///< permission bits
};

/// An open directory.
class Directory {
 public:
  enum class Links { follow, refuse };  ///< refuse: the last name of the path must not be a symbolic link

  /// Throws std::system_error, which names the path.
  explicit Directory(const std::filesystem::path& path, Links links = Links::follow);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Device and inode.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> identity() const { return {device_, inode_}; }

  /// True if `path()` still leads to this very directory; false once it was moved, replaced, unmounted or mounted over.
  [[nodiscard]] bool in_place() const;

  /// The length limit of names in this directory, in bytes: 255 on most file systems, 143 on eCryptfs.
  [[nodiscard]] std::size_t longest_name() const;

  /// All entries except `.` and `..`, in no particular order. An entry that vanishes meanwhile is left out. An entry
  /// that cannot be examined (a dead mount point) has the type `other` and the inode 0. Throws std::system_error.
  [[nodiscard]] std::vector<Entry> list() const;

  /// The entry of that name, or nullopt if there is none. Throws std::system_error.
  [[nodiscard]] std::optional<Entry> look(const std::string& name) const;

  /// The entries of those of these names that are there, as `list` gives them. Throws std::system_error if the
  /// directory itself must not be searched.
  [[nodiscard]] std::vector<Entry> find(std::span<const std::string> names) const;

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
  std::uint64_t device_ = 0, inode_ = 0;
};

/// True if the directory is on a remote file system, so that inotify does not report what other hosts do there
/// (docs/specification.md §2). Throws std::system_error.
[[nodiscard]] bool is_remote(const Directory& directory);

/// Throws std::system_error with errno: "cannot open /srv/inbox/clients.csv: Permission denied". The name is escaped.
[[noreturn]] void throw_errno(const std::string& what, const Directory& directory, const std::string& name);

}  // namespace clientsync
