// What is done to the text of one cell, and how values are spelled for people. Knows nothing of CSV or clients, and
// uses nothing of the project.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace clientsync {

/// True if all bytes are ASCII that can be seen, or a plain space: most cells are, and need no further look.
[[nodiscard]] bool is_printable_ascii(std::string_view text);

/// `text` without white space at both ends: Unicode White_Space, no-break spaces, zero-width characters
/// (U+200B, U+200C, U+200D, U+2060, U+FEFF). A view into `text`, which must be valid UTF-8, as everywhere below.
[[nodiscard]] std::string_view trim(std::string_view text);

/// The cell as it is compared and stored (docs/specification.md §3): trim, drop one guard apostrophe, trim, unwrap
/// `="00123"` (a doubled quote inside stands for one), trim, NFC; each step once, in this order.
[[nodiscard]] std::string clean(std::string_view cell);

/// The same as a view into `cell`, of which it is mostly all; nullopt if `clean` has to make new text.
[[nodiscard]] std::optional<std::string_view> clean_part(std::string_view cell);

/// Unicode normalisation form C. ASCII text is returned unchanged after one look at each byte. So is text with more
/// than 128 combining marks in a row: no language has it, and sorting the marks takes time by the square of their
/// number.
[[nodiscard]] std::string nfc(std::string_view text);

/// The number of Unicode code points in valid UTF-8.
[[nodiscard]] std::size_t code_points(std::string_view text);

/// At most `count` code points from the start, or from the end, of `text`. A view into it.
[[nodiscard]] std::string_view first_code_points(std::string_view text, std::size_t count);
[[nodiscard]] std::string_view last_code_points(std::string_view text, std::size_t count);

/// NFC with each run of Unicode white space replaced by one space, and none at the ends. Names are compared in this
/// form (docs/specification.md §4.2).
[[nodiscard]] std::string fold_white_space(std::string_view text);

/// Case, accents, white space, `_`, `-` and `.` folded away: "Número  do_CLIENTE" and "numero do cliente" give the same
/// text. Only for near misses of headers, never for data.
[[nodiscard]] std::string fold_for_near_miss(std::string_view text);

/// The text by which people search and sort: case and accents folded away, each run of white space as one space.
/// "São  JOSÉ" and "sao jose" give the same text.
[[nodiscard]] std::string fold_for_search(std::string_view text);

/// True if the bytes are UTF-8.
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// A character that nobody can see in a spreadsheet's cell.
struct HiddenCharacter {
  char32_t code_point = 0;
  std::size_t position = 0;  ///< counted in code points from 1
};

/// The first control (Cc), invisible or bidirectional formatting character (Cf, variation selectors, Hangul fillers,
/// combining grapheme joiner, noncharacters) or line break (U+2028, U+2029) in `text`, or nullopt.
[[nodiscard]] std::optional<HiddenCharacter> find_hidden(std::string_view text);

/// The same, or the first white space other than a plain space: a number with a no-break space looks like another one.
[[nodiscard]] std::optional<HiddenCharacter> find_hidden_or_odd_space(std::string_view text);

/// The first control character (Cc) or line or paragraph separator in `text`, or nullopt.
[[nodiscard]] std::optional<HiddenCharacter> find_control(std::string_view text);

/// The first character in `text` that looks like another or like nothing: a hidden one, white space other than a plain
/// space, a Greek, Cyrillic or full-width letter. Only for headers, whose letters are Latin.
[[nodiscard]] std::optional<HiddenCharacter> find_deceptive(std::string_view text);

/// True if a spreadsheet would run the cell as a formula, or drop its guard: `'*` then one of `= + - @ TAB CR`
/// (docs/specification.md §5, "Form").
[[nodiscard]] bool needs_guard(std::string_view cell);

/// The cell with one apostrophe in front if it needs a guard. unguard(guard(x)) == x for every x.
[[nodiscard]] std::string guard(std::string_view cell);

/// The cell without its guard, if it has one (an apostrophe in front of what needs a guard). A view into `cell`.
[[nodiscard]] std::string_view unguard(std::string_view cell);

/// Bytes as one line of harmless text, for logs, terminals and the ledger: printable UTF-8 stays; a backslash is
/// doubled; each byte of a control, bidirectional or invisible character, and each byte that is not UTF-8, becomes
/// `\xNN`. `unescape` reverses it.
[[nodiscard]] std::string escape(std::string_view bytes);

/// The bytes from which `escape` made `text`.
[[nodiscard]] std::string unescape(std::string_view text);

/// Two lower-case hexadecimal digits for each byte: "00ff".
[[nodiscard]] std::string hex(std::span<const std::byte> bytes);

/// The name that Unicode gives a code point, with at least four digits: "U+200B".
[[nodiscard]] std::string code_point_name(char32_t code_point);

/// Levenshtein's distance: how many bytes have to be added, dropped or replaced to turn `a` into `b`. Takes time by the
/// product of both lengths: callers bound them.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// A copy of `text` that lives as long as `arena`.
[[nodiscard]] std::string_view keep(std::pmr::memory_resource& arena, std::string_view text);

enum class Precision { seconds, milliseconds };

/// RFC 3339 in UTC: "2026-11-23T10:15:00Z", or "2026-11-23T10:15:00.123Z". A fraction beyond the precision is dropped.
[[nodiscard]] std::string utc_timestamp(std::chrono::system_clock::time_point time,
                                        Precision precision = Precision::seconds);

}  // namespace clientsync
