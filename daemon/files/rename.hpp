// Moving files about in a folder where users save over them at any moment: each step looks at what it has really moved.
// All names are entries of the directory; `aside` and `temporary` are random names of our own, which nobody else
// touches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/files/directory.hpp"

namespace clientsync {

/// What was seen under a name.
struct Sight {
  FileDescriptor hold;  ///< keeps the inode's number from being given to another file while this is remembered
  Stamp stamp;
  std::string sha256;  ///< empty for what is no regular file of at most the limit that can be read
};

/// nullopt where nothing is there. Throws std::system_error, as all of these do.
[[nodiscard]] std::optional<Sight> see(const Directory& directory, const std::string& name, std::uint64_t limit);

/// The same file with the same bytes or, where they could not be read, the same stamp.
[[nodiscard]] bool same(const Sight& a, const Sight& b);

/// True where `name` holds the accepted bytes, seen twice. Somebody who opened the file before it was moved can still
/// write to it: see is_being_written.
[[nodiscard]] bool holds(const Directory& directory, const std::string& name, const std::string& accepted,
                         std::uint64_t limit);

/// True where somebody has the file open for writing: what he writes is yet to come, be it that his file system makes
/// him wait. Known of the service's own files, such as its reports; of files of others, and where the file system is
/// remote, nobody can tell: false.
[[nodiscard]] bool is_being_written(const Directory& directory, const std::string& name);

/// Removes what was moved to `aside`, where it holds the accepted bytes; false where it does not. One that is being
/// written stays, for remove_strays.
[[nodiscard]] bool remove_accepted(const Directory& directory, const std::string& aside, const std::string& accepted,
                                   std::uint64_t limit);

/// Moves one of our own names to `place`, where that is free; false where it is not.
[[nodiscard]] bool move_new(const Directory& directory, const std::string& temporary, const std::string& place);

/// Swaps what stands under the two names.
enum class Exchanged { yes, nothing_there, not_movable, unsupported };
[[nodiscard]] Exchanged exchange(const Directory& directory, const std::string& aside, const std::string& place);

/// `aside` holds what a user saved and what came out when `last` was put at `place` by an exchange. Exchanges the two
/// until what comes out is what was last put there, unchanged: then nobody saved in between, and the newest stands at
/// the place. What is aside in the end is our own, or what the user has saved over meanwhile, as if we had never been
/// there.
void put_back(const Directory& directory, const std::string& aside, const std::string& place, Sight last,
              std::uint64_t limit);

/// Moves what stands at `name` to `aside`, and back where it does not hold the accepted bytes. Meanwhile nothing stands
/// at `name`, and what a user saves there then takes the place of what was moved, as it would have anyway.
enum class Taken { accepted_is_aside, put_back, not_movable };
[[nodiscard]] Taken take_aside(const Directory& directory, const std::string& name, const std::string& aside,
                               const std::string& accepted, std::uint64_t limit);

void unlink_if_there(const Directory& directory, const std::string& name);

/// Makes what was moved and removed in the directory durable.
void sync_directory(const Directory& directory);

}  // namespace clientsync
