// The hidden files that clientsync makes in an inbox for moments, and how they are cleared after a crash:
// `.clientsync-<16 hex>.tmp` never holds anything but our own bytes; `.clientsync-<16 hex>.aside` may hold, for moments
// or after a crash, what a user saved.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/files/directory.hpp"

namespace clientsync {

/// True for the names of temporary files.
[[nodiscard]] bool is_temporary(std::string_view name);

/// A new, empty `.tmp` file under a random name. It stays locked as long as it is open, which tells remove_strays that
/// its owner lives.
struct Temporary {
  explicit Temporary(const Directory& directory);  ///< throws std::system_error
  std::string name;
  FileDescriptor fd;
};

/// An unused `.aside` name for what is taken from a place. Whatever is moved there may carry anybody's lock, so a
/// `.tmp` file of the same digits, the sign, is locked instead, to tell remove_strays that the owner lives. The sign
/// says what was taken, and stays as long as the file. The directory must outlive this object.
class Aside {
 public:
  explicit Aside(const Directory& directory);  ///< throws std::system_error
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

  /// To be called before the file with these bytes is taken from `place`. Throws std::system_error.
  void describe(const std::string& place, const std::string& sha256);

 private:
  const Directory& directory_;
  Temporary sign_;
  std::string name_;
};

/// Answers whether the bytes with this SHA-256 are ours to replace or remove.
using Known = std::function<bool(const std::string& sha256)>;

/// An `.aside` file that holds a user's bytes.
struct Stray {
  std::string name;
  std::string place;   ///< from which it was taken; "": unknown, or no place that people see
  std::string sha256;  ///< of what the user saved over

  bool operator==(const Stray&) const = default;
};

/// Removes those of the temporary files of these names that a crash left behind. Leaves the files of living processes
/// (of this host, and of others if the file system has shared locks), and everything on a file system without locks.
/// Returns the files that it left because they hold bytes that are not `known`: a user's. Other daemons may do the same
/// at the same time. Throws std::system_error.
[[nodiscard]] std::vector<Stray> remove_strays(const Directory& directory, std::span<const std::string> names,
                                               const Known& known, std::uint64_t limit);

/// Renames a file that `remove_strays` left to the first free one of name_at(1), name_at(2) …, so that its user finds
/// it. `announce` gets the name before the file has it. Returns the new name, or nullopt if the file is gone: another
/// daemon did the same, or its user removed it. Throws std::system_error, and what `announce` throws.
[[nodiscard]] std::optional<std::string> show_again(const Directory& directory, const Stray& stray,
                                                    const std::function<std::string(unsigned)>& name_at,
                                                    const std::function<void(const std::string&)>& announce);

}  // namespace clientsync
