// Whether a standard stream is a terminal, and what can be shown on it.
#pragma once

#include <cstddef>
#include <optional>

namespace clientsync {

struct Terminal {
  std::size_t width = 80;  ///< in columns
  bool colour = false;     ///< false if $NO_COLOR is set, and on a terminal that has none

  bool operator==(const Terminal&) const = default;
};

/// The terminal behind the descriptor; nullopt if it is a file or a pipe. $COLUMNS takes precedence over what the
/// terminal says of its width.
[[nodiscard]] std::optional<Terminal> terminal_at(int descriptor);

}  // namespace clientsync
