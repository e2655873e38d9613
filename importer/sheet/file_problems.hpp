// What rejects a whole file, in words for people (docs/specification.md §4.1).
#pragma once

#include <cstdint>
#include <vector>

#include "importer/messages/messages.hpp"
#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/sheet/foreign_format.hpp"
#include "importer/sheet/header.hpp"

namespace clientsync {

/// Both in bytes.
[[nodiscard]] Problem too_large(std::uint64_t size, std::uint64_t limit);

[[nodiscard]] Problem not_csv(ForeignFormat format);

/// `before` is of the text before the byte that is wrong. The byte and its offset are arguments too, for the log.
[[nodiscard]] Problem cannot_decode(const DecodeError& error, const Reading& before);

[[nodiscard]] Problem malformed(const CsvError& error);

/// Empty if the header is complete and names each column once.
[[nodiscard]] std::vector<Problem> header_problems(const Header& found, Language language);

}  // namespace clientsync
