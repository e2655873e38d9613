// The page that tells whoever looks after the service what is wrong now. Pure.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "daemon/http/message.hpp"

namespace clientsync {

/// What is wrong with the environment of the service, for as long as it lasts.
struct Fault {
  std::string event{};  ///< the name of its log line: "inbox.unavailable"
  std::string inbox{};  ///< empty if it concerns no single inbox
  std::string file{};   ///< empty if it concerns no single file
  std::string why{};
  std::chrono::milliseconds lasts{0};
  bool warning = false;  ///< everything still works
};

/// `{"status": "ok", "faults": []}`. The status is "warning" if all faults are warnings, otherwise "failing", with HTTP
/// status 503.
[[nodiscard]] HttpResponse health_page(std::span<const Fault> faults, std::chrono::system_clock::time_point now);

}  // namespace clientsync
