// The exit statuses of the program (docs/specification.md §8).
#pragma once

namespace clientsync {

/// In order of severity, so that std::max gives the status of several files.
enum class ExitStatus { all_good = 0, rows_failed = 1, usage = 2, file_rejected = 3, environment_failed = 4 };

}  // namespace clientsync
