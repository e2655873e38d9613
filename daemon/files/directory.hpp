// Files in a folder that everybody in the office can write to (docs/specification.md §7): opened without following,
// waiting or trusting. Names are bytes. How reports are put among them is in report_file.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/result.hpp"

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

/// What shows that a file changed: equal stamps mean that nothing of this was seen to change.
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

/// Of an open file, or of what is held with O_PATH. Throws std::system_error.
[[nodiscard]] Stamp stamp_of(int fd);

enum class FileType { regular, directory, link, other };

struct Entry {
  std::string name;
  FileType type = FileType::other;
  std::uint64_t links = 1;  ///< hard links
  Stamp stamp;
  std::uint32_t mode = 0;  ///< permission bits
};

/// A directory, held open. All that is done in it is done relative to this handle.
class Directory {
 public:
  enum class Links { follow, refuse };  ///< refuse: the path's last name may be no link

  /// Throws std::system_error, saying what could not be opened.
  explicit Directory(const std::filesystem::path& path, Links links = Links::follow);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// True where `path()` still leads to this very directory: not moved away, replaced, unmounted or mounted over.
  [[nodiscard]] bool in_place() const;

  /// The bytes that a name in it may have; eCryptfs takes 143 where others take 255.
  [[nodiscard]] std::size_t longest_name() const;

  /// Every entry but `.` and `..`, in no order. One that vanishes while it is looked at is left out; one that alone
  /// can't be looked at (a dead mount point) is `other` with inode 0. Throws std::system_error.
  [[nodiscard]] std::vector<Entry> list() const;

  /// One entry; nullopt where there is none of that name. Throws std::system_error.
  [[nodiscard]] std::optional<Entry> look(const std::string& name) const;

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
  std::uint64_t device_ = 0, inode_ = 0;
};

/// Bytes that are read of a file over the limit: enough for its delimiter and language.
inline constexpr std::uint64_t file_head = 4096;

/// Why a file was not read.
enum class ReadFault {
  gone,        ///< no file of that name: it was withdrawn
  changed,     ///< it changed while it was read: it is settling again
  not_a_file,  ///< a link, directory, device, FIFO or socket
  linked,      ///< a second hard link
  unreadable,  ///< no permission
};

struct FileBytes {
  std::string bytes;  ///< whole, or the first `head` bytes of a file over the limit
  bool over_limit = false;
  Stamp stamp;
  std::uint32_t mode = 0;  ///< permission bits

  /// As `read_file` gives one that is over the limit.
  void cut_to_head() {
    bytes.resize(std::min<std::size_t>(bytes.size(), file_head));
    over_limit = true;
  }
};

/// Opens by name in `directory` (openat2, beneath, no links, non-blocking), checks after opening that it is a regular
/// file with one hard link, and reads it whole if it has at most `limit` bytes, otherwise its first `head` bytes. Never
/// reads more than limit + 1 bytes. Throws std::system_error for faults of the environment.
[[nodiscard]] Result<FileBytes, ReadFault> read_file(const Directory& directory, const std::string& name,
                                                     std::uint64_t limit, std::uint64_t head = file_head);

/// True where the directory's file system is remote, so that other hosts' writes go unnoticed by inotify: NFS,
/// SMB/CIFS, FUSE, 9p, Ceph, AFS (docs/specification.md §2). Throws std::system_error.
[[nodiscard]] bool is_remote(const Directory& directory);

/// Throws std::system_error with errno: "cannot open /srv/inbox/clients.csv: Permission denied"; the name is escaped.
[[noreturn]] void throw_errno(const std::string& what, const Directory& directory, const std::string& name);

}  // namespace clientsync
