// One value of a configuration with its place, and readers that report what they can't take. Knows no key's name.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/yaml.hpp"

namespace clientsync {

/// The whole number that `text` is: ASCII digits, no sign, no leading zeros. The largest value stands for all that are
/// larger.
[[nodiscard]] std::optional<std::uint64_t> parse_whole_number(std::string_view text);

/// ASCII letters in lower case.
[[nodiscard]] std::string lower(std::string_view text);

/// The one of `words` (lower case) that was most likely meant; empty: none of them.
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words);

/// What could have been meant instead of a word that is none of `words`, as the end of a sentence:
/// `; did you mean …?`, or `; expected one of …`.
[[nodiscard]] std::string hint(std::string_view word, const std::vector<std::string_view>& words);

/// A value with its dotted key and where to complain. The readers below change their target only where the value is
/// good.
struct Setting {
  const YamlNode& node;
  std::string key;
  std::vector<ConfigError>& errors;

  void fail(std::string message) const;

  /// Nothing stands there, or empty text.
  [[nodiscard]] bool is_empty() const;

  /// The scalar's text; where the value is of another kind, that `expected` was expected is reported.
  [[nodiscard]] const std::string* scalar(std::string_view expected) const;
};

/// One key of a map and what reads its value.
struct KnownKey {
  std::string_view name;
  std::function<void(const Setting&)> read;
};

/// Reads every entry of a map; one that stands twice or that `fields` doesn't have is an error. Nothing at all is an
/// empty map.
void read_map(const Setting& setting, const std::vector<KnownKey>& fields);

/// Calls `read` for every item of a list, under the key `key[0]`, `key[1]` …
void read_list(const Setting& setting, const std::function<void(const Setting&)>& read,
               std::string_view expected = "a list");

/// The value of a map's key; where it isn't there, the map itself: where to complain.
[[nodiscard]] Setting part(const Setting& map, std::string_view key);

/// The longest duration that a setting takes.
inline constexpr std::chrono::milliseconds longest_time = std::chrono::hours{24} * 36500;

/// A key whose feature this version lacks: refused, never ignored. It may stand there only without a value.
void refuse(const Setting& setting);

/// Text that is not empty and has no control characters. Its value is never shown in a message.
void read_text(const Setting& setting, std::string& target, std::string_view expected = "text");

void read_number(const Setting& setting, std::size_t min, std::size_t max, std::size_t& target);

/// Bytes, as `102400B`, `100KB` or `1MB`; a KB has 1,024 bytes.
void read_size(const Setting& setting, std::uint64_t min, std::uint64_t max, std::uint64_t& target);

/// As `500ms`, `1s`, `5m`, `1h` or `7d`.
void read_duration(const Setting& setting, std::chrono::milliseconds min, std::chrono::milliseconds max,
                   std::chrono::milliseconds& target);

/// `off`, or `1%` to `100%`.
void read_percentage(const Setting& setting, std::optional<unsigned>& target);

/// One word that a setting may have. Without a value it is one whose feature this version lacks: refused, never
/// ignored.
template <class T>
struct Choice {
  std::string_view word;
  std::optional<T> value;
};

inline constexpr std::nullopt_t not_yet = std::nullopt;

/// The place of the setting's word among `words`; what is none of them, or not `available`, is reported.
[[nodiscard]] std::optional<std::size_t> read_word(const Setting& setting, const std::vector<std::string_view>& words,
                                                   const std::vector<bool>& available);

template <class T, std::size_t N>
void read_choice(const Setting& setting, const Choice<T> (&choices)[N], T& target) {
  std::vector<std::string_view> words;
  std::vector<bool> available;
  for (const Choice<T>& choice : choices) {
    words.push_back(choice.word);
    available.push_back(choice.value.has_value());
  }
  if (const std::optional<std::size_t> place = read_word(setting, words, available)) target = *choices[*place].value;
}

}  // namespace clientsync
