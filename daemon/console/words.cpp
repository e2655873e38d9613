#include "daemon/console/words.hpp"

#include <boost/json.hpp>

namespace clientsync {
namespace {

/// The names between braces, in their order.
consteval bool have_same_values(std::string_view one, std::string_view other) {
  const auto next = [](std::string_view& text) {
    const std::size_t open = std::min(text.find('{'), text.size());
    const std::size_t close = std::min(text.find('}', open), text.size());
    const std::string_view name = text.substr(open, close - open);
    text.remove_prefix(close);
    return name;
  };
  std::string_view rest = one;
  for (std::string_view name = next(rest); !name.empty(); name = next(rest)) {
    if (other.find(name) == std::string_view::npos) return false;
  }
  return true;
}

/// By name, each once. (In order, because compilers take only so many steps for an expression.)
consteval bool is_complete(std::span<const ConsoleWord> words) {
  std::string_view before;
  for (const ConsoleWord& word : words) {
    for (const std::string_view text : word.texts) {
      if (text.empty() || !have_same_values(text, word.texts[0]) || !have_same_values(word.texts[0], text))
        return false;
    }
    if (word.name <= before) return false;
    before = word.name;
  }
  return true;
}
static_assert(is_complete(page_words), "a word lacks a language or a value, or is not in the order of the names");
static_assert(is_complete(script_words), "a word lacks a language or a value, or is not in the order of the names");

consteval bool share_no_name() {
  const ConsoleWord* of_pages = std::begin(page_words);
  for (const ConsoleWord& word : script_words) {
    while (of_pages != std::end(page_words) && of_pages->name < word.name) ++of_pages;
    if (of_pages != std::end(page_words) && of_pages->name == word.name) return false;
  }
  return true;
}
static_assert(share_no_name(), "a word of scripts is a word of pages too");

}  // namespace

std::string filled_in(std::string_view text, WordValues values) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    filled += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find('}');
    const std::string_view name = text.substr(1, close - 1);
    const auto* const value = std::ranges::find(values, name, [](const auto& each) { return each.first; });
    if (value != values.end()) filled += value->second;
    text.remove_prefix(close + 1);
  }
  return filled;
}

std::string script_words_json(Language language) {
  boost::json::object words;
  for (const ConsoleWord& word : script_words) words[word.name] = word.texts[index_of(language)];
  return boost::json::serialize(words);
}

}  // namespace clientsync
