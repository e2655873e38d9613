#include "daemon/inbox/file_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace clientsync {

namespace {

constexpr auto temporary_patterns = std::to_array<std::string_view>(
    {".*", "~$*", "*.tmp", "*.part", "*.partial", "*.crdownload", "*.filepart", "thumbs.db", "desktop.ini"});
constexpr auto document_patterns = std::to_array<std::pair<std::string_view, ForeignFormat>>({
    {"*.xlsx", ForeignFormat::spreadsheet},
    {"*.xlsm", ForeignFormat::spreadsheet},
    {"*.xlsb", ForeignFormat::spreadsheet},
    {"*.xls", ForeignFormat::old_spreadsheet},
    {"*.ods", ForeignFormat::spreadsheet},
    {"*.numbers", ForeignFormat::spreadsheet},
    {"*.pdf", ForeignFormat::pdf},
    {"*.zip", ForeignFormat::zip},
    {"*.gz", ForeignFormat::gzip},
    {"*.7z", ForeignFormat::seven_zip},
    {"*.rar", ForeignFormat::rar},
    {"*.docx", ForeignFormat::word},
    {"*.doc", ForeignFormat::word},
    {"*.html", ForeignFormat::html},
    {"*.htm", ForeignFormat::html},
});

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// The position after the `]` of the set that starts at pattern[at] == '['; npos if there is no `]`, so that `[` stands
/// for itself.
std::size_t set_end(std::string_view pattern, std::size_t at) {
  std::size_t first = at + 1;
  if (first < pattern.size() && pattern[first] == '!') ++first;
  const std::size_t close = pattern.find(']', first + 1);  // a first `]` is a member
  return close == std::string_view::npos ? close : close + 1;
}

bool in_range(char c, char from, char to) {
  const auto value = [](char x) { return static_cast<unsigned char>(x); };
  return value(from) <= value(c) && value(c) <= value(to);
}

/// `set` is the text between the brackets.
bool in_set(std::string_view set, char c) {
  const bool negated = set.starts_with('!');
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size() && !found; ++i) {
    const bool range = i + 2 < set.size() && set[i + 1] == '-';
    const char to = range ? set[i + 2] : set[i];
    found = in_range(lower(c), set[i], to) || in_range(upper(c), set[i], to);
    if (range) i += 2;
  }
  return found != negated;
}

/// How many bytes of the pattern, from `at` on, match `c`; 0 if they do not. `pattern[at]` is not `*`.
std::size_t match_one(std::string_view pattern, std::size_t at, char c) {
  if (pattern[at] == '?') return 1;
  if (pattern[at] == '[') {
    const std::size_t end = set_end(pattern, at);
    if (end != std::string_view::npos) return in_set(pattern.substr(at + 1, end - at - 2), c) ? end - at : 0;
  }
  return lower(pattern[at]) == lower(c) ? 1 : 0;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  // Backtracking to the last `*` is enough, since giving less to an earlier one cannot help. This bounds the time by
  // the product of both lengths.
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (const std::size_t step = p < pattern.size() ? match_one(pattern, p, name[n]) : 0; step > 0) {
      p += step;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

NameKind name_kind(std::string_view name, std::span<const std::string> patterns) {
  const auto matches = [name](std::string_view pattern) { return glob_match(pattern, name); };
  if (std::ranges::any_of(temporary_patterns, matches)) return NameKind::temporary;
  if (document_format(name)) return NameKind::document;
  return std::ranges::any_of(patterns, matches) ? NameKind::input : NameKind::other;
}

std::optional<ForeignFormat> document_format(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(document_patterns, [name](const auto& known) { return glob_match(known.first, name); });
  return found == document_patterns.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace clientsync
