// Finds the inboxes: those that the configuration names, and the child directories of its roots
// (docs/specification.md §9, `roots`).
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

/// A directory in a root that is not an inbox, and why.
struct NotTaken {
  std::filesystem::path path;
  std::string why;
};

/// Inboxes that were found before a root is listed.
struct TakenInboxes {
  std::map<std::string, std::filesystem::path, std::less<>> names;  ///< with their directories
  std::set<std::pair<std::uint64_t, std::uint64_t>> directories;    ///< device and inode
};

/// The inboxes that the configuration names. A directory that is missing now has no entry in `directories`.
[[nodiscard]] TakenInboxes named_inboxes(const Config& config);

/// Sorted by name.
struct FoundInboxes {
  std::vector<InboxConfig> inboxes;
  std::vector<NotTaken> not_taken;
};

/// The inbox that a folder in a root is.
[[nodiscard]] InboxConfig inbox_in_root(const std::filesystem::path& root, const std::string& name,
                                        const InboxConfig& defaults);

/// Each direct child directory of the root is an inbox of its own firm and has the name of the directory. Hidden
/// directories, links, and directories that are inboxes already are left out. Throws std::system_error.
[[nodiscard]] FoundInboxes find_inboxes(const Directory& root, const InboxConfig& defaults, const TakenInboxes& taken);

/// The inboxes that a running service knows of.
struct KnownInboxes {
  std::vector<InboxConfig> inboxes;  ///< the named ones first, then those of each root, by name
  bool complete = true;              ///< false: there may be more, in a root that could not be listed so far
};

/// All inboxes of a configuration at this moment.
struct AllInboxes {
  std::vector<InboxConfig> inboxes;  ///< the named ones first, then those of each root
  std::vector<NotTaken> not_taken;
  std::vector<std::string> faults;  ///< why roots could not be listed
};
[[nodiscard]] AllInboxes all_inboxes(const Config& config);

}  // namespace clientsync
