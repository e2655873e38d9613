// The words of the console in each language. A word is known by its name, which the compiler looks up.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/console/page_words.hpp"
#include "daemon/console/script_words.hpp"
#include "importer/messages/messages.hpp"

namespace clientsync {

/// A word, or a sentence, of the console. `{name}` in it stands for a value.
class Word {
 public:
  /// Does not compile unless page_words.hpp or script_words.hpp has the name.
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval Word(const char* name) : word_(find(name)) {}

  [[nodiscard]] constexpr std::string_view name() const { return word_->name; }
  [[nodiscard]] constexpr std::string_view in(Language language) const { return word_->texts[index_of(language)]; }

 private:
  static consteval const ConsoleWord* find(std::string_view name) {
    for (const ConsoleWord& word : page_words) {
      if (word.name == name) return &word;
    }
    for (const ConsoleWord& word : script_words) {
      if (word.name == name) return &word;
    }
    throw "the console has no word of this name";
  }

  const ConsoleWord* word_;
};

using WordValues = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// The word with its values filled in.
[[nodiscard]] std::string filled_in(std::string_view text, WordValues values);

/// The words that scripts use, as a JSON object of texts by name.
[[nodiscard]] std::string script_words_json(Language language);

}  // namespace clientsync
