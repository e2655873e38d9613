// Moments of the service's own clock become moments of the day, for what it tells people of its inboxes.
#pragma once

#include <chrono>
#include <string>

#include "daemon/inbox/arrivals.hpp"
#include "importer/text.hpp"

namespace clientsync {

/// This moment on both clocks.
struct ThisMoment {
  Moment now{};
  std::chrono::system_clock::time_point today{};

  /// RFC 3339, in UTC.
  [[nodiscard]] std::string shown(Moment moment) const {
    return utc_timestamp(today + std::chrono::duration_cast<std::chrono::system_clock::duration>(moment - now));
  }
};

/// So many waiting files of an inbox are shown at most, and so many of all inboxes together.
inline constexpr std::size_t most_shown = 1000, most_shown_in_all = 20'000;

}  // namespace clientsync
