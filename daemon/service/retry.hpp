// What is tried again: with growing, jittered delays of up to 60 s (docs/specification.md §6).
#pragma once

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/http/health_page.hpp"
#include "daemon/inbox/arrivals.hpp"

namespace clientsync {

/// The duration times a random factor between these two.
inline std::chrono::milliseconds jittered(std::chrono::milliseconds full, double least, double most) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> factor(least, most);
  return std::chrono::milliseconds{
      static_cast<std::chrono::milliseconds::rep>(factor(random) * static_cast<double>(full.count()))};
}

class Backoff {
 public:
  /// The delay before the next attempt. It doubles from 0.25 s to 60 s, and each is shortened by up to a half at random
  /// so that many waiters do not return at once.
  [[nodiscard]] std::chrono::milliseconds next() {
    constexpr std::chrono::milliseconds longest{60000};
    const std::chrono::milliseconds full =
        std::min(longest, std::chrono::milliseconds{250} * (1 << std::min(failures_, 8)));
    ++failures_;
    return jittered(full, 0.5, 1.0);
  }
  /// True if something had failed since the last success.
  bool succeeded() { return std::exchange(failures_, 0) > 0; }
  [[nodiscard]] bool failing() const { return failures_ > 0; }

 private:
  int failures_ = 0;
};

/// A fault of the environment from the first failure with its event to the next success.
class Outage {
 public:
  /// It failed now: the event of its log line, and why. Gives the delay before the next attempt.
  [[nodiscard]] std::chrono::milliseconds failed(std::string event, std::string why, Moment now) {
    if (!failing(event)) since_ = now;
    event_ = std::move(event);
    why_ = std::move(why);
    return backoff_.next();
  }
  /// True if it had failed since the last success.
  bool succeeded() { return backoff_.succeeded(); }
  [[nodiscard]] bool failing() const { return backoff_.failing(); }
  [[nodiscard]] bool failing(std::string_view event) const { return failing() && event_ == event; }

  /// While it fails: what health says. `inbox` is empty if it is no inbox's.
  [[nodiscard]] Fault fault(const std::string& inbox, Moment now) const {
    return {.event = event_,
            .inbox = inbox,
            .why = why_,
            .lasts = std::chrono::duration_cast<std::chrono::milliseconds>(now - since_)};
  }

 private:
  Backoff backoff_;
  std::string event_;
  std::string why_;
  Moment since_{};
};

}  // namespace clientsync
