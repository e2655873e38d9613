#include "daemon/inbox/discovery.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

#include "importer/text.hpp"

namespace clientsync {
namespace {

/// An entry that cannot be examined, like a dead mount point, may be one: then its inbox is unavailable.
bool may_be_directory(const Entry& entry) {
  return entry.type == FileType::directory || (entry.type == FileType::other && entry.stamp.inode == 0);
}

}  // namespace

InboxConfig inbox_in_root(const std::filesystem::path& root, const std::string& name, const InboxConfig& defaults) {
  InboxConfig inbox = defaults;
  inbox.name = name;
  inbox.rules.firm = name;
  inbox.path = root / name;
  return inbox;
}

TakenInboxes named_inboxes(const Config& config) {
  TakenInboxes taken;
  for (const InboxConfig& inbox : config.inboxes) {
    taken.names.emplace(inbox.name, inbox.path);
    try {
      const Stamp stamp = stamp_of(Directory(inbox.path).fd());
      taken.directories.emplace(stamp.device, stamp.inode);
    } catch (const std::system_error&) {  // NOLINT(bugprone-empty-catch): what is missing is in no root
    }
  }
  return taken;
}

FoundInboxes find_inboxes(const Directory& root, const InboxConfig& defaults, const TakenInboxes& taken) {
  FoundInboxes found;
  for (const Entry& entry : root.list()) {
    if (entry.name.starts_with('.') || !may_be_directory(entry)) continue;
    if (taken.directories.contains({entry.stamp.device, entry.stamp.inode})) continue;
    const auto other = taken.names.find(entry.name);
    if (!is_inbox_name(entry.name)) {
      found.not_taken.push_back({root.path() / entry.name, "its name must be 1 to 64 of A-Z a-z 0-9 . _ -"});
    } else if (other != taken.names.end()) {
      found.not_taken.push_back(
          {root.path() / entry.name, "the inbox in " + escape(other->second.native()) + " has the same name"});
    } else {
      found.inboxes.push_back(inbox_in_root(root.path(), entry.name, defaults));
    }
  }
  std::ranges::sort(found.inboxes, {}, &InboxConfig::name);
  std::ranges::sort(found.not_taken, {}, &NotTaken::path);
  return found;
}

AllInboxes all_inboxes(const Config& config) {
  AllInboxes all{.inboxes = config.inboxes, .not_taken = {}, .faults = {}};
  if (config.roots.empty()) return all;
  TakenInboxes taken = named_inboxes(config);
  for (const std::filesystem::path& root : config.roots) {
    try {
      FoundInboxes found = find_inboxes(Directory(root), config.defaults, taken);
      for (const InboxConfig& inbox : found.inboxes) taken.names.emplace(inbox.name, inbox.path);
      std::ranges::move(found.inboxes, std::back_inserter(all.inboxes));
      std::ranges::move(found.not_taken, std::back_inserter(all.not_taken));
    } catch (const std::system_error& error) {
      all.faults.emplace_back(error.what());
    }
  }
  return all;
}

}  // namespace clientsync
