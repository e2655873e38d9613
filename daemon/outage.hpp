// Something of the environment that does not work for now, from its first failure to the next success.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/backoff.hpp"
#include "daemon/inbox.hpp"

namespace clientsync {

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
