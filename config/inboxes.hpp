// The sections `defaults` and `inboxes`: every key of an inbox.
#pragma once

#include <filesystem>
#include <vector>

#include "config/config.hpp"
#include "config/folders.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// Sets what inboxes start from. Refuses `name` and `path`, and `firm` if there are roots, since each of their inboxes
/// has its own firm.
void read_defaults(const Setting& setting, bool has_roots, InboxConfig& defaults);

/// Appends each inbox of the list, also one with errors, and its directory to `folders`. Each starts as a copy of
/// `defaults`.
void read_inboxes(const Setting& setting, const InboxConfig& defaults, std::vector<InboxConfig>& inboxes,
                  std::vector<WatchedFolder>& folders);

/// Reads an absolute path.
void read_path(const Setting& setting, std::filesystem::path& target);

}  // namespace clientsync
