// One value of a configuration with its place, and readers that report what they can't take. Knows no key's name.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "config/yaml.hpp"

namespace clientsync {

/// ASCII digits without sign or leading zeros. A number that is too large for the type becomes the type's largest.
[[nodiscard]] std::optional<std::uint64_t> parse_whole_number(std::string_view text);

/// ASCII letters in lower case.
[[nodiscard]] std::string lower(std::string_view text);

/// The end of a sentence about a word that is none of `words` (lower case): `; did you mean …?` if it resembles one of
/// them, otherwise `; expected one of …`.
[[nodiscard]] std::string hint(std::string_view word, const std::vector<std::string_view>& words);

/// A value with its dotted key. The readers below report a value that they can't take, and then leave their target
/// unchanged.
struct Setting {
  const YamlNode& node;
  std::string key;
  std::vector<ConfigError>& errors;

  void fail(std::string message) const;

  /// The scalar's text. Reports a value of another kind, with what was `expected`, and returns null.
  [[nodiscard]] const std::string* scalar(std::string_view expected) const;
};

using Reader = std::function<void(const Setting&)>;

/// One key of a map and what reads its value.
struct KnownKey {
  std::string_view name;
  Reader read;  ///< empty for a key of the specification whose feature this version lacks: only an empty value is taken
};

inline constexpr std::nullptr_t not_available = nullptr;

/// For a setting that may stand there without a value, which sets nothing.
[[nodiscard]] Reader unless_empty(Reader read);

/// Reads the values of a map in the order of `keys`, whatever the order of the file. Reports unknown and duplicate
/// keys. No value at all counts as an empty map.
void read_map(const Setting& setting, const std::vector<KnownKey>& keys);

/// Reports that a map lacks a key, if it does.
void require(const Setting& map, std::string_view key, const std::string& expected);

/// Calls `read` for each item of a list, with the keys `key[0]`, `key[1]` …
void read_list(const Setting& setting, const Reader& read, std::string_view expected = "a list");

/// Reads one line of text that is not empty. No message shows its value.
void read_text(const Setting& setting, std::string& target, std::string_view expected = "text");

void read_number(const Setting& setting, std::size_t min, std::size_t max, std::size_t& target);

/// Reads a size in bytes, written as `102400B`, `100KB` (of 1,024 bytes) or `1MB`.
void read_size(const Setting& setting, std::size_t min, std::size_t max, std::size_t& target);

/// Reads a duration, written as `500ms`, `1s`, `5m`, `1h` or `7d`.
void read_duration(const Setting& setting, std::chrono::milliseconds min, std::chrono::milliseconds max,
                   std::chrono::milliseconds& target);

/// Reads `off` as nullopt, or a percentage from `1%` to `100%`.
void read_percentage(const Setting& setting, std::optional<unsigned>& target);

/// The place of the setting's word among `words`. Reports any other word.
[[nodiscard]] std::optional<std::size_t> read_word(const Setting& setting, const std::vector<std::string_view>& words);

/// Reads a word as the value that stands beside it in `choices`.
template <class T>
[[nodiscard]] Reader one_of(T& target, std::vector<std::pair<std::string_view, std::type_identity_t<T>>> choices) {
  return [&target, choices = std::move(choices)](const Setting& setting) {
    std::vector<std::string_view> words;
    for (const auto& choice : choices) words.push_back(choice.first);
    if (const auto place = read_word(setting, words)) target = choices[*place].second;
  };
}

}  // namespace clientsync
