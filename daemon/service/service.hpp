// The service: watches every inbox, imports what is dropped there, and stops in good order.
#pragma once

#include "config/config.hpp"

namespace clientsync {

/// Runs until SIGTERM or SIGINT, then finishes the jobs at work. Throws if the service cannot start at all.
void run_service(const Config& config);

}  // namespace clientsync
