// `run --once`: imports what stands in the inboxes, and ends (docs/specification.md §8).
#pragma once

#include "config/config.hpp"
#include "daemon/exit_status.hpp"

namespace clientsync {

/// Waits until the files that stand in the inboxes have settled, imports them one at a time, and gives the status of
/// the worst. What has a fault of the environment is left for the next run. Throws if the database cannot be used.
[[nodiscard]] ExitStatus run_once(const Config& config);

}  // namespace clientsync
