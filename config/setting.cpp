#include "config/setting.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <map>
#include <span>

#include "importer/text.hpp"

namespace clientsync {
namespace {

std::string found(YamlNode::Kind kind) {
  if (kind == YamlNode::Kind::list) return "found a list";
  if (kind == YamlNode::Kind::map) return "found a map of keys";
  return kind == YamlNode::Kind::null ? "no value" : "found text";
}

std::string join(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

/// The one of `words` that was most likely meant; empty if none was.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words) {
  constexpr std::size_t longest_word = 64;
  if (word.size() > longest_word) return "";
  const std::string meant = lower(word);
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string_view nearest;
  for (const std::string_view known : words) {
    const bool shortened = word.size() >= 4 && (known.starts_with(meant) || meant.starts_with(known));
    const std::size_t distance = shortened ? 1 : edit_distance(meant, known);
    if (distance >= least) continue;
    least = distance;
    nearest = known;
  }
  return nearest;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
using Units = std::span<const Unit>;  ///< from the smallest

constexpr std::array<Unit, 5> time_units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 3> size_units{{{"B", 1}, {"KB", 1024}, {"MB", std::uint64_t{1024} * 1024}}};

/// In the largest unit that leaves the number whole.
std::string show(std::uint64_t amount, Units units) {
  const auto fits = [amount](const Unit& unit) { return amount % unit.factor == 0; };
  const Unit& unit = amount == 0 ? units.front() : *std::find_if(units.rbegin(), units.rend(), fits);
  return std::to_string(amount / unit.factor).append(unit.name);
}

/// A whole number and one of `units`; an amount that is too large for the type becomes the type's largest.
std::optional<std::uint64_t> parse_amount(std::string_view text, Units units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> number = parse_whole_number(text.substr(0, digits));
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  if (!number || unit == units.end()) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return *number > most / unit->factor ? most : *number * unit->factor;
}

std::optional<std::uint64_t> read_amount(const Setting& setting, const std::string& what, const std::string& example,
                                         Units units, std::uint64_t min, std::uint64_t max) {
  const std::string range = "from " + show(min, units) + " to " + show(max, units) + ", like " + example;
  const std::string expected = what + " " + range;
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return std::nullopt;
  const std::optional<std::uint64_t> amount = parse_amount(*text, units);
  if (amount && min <= *amount && *amount <= max) return amount;
  if (amount) {
    setting.fail(quote(*text) + " is out of range; expected " + expected);
  } else {
    std::vector<std::string_view> names;
    for (const Unit& unit : units) names.push_back(unit.name);
    setting.fail(quote(*text) + " is not " + what + "; expected a whole number and its unit (" + join(names) + "), " +
                 range);
  }
  return std::nullopt;
}

/// The dotted key of a map's value.
std::string key_in(const Setting& map, std::string_view name) {
  return (map.key.empty() ? "" : map.key + ".").append(printable(name));
}

void report_unusable_keys(const Setting& map, const std::vector<KnownKey>& keys) {
  std::vector<std::string_view> available;
  for (const KnownKey& key : keys) {
    if (key.read) available.push_back(key.name);
  }
  std::map<std::string_view, std::size_t> lines;
  for (const YamlEntry& entry : map.node.entries) {
    const auto fail = [&](const std::string& message) {
      map.errors.push_back({entry.line, entry.column, key_in(map, entry.key), message});
    };
    const auto [first, is_first] = lines.try_emplace(entry.key, entry.line);
    if (std::ranges::find(keys, entry.key, &KnownKey::name) == keys.end()) {
      fail("unknown key " + quote(entry.key) + hint(entry.key, available));
    } else if (!is_first) {
      fail("duplicate key, first given in line " + std::to_string(first->second) + "; expected it once");
    }
  }
}

}  // namespace

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc{} ? number : std::numeric_limits<std::uint64_t>::max();
}

std::string lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string hint(std::string_view word, const std::vector<std::string_view>& words) {
  const std::string_view meant = nearest(word, words);
  return meant.empty() ? "; expected one of " + join(words) : "; did you mean " + quote(meant) + "?";
}

void Setting::fail(std::string message) const {
  if (node.kind != YamlNode::Kind::broken) errors.push_back({node.line, node.column, key, std::move(message)});
}

const std::string* Setting::scalar(std::string_view expected) const {
  if (node.kind == YamlNode::Kind::scalar) return &node.text;
  fail(found(node.kind).append("; expected ").append(expected));
  return nullptr;
}

void read_map(const Setting& setting, const std::vector<KnownKey>& keys) {
  if (setting.node.kind == YamlNode::Kind::null) return;
  if (setting.node.kind != YamlNode::Kind::map) {
    return setting.fail(found(setting.node.kind) + "; expected a map of keys");
  }
  report_unusable_keys(setting, keys);
  for (const KnownKey& key : keys) {
    const YamlNode* node = setting.node.find(key.name);
    if (node == nullptr) continue;
    const Setting value{*node, key_in(setting, key.name), setting.errors};
    if (key.read) {
      key.read(value);
    } else if (!node->is_empty()) {
      value.fail("not available in this version; leave it out");
    }
  }
}

Reader unless_empty(Reader read) {
  return [read = std::move(read)](const Setting& setting) {
    if (!setting.node.is_empty()) read(setting);
  };
}

void require(const Setting& map, std::string_view key, const std::string& expected) {
  if (map.node.kind != YamlNode::Kind::map || map.node.find(key) != nullptr) return;
  Setting{map.node, key_in(map, key), map.errors}.fail("missing; expected " + expected);
}

void read_list(const Setting& setting, const Reader& read, std::string_view expected) {
  if (setting.node.kind != YamlNode::Kind::list) {
    return setting.fail(found(setting.node.kind).append("; expected ").append(expected));
  }
  for (std::size_t i = 0; i < setting.node.items.size(); ++i) {
    read({setting.node.items[i], setting.key + "[" + std::to_string(i) + "]", setting.errors});
  }
}

void read_text(const Setting& setting, std::string& target, std::string_view expected) {
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return;
  if (text->empty()) return setting.fail("empty; expected " + std::string(expected));
  if (find_control(*text)) return setting.fail("contains a control character or line break; expected one line of text");
  target = *text;
}

void read_number(const Setting& setting, std::size_t min, std::size_t max, std::size_t& target) {
  const std::string expected = "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return;
  const std::optional<std::uint64_t> number = parse_whole_number(*text);
  if (setting.node.quoted) {
    setting.fail(quote(*text) + " in quotes is text; expected " + expected + ", without quotes");
  } else if (!number) {
    setting.fail(quote(*text) + " is not a whole number (digits only, no leading zeros); expected " + expected);
  } else if (*number < min || *number > max) {
    setting.fail(quote(*text) + " is out of range; expected " + expected);
  } else {
    target = *number;
  }
}

void read_size(const Setting& setting, std::size_t min, std::size_t max, std::size_t& target) {
  target = read_amount(setting, "a size", "100KB", size_units, min, max).value_or(target);
}

void read_duration(const Setting& setting, std::chrono::milliseconds min, std::chrono::milliseconds max,
                   std::chrono::milliseconds& target) {
  const auto count = [](std::chrono::milliseconds time) { return static_cast<std::uint64_t>(time.count()); };
  const auto amount = read_amount(setting, "a duration", "90s", time_units, count(min), count(max));
  if (amount) target = std::chrono::milliseconds(*amount);
}

void read_percentage(const Setting& setting, std::optional<unsigned>& target) {
  constexpr const char* expected = "off, or a percentage from 1% to 100%";
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return;
  if (*text == "off") {
    target.reset();
    return;
  }
  const auto percent = text->ends_with('%') ? parse_whole_number(text->substr(0, text->size() - 1)) : std::nullopt;
  if (!percent || *percent < 1 || *percent > 100) {
    return setting.fail(quote(*text) + " is not valid; expected " + expected);
  }
  target = static_cast<unsigned>(*percent);
}

std::optional<std::size_t> read_word(const Setting& setting, const std::vector<std::string_view>& words) {
  const std::string* text = setting.scalar("one of " + join(words));
  if (text == nullptr) return std::nullopt;
  const auto word = std::ranges::find(words, *text);
  if (word != words.end()) return static_cast<std::size_t>(word - words.begin());
  setting.fail("unknown value " + quote(*text) + hint(*text, words));
  return std::nullopt;
}

}  // namespace clientsync
