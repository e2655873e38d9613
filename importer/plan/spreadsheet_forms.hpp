// What spreadsheets make of identifiers: scientific notation, fifteen digits, lost zeros, dates (docs/specification.md
// §4.2, §5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// "E notation" of docs/specification.md §4.2: `-?D([.,]D+)?E[+-]DD` or three digits of exponent, in any case:
/// "9.13035E+15".
[[nodiscard]] bool is_scientific(std::string_view text);

/// More than 15 ASCII digits, all beyond the 15th zero: what is left of a long number that became floating point.
[[nodiscard]] bool is_rounded(std::string_view text);

/// True if `text`, which is in E notation or rounded, still shows the 15 digits that a spreadsheet computes with.
[[nodiscard]] bool keeps_exact_digits(std::string_view text);

/// A range of digit strings of one length, both ends included.
struct DigitRange {
  std::string low;
  std::string high;

  [[nodiscard]] bool contains(std::string_view digits) const;
  bool operator==(const DigitRange&) const = default;
};

/// The identifiers (1 to 19 digits) of which a spreadsheet can have made `text`: by showing it in E notation with as
/// many digits, or by keeping 15 digits, cut off or rounded. nullopt where `text` is no such thing, or no identifier
/// fits.
[[nodiscard]] std::optional<DigitRange> originals_of(std::string_view text);

/// True where `text` is what a spreadsheet makes of the identifier or number `original`: E notation, 15 digits then
/// zeros, lost zeros. False where both are the same.
[[nodiscard]] bool is_number_form(std::string_view text, std::string_view original);

/// True where `text` is a date that a spreadsheet made of the number `original`: "02/jan", "1-Feb-26", "2026-02-01" of
/// "1-2" or "1/2".
[[nodiscard]] bool is_date_form(std::string_view text, std::string_view original);

/// A spreadsheet's error value: #N/A #REF! #VALUE! #NAME? #DIV/0! #NUM! #NULL! #N/D #VALOR! #NOME? #NÚM! #NULO!, or `#`
/// alone, repeated, or LibreOffice's `Err:502`.
[[nodiscard]] bool is_error_value(std::string_view text);

}  // namespace clientsync
