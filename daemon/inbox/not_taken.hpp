// Why something in an inbox is not taken (docs/specification.md §2, "Which").
#pragma once

#include <optional>
#include <span>
#include <string>

#include "daemon/files/directory.hpp"
#include "daemon/inbox/file_names.hpp"

namespace clientsync {

struct WhyNotTaken {
  std::string reason;    ///< a word: see docs/operations.md, "Why a file is or is not taken"
  std::string sentence;  ///< for people: "it is a link"
};

/// nullopt for a file, and for an entry that could not be examined, which may be one.
[[nodiscard]] std::optional<WhyNotTaken> why_not_a_file(const Entry& entry);

/// For people.
[[nodiscard]] std::string no_pattern_matches(std::span<const std::string> patterns);

/// Why the inbox never takes it, or not for now; nullopt if it may be taken. `report`: the ledger published a report
/// under its name.
[[nodiscard]] std::optional<WhyNotTaken> why_not_taken(const Entry& entry, std::span<const std::string> patterns,
                                                       bool report);

}  // namespace clientsync
