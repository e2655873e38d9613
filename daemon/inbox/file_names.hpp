// What the name of a file says about it (docs/specification.md §2, "Which"). Names are bytes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "importer/sheet/foreign_format.hpp"

namespace clientsync {

/// What becomes of a file of that name.
enum class NameKind {
  input,      ///< matches the patterns
  document,   ///< *.xlsx, *.pdf, *.zip …: gets a `not_csv` report
  temporary,  ///< hidden, `~$*`, *.tmp, *.part …: never taken
  other,      ///< matches no pattern: taken only if the ledger published a report at that name
};
[[nodiscard]] NameKind name_kind(std::string_view name, std::span<const std::string> patterns);

/// What a document of that name is, whatever its bytes; nullopt if the name is none of a document.
[[nodiscard]] std::optional<ForeignFormat> document_format(std::string_view name);

/// A glob over bytes, case-insensitive for ASCII: `*` matches any run of bytes, `?` one byte, `[a-z]` one byte of a
/// set, `[!a-z]` one byte outside it.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view name);

}  // namespace clientsync
