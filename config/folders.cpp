#include "config/folders.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "config/file.hpp"

namespace clientsync {
namespace {

namespace fs = std::filesystem;

bool is_inside(const fs::path& inner, const fs::path& outer) {
  const auto [end, rest] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end() && rest != inner.end();
}

std::string one_for_each(bool is_root) {
  return std::string("; expected one for each ") + (is_root ? "root" : "inbox");
}

std::string in_line(bool is_root, std::size_t line) {
  return std::string(is_root ? "root" : "inbox") + " in line " + std::to_string(line);
}

}  // namespace

fs::path Folders::resolve(const fs::path& path) const {
  fs::path resolved;
  std::error_code fault;
  if (checks_ != ConfigChecks::Folders::ignore) resolved = fs::weakly_canonical(path, fault);
  if (fault || resolved.empty()) resolved = path.lexically_normal();
  return resolved.has_filename() || !resolved.has_relative_path() ? resolved : resolved.parent_path();
}

/// Whose way it is in: the rest of a sentence that starts with its path; empty: nobody's.
std::string Folders::conflict(const Folder& folder) const {
  if (const auto same = folders_.find(folder.path); same != folders_.end()) {
    return "is the directory of the " + in_line(same->second.is_root, same->second.line) + one_for_each(folder.is_root);
  }
  for (const Folder& root : roots_) {
    const std::string name = in_line(true, root.line);
    if (is_inside(root.path, folder.path)) return "has the " + name + " inside; expected it elsewhere";
    if (folder.is_root && is_inside(folder.path, root.path)) {
      return "is inside the " + name + "; expected it elsewhere";
    }
    if (!folder.is_root && folder.path.parent_path() == root.path) {
      return "is an inbox already, being directly in the " + name + "; expected it elsewhere";
    }
  }
  return "";
}

void Folders::add(const Setting& setting, const fs::path& path, bool is_root) {
  if (path.empty()) return;
  const Folder folder{resolve(path), is_root, setting.node.line};
  if (const std::string fault = conflict(folder); !fault.empty()) {
    return setting.fail(quote(path.native()) + " " + fault);
  }
  folders_.emplace(folder.path, folder);
  if (is_root) roots_.push_back(folder);
  look_at(setting, path, folder);
}

void Folders::look_at(const Setting& setting, const fs::path& path, const Folder& folder) {
  if (checks_ == ConfigChecks::Folders::ignore) return;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    missing_.emplace_back(setting,
                          quote(path.native()) + " can't be used: " + system_message(errno) + "; expected a directory");
    return;
  }
  if (!S_ISDIR(status.st_mode)) return setting.fail(quote(path.native()) + " is not a directory; expected one");
  // One directory may be mounted in two places.
  const auto [same, is_new] = directories_.try_emplace({status.st_dev, status.st_ino}, folder);
  if (is_new) return;
  setting.fail(quote(path.native()) + " is the directory of the " + in_line(same->second.is_root, same->second.line) +
               one_for_each(folder.is_root));
}

void Folders::add_root(const Setting& setting, const fs::path& path) {
  add(setting, path, true);
}

void Folders::add_inbox(const Setting& setting, const fs::path& path) {
  add(setting, path, false);
}

void Folders::report_missing() const {
  if (checks_ == ConfigChecks::Folders::present) return;
  for (const auto& [setting, message] : missing_) setting.fail(message);
}

}  // namespace clientsync
