#include "importer/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace clientsync {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  ///< in bytes
};

/// Stands for a byte that is not UTF-8; no code point has this value.
constexpr char32_t no_code_point = 0xFFFFFFFF;

CodePoint first_code_point(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  utf8proc_int32_t value = 0;
  const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                                   static_cast<utf8proc_ssize_t>(text.size()), &value);
  if (length <= 0) return {no_code_point, 1};
  return {static_cast<char32_t>(value), static_cast<std::size_t>(length)};
}

bool continues_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

CodePoint last_code_point(std::string_view text) {
  std::size_t start = text.size() - 1;
  while (start > 0 && continues_code_point(text[start])) --start;
  return first_code_point(text.substr(start));
}

/// Unicode White_Space.
bool is_white_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_trimmed(char32_t c) {
  return is_white_space(c) || (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
}

bool is_noncharacter(char32_t c) {
  return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

bool is_hidden(char32_t c) {
  if (c < 0x80) return c < 0x20 || c == 0x7F;
  const utf8proc_property_t& property = *utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  // `ignorable` covers what is invisible by definition but not Cf: variation selectors, Hangul fillers, the combining
  // grapheme joiner.
  return is_control(c) || property.category == UTF8PROC_CATEGORY_CF || property.ignorable || is_noncharacter(c);
}

/// `matches` is false for printable ASCII.
template <class Predicate>
std::optional<HiddenCharacter> find_code_point(std::string_view text, Predicate matches) {
  if (is_printable_ascii(text)) return std::nullopt;
  for (std::size_t position = 1; !text.empty(); ++position) {
    const CodePoint c = first_code_point(text);
    if (matches(c.value)) return HiddenCharacter{.code_point = c.value, .position = position};
    text.remove_prefix(c.length);
  }
  return std::nullopt;
}

std::string map_unicode(std::string_view text, unsigned options) {
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (length < 0) throw std::invalid_argument("text that is not valid UTF-8 cannot be normalised");
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length)};
}

/// The text in `="00123"` (`00123`), or nullopt for any other cell.
std::optional<std::string> unwrap(std::string_view cell) {
  if (cell.size() < 3 || !cell.starts_with("=\"") || cell.back() != '"') return std::nullopt;
  const std::string_view inner = cell.substr(2, cell.size() - 3);
  std::string text;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '"' && (++i == inner.size() || inner[i] != '"')) return std::nullopt;
    text += inner[i];
  }
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string_view trim(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = first_code_point(text);
    if (!is_trimmed(c.value)) break;
    text.remove_prefix(c.length);
  }
  while (!text.empty()) {
    const CodePoint c = last_code_point(text);
    if (!is_trimmed(c.value)) break;
    text.remove_suffix(c.length);
  }
  return text;
}

std::string clean(std::string_view cell) {
  const std::string_view bare = trim(unguard(trim(cell)));
  const std::optional<std::string> unwrapped = unwrap(bare);
  return nfc(unwrapped ? trim(*unwrapped) : bare);
}

namespace {

/// Normalisation changes no character below U+0300, whose first byte is 0xCC, and composes none with the one before.
bool nfc_may_change(std::string_view text) {
  // Most text is ASCII, of which eight bytes are looked at together.
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    if ((word & high_bits) != 0) break;
  }
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0xCC; });
}

bool has_long_run_of_marks(std::string_view text) {
  constexpr std::size_t longest = 128, least_bytes = 2;
  if (text.size() <= longest * least_bytes) return false;
  std::size_t run = 0;
  while (!text.empty() && run <= longest) {
    const CodePoint c = first_code_point(text);
    const bool is_mark = utf8proc_get_property(static_cast<utf8proc_int32_t>(c.value))->combining_class != 0;
    run = is_mark ? run + 1 : 0;
    text.remove_prefix(c.length);
  }
  return run > longest;
}

}  // namespace

std::string nfc(std::string_view text) {
  return nfc_may_change(text) && !has_long_run_of_marks(text) ? map_unicode(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE)
                                                              : std::string(text);
}

std::optional<std::string_view> clean_part(std::string_view cell) {
  const auto is_plain = [](char c) { return c > ' ' && c <= '~' && c != '\'' && c != '='; };
  if (!cell.empty() && is_plain(cell.front()) && is_plain(cell.back()) && !nfc_may_change(cell)) return cell;
  std::string_view bare = trim(unguard(trim(cell)));
  constexpr std::string_view wrapping = "=\"";
  if (bare.size() > wrapping.size() && bare.starts_with(wrapping)) {
    if (bare.find('"', wrapping.size()) != bare.size() - 1) return std::nullopt;
    bare = trim(bare.substr(wrapping.size(), bare.size() - wrapping.size() - 1));
  }
  return nfc_may_change(bare) ? std::nullopt : std::optional(bare);
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return !continues_code_point(byte); }));
}

std::string_view first_code_points(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  while (end < text.size() && count-- > 0) {
    do ++end;
    while (end < text.size() && continues_code_point(text[end]));
  }
  return text.substr(0, end);
}

