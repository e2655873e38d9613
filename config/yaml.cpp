#include "config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <numeric>
#include <sstream>
#include <utility>

namespace clientsync {
namespace {

constexpr std::size_t deepest_level = 16;
constexpr std::size_t longest_shown = 200;

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// A control character of C0 but for TAB and line ends, DEL, or one of C1 (as UTF-8).
bool is_control(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte == 0xC2U) return at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0U;
  return byte < 0x20U || byte == 0x7FU;
}

/// The bytes of the UTF-8 character at `at`; 0: there is none.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : static_cast<unsigned char>(0);
  };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
  if (first < 0xC2U || first > 0xF4U) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
  const bool surrogate = first == 0xEDU && second > 0x9FU;
  const bool too_large = first == 0xF4U && second > 0x8FU;
  return overlong || surrogate || too_large ? 0 : length;
}

/// `text` without control characters, a long one cut.
std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    if (at >= longest_shown) return shown + "…";
    const std::size_t length = std::max<std::size_t>(1, character_length(text, at));
    shown += is_control(text, at) ? "?" : text.substr(at, length);
    at += length;
  }
  return shown;
}

/// Turns byte offsets into lines and columns; columns count characters, as editors do.
class Places {
 public:
  explicit Places(std::string_view text) {
    characters_.reserve(text.size() + 1);
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      characters_.push_back(count);
      if (!is_continuation(text[i])) ++count;
      if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
    characters_.push_back(count);
  }

  /// Sets `line` and `column` of a node, an entry or an error.
  template <class T>
  void set(T& target, std::size_t offset) const {
    offset = std::min(offset, characters_.size() - 1);
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    target.line = static_cast<std::size_t>(after - line_starts_.begin());
    target.column = characters_[offset] - characters_[*(after - 1)] + 1;
  }

 private:
  std::vector<std::size_t> line_starts_{0};
  std::vector<std::size_t> characters_;  ///< before each byte, and before the end
};

/// yaml-cpp would end the text at some control characters without a word, and counts no line at a lone CR.
bool is_clean_text(std::string_view text, const Places& places, std::vector<ConfigError>& errors) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text, at);
    const bool line_end = text[at] == '\n' || text.substr(at, 2) == "\r\n";
    if (length == 0 || (is_control(text, at) && text[at] != '\t' && !line_end)) {
      ConfigError error;
      places.set(error, at);
      error.message =
          length == 0 ? "not valid UTF-8; expected a text file saved as UTF-8" : "a control character; expected text";
      errors.push_back(std::move(error));
      return false;
    }
    at += length;
  }
  return true;
}

/// Builds the tree from the parser's events: they tell anchors, aliases, tags and duplicate keys, which yaml-cpp's own
/// nodes hide.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Places& places, std::vector<ConfigError>& errors) : places_(places), errors_(errors) {}

  YamlNode root;
  ConfigError start;  ///< where the document starts

  void OnDocumentStart(const YAML::Mark& mark) override { places_.set(start, offset(mark)); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(node_at(mark, YamlNode::Kind::null, anchor, ""));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    YamlNode node = node_at(mark, YamlNode::Kind::broken, 0, "");
    fail(node, alias_message);
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = node_at(mark, YamlNode::Kind::scalar, anchor, tag);
    node.quoted = tag == "!";
    node.text = value;
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, YamlNode::Kind::list, anchor, tag);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, YamlNode::Kind::map, anchor, tag);
  }
  void OnMapEnd() override { close(); }

  static constexpr const char* alias_message =
      "aliases (`*name`) are not supported; text that starts with `*` needs quotes, like \"*.csv\"";

 private:
  /// A list or map that is still being read, and the key that waits for its value.
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;
  };

  static std::size_t offset(const YAML::Mark& mark) { return static_cast<std::size_t>(std::max(mark.pos, 0)); }

  YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor, const std::string& tag) {
    YamlNode node;
    node.kind = kind;
    places_.set(node, offset(mark));
    if (anchor != 0) fail(node, "anchors (`&name`) are not supported; text that starts with `&` needs quotes");
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(node, "tags are not supported; text that starts with `!` needs quotes");
    return node;
  }

  void open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor, const std::string& tag) {
    if (open_.size() == deepest_level) {
      throw YAML::ParserException(mark, "nested more than " + std::to_string(deepest_level) + " levels deep");
    }
    open_.push_back({node_at(mark, kind, anchor, tag), std::nullopt});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      check_key(node);
      parent.key = std::move(node);
    } else {
      add_entry(parent, std::move(node));
    }
  }

  /// What is no usable key was reported; its value is dropped.
  static void add_entry(Open& parent, YamlNode value) {
    YamlNode key = *std::exchange(parent.key, std::nullopt);
    if (key.kind != YamlNode::Kind::scalar) return;
    // The parser places a value that isn't there at whatever follows.
    if (value.kind == YamlNode::Kind::null) {
      value.line = key.line;
      value.column = key.column;
    }
    parent.node.entries.push_back({std::move(key.text), key.line, key.column, std::move(value)});
  }

  void check_key(YamlNode& key) {
    const bool merge = key.kind == YamlNode::Kind::scalar && key.text == "<<" && !key.quoted;
    if (merge) fail(key, "merge keys (`<<`) are not supported; use `defaults` for what inboxes share");
    const bool text = key.kind == YamlNode::Kind::scalar || key.kind == YamlNode::Kind::broken;
    if (!text) fail(key, "a key must be a word");
    if (merge || !text) key.kind = YamlNode::Kind::broken;
  }

  void fail(const YamlNode& node, std::string message) {
    errors_.push_back({node.line, node.column, path(), std::move(message)});
  }

  /// The dotted key of what is being added.
  [[nodiscard]] std::string path() const {
    std::string path;
    for (const Open& open : open_) {
      if (open.node.kind == YamlNode::Kind::list) path += "[" + std::to_string(open.node.items.size()) + "]";
      if (open.key) path += (path.empty() ? "" : ".") + printable(open.key->text);
    }
    return path;
  }

  const Places& places_;
  std::vector<ConfigError>& errors_;
  std::vector<Open> open_;
};

