#include "config/setting.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace clientsync {
namespace {

/// How many characters have to be typed, dropped or replaced to turn one word into the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string a_kind(YamlNode::Kind kind) {
  if (kind == YamlNode::Kind::list) return "a list";
  if (kind == YamlNode::Kind::map) return "a map of keys";
  return kind == YamlNode::Kind::null ? "nothing" : "text";
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From the smallest; a number is shown in the largest unit that leaves it whole.
constexpr std::array<Unit, 5> time_units{{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 3> size_units{{{"B", 1}, {"KB", 1024}, {"MB", std::uint64_t{1024} * 1024}}};

template <std::size_t N>
std::string show(std::uint64_t amount, const std::array<Unit, N>& units) {
  const auto fits = [amount](const Unit& unit) { return amount % unit.factor == 0; };
  const Unit& unit = amount == 0 ? units.front() : *std::find_if(units.rbegin(), units.rend(), fits);
  return std::to_string(amount / unit.factor) + std::string(unit.name);
}

/// A whole number and one of `units`; the largest value stands for all that are larger.
template <std::size_t N>
std::optional<std::uint64_t> parse_amount(std::string_view text, const std::array<Unit, N>& units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::uint64_t> number = parse_whole_number(text.substr(0, digits));
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == text.substr(digits); });
  if (!number || unit == units.end()) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return *number > most / unit->factor ? most : *number * unit->factor;
}

template <std::size_t N>
std::optional<std::uint64_t> read_amount(const Setting& setting, std::string_view what, std::string_view example,
                                         const std::array<Unit, N>& units, std::uint64_t min, std::uint64_t max) {
  const std::string range = show(min, units) + " to " + show(max, units);
  const std::string expected = std::string(what) + " from " + range + ", like " + std::string(example);
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return std::nullopt;
  const std::optional<std::uint64_t> amount = parse_amount(*text, units);
  if (!amount) {
    std::string names;
    for (const Unit& unit : units) names += (names.empty() ? "" : ", ") + std::string(unit.name);
    setting.fail(quote(*text) + " is not " + std::string(what) + "; expected a whole number and its unit (" + names +
                 "), from " + range + ", like " + std::string(example));
  } else if (*amount < min || *amount > max) {
    setting.fail(quote(*text) + " is out of range; expected " + expected);
  } else {
    return amount;
  }
  return std::nullopt;
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
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

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

std::string hint(std::string_view word, const std::vector<std::string_view>& words) {
  if (const std::string_view meant = nearest(word, words); !meant.empty())
    return "; did you mean " + quote(meant) + "?";
  std::string all;
  for (const std::string_view known : words) all += (all.empty() ? "; expected one of " : ", ") + std::string(known);
  return all;
}

void Setting::fail(std::string message) const {
  if (node.kind != YamlNode::Kind::broken) errors.push_back({node.line, node.column, key, std::move(message)});
}

bool Setting::is_empty() const {
  return node.kind == YamlNode::Kind::null || (node.kind == YamlNode::Kind::scalar && node.text.empty());
}

const std::string* Setting::scalar(std::string_view expected) const {
  if (node.kind == YamlNode::Kind::scalar) return &node.text;
  fail(a_kind(node.kind) + " stands here; expected " + std::string(expected));
  return nullptr;
}

void read_map(const Setting& setting, const std::vector<KnownKey>& fields) {
  if (setting.node.kind == YamlNode::Kind::null) return;
  if (setting.node.kind != YamlNode::Kind::map) {
    return setting.fail(a_kind(setting.node.kind) + " stands here; expected a map of keys");
  }
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const KnownKey& field : fields) names.push_back(field.name);
  std::map<std::string_view, std::size_t> lines;
  for (const YamlEntry& entry : setting.node.entries) {
    const std::string key = (setting.key.empty() ? "" : setting.key + ".") + printable(entry.key);
    const auto complain = [&](std::string message) {
      setting.errors.push_back({entry.line, entry.column, key, std::move(message)});
    };
    const auto field =
        std::find_if(fields.begin(), fields.end(), [&](const KnownKey& f) { return f.name == entry.key; });
    const auto [first, is_first] = lines.try_emplace(entry.key, entry.line);
    if (field == fields.end()) {
      complain("unknown key " + quote(entry.key) + hint(entry.key, names));
    } else if (!is_first) {
      complain("stands twice, first in line " + std::to_string(first->second) + "; expected once");
    } else {
      field->read({entry.value, key, setting.errors});
    }
  }
}

void read_list(const Setting& setting, const std::function<void(const Setting&)>& read, std::string_view expected) {
  if (setting.node.kind != YamlNode::Kind::list) {
    return setting.fail(a_kind(setting.node.kind) + " stands here; expected " + std::string(expected));
  }
  for (std::size_t i = 0; i < setting.node.items.size(); ++i) {
    read({setting.node.items[i], setting.key + "[" + std::to_string(i) + "]", setting.errors});
  }
}

Setting part(const Setting& map, std::string_view key) {
  const auto is_key = [key](const YamlEntry& entry) { return entry.key == key; };
  const auto entry = std::find_if(map.node.entries.begin(), map.node.entries.end(), is_key);
  return {entry == map.node.entries.end() ? map.node : entry->value, map.key + "." + std::string(key), map.errors};
}

void refuse(const Setting& setting) {
  const bool empty_list = setting.node.kind == YamlNode::Kind::list && setting.node.items.empty();
  if (!setting.is_empty() && !empty_list) setting.fail("not available yet; leave it empty or out");
}

void read_text(const Setting& setting, std::string& target, std::string_view expected) {
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return;
  if (text->empty()) return setting.fail("empty; expected " + std::string(expected));
  for (std::size_t at = 0; at < text->size(); ++at) {
    if (is_control(*text, at))
      return setting.fail("a control character or line break inside; expected text in one line");
  }
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

void read_size(const Setting& setting, std::uint64_t min, std::uint64_t max, std::uint64_t& target) {
  target = read_amount(setting, "a size", "100KB", size_units, min, max).value_or(target);
}

void read_duration(const Setting& setting, std::chrono::milliseconds min, std::chrono::milliseconds max,
                   std::chrono::milliseconds& target) {
  const auto count = [](std::chrono::milliseconds time) { return static_cast<std::uint64_t>(time.count()); };
  const auto amount = read_amount(setting, "a duration", "90s", time_units, count(min), count(max));
  if (amount) target = std::chrono::milliseconds(*amount);
}

void read_percentage(const Setting& setting, std::optional<unsigned>& target) {
  constexpr std::string_view expected = "off, or a percentage from 1% to 100%";
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return;
  if (*text == "off") {
    target.reset();
    return;
  }
  const std::string_view digits = std::string_view(*text).substr(0, text->size() - (text->ends_with('%') ? 1 : 0));
  const std::optional<std::uint64_t> percent = text->ends_with('%') ? parse_whole_number(digits) : std::nullopt;
  if (!percent || *percent < 1 || *percent > 100) {
    return setting.fail(quote(*text) + " is not valid here; expected " + std::string(expected));
  }
  target = static_cast<unsigned>(*percent);
}

std::optional<std::size_t> read_word(const Setting& setting, const std::vector<std::string_view>& words,
                                     const std::vector<bool>& available) {
  std::string expected;
  std::vector<std::string_view> usable;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!available[i]) continue;
    usable.push_back(words[i]);
    expected += (expected.empty() ? "" : " | ") + std::string(words[i]);
  }
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return std::nullopt;
  const auto found = static_cast<std::size_t>(std::find(words.begin(), words.end(), *text) - words.begin());
  if (found < words.size() && available[found]) return found;
  if (found < words.size()) {
    setting.fail(quote(*text) + " is not available yet; expected " + expected);
  } else {
    const std::string meant(nearest(*text, usable));
    setting.fail(quote(*text) + " is not known here; " +
                 (meant.empty() ? "expected " + expected : "did you mean " + quote(meant) + "?"));
  }
  return std::nullopt;
}

}  // namespace clientsync
