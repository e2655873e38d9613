#include "importer/plan/spreadsheet_forms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstdint>
#include <utility>
#include <vector>

#include "importer/plan/client.hpp"
#include "importer/plan/spreadsheet_dates.hpp"

namespace clientsync {
namespace {

/// A number of any length, exact where floating point is not: its significant digits, from the first that is not 0, and
/// the power of ten of that first digit.
struct Decimal {
  bool negative = false;
  std::string digits;
  long exponent = 0;

  bool operator==(const Decimal&) const = default;
};

std::optional<long> read_exponent(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!all_digits(text) || text.size() > 3) return std::nullopt;
  long exponent = 0;
  std::from_chars(text.data(), text.data() + text.size(), exponent);
  return negative ? -exponent : exponent;
}

/// `-?D+([.,]D+)?(E[+-]?D{1,3})?`, or nullopt.
std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal number;
  number.negative = text.starts_with('-');
  if (number.negative) text.remove_prefix(1);
  if (const std::size_t e = text.find_first_of("Ee"); e != text.npos) {
    const std::optional<long> exponent = read_exponent(text.substr(e + 1));
    if (!exponent) return std::nullopt;
    number.exponent = *exponent;
    text = text.substr(0, e);
  }
  const std::size_t point = std::min(text.find_first_of(".,"), text.size());
  const std::string_view whole = text.substr(0, point);
  if (!all_digits(whole) || (point < text.size() && !all_digits(text.substr(point + 1)))) return std::nullopt;
  number.digits = whole;
  if (point < text.size()) number.digits += text.substr(point + 1);
  const std::size_t zeros = number.digits.find_first_not_of('0');
  if (zeros == number.digits.npos) return Decimal{.negative = number.negative, .digits = "0"};
  number.digits.erase(0, zeros);
  number.exponent += static_cast<long>(whole.size()) - 1 - static_cast<long>(zeros);
  return number;
}

/// `number` cut off after `count` significant digits, or padded with zeros.
Decimal cut(Decimal number, std::size_t count) {
  number.digits.resize(count, '0');
  return number;
}

/// `number` with `count` significant digits, half rounded up.
Decimal rounded(const Decimal& number, std::size_t count) {
  Decimal result = cut(number, count);
  if (number.digits.size() <= count || number.digits[count] < '5') return result;
  const std::size_t last = result.digits.find_last_not_of('9');
  if (last == result.digits.npos) {
    ++result.exponent;
    result.digits.assign(count, '0').front() = '1';
  } else {
    ++result.digits[last];
    std::fill(result.digits.begin() + static_cast<std::ptrdiff_t>(last) + 1, result.digits.end(), '0');
  }
  return result;
}

/// True if all digits beyond the first `count` are zeros; it then removes them.
bool drop_zeros(std::string& digits, std::size_t count) {
  if (digits.size() <= count) return true;
  if (digits.find_first_not_of('0', count) != digits.npos) return false;
  digits.resize(count);
  return true;
}

std::uint64_t power_of_ten(std::size_t exponent) {
  std::uint64_t power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}

/// A text read as a number: its value, and what a spreadsheet or a person put around the digits.
struct Numeral {
  Decimal value;
  bool has_currency = false;
  bool has_percent = false;
  bool has_groups = false;    ///< thousands separators
  bool has_fraction = false;  ///< even if it is 0
  bool is_typed = false;      ///< no spreadsheet writes it so: a plus sign, zeros in front, a bare decimal point
};

bool remove_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool remove_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

constexpr std::string_view no_break_space = "\u00a0", narrow_space = "\u202f";

/// Removes a currency sign at either end, with the space beside it.
bool remove_currency(std::string_view& text) {
  constexpr std::string_view signs[] = {"R$", "US$", "$", "€", "£", "¥"};
  constexpr std::string_view spaces[] = {" ", no_break_space, narrow_space};
  for (const std::string_view sign : signs) {
    if (remove_prefix(text, sign)) {
      for (const std::string_view space : spaces) remove_prefix(text, space);
      return true;
    }
    if (remove_suffix(text, sign)) {
      for (const std::string_view space : spaces) remove_suffix(text, space);
      return true;
    }
  }
  return false;
}

/// The number without its thousands separators, "1043,50" of "1.043,50"; nullopt if it has none.
std::optional<std::string> without_groups(std::string_view text) {
  constexpr std::string_view separators[] = {",", ".", " ", no_break_space, narrow_space, "'", "’"};
  const std::size_t first = text.find_first_not_of("0123456789");
  if (first == text.npos || first == 0 || first > 3 || text.front() == '0') return std::nullopt;
  const auto separator = std::ranges::find_if(separators, [&](auto s) { return text.substr(first).starts_with(s); });
  if (separator == std::end(separators)) return std::nullopt;
  std::string digits(text.substr(0, first));
  text.remove_prefix(first);
  while (remove_prefix(text, *separator)) {
    if (text.size() < 3 || !all_digits(text.substr(0, 3))) return std::nullopt;
    digits += text.substr(0, 3);
    text.remove_prefix(3);
  }
  return digits += text;
}

