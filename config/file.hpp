// Small files that are read whole: configurations and passwords. Knows nothing of what they say.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace clientsync {

/// A file's content, or why it can't be had, as the rest of a sentence that starts with its name.
struct FileText {
  std::string content;
  std::string fault;
};

/// Reads a regular file of at most `limit` bytes; a `secret` one must not be open to group and others.
[[nodiscard]] FileText read_file(const std::filesystem::path& path, std::size_t limit, bool secret);

/// The system's words for a value of errno.
[[nodiscard]] std::string system_message(int error);

}  // namespace clientsync
