// Moves and removes files that users may save over at any moment: each step checks what it has actually moved. All
// functions here throw std::system_error. `aside` and `temporary` are random names of our own, which no other program
// uses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/files/directory.hpp"

namespace clientsync {

/// What was seen under a name.
struct Sight {
  FileDescriptor hold;  ///< as long as it is open, no other file gets this inode number
  Stamp stamp;
  std::string sha256;  ///< empty unless this is a readable regular file within the limit
};

/// nullopt if there is nothing of that name.
[[nodiscard]] std::optional<Sight> see(const Directory& directory, const std::string& name, std::uint64_t limit);

/// True if both are the same file with the same bytes (or, if the bytes could not be read, the same stamp).
[[nodiscard]] bool same(const Sight& a, const Sight& b);

/// True if `name` holds the accepted bytes, checked twice. A program that opened the file before it was moved can still
/// write to it: see is_being_written.
[[nodiscard]] bool holds(const Directory& directory, const std::string& name, const std::string& accepted,
                         std::uint64_t limit);

/// True if somebody has the file open for writing, so that more bytes may follow. This can be found out only for the
/// service's own files, such as its reports; for other people's files and on remote file systems the answer is false.
[[nodiscard]] bool is_being_written(const Directory& directory, const std::string& name);

/// Removes the file at `aside` and returns true if it holds the accepted bytes, otherwise returns false. A file that is
/// being written is accepted, but left for remove_strays.
[[nodiscard]] bool remove_accepted(const Directory& directory, const std::string& aside, const std::string& accepted,
                                   std::uint64_t limit);

/// Moves our own file to `place` and returns true, or returns false if `place` is occupied.
[[nodiscard]] bool move_new(const Directory& directory, const std::string& temporary, const std::string& place);

/// Swaps the files of the two names.
enum class Exchanged { yes, nothing_there, not_movable, unsupported };
[[nodiscard]] Exchanged exchange(const Directory& directory, const std::string& aside, const std::string& place);

/// Undoes an exchange that brought a user's file to `aside` when it put `last` at `place`. Exchanges the two names
/// until the file that comes out is the one that was put there last: then nobody saved in between, and the newest file
/// is at its place. What is at `aside` in the end is our own file, or one that the user has since saved over.
void put_back(const Directory& directory, const std::string& aside, const std::string& place, Sight last,
              std::uint64_t limit);

/// Moves `name` to `aside`, and back if it does not hold the accepted bytes. If a user saves at `name` in between, the
/// file that was moved is dropped, since the user has replaced it.
enum class Taken { accepted_is_aside, put_back, not_movable };
[[nodiscard]] Taken take_aside(const Directory& directory, const std::string& name, const std::string& aside,
                               const std::string& accepted, std::uint64_t limit);

void unlink_if_there(const Directory& directory, const std::string& name);

/// Makes renames and removals in the directory durable.
void sync_directory(const Directory& directory);

}  // namespace clientsync
