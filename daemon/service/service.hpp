// The service: watches every inbox, hands complete files to workers, and stops in good order.
#pragma once

#include "config/config.hpp"

namespace clientsync {

struct ServiceOptions {
  bool once = false;  ///< handle what stands in the inboxes, then end
};

/// Runs until SIGTERM or SIGINT, finishing the files in hand; with `once` until no inbox has anything to do.
/// Gives the exit status of docs/specification.md §8: 0; with `once` also 1 (some rows failed), 3 (a file was
/// rejected), 4 (the environment failed). Throws where the service can't start at all.
[[nodiscard]] int run_service(const Config& config, const ServiceOptions& options);

}  // namespace clientsync
