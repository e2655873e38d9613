#include "importer/plan/spreadsheet_forms.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstdint>
#include <vector>

#include "importer/plan/client.hpp"

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

/// A whole number as a spreadsheet writes it: without leading zeros.
bool is_plain_number(std::string_view text) {
  return all_digits(text) && (text.size() == 1 || text.front() != '0');
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

/// One part of a date.
struct DatePart {
  unsigned value = 0;
  std::size_t width = 0;  ///< digits; 0: a month's name

  auto operator<=>(const DatePart&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0 in it
};

constexpr std::array<std::array<std::string_view, 4>, 12> months{{{"jan", "jan", "january", "janeiro"},
                                                                  {"feb", "fev", "february", "fevereiro"},
                                                                  {"mar", "mar", "march", "março"},
                                                                  {"apr", "abr", "april", "abril"},
                                                                  {"may", "mai", "may", "maio"},
                                                                  {"jun", "jun", "june", "junho"},
                                                                  {"jul", "jul", "july", "julho"},
                                                                  {"aug", "ago", "august", "agosto"},
                                                                  {"sep", "set", "september", "setembro"},
                                                                  {"oct", "out", "october", "outubro"},
                                                                  {"nov", "nov", "november", "novembro"},
                                                                  {"dec", "dez", "december", "dezembro"}}};

std::optional<DatePart> read_date_part(std::string_view text) {
  if (all_digits(text) && text.size() <= 4) {
    DatePart part{.width = text.size()};
    std::from_chars(text.data(), text.data() + text.size(), part.value);
    return part;
  }
  std::string name(text);
  for (char& c : name) c = 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (unsigned month = 1; const auto& names : months) {
    if (std::ranges::find(names, name) != names.end()) return DatePart{.value = month};
    ++month;
  }
  return std::nullopt;
}

/// The two or three parts of what may be a date: "1-2", "MAR1", "02/jan". Empty if it is not one.
std::vector<DatePart> read_date(std::string_view text) {
  constexpr std::string_view separators = "/-. ", digits = "0123456789";
  std::vector<DatePart> parts;
  while (!text.empty()) {
    const bool number = digits.find(text.front()) != digits.npos;
    const std::size_t end = number ? text.find_first_not_of(digits) : text.find_first_of("/-. 0123456789");
    const std::optional<DatePart> part = read_date_part(text.substr(0, end));
    if (!part || parts.size() == 3) return {};
    parts.push_back(*part);
    text.remove_prefix(std::min(end, text.size()));
    if (text.size() > 1 && separators.find(text.front()) != separators.npos) text.remove_prefix(1);
  }
  return parts.size() > 1 ? parts : std::vector<DatePart>{};
}

bool is_name(const DatePart& part) {
  return part.width == 0;
}

/// True for what a spreadsheet writes itself: one month's name, or day, month and a year of four digits. Two numbers
/// alone, or three short ones, may just as well be a client number that somebody typed.
bool looks_like_date(std::vector<DatePart> parts, bool has_more_parts) {
  if (const auto names = std::ranges::count_if(parts, is_name); names > 0) return names == 1;
  if (parts.size() != 3) return false;
  if (has_more_parts && std::ranges::all_of(parts, [](const DatePart& part) { return part.width == 2; })) return true;
  std::ranges::sort(parts);
  return parts[0].value >= 1 && parts[0].value <= 12 && parts[1].value <= 31 && parts[2].value >= 1900;
}

/// True if both are the same day, month or year; a year may have lost its century, or gained one.
bool same_part(const DatePart& original, const DatePart& part) {
  if (original.value == part.value) return true;
  return (original.width == 4 && part.width == 2 && original.value % 100 == part.value) ||
         (part.width == 4 && !is_name(original) && part.value % 100 == original.value);
}

/// True for what a spreadsheet adds to a day and a month, or to a month and a year.
bool may_be_added(const DatePart& part) {
  return !is_name(part) && (part.value == 1 || part.width == 2 || part.value >= 1900);
}

}  // namespace

bool is_scientific(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t e = text.find_first_of("Ee");
  if (e == text.npos || e == 0) return false;
  const std::string_view mantissa = text.substr(0, e), exponent = text.substr(e + 1);
  if (exponent.size() < 3 || (exponent.front() != '+' && exponent.front() != '-')) return false;
  const bool has_point = mantissa.size() > 1 && (mantissa[1] == '.' || mantissa[1] == ',');
  return (has_point || mantissa.size() == 1) && read_decimal(text).has_value();
}

bool is_rounded(std::string_view text) {
  return text.size() > spreadsheet_digits && all_digits(text) &&
         text.find_first_not_of('0', spreadsheet_digits) == text.npos;
}

bool keeps_exact_digits(std::string_view text) {
  const std::string_view mantissa = text.substr(0, text.find_first_of("Ee"));
  return std::ranges::count_if(mantissa, [](char c) { return c >= '0' && c <= '9'; }) >=
         std::ptrdiff_t{spreadsheet_digits};
}

bool DigitRange::contains(std::string_view digits) const {
  return digits.size() == low.size() && all_digits(digits) && low <= digits && digits <= high;
}

std::optional<DigitRange> originals_of(std::string_view text) {
  if ((!is_scientific(text) && !is_rounded(text)) || text.front() == '-' || text.front() == '0') return std::nullopt;
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

bool is_number_form(std::string_view text, std::string_view original) {
  const std::optional<Decimal> shown = read_decimal(text), meant = read_decimal(original);
  if (!shown || !meant || text == original) return false;
  const bool whole = meant->exponent + 1 >= static_cast<long>(meant->digits.size());
  if (!is_scientific(text) && !(is_plain_number(text) && (whole || all_digits(original)))) return false;
  const std::size_t count = shown->digits.size();
  return rounded(*meant, count) == *shown || rounded(cut(*meant, spreadsheet_digits), count) == *shown ||
         rounded(rounded(*meant, spreadsheet_digits), count) == *shown;
}

bool is_date_form(std::string_view text, std::string_view original) {
  std::vector<DatePart> parts = read_date(text);
  const std::vector<DatePart> wanted = read_date(original);
  if (text == original || wanted.empty() || parts.size() < wanted.size() ||
      !looks_like_date(parts, parts.size() > wanted.size()))
    return false;

  const auto rest = static_cast<std::ptrdiff_t>(wanted.size());
  const auto fits = [&] {
    return std::ranges::equal(wanted.begin(), wanted.end(), parts.begin(), parts.begin() + rest, same_part) &&
           std::all_of(parts.begin() + rest, parts.end(), may_be_added);
  };
  // Three numbers in another order may be another client number; a spreadsheet only reverses them.
  if (wanted.size() == 3 && std::ranges::none_of(parts, is_name)) {
    if (fits()) return true;
    std::ranges::reverse(parts);
    return fits();
  }
  std::ranges::sort(parts);
  do {
    if (fits()) return true;
  } while (std::next_permutation(parts.begin(), parts.end()));
  return false;
}

bool is_error_value(std::string_view text) {
  constexpr std::string_view values[] = {"#N/A",   "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!",
                                         "#NULL!", "#N/D",  "#VALOR!", "#NOME?", "#NÚM!",   "#NULO!"};
  if (text.empty()) return false;
  constexpr std::string_view libreoffice = "Err:";
  if (text.starts_with(libreoffice))
    return text.size() == libreoffice.size() + 3 && all_digits(text.substr(libreoffice.size()));
  return text.find_first_not_of('#') == text.npos || std::ranges::find(values, text) != std::end(values);
}

}  // namespace clientsync
