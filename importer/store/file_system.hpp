// What kind of file system a file is on. Pure: told by the number that statfs(2) gives.
#pragma once

#include <cstdint>

namespace clientsync {

enum class FileSystemKind {
  local,   ///< a disk of this machine, or a file system that is not known here
  memory,  ///< tmpfs and its like: gone when the machine stops
  remote,  ///< another machine, or a program, may change files behind the kernel's back: no inotify, no sound locks
};

/// `statfs_type` is `f_type`, whose upper half says nothing: on some machines it is a negative number.
[[nodiscard]] FileSystemKind file_system_kind(std::uint64_t statfs_type);

}  // namespace clientsync
