#include "daemon/terminal/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "daemon/terminal/text_width.hpp"

namespace clientsync {
namespace {

constexpr std::chrono::milliseconds until_first(500), between(100);
constexpr const char* wipe = "\r\x1b[K";

}  // namespace

std::string progress_line(const std::string& doing, std::size_t done, std::size_t total, std::size_t width) {
  constexpr std::size_t longest_bar = 40, hundred = 100;
  const std::size_t percent = total == 0 ? hundred : std::min(done * hundred / total, hundred);
  std::string shown = std::to_string(percent) + "%";
  shown.insert(0, sizeof "100%" - 1 - shown.size(), ' ');
  const std::size_t taken = display_width(doing) + shown.size() + std::string_view(" [] ").size();
  if (taken >= width) return cut_to_width(doing + " " + shown, width);
  const std::size_t bar = std::min(width - taken, longest_bar);
  const std::size_t filled = bar * percent / hundred;
  return doing + " [" + std::string(filled, '#') + std::string(bar - filled, '-') + "] " + shown;
}

Progress::Progress(std::string doing, std::size_t total)
    : doing_(std::move(doing)),
      total_(total),
      terminal_(terminal_at(STDERR_FILENO)),
      next_(std::chrono::steady_clock::now() + until_first) {}

Progress::~Progress() {
  if (drawn_) std::cerr << wipe << std::flush;
}

void Progress::advance() {
  ++done_;
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + between;
  drawn_ = true;
  // In the last column, some terminals would begin a new line.
  std::cerr << wipe << progress_line(doing_, done_, total_, terminal_->width - 1) << std::flush;
}

}  // namespace clientsync
