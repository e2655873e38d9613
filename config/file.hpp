// Small files that are read whole: configurations and passwords. Knows nothing of what they say.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace clientsync {

/// A file's content, or why it can't be read, as the rest of a sentence that starts with the file's name.
struct FileText {
  std::string content;
  std::string fault;
};

/// Reads a regular file of at most `limit` bytes. Group and others must have no right to a `secret` one.
[[nodiscard]] FileText read_file(const std::filesystem::path& path, std::size_t limit, bool secret);

/// The system's words for a value of errno.
[[nodiscard]] std::string system_message(int error);

}  // namespace clientsync
