// The error CSV that answers a file (docs/specification.md §5): built to be mended in a spreadsheet and dropped again.
#pragma once

#include <string>

#include "importer/plan/plan.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

/// The report's bytes: UTF-8 with byte order mark, in the input's dialect and language. One line per failed row in the
/// input's order; for a rejected file one line per problem first. Only the header where nothing failed.
[[nodiscard]] std::string render_report(const Sheet& sheet, const Plan& plan);

}  // namespace clientsync
