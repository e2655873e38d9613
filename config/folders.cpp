#include "config/folders.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

#include "config/file.hpp"

namespace clientsync {
namespace {

namespace fs = std::filesystem;

/// Without links, if directories are looked at, and without a slash at its end.
fs::path resolve(const fs::path& path, ConfigChecks::Folders checks) {
  fs::path resolved;
  std::error_code fault;
  if (checks != ConfigChecks::Folders::ignore) resolved = fs::weakly_canonical(path, fault);
  if (fault || resolved.empty()) resolved = path.lexically_normal();
  return resolved.has_filename() || !resolved.has_relative_path() ? resolved : resolved.parent_path();
}

bool is_inside(const fs::path& inner, const fs::path& outer) {
  const auto [end, rest] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end() && rest != inner.end();
}

std::string in_line(const WatchedFolder& folder) {
  return std::string(folder.is_root ? "root" : "inbox") + " in line " + std::to_string(folder.setting.node.line);
}

std::string same_directory(const WatchedFolder& folder, const WatchedFolder& earlier) {
  return "is the same directory as the " + in_line(earlier) + "; expected one directory for each " +
         (folder.is_root ? "root" : "inbox");
}

/// The folders before the one that is being checked.
struct Earlier {
  std::map<fs::path, const WatchedFolder*> places;  ///< by the path without links
  std::vector<std::pair<fs::path, const WatchedFolder*>> roots;
  std::map<std::pair<dev_t, ino_t>, const WatchedFolder*> directories;
};

/// How a folder gets in the way of an earlier one, as the rest of a sentence that starts with its path; empty if it
/// does not.
std::string conflict(const WatchedFolder& folder, const fs::path& place, const Earlier& earlier) {
  if (const auto same = earlier.places.find(place); same != earlier.places.end()) {
    return same_directory(folder, *same->second);
  }
  for (const auto& [root_place, root] : earlier.roots) {
    const std::string rest = "the " + in_line(*root) + "; expected a directory elsewhere";
    if (is_inside(root_place, place)) return "contains " + rest;
    if (folder.is_root && is_inside(place, root_place)) return "is inside " + rest;
    if (!folder.is_root && place.parent_path() == root_place) {
      return "is already an inbox, because it is directly in " + rest;
    }
  }
  return "";
}

/// What is wrong with the directory itself, as the rest of a sentence that starts with its path; empty if nothing is.
std::string directory_fault(const WatchedFolder& folder, ConfigChecks::Folders checks, Earlier& earlier) {
  if (checks == ConfigChecks::Folders::ignore) return "";
  struct stat status {};
  if (::stat(folder.path.c_str(), &status) != 0) {
    const std::string why = system_message(errno);
    return checks == ConfigChecks::Folders::all ? "can't be used: " + why + "; expected a directory" : "";
  }
  if (!S_ISDIR(status.st_mode)) return "is not a directory; expected one";
  // One directory may be mounted in two places.
  const auto [same, is_new] = earlier.directories.try_emplace({status.st_dev, status.st_ino}, &folder);
  return is_new ? "" : same_directory(folder, *same->second);
}

}  // namespace

void check_folders(const std::vector<WatchedFolder>& folders, const fs::path& state, ConfigChecks::Folders checks) {
  Earlier earlier;
  const fs::path state_place = resolve(state, checks);
  for (const WatchedFolder& folder : folders) {
    const fs::path place = resolve(folder.path, checks);
    std::string fault = conflict(folder, place, earlier);
    if (fault.empty() && (state_place == place || is_inside(state_place, place)))
      fault = "is or contains the service's own directory " + quote(state.native()) + "; expected `state` elsewhere";
    if (fault.empty()) {
      earlier.places.emplace(place, &folder);
      if (folder.is_root) earlier.roots.emplace_back(place, &folder);
      fault = directory_fault(folder, checks, earlier);
    }
    if (!fault.empty()) folder.setting.fail(quote(folder.path.native()) + " " + fault);
  }
}

}  // namespace clientsync
