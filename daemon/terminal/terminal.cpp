#include "daemon/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace clientsync {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::size_t width_of(int descriptor) {
  const std::string_view columns = environment("COLUMNS");
  std::size_t typed = 0;
  const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), typed);
  if (error == std::errc() && end == columns.data() + columns.size() && typed > 0) return typed;
  struct winsize size {};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : Terminal{}.width;
}

}  // namespace

std::optional<Terminal> terminal_at(int descriptor) {
  if (::isatty(descriptor) == 0) return std::nullopt;
  const std::string_view kind = environment("TERM");
  return Terminal{.width = width_of(descriptor),
                  .colour = environment("NO_COLOR").empty() && !kind.empty() && kind != "dumb"};
}

}  // namespace clientsync
