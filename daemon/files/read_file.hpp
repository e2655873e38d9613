// Reads files that anybody may replace, change or swap for a link meanwhile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "daemon/files/directory.hpp"
#include "importer/result.hpp"

namespace clientsync {

/// How many bytes are read of a file over the limit: enough to find its delimiter and language.
inline constexpr std::uint64_t file_head = 4096;

/// Why a file was not read.
enum class ReadFault {
  gone,        ///< there is no such file: it was withdrawn
  changed,     ///< it changed while it was read: it is settling again
  not_a_file,  ///< a link, directory, device, FIFO or socket
  linked,      ///< it has a second hard link
  unreadable,  ///< permission denied
};

struct FileBytes {
  std::string bytes;  ///< the whole file, or the first `head` bytes of a file over the limit
  bool over_limit = false;
  Stamp stamp;
  std::uint32_t mode = 0;                ///< permission bits
  std::optional<std::uint32_t> owner{};  ///< its user's number, as it was read

  /// Makes it what `read_file` returns for a file over the limit.
  void cut_to_head() {
    bytes.resize(std::min<std::size_t>(bytes.size(), file_head));
    over_limit = true;
  }
};

/// Reads a file of at most `limit` bytes whole, and the first `head` bytes of a larger one. Opens it by openat2
/// (beneath `directory`, no links, non-blocking) and checks after opening that it is a regular file with one hard link.
/// Never reads more than limit + 1 bytes. Throws std::system_error for faults of the environment.
[[nodiscard]] Result<FileBytes, ReadFault> read_file(const Directory& directory, const std::string& name,
                                                     std::uint64_t limit, std::uint64_t head = file_head);

}  // namespace clientsync
