// What spreadsheets make of company IDs and client numbers: E notation, 15 digits, lost zeros, amounts, dates
// (docs/specification.md §4.2, §5; docs/formats.md has them in a table).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// Spreadsheets compute with 15 significant digits: Excel cuts the others off, LibreOffice rounds them.
inline constexpr std::size_t spreadsheet_digits = 15;

/// "E notation" of docs/specification.md §4.2: `-?D([.,]D+)?E[+-]DD` or three digits of exponent, in any case:
/// "9.13035E+15".
[[nodiscard]] bool is_scientific(std::string_view text);

/// More than 15 ASCII digits, all beyond the 15th zero: what is left of a long number in floating point.
[[nodiscard]] bool is_rounded(std::string_view text);

/// A whole number written as an amount: thousands separators, a fraction of zeros or a currency sign, as in
/// "9,130,351,530,529,746" and "R$ 9.130,00".
[[nodiscard]] bool is_amount(std::string_view text);

/// True if `text`, which is in E notation, rounded or an amount, still shows the 15 digits that a spreadsheet computes
/// with, or all digits if they are fewer.
[[nodiscard]] bool keeps_exact_digits(std::string_view text);

/// A range of digit strings of one length, both ends included.
struct DigitRange {
  std::string low;
  std::string high;

  [[nodiscard]] bool contains(std::string_view digits) const;
  bool operator==(const DigitRange&) const = default;
};

/// The company IDs (1 to 19 digits) from which a spreadsheet can have made `text`: by showing them in E notation with
/// as many digits, by keeping 15 digits, cut off or rounded, or by writing it as an amount. nullopt if `text` has no
/// such form, or no company ID fits.
[[nodiscard]] std::optional<DigitRange> originals_of(std::string_view text);

/// True if `text` is what Excel, LibreOffice or Google Sheets makes of the company ID or client number `original` if a
/// person types it into a cell, in American or British English or Brazilian Portuguese: E notation, 15 digits then
/// zeros, lost zeros, an amount, a percentage, a date, a time, a truth value. False if both are the same.
[[nodiscard]] bool is_form(std::string_view text, std::string_view original);

/// What a company ID or client number has in common with all that a spreadsheet makes of it, so that a list is
/// recognised after a spreadsheet saved it: equal for most forms of one text, different for most texts.
[[nodiscard]] std::string form_key(std::string_view text);

/// A spreadsheet's error value: one of docs/specification.md §4.2 (`client_number_formula`), or LibreOffice's
/// `Err:502`.
[[nodiscard]] bool is_error_value(std::string_view text);

}  // namespace clientsync
