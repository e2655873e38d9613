// YAML as a tree whose nodes know their places, without the features that make YAML surprising. Knows no key's name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace clientsync {

struct YamlEntry;

/// One value of a YAML document.
struct YamlNode {
  /// `broken`: parse_yaml has reported the value, such as an alias, and readers pass over it in silence.
  enum class Kind { null, scalar, list, map, broken };

  Kind kind = Kind::null;
  bool quoted = false;             ///< a scalar in quotes, which is text whatever it looks like
  std::size_t line = 0;            ///< from 1
  std::size_t column = 0;          ///< from 1, in characters
  std::string text;                ///< of a scalar
  std::vector<YamlNode> items;     ///< of a list
  std::vector<YamlEntry> entries;  ///< of a map, in the order of the file, duplicates included

  /// True for no value, empty text and an empty list.
  [[nodiscard]] bool is_empty() const;

  /// The value of a map's key, the first one if the key is given twice; null if there is none.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  std::size_t line = 0;
  std::size_t column = 0;
  YamlNode value;
};

/// The one document of `text` (UTF-8); null if it is empty. Reports anchors, aliases, tags, merge keys, further
/// documents, deep nesting, control characters and invalid UTF-8. Returns nothing, and says why in `errors`, if the
/// text can't be parsed.
[[nodiscard]] std::optional<YamlNode> parse_yaml(std::string_view text, std::vector<ConfigError>& errors);

/// `text` as messages show it: escaped, and cut if it is long.
[[nodiscard]] std::string printable(std::string_view text);

/// The same in backquotes.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace clientsync
