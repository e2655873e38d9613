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

consteval bool is_complete(std::span<const ConsoleWord> words) {
  for (const ConsoleWord& word : words) {
    for (const std::string_view text : word.texts) {
      if (text.empty() || !have_same_values(text, word.texts[0]) || !have_same_values(word.texts[0], text))
        return false;
    }
    if (std::ranges::count(words, word.name, &ConsoleWord::name) != 1) return false;
  }
  return true;
}
static_assert(is_complete(page_words), "each word has all languages, the same values in each, and a name of its own");
static_assert(is_complete(script_words), "each word has all languages, the same values in each, and a name of its own");
static_assert(std::ranges::none_of(script_words,
                                   [](const ConsoleWord& word) {
                                     return std::ranges::find(page_words, word.name, &ConsoleWord::name) !=
                                            std::end(page_words);
                                   }),
              "a word of scripts is a word of pages too");

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
