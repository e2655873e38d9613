// Growing, jittered delays for what is tried again (docs/specification.md §6: up to 60 s).
#pragma once

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/inbox/arrivals.hpp"

namespace clientsync {

/// The duration times a random share between these two.
inline std::chrono::milliseconds jittered(std::chrono::milliseconds full, double least, double most) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> share(least, most);
  return std::chrono::milliseconds{
      static_cast<std::chrono::milliseconds::rep>(share(random) * static_cast<double>(full.count()))};
}

class Backoff {
 public:
  /// The delay before the next attempt: doubles from 0.25 s to 60 s, each shortened by up to a half at random, so that
  /// many waiters don't return at once.
  [[nodiscard]] std::chrono::milliseconds next() {
    constexpr std::chrono::milliseconds longest{60000};
    const std::chrono::milliseconds full =
        std::min(longest, std::chrono::milliseconds{250} * (1 << std::min(failures_, 8)));
    ++failures_;
    return jittered(full, 0.5, 1.0);
  }
  /// True where something had failed since the last success.
  bool succeeded() { return std::exchange(failures_, 0) > 0; }
  [[nodiscard]] bool failing() const { return failures_ > 0; }

 private:
  int failures_ = 0;
};

/// Something of the environment that does not work for now, from its first failure to the next success.
class Outage {
 public:
  /// It failed at that moment: the event of its log line, and why. Gives the delay before the next attempt.
  [[nodiscard]] std::chrono::milliseconds failed(std::string_view event, std::string why, Moment at) {
    if (!failing()) since_ = at;
    event_ = event;
    why_ = std::move(why);
    return backoff_.next();
  }
  /// True where it had failed since the last success.
  bool succeeded() { return backoff_.succeeded(); }
  [[nodiscard]] bool failing() const { return backoff_.failing(); }

  // While it fails:
  [[nodiscard]] const std::string& event() const { return event_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] Moment since() const { return since_; }

 private:
  Backoff backoff_;
  std::string event_;
  std::string why_;
  Moment since_{};
};

}  // namespace clientsync