std::string explain(const YAML::Exception& error) {
  // What an unquoted `*.csv` comes to.
  const bool alias = error.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR || error.msg == YAML::ErrorMsg::ALIAS_NOT_FOUND ||
                     error.msg == YAML::ErrorMsg::CHAR_IN_ALIAS;
  return alias ? TreeBuilder::alias_message : "not valid YAML: " + error.msg;
}

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

/// `; did you mean …?`, or what could have been meant.
std::string hint(std::string_view word, const std::vector<KnownKey>& fields) {
  constexpr std::size_t longest_word = 64;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string_view nearest;
  std::string all;
  for (const KnownKey& field : fields) {
    all += (all.empty() ? "; expected one of " : ", ") + std::string(field.name);
    if (word.size() > longest_word) continue;
    const bool shortened = word.size() >= 4 && (field.name.starts_with(word) || word.starts_with(field.name));
    const std::size_t distance = shortened ? 1 : edit_distance(word, field.name);
    if (distance >= least) continue;
    least = distance;
    nearest = field.name;
  }
  return nearest.empty() ? all : "; did you mean " + quote(nearest) + "?";
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

std::optional<YamlNode> parse_yaml(std::string_view text, std::vector<ConfigError>& errors) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const Places places(text);
  if (!is_clean_text(text, places, errors)) return std::nullopt;

  std::istringstream stream{std::string(text)};
  TreeBuilder first(places, errors);
  TreeBuilder second(places, errors);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(first);
    if (!parser.HandleNextDocument(second)) return std::move(first.root);
    errors.push_back(
        {second.start.line, second.start.column, "", "a second YAML document; expected only one in the file"});
  } catch (const YAML::Exception& error) {
    ConfigError report;
    if (!error.mark.is_null()) places.set(report, static_cast<std::size_t>(std::max(error.mark.pos, 0)));
    report.message = explain(error);
    errors.push_back(std::move(report));
  }
  return std::nullopt;
}

std::string quote(std::string_view text) {
  return "`" + printable(text) + "`";
}

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc{} ? number : std::numeric_limits<std::uint64_t>::max();
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
      complain("unknown key " + quote(entry.key) + hint(entry.key, fields));
    } else if (!is_first) {
      complain("stands twice, first in line " + std::to_string(first->second) + "; expected once");
    } else {
      field->read({entry.value, key, setting.errors});
    }
  }
}

void read_list(const Setting& setting, const std::function<void(const Setting&)>& read) {
  if (setting.node.kind != YamlNode::Kind::list) {
    return setting.fail(a_kind(setting.node.kind) + " stands here; expected a list");
  }
  for (std::size_t i = 0; i < setting.node.items.size(); ++i) {
    read({setting.node.items[i], setting.key + "[" + std::to_string(i) + "]", setting.errors});
  }
}

void read_text(const Setting& setting, std::string& target) {
  const std::string* text = setting.scalar("text");
  if (text == nullptr) return;
  if (text->empty()) return setting.fail("empty; expected text");
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
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (available[i]) expected += (expected.empty() ? "" : " | ") + std::string(words[i]);
  }
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return std::nullopt;
  const auto found = static_cast<std::size_t>(std::find(words.begin(), words.end(), *text) - words.begin());
  if (found < words.size() && available[found]) return found;
  setting.fail(quote(*text) + (found < words.size() ? " is not available yet" : " is not known here") + "; expected " +
               expected);
  return std::nullopt;
}

}  // namespace clientsync
