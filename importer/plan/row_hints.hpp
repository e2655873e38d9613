// Common mistakes of whole rows and files, recognised so that a message can say what to do (docs/specification.md
// §4.2).
#pragma once

#include <string_view>

namespace clientsync {

/// True for what stands beside the sums of a table: "Total", "Grand total:", "Total geral", "Subtotal", "Soma".
[[nodiscard]] bool is_total_label(std::string_view cell);

/// True if `name` with its accents damaged gives `value`: each run of characters outside ASCII became question marks,
/// U+FFFD, or the characters that its bytes are in another encoding ("JosÃ©", "Jos?" of "José"). False for a name that
/// somebody typed with other accents, or with none.
[[nodiscard]] bool has_damaged_accents(std::string_view value, std::string_view name);

}  // namespace clientsync
