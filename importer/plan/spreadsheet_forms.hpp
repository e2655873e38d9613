// What spreadsheets make of company IDs and client numbers: E notation, 15 digits, lost zeros, dates
// (docs/specification.md §4.2, §5).
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

/// True if `text`, which is in E notation or rounded, still shows the 15 digits that a spreadsheet computes with.
[[nodiscard]] bool keeps_exact_digits(std::string_view text);

/// A range of digit strings of one length, both ends included.
struct DigitRange {
  std::string low;
  std::string high;

  [[nodiscard]] bool contains(std::string_view digits) const;
  bool operator==(const DigitRange&) const = default;
};

/// The company IDs (1 to 19 digits) from which a spreadsheet can have made `text`: by showing them in E notation with
/// as many digits, or by keeping 15 digits, cut off or rounded. nullopt if `text` has no such form, or no company ID
/// fits.
[[nodiscard]] std::optional<DigitRange> originals_of(std::string_view text);

/// True if `text` is what a spreadsheet makes of the company ID or number `original`: E notation, 15 digits then zeros,
/// lost zeros. False if both are the same.
[[nodiscard]] bool is_number_form(std::string_view text, std::string_view original);

/// True if `text` is a date that a spreadsheet made of the number `original`: "02/jan", "1-Feb-26" or "2026-02-01" of
/// "1-2" or "1/2".
[[nodiscard]] bool is_date_form(std::string_view text, std::string_view original);

/// A spreadsheet's error value: one of docs/specification.md §4.2 (`client_number_formula`), or LibreOffice's
/// `Err:502`.
[[nodiscard]] bool is_error_value(std::string_view text);

}  // namespace clientsync
