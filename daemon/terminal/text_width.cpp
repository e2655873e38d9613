#include "daemon/terminal/text_width.hpp"

#include <utf8proc.h>

#include "importer/text.hpp"

namespace clientsync {
namespace {

/// The longest start of `text` that takes at most `width` columns.
struct Start {
  std::size_t bytes = 0, width = 0;
};

Start start_within(std::string_view text, std::size_t width) {
  Start start;
  while (start.bytes < text.size()) {
    utf8proc_int32_t code_point = 0;
    const utf8proc_ssize_t length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + start.bytes,
                         static_cast<utf8proc_ssize_t>(text.size() - start.bytes), &code_point);
    const std::size_t taken = length > 0 ? static_cast<std::size_t>(utf8proc_charwidth(code_point)) : 1;
    if (start.width + taken > width) break;
    start.bytes += length > 0 ? static_cast<std::size_t>(length) : 1;
    start.width += taken;
  }
  return start;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return is_printable_ascii(text) ? text.size() : start_within(text, std::string_view::npos / 2).width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (text.size() <= width || start_within(text, width).bytes == text.size()) return std::string(text);
  if (width == 0) return {};
  return std::string(text.substr(0, start_within(text, width - 1).bytes)) + "…";
}

}  // namespace clientsync
