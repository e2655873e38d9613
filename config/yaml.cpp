#include "config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "importer/sheet/encoding.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::size_t deepest_level = 16;
constexpr std::size_t longest_shown = 200;

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
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

/// yaml-cpp would silently end the text at some control characters, and does not count a lone CR as the end of a line.
bool is_clean_text(std::string_view text, const Places& places, std::vector<ConfigError>& errors) {
  const auto fail = [&](std::size_t offset, const char* message) {
    ConfigError error;
    places.set(error, offset);
    error.message = message;
    errors.push_back(std::move(error));
    return false;
  };
  constexpr const char* not_utf8 = "not valid UTF-8; expected a text file saved as UTF-8";
  const Result<std::string, DecodeError> decoded = decode(text, FallbackEncoding::reject);
  // UTF-16 with its mark is decoded too.
  if (decoded ? *decoded != text : decoded.error().encoding != Encoding::utf8) return fail(0, not_utf8);
  if (!decoded && decoded.error().why != DecodeError::Why::nul) return fail(decoded.error().offset, not_utf8);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool c1 = byte == 0xC2U && static_cast<unsigned char>(text[at + 1]) < 0xA0U;
    const bool layout = byte == '\t' || byte == '\n' || text.substr(at, 2) == "\r\n";
    if (!layout && (byte < 0x20U || byte == 0x7FU || c1)) return fail(at, "found a control character; expected text");
  }
  return true;
}

/// Builds the tree from the parser's events, which show the anchors, aliases, tags and duplicate keys that yaml-cpp's
/// own nodes hide.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const Places& places, std::vector<ConfigError>& errors) : places_(places), errors_(errors) {}

  YamlNode root;
  ConfigError start;  ///< the place where the document starts

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
  /// A list or map that is still being read, and the key whose value comes next.
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

  /// Drops the value of a key that was reported.
  static void add_entry(Open& parent, YamlNode value) {
    YamlNode key = *std::exchange(parent.key, std::nullopt);
    if (key.kind != YamlNode::Kind::scalar) return;
    // The parser places a missing value at whatever follows.
    if (value.kind == YamlNode::Kind::null) {
      value.line = key.line;
      value.column = key.column;
    }
    parent.node.entries.push_back({std::move(key.text), key.line, key.column, std::move(value)});
  }

  void check_key(YamlNode& key) {
    if (key.kind == YamlNode::Kind::broken) return;
    if (key.kind != YamlNode::Kind::scalar) {
      fail(key, "a key must be a word");
    } else if (key.text == "<<" && !key.quoted) {
      fail(key, "merge keys (`<<`) are not supported; use `defaults` for what inboxes share");
    } else {
      return;
    }
    key.kind = YamlNode::Kind::broken;
  }

  void fail(const YamlNode& node, std::string message) {
    errors_.push_back({node.line, node.column, path(), std::move(message)});
  }

  /// The dotted key of the node that is being added.
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
  // An unquoted `*.csv` ends here.
  const bool alias = error.msg == YAML::ErrorMsg::UNKNOWN_ANCHOR || error.msg == YAML::ErrorMsg::ALIAS_NOT_FOUND ||
                     error.msg == YAML::ErrorMsg::CHAR_IN_ALIAS;
  return alias ? TreeBuilder::alias_message : "not valid YAML: " + error.msg;
}

}  // namespace

bool YamlNode::is_empty() const {
  return kind == Kind::null || (kind == Kind::scalar && text.empty()) || (kind == Kind::list && items.empty());
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto entry = std::ranges::find(entries, key, &YamlEntry::key);
  return entry == entries.end() ? nullptr : &entry->value;
}

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
        {second.start.line, second.start.column, "", "a second YAML document begins here; expected only one"});
  } catch (const YAML::Exception& error) {
    ConfigError report;
    if (!error.mark.is_null()) places.set(report, static_cast<std::size_t>(std::max(error.mark.pos, 0)));
    report.message = explain(error);
    errors.push_back(std::move(report));
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  if (text.size() <= longest_shown) return escape(text);
  std::size_t end = longest_shown;
  while (end > 0 && is_continuation(text[end])) --end;
  return escape(text.substr(0, end)) + "…";
}

std::string quote(std::string_view text) {
  return "`" + printable(text) + "`";
}

}  // namespace clientsync
