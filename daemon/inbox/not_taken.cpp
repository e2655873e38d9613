#include "daemon/inbox/not_taken.hpp"

#include "daemon/inbox/ownership.hpp"

namespace clientsync {

std::optional<WhyNotTaken> why_not_a_file(const Entry& entry) {
  switch (entry.type) {
    case FileType::regular:
      if (entry.links > 1) return WhyNotTaken{"second_link", "it has a second hard link"};
      return std::nullopt;
    case FileType::link:
      return WhyNotTaken{"link", "it is a link"};
    case FileType::directory:
      return WhyNotTaken{"folder", "it is a folder"};
    case FileType::other:
      break;
  }
  if (entry.stamp.inode == 0) return std::nullopt;
  return WhyNotTaken{"special", "it is a device, a pipe or a socket"};
}

std::string no_pattern_matches(std::span<const std::string> patterns) {
  std::string all;
  for (const std::string& pattern : patterns) all.append(all.empty() ? "" : " ").append(pattern);
  return "its name matches no pattern: " + all;
}

std::optional<WhyNotTaken> why_not_taken(const Entry& entry, std::span<const std::string> patterns, bool report) {
  const NameKind kind = name_kind(entry.name, patterns);
  if (entry.name == mark_name) return WhyNotTaken{"hidden", "it is the mark of the inbox"};
  if (kind == NameKind::temporary && entry.name.starts_with('.')) return WhyNotTaken{"hidden", "it is hidden"};
  if (kind == NameKind::temporary) return WhyNotTaken{"temporary", "its name is that of a temporary file"};
  if (auto why = why_not_a_file(entry)) return why;
  if (kind == NameKind::other && !report) return WhyNotTaken{"pattern", no_pattern_matches(patterns)};
  return std::nullopt;
}

}  // namespace clientsync
