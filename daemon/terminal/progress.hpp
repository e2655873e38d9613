// How far long work has got, for somebody who waits at a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "daemon/terminal/terminal.hpp"

namespace clientsync {

/// `reading clients [######------]  50%`, at most `width` columns. `done` may be more than `total`.
[[nodiscard]] std::string progress_line(const std::string& doing, std::size_t done, std::size_t total,
                                        std::size_t width);

/// A bar on standard error, if that is a terminal and the work takes longer than half a second. It is wiped away when
/// the object goes, which must be before anything else is written to standard error.
class Progress {
 public:
  Progress(std::string doing, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more of the total is done.
  void advance();

 private:
  std::string doing_;
  std::size_t total_, done_ = 0;
  std::optional<Terminal> terminal_;
  std::chrono::steady_clock::time_point next_;  ///< when the bar is drawn again
  bool drawn_ = false;
};

}  // namespace clientsync
