// What a list has in common with all copies of it that spreadsheets saved (docs/specification.md §2 "Once").
#pragma once

#include <string>

#include "importer/sheet/sheet.hpp"

namespace clientsync {

/// What spreadsheets leave of the cleaned required cells of all rows, in any order: the same for a list that was
/// sorted, opened and saved. A line of a report whose error code was emptied is another row, because somebody has
/// confirmed it after having read the error.
[[nodiscard]] std::string list_key(const Sheet& sheet);

}  // namespace clientsync
