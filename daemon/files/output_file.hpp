// A file that a command writes for the user who named it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/files/directory.hpp"
#include "daemon/files/temporary.hpp"

namespace clientsync {

/// Written piece by piece to a hidden temporary file in the same directory, so that nobody sees a part of it at its
/// place. The directory must outlive it. All functions throw std::system_error.
class OutputFile {
 public:
  /// `place` is the name that the file is to have.
  OutputFile(const Directory& directory, std::string place);
  ~OutputFile();  ///< removes the temporary file if it was not moved to its place
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] const std::string& place() const { return place_; }

  void write(std::string_view bytes);

  /// Makes what was written durable, with the mode and the group of the file that is at the place, or else those of any
  /// new file. `mode` (permission bits) takes precedence. To be called once, after the last `write`.
  void finish(std::optional<std::uint32_t> mode = std::nullopt);

  /// Moves the finished file to its place, instead of the file that is there. A link there is replaced, not followed.
  void replace();

  /// The same, but returns false and changes nothing if something is at the place.
  [[nodiscard]] bool move_to_free_place();

 private:
  void flush();

  const Directory& directory_;
  std::string place_;
  Temporary temporary_;
  std::string pending_;
  bool moved_ = false;
};

/// Throws std::runtime_error if something is at `place` that is no regular file: a device or a directory must not be
/// replaced, and whoever names a link means another file.
void require_replaceable(const Directory& directory, const std::string& place);

/// Removes the temporary files that programs left in the directory which died while they wrote an OutputFile.
void remove_unfinished(const Directory& directory);

}  // namespace clientsync
