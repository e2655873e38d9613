// What monitoring systems count: as values, and as a page that Prometheus reads. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/http/message.hpp"
#include "importer/plan/plan.hpp"

namespace clientsync {

/// What became of an inbox's files since the service started.
struct Tally {
  std::uint64_t imported = 0, rejected = 0;                           ///< files
  std::uint64_t updated = 0, unchanged = 0, created = 0, failed = 0;  ///< rows

  void add(const Counts& counts, bool was_rejected);
};

/// A histogram of durations.
class Durations {
 public:
  static constexpr std::array<double, 12> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                                 0.5,   1,    2.5,   5,    10,  60};  ///< seconds

  void add(std::chrono::duration<double> duration);
  /// How many took at most `bounds[place]`; for the place after the last bound, how many there are in all.
  [[nodiscard]] std::uint64_t up_to(std::size_t place) const;
  [[nodiscard]] double sum() const { return sum_; }  ///< seconds

 private:
  std::array<std::uint64_t, bounds.size() + 1> counts_{};
  double sum_ = 0;
};

struct InboxMetrics {
  std::string inbox{};
  bool up = false;                      ///< it is watched and has no fault
  std::size_t waiting = 0;              ///< files
  std::chrono::milliseconds oldest{0};  ///< since the last change of the one that waits longest; 0 if none waits
  Tally tally{};
};

struct Metrics {
  std::string version{};
  bool database_up = false;
  std::map<std::string, std::size_t> faults{};  ///< how many there are of each event
  std::vector<InboxMetrics> inboxes{};
  Durations reports{};  ///< from the last change of a file to its report
};

/// The text format of Prometheus, version 0.0.4.
[[nodiscard]] HttpResponse metrics_page(const Metrics& metrics);

}  // namespace clientsync
