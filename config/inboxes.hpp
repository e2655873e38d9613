// The sections `inboxes` and `defaults`: every key of an inbox.
#pragma once

#include <filesystem>
#include <vector>

#include "config/config.hpp"
#include "config/folders.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// Sets what the map says, for inboxes to start from. `name` and `path` are errors there.
void read_defaults(const Setting& setting, InboxConfig& defaults);

/// Appends every inbox of the list, one with errors too. Each starts as a copy of the defaults. Two of one name, or in
/// one another's way in `folders`, are errors.
void read_inboxes(const Setting& setting, const InboxConfig& defaults, Folders& folders,
                  std::vector<InboxConfig>& inboxes);

void read_path(const Setting& setting, std::filesystem::path& target);

}  // namespace clientsync