/// Removes what may stand around the digits: a sign, parentheses, a currency or percent sign.
Numeral remove_marks(std::string_view& text) {
  Numeral numeral;
  bool& negative = numeral.value.negative;
  if (text.starts_with('(') && text.ends_with(')')) {
    negative = remove_prefix(text, "(") && remove_suffix(text, ")");
  }
  if (!negative) negative = remove_prefix(text, "-");
  numeral.has_currency = remove_currency(text);
  if (!negative) negative = remove_prefix(text, "-");
  numeral.has_percent = remove_suffix(text, "%");
  if (!negative) {
    numeral.is_typed = remove_suffix(text, "-");
    negative = numeral.is_typed;
  }
  if (!negative && remove_prefix(text, "+")) numeral.is_typed = true;
  return numeral;
}

/// The digits with at most one decimal separator, and perhaps an exponent, as the value of a numeral.
std::optional<Numeral> with_value(Numeral numeral, std::string_view body) {
  if (body.starts_with('-')) return std::nullopt;
  std::string digits(body);
  const std::size_t point = digits.find_first_of(".,");
  numeral.has_fraction = point != digits.npos;
  numeral.is_typed = numeral.is_typed || (digits.size() > 1 && digits[0] == '0' && point != 1) || point == 0 ||
                     point == digits.size() - 1;
  if (point == 0) digits.insert(0, 1, '0');
  if (digits.ends_with('.') || digits.ends_with(',')) digits.pop_back();
  std::optional<Decimal> value = read_decimal(digits);
  if (!value) return std::nullopt;
  if (numeral.has_percent) value->exponent -= 2;
  value->negative = numeral.value.negative;
  numeral.value = *std::move(value);
  return numeral;
}

/// What a text may mean as a number: "1.050" is 1050 in Portuguese and 1.05 in English.
std::vector<Numeral> read_numerals(std::string_view text) {
  std::vector<Numeral> numerals;
  // With which a digit, a separator, a sign or a currency begins.
  constexpr std::string_view beginnings = "0123456789.,-+($RU\xC2\xE2";
  if (text.empty() || beginnings.find(text.front()) == beginnings.npos) return numerals;
  Numeral marks = remove_marks(text);
  if (const auto plain = with_value(marks, text)) numerals.push_back(*plain);
  const auto digits = without_groups(text);
  if (!digits) return numerals;
  marks.has_groups = true;
  if (const auto grouped = with_value(marks, *digits)) numerals.push_back(*grouped);
  return numerals;
}

/// True for the ways in which a spreadsheet writes a number. Only amounts and percentages end in zeros after the
/// decimal point, unless there is nothing but zeros: "10.50" may be another client number than "10.5".
bool is_shown(std::string_view text, const Numeral& numeral) {
  if (is_scientific(text)) return true;
  if (numeral.is_typed || text.find_first_of("Ee") != text.npos) return false;
  if (!numeral.has_fraction || numeral.has_currency || numeral.has_groups || numeral.has_percent) return true;
  const std::size_t last = text.find_last_not_of('0');
  return last + 1 == text.size() || text[last] == '.' || text[last] == ',';
}

/// True if a spreadsheet that holds `meant`, or the 15 digits that it keeps of it, shows it as `shown`.
bool shows(const Decimal& shown, const Decimal& meant, bool is_rounded_shorter) {
  const std::size_t count =
      is_rounded_shorter ? shown.digits.size() : std::max(shown.digits.size(), meant.digits.size());
  const Decimal full = cut(shown, count);
  return rounded(meant, count) == full || rounded(cut(meant, spreadsheet_digits), count) == full ||
         rounded(rounded(meant, spreadsheet_digits), count) == full;
}

bool is_numeral_form(std::string_view text, std::string_view original) {
  const std::vector<Numeral> meant = read_numerals(original);
  if (meant.empty()) return false;
  for (const Numeral& shown : read_numerals(text)) {
    const auto matches = [&](const Numeral& number) { return shows(shown.value, number.value, is_scientific(text)); };
    if (is_shown(text, shown) && std::ranges::any_of(meant, matches)) return true;
  }
  return false;
}

/// "TRUE" of "true", in the language of the spreadsheet.
bool is_truth_form(std::string_view text, std::string_view original) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"TRUE", "true"}, {"VERDADEIRO", "verdadeiro"}, {"FALSE", "false"}, {"FALSO", "falso"}};
  const auto word = std::ranges::find(words, text, &std::pair<std::string_view, std::string_view>::first);
  return word != std::end(words) && std::ranges::equal(original, word->second, {}, [](char c) {
           return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
         });
}

