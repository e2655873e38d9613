// An import of the ledger, as `status` and `explain` print it for people.
#pragma once

#include <string>

#include "importer/store/file_history.hpp"

namespace clientsync {

/// "import 12, 2026-11-23T10:15:00Z, by maria: 10 rows, 6 updated, …; report clients.errors.csv (published)"
[[nodiscard]] std::string describe(const PastImport& import);

}  // namespace clientsync
