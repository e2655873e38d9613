// The watched directories of a configuration: which ones exist, and that none is in another's way.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// Roots, then inboxes, as they are added: an error is reported where one is in the way of an earlier one.
class Folders {
 public:
  explicit Folders(ConfigChecks::Folders checks) : checks_(checks) {}

  void add_root(const Setting& setting, const std::filesystem::path& path);
  void add_inbox(const Setting& setting, const std::filesystem::path& path);

  /// Reports directories that can't be used, where all have to be there.
  void report_missing() const;

 private:
  /// An inbox or a root, with the line that has it.
  struct Folder {
    std::filesystem::path path;  ///< without links where directories are looked at
    bool is_root = false;
    std::size_t line = 0;
  };

  [[nodiscard]] std::filesystem::path resolve(const std::filesystem::path& path) const;
  [[nodiscard]] std::string conflict(const Folder& folder) const;
  void add(const Setting& setting, const std::filesystem::path& path, bool is_root);
  void look_at(const Setting& setting, const std::filesystem::path& path, const Folder& folder);

  ConfigChecks::Folders checks_;
  std::map<std::filesystem::path, Folder> folders_;
  std::vector<Folder> roots_;
  std::map<std::pair<dev_t, ino_t>, Folder> directories_;
  std::vector<std::pair<Setting, std::string>> missing_;  ///< what can't be used, and why
};

}  // namespace clientsync