/// The digits of a whole amount of money or a number with thousands separators; nullopt if the text is neither.
std::optional<std::string> amount_digits(std::string_view text) {
  std::vector<Numeral> numerals = read_numerals(text);
  // Thousands are likelier than three decimals, as in "9.130".
  std::ranges::reverse(numerals);
  for (const Numeral& numeral : numerals) {
    if (!numeral.has_groups && !numeral.has_currency && !numeral.has_fraction) continue;
    auto [negative, digits, exponent] = numeral.value;
    if (negative || exponent < 0 || numeral.has_percent || is_scientific(text) || !is_shown(text, numeral)) continue;
    const std::size_t length = static_cast<std::size_t>(exponent) + 1;
    if (!drop_zeros(digits, length)) continue;
    digits.resize(length, '0');
    return digits;
  }
  return std::nullopt;
}

}  // namespace

bool is_scientific(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto found = std::ranges::find_if(text, [](char c) { return c == 'E' || c == 'e'; });
  const auto e = static_cast<std::size_t>(found - text.begin());
  if (e == text.size() || e == 0) return false;
  const std::string_view mantissa = text.substr(0, e), exponent = text.substr(e + 1);
  if (exponent.size() < 3 || (exponent.front() != '+' && exponent.front() != '-')) return false;
  const bool has_point = mantissa.size() > 1 && (mantissa[1] == '.' || mantissa[1] == ',');
  return (has_point || mantissa.size() == 1) && read_decimal(text).has_value();
}

bool is_rounded(std::string_view text) {
  return text.size() > spreadsheet_digits && all_digits(text) &&
         text.find_first_not_of('0', spreadsheet_digits) == text.npos;
}

bool is_amount(std::string_view text) {
  return amount_digits(text).has_value();
}

bool keeps_exact_digits(std::string_view text) {
  if (!is_scientific(text)) return true;
  const std::string_view mantissa = text.substr(0, text.find_first_of("Ee"));
  return std::ranges::count_if(mantissa, [](char c) { return c >= '0' && c <= '9'; }) >=
         std::ptrdiff_t{spreadsheet_digits};
}

bool DigitRange::contains(std::string_view digits) const {
  return digits.size() == low.size() && all_digits(digits) && low <= digits && digits <= high;
}

std::optional<DigitRange> originals_of(std::string_view text) {
  const std::optional<std::string> amount = amount_digits(text);
  if (amount) text = *amount;
  if (!amount && !is_scientific(text) && !is_rounded(text)) return std::nullopt;
  if (text.front() == '-' || text.front() == '0') return std::nullopt;
  auto [negative, digits, exponent] = *read_decimal(text);
  if (exponent < 0 || exponent >= static_cast<long>(max_id_digits)) return std::nullopt;
  const std::size_t length = static_cast<std::size_t>(exponent) + 1;
  drop_zeros(digits, spreadsheet_digits);
  if (!drop_zeros(digits, length)) return std::nullopt;

  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const std::uint64_t unit = power_of_ten(length - digits.size());
  const bool cut_off = digits.size() == spreadsheet_digits;
  const std::uint64_t low = value * unit - unit / 2;
  const std::uint64_t high = value * unit + (cut_off ? unit : (unit + 1) / 2) - 1;
  return DigitRange{std::to_string(std::max(low, power_of_ten(length - 1))),
                    std::to_string(std::min(high, power_of_ten(length) - 1))};
}

bool is_form(std::string_view text, std::string_view original) {
  if (text == original) return false;
  return is_numeral_form(text, original) || is_date_form(text, original) || is_time_form(text, original) ||
         is_truth_form(text, original);
}

std::string form_key(std::string_view text) {
  // As many digits as Excel shows of a number that is too long for its cell.
  constexpr long longest_shown = 11;
  constexpr std::size_t shown_digits = 6;
  const std::vector<Numeral> numerals = read_numerals(text);
  if (numerals.empty()) return date_key(text).value_or(std::string(text));
  // Three digits behind a point are likelier thousands, except in E notation.
  Decimal value = is_scientific(text) ? numerals.front().value : numerals.back().value;
  if (value.exponent >= longest_shown) value = rounded(value, shown_digits);
  value.digits.erase(value.digits.find_last_not_of('0') + 1);
  return (value.negative ? "-" : "") + value.digits + "e" + std::to_string(value.exponent);
}

bool is_error_value(std::string_view text) {
  constexpr std::string_view values[] = {"#N/A",   "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!",
                                         "#NULL!", "#N/D",  "#VALOR!", "#NOME?", "#NÚM!",   "#NULO!"};
  constexpr std::string_view libreoffice = "Err:";
  if (text.starts_with(libreoffice))
    return text.size() == libreoffice.size() + 3 && all_digits(text.substr(libreoffice.size()));
  if (!text.starts_with('#')) return false;
  return text.find_first_not_of('#') == text.npos || std::ranges::find(values, text) != std::end(values);
}

}  // namespace clientsync
