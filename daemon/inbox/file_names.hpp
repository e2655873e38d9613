// What a file's name says about it, before anything is known of its bytes (docs/specification.md §2, "Which"). Names
// are bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace clientsync {

/// What is done with files of a name.
enum class NameKind {
  input,        ///< matches the patterns
  spreadsheet,  ///< *.xlsx, *.xls, *.ods, *.numbers: gets a `not_csv` report
  temporary,    ///< hidden, `~$*`, `.~lock.*`, *.tmp, *.part …: never taken
  other,        ///< matches no pattern: taken only where the ledger published a report at that name
};
[[nodiscard]] NameKind name_kind(std::string_view name, std::span<const std::string> patterns);

/// A case-insensitive (ASCII) glob over bytes: `*` any run, `?` one byte, `[a-z]`, `[!a-z]` a set.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view name);

}  // namespace clientsync
