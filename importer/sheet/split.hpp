// Cuts a file that is over the limits of an inbox into parts that are not (docs/specification.md §10, `split`).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "importer/result.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

/// Some of a file's records, byte for byte.
struct SheetPart {
  std::string_view records;
  std::size_t rows = 0;  ///< without blank ones, which do not count

  bool operator==(const SheetPart&) const = default;
};

/// A file cut at the ends of records. Each part is `head` and its records, in the file's encoding and dialect.
struct SheetParts {
  std::string_view head;  ///< the start of the file until the end of its header: mark, `sep=` line and titles included
  std::vector<SheetPart> parts;  ///< in the order of the file; none if it has no records after the header
};

/// Why a file is not split.
struct SplitFault {
  Language language = Language::en;
  std::vector<Problem> problems;  ///< what rejects the file, apart from the limits; if empty:
  std::size_t too_large_row = 0;  ///< this record does not fit `limits.max_bytes`, with the head before it
};

/// The fewest parts that are within `limits`. Views into `bytes`, the whole file.
[[nodiscard]] Result<SheetParts, SplitFault> split_sheet(std::string_view bytes, const SheetRules& limits);

}  // namespace clientsync
