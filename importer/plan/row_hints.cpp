#include "importer/plan/row_hints.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "importer/text.hpp"

namespace clientsync {
namespace {

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

/// Removes and returns the characters in front for which `belongs` is true, byte by byte.
template <class Predicate>
std::string_view take(std::string_view& text, Predicate belongs) {
  const auto end = std::ranges::find_if_not(text, belongs);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

/// True unless the text is letters between U+00C0 and U+017F, which somebody may have typed.
bool has_no_letters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); i += 2) {
    if (text[i] < '\xC3' || text[i] > '\xC5') return true;
  }
  return false;
}

}  // namespace

bool is_total_label(std::string_view cell) {
  constexpr std::string_view labels[] = {"total",  "grand total", "subtotal",  "sub-total", "sum",
                                         "totals", "total geral", "subtotais", "totais",    "soma"};
  std::string label(trim(cell.substr(0, cell.find(':'))));
  for (char& c : label) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::ranges::find(labels, label) != std::end(labels);
}

bool has_damaged_accents(std::string_view value, std::string_view name) {
  constexpr std::size_t most_bytes = 4;  // of a character, each of which may be shown as one of its own
  bool is_certain = false;
  while (!name.empty()) {
    const std::string_view plain = take(name, is_ascii);
    if (!value.starts_with(plain)) return false;
    value.remove_prefix(plain.size());
    const std::string_view accents = take(name, [](char c) { return !is_ascii(c); });
    const std::string_view shown = take(value, [](char c) { return !is_ascii(c) || c == '?'; });
    if (accents.empty() != shown.empty()) return false;
    const std::size_t before = code_points(accents), after = code_points(shown);
    if (after > before * most_bytes) return false;
    if (!shown.empty() && shown != accents && (after > before || has_no_letters(shown))) is_certain = true;
  }
  return value.empty() && is_certain;
}

}  // namespace clientsync
