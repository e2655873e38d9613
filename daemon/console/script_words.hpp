// The words that the scripts of the pages use. Every page gets them as JSON, by name.
#pragma once

#include "daemon/console/console_word.hpp"

namespace clientsync {

inline constexpr ConsoleWord script_words[] = {
    {"try_again_later", {"The service does not answer. Please try again.", "O serviço não responde. Tente de novo."}},
};

}  // namespace clientsync
