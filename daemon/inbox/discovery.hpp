// Which inboxes there are: those that the configuration names, and those that stand in its roots (docs/specification.md
// §9, `roots`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"

namespace clientsync {

/// A directory in a root that is no inbox, and why.
struct NotTaken {
  std::filesystem::path path;
  std::string why;
};

/// What is an inbox already when a root is looked at.
struct TakenInboxes {
  std::map<std::string, std::filesystem::path, std::less<>> names;  ///< with the directory that has it
  std::set<std::pair<std::uint64_t, std::uint64_t>> directories;    ///< device and inode
};

/// The inboxes that the configuration names, their directories as they stand now.
[[nodiscard]] TakenInboxes named_inboxes(const Config& config);

/// By name.
struct FoundInboxes {
  std::vector<InboxConfig> inboxes;
  std::vector<NotTaken> not_taken;
};

/// Each direct, non-hidden child directory of the root, no link, is an inbox of its own firm, named like the directory.
/// One that is an inbox already is left out. Throws std::system_error.
[[nodiscard]] FoundInboxes find_inboxes(const Directory& root, const InboxConfig& defaults, const TakenInboxes& taken);

/// All inboxes of a configuration as things stand.
struct AllInboxes {
  std::vector<InboxConfig> inboxes;  ///< the named ones first, then those of each root
  std::vector<NotTaken> not_taken;
  std::vector<std::string> faults;  ///< of roots that can't be looked at
};
[[nodiscard]] AllInboxes all_inboxes(const Config& config);

}  // namespace clientsync
