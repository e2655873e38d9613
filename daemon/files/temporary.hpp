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

/// An unused `.aside` name. Whatever is moved there may carry anybody's lock, so a `.tmp` file of the same digits is
/// locked instead, to tell remove_strays that the owner lives. The directory must outlive this object.
class Aside {
 public:
  explicit Aside(const Directory& directory);  ///< throws std::system_error
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  const Directory& directory_;
  Temporary sign_;
  std::string name_;
};

/// Answers whether the bytes with this SHA-256 are ours to replace or remove.
using Known = std::function<bool(const std::string& sha256)>;

/// Removes those of the temporary files of these names that a crash left behind. Leaves the files of living processes
/// (of this host, and of others if the file system has shared locks), and everything on a file system without locks.
/// Returns the names of files that it left because they hold bytes that are not `known`: a user's. Other daemons may do
/// the same at the same time. Throws std::system_error.
[[nodiscard]] std::vector<std::string> remove_strays(const Directory& directory, std::span<const std::string> names,
                                                     const Known& known, std::uint64_t limit);

/// Renames a file that `remove_strays` left to "recovered-<16 hex>.csv", so that its user finds it and it is an input
/// like any other. Returns the new name, or nullopt if the file is gone: another daemon did the same, or its user
/// removed it. Throws std::system_error.
[[nodiscard]] std::optional<std::string> show_again(const Directory& directory, const std::string& stray);

}  // namespace clientsync
