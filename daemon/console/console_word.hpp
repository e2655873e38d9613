// How the tables of the console's words are written.
#pragma once

#include <array>
#include <string_view>

#include "importer/messages/messages.hpp"

namespace clientsync {

struct ConsoleWord {
  std::string_view name;
  std::array<std::string_view, all_languages.size()> texts;  ///< in the order of `all_languages`
};

}  // namespace clientsync
