// The error CSV that answers a file (docs/specification.md §5), made to be corrected in a spreadsheet and dropped
// again.
#pragma once

#include <string>

#include "importer/plan/plan.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

/// The report's bytes: UTF-8 with byte order mark, in the input's dialect and language. The header comes first, then a
/// line for each problem of the file, then a line for each failed row in the input's order.
[[nodiscard]] std::string render_report(const Sheet& sheet, const Plan& plan);

}  // namespace clientsync
