// What is wrong for now, for whoever looks after the service. Pure.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "daemon/http/server.hpp"

namespace clientsync {

/// Something that the log has told and that lasts.
struct StandingFault {
  std::string event{};  ///< of its log line: "inbox.unavailable"
  std::string inbox{};  ///< empty: no inbox's
  std::string file{};   ///< empty: no file's
  std::string why{};
  std::chrono::milliseconds lasts{0};
  bool warning = false;  ///< all works, but for now
};

/// `{"status": "ok", "faults": []}`; "warning" where there are warnings alone; "failing", with status 503, where
/// something does not work.
[[nodiscard]] Page health_page(std::span<const StandingFault> faults, std::chrono::system_clock::time_point now);

}  // namespace clientsync
