// The watched directories of a configuration: that they exist, and that none is in another's way.
#pragma once

#include <filesystem>
#include <vector>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// A root or an inbox.
struct WatchedFolder {
  Setting setting;  ///< the one that names its directory
  std::filesystem::path path;
  bool is_root = false;
};

/// Reports each folder that is missing, in the way of an earlier one, or around the service's own directory `state`.
/// Roots come before inboxes.
void check_folders(const std::vector<WatchedFolder>& folders, const std::filesystem::path& state,
                   ConfigChecks::Folders checks);

}  // namespace clientsync
