// YAML as a tree that knows its places, without what makes YAML surprising. Knows no key's name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace clientsync {

struct YamlEntry;

/// One value of a YAML document. What was reported while the tree was built (an alias) is `broken`: readers pass it in
/// silence.
struct YamlNode {
  enum class Kind { null, scalar, list, map, broken };

  Kind kind = Kind::null;
  bool quoted = false;             ///< a scalar in quotes: text, whatever it looks like
  std::size_t line = 0;            ///< from 1
  std::size_t column = 0;          ///< from 1, in characters
  std::string text;                ///< a scalar's
  std::vector<YamlNode> items;     ///< a list's
  std::vector<YamlEntry> entries;  ///< a map's, in the order of the file, duplicates included
};

struct YamlEntry {
  std::string key;
  std::size_t line = 0;
  std::size_t column = 0;
  YamlNode value;
};

/// The one document of `text` (UTF-8), null where it is empty. Anchors, aliases, tags, merge keys, further documents,
/// deep nesting, control characters and bad UTF-8 are errors. Nothing is returned for what can't be parsed; then
/// `errors` says why.
[[nodiscard]] std::optional<YamlNode> parse_yaml(std::string_view text, std::vector<ConfigError>& errors);

/// A control character of C0 (TAB and line ends too), DEL, or one of C1 (as UTF-8) begins at that byte.
[[nodiscard]] bool is_control(std::string_view text, std::size_t at);

/// `text` without control characters, a long one cut.
[[nodiscard]] std::string printable(std::string_view text);

/// The same in backquotes, as messages show it.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace clientsync
