// How much room text takes on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace clientsync {

/// The number of columns that a terminal takes for `text`, which is what `escape` gives: combining marks take none,
/// Chinese, Japanese and Korean characters take two.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text` if it takes at most `width` columns, otherwise as much of its start as does with an ellipsis after it.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t width);

}  // namespace clientsync
