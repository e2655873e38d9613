// What looks at an inbox find, for an operator who wonders about a file: logged at `debug` alone.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "daemon/inbox/arrivals.hpp"

namespace clientsync {

class LookLog {
 public:
  /// Logs `inbox.looked` if the number of entries or of waiting files has changed, and `file.settling` for each file
  /// that waits for another reason, or with another size, than at the last look. Does nothing unless `debug` is logged.
  /// `entries` are those of the last listing.
  void tell(const std::string& inbox, std::size_t entries, const Arrivals& arrivals);

 private:
  std::size_t entries_ = 0, waiting_ = 0;
  std::map<std::string, std::string> told_;  ///< why each file waits, and its size
};

}  // namespace clientsync