std::string_view last_code_points(std::string_view text, std::size_t count) {
  std::size_t start = text.size();
  while (start > 0 && count-- > 0) {
    do --start;
    while (start > 0 && continues_code_point(text[start]));
  }
  return text.substr(start);
}

std::string fold_white_space(std::string_view text) {
  const std::string normal = nfc(text);
  std::string folded;
  folded.reserve(normal.size());
  bool space = false;
  for (std::string_view rest = normal; !rest.empty();) {
    const CodePoint c = first_code_point(rest);
    if (is_white_space(c.value)) {
      space = true;
    } else {
      if (space && !folded.empty()) folded += ' ';
      space = false;
      folded += rest.substr(0, c.length);
    }
    rest.remove_prefix(c.length);
  }
  return folded;
}

namespace {

std::string fold_case_and_accents(std::string_view text) {
  return map_unicode(text, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                               UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
}

}  // namespace

std::string fold_for_search(std::string_view text) {
  return fold_white_space(fold_case_and_accents(text));
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const CodePoint c = first_code_point(bytes);
    if (c.value == no_code_point) return false;
    bytes.remove_prefix(c.length);
  }
  return true;
}

std::string fold_for_near_miss(std::string_view text) {
  std::string folded;
  const std::string bare = fold_case_and_accents(text);
  for (std::string_view rest = bare; !rest.empty();) {
    const CodePoint c = first_code_point(rest);
    if (!is_white_space(c.value) && c.value != '_' && c.value != '-' && c.value != '.')
      folded += rest.substr(0, c.length);
    rest.remove_prefix(c.length);
  }
  return folded;
}

std::optional<HiddenCharacter> find_hidden(std::string_view text) {
  return find_code_point(text, is_hidden);
}

std::optional<HiddenCharacter> find_hidden_or_odd_space(std::string_view text) {
  return find_code_point(text, [](char32_t c) { return is_hidden(c) || (c != U' ' && is_white_space(c)); });
}

std::optional<HiddenCharacter> find_control(std::string_view text) {
  return find_code_point(text, is_control);
}

std::optional<HiddenCharacter> find_deceptive(std::string_view text) {
  return find_code_point(text, [](char32_t c) {
    const bool not_latin = (c >= 0x370 && c < 0x530) || (c >= 0xFF01 && c < 0xFF5F);
    return not_latin || is_hidden(c) || (c != U' ' && is_white_space(c));
  });
}

bool needs_guard(std::string_view cell) {
  const std::size_t first = cell.find_first_not_of('\'');
  return first != std::string_view::npos && std::string_view("=+-@\t\r").find(cell[first]) != std::string_view::npos;
}

std::string guard(std::string_view cell) {
  std::string guarded;
  if (needs_guard(cell)) guarded += '\'';
  return guarded.append(cell);
}

std::string_view unguard(std::string_view cell) {
  return cell.starts_with('\'') && needs_guard(cell) ? cell.substr(1) : cell;
}

std::string escape(std::string_view bytes) {
  std::string escaped;
  while (!bytes.empty()) {
    const CodePoint c = first_code_point(bytes);
    const std::string_view piece = bytes.substr(0, c.length);
    if (c.value == no_code_point || is_hidden(c.value)) {
      for (const char& byte : piece) escaped += "\\x" + hex(std::as_bytes(std::span(&byte, 1)));
    } else {
      if (c.value == '\\') escaped += '\\';
      escaped += piece;
    }
    bytes.remove_prefix(c.length);
  }
  return escaped;
}

std::string unescape(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const bool hex = text.size() >= 4 && text.starts_with("\\x") && hex_value(text[2]) >= 0 && hex_value(text[3]) >= 0;
    if (hex) {
      bytes += static_cast<char>(hex_value(text[2]) * 16 + hex_value(text[3]));
      text.remove_prefix(4);
    } else {
      if (text.starts_with("\\\\")) text.remove_prefix(1);
      bytes += text.front();
      text.remove_prefix(1);
    }
  }
  return bytes;
}

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<std::size_t>(byte);
    text += digits[value >> 4U];
    text += digits[value & 0xFU];
  }
  return text;
}

std::string code_point_name(char32_t code_point) {
  std::array<char, sizeof "U+FFFFFFFF"> name{};
  std::snprintf(name.data(), name.size(), "U+%04X", static_cast<unsigned>(code_point));
  return name.data();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> above(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(above[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(above[j + 1], std::min({above[j + 1] + 1, above[j] + 1, replaced}));
    }
  }
  return above.back();
}

std::string_view keep(std::pmr::memory_resource& arena, std::string_view text) {
  if (text.empty()) return {};
  char* copy = static_cast<char*>(arena.allocate(text.size(), 1));
  text.copy(copy, text.size());
  return {copy, text.size()};
}

std::string utc_timestamp(std::chrono::system_clock::time_point time, Precision precision) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  const std::string fraction = std::to_string(1000 + clock.subseconds().count()).substr(1);
  constexpr std::size_t longest = 64;
  std::array<char, longest> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data() + (precision == Precision::milliseconds ? "." + fraction : "") + "Z";
}

}  // namespace clientsync
