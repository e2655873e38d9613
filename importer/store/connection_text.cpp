#include "importer/store/connection_text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace clientsync {
namespace {

bool is_key(std::string_view word) {
  return !word.empty() &&
         std::ranges::all_of(word, [](unsigned char c) { return c < 0x80U && (std::isalnum(c) != 0 || c == '_'); });
}

/// One past the last byte of the value that begins at `begin`; nullopt if none does: an empty one without quotes, or
/// one with a quote that does not enclose the whole of it.
std::optional<std::size_t> end_of_value(std::string_view text, std::size_t begin) {
  if (begin == text.size() || text[begin] == ' ') return std::nullopt;
  if (text[begin] != '"' && text[begin] != '\'') {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    return text.substr(begin, end - begin).find('"') == std::string_view::npos ? std::optional(end) : std::nullopt;
  }
  const std::size_t quote = text.find(text[begin], begin + 1);
  const bool closed = quote != std::string_view::npos && (quote + 1 == text.size() || text[quote + 1] == ' ');
  return closed ? std::optional(quote + 1) : std::nullopt;
}

}  // namespace

Result<std::vector<ConnectionOption>, ConnectionTextError> parse_connection(std::string_view text) {
  std::vector<ConnectionOption> options;
  for (std::size_t at = text.find_first_not_of(' '); at < text.size(); at = text.find_first_not_of(' ', at)) {
    const std::size_t equals = std::min(text.find('=', at), text.size());
    const std::string_view key = text.substr(at, equals - at);
    const auto end = equals < text.size() && is_key(key) ? end_of_value(text, equals + 1) : std::nullopt;
    if (!end) return ConnectionTextError{at};
    std::string_view value = text.substr(equals + 1, *end - equals - 1);
    if (value.front() == '"' || value.front() == '\'') value = value.substr(1, value.size() - 2);
    options.push_back({std::string(key), std::string(value), at});
    at = *end;
  }
  return options;
}

void append_option(std::string& text, std::string_view key, std::string_view value) {
  text.append(text.empty() ? "" : " ").append(key).append("='");
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  text += '\'';
}

std::string option_value(const std::vector<ConnectionOption>& options, std::string_view key, std::string_view other) {
  std::string value;
  for (const ConnectionOption& option : options) {
    if (option.key == key || (!other.empty() && option.key == other)) value = option.value;
  }
  return value;
}

}  // namespace clientsync
