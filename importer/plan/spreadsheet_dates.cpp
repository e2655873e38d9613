#include "importer/plan/spreadsheet_dates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "importer/plan/client.hpp"

namespace clientsync {
namespace {

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

char lower(char c) {
  return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool remove_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

std::optional<DatePart> read_date_part(std::string_view text) {
  if (all_digits(text) && text.size() <= 4) {
    DatePart part{.width = text.size()};
    std::from_chars(text.data(), text.data() + text.size(), part.value);
    return part;
  }
  constexpr std::size_t shortest = 3, longest = 9;  // "jan", "september"
  if (text.size() < shortest || text.size() > longest) return std::nullopt;
  const auto is_text = [&](std::string_view name) { return std::ranges::equal(text, name, {}, lower); };
  for (unsigned month = 1; const auto& names : months) {
    if (std::ranges::any_of(names, is_text)) return DatePart{.value = month};
    ++month;
  }
  return std::nullopt;
}

/// The two or three parts of what may be a date: "1-2", "MAR1", "02/jan", "1/fev.", "2026-02-01 00:00:00". Empty if it
/// is not one.
std::vector<DatePart> read_date(std::string_view text) {
  for (const std::string_view midnight : {" 00:00:00", "T00:00:00", " 0:00:00", " 00:00", " 0:00", " 12:00:00 AM"}) {
    if (remove_suffix(text, midnight)) break;
  }
  constexpr std::string_view separators = "/-. ";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto ends_name = [&](char c) { return is_digit(c) || separators.find(c) != separators.npos; };
  std::vector<DatePart> parts;
  while (!text.empty()) {
    const bool number = is_digit(text.front());
    const auto found = number ? std::ranges::find_if_not(text, is_digit) : std::ranges::find_if(text, ends_name);
    const auto end = static_cast<std::size_t>(found - text.begin());
    const std::optional<DatePart> part = read_date_part(text.substr(0, end));
    if (!part || parts.size() == 3) return {};
    parts.push_back(*part);
    text.remove_prefix(end);
    if (!number && text.starts_with('.') && (text.size() == 1 || separators.find(text[1]) != separators.npos)) {
      text.remove_prefix(1);
    }
    if (text.size() > 1 && separators.find(text.front()) != separators.npos) text.remove_prefix(1);
  }
  return parts.size() > 1 ? parts : std::vector<DatePart>{};
}

/// The date whose count of days since the end of 1899 is `text`: what is left of a date in a cell without a format.
/// Empty if it is not in this century.
std::vector<DatePart> read_day_count(std::string_view text) {
  constexpr unsigned first = 36526, last = 73050;
  unsigned days = 0;
  if (text.size() != 5 || !all_digits(text)) return {};
  std::from_chars(text.data(), text.data() + text.size(), days);
  if (days < first || days > last) return {};
  using namespace std::chrono;
  const year_month_day date{sys_days{1899y / December / 30} + std::chrono::days{days}};
  return {{static_cast<unsigned>(static_cast<int>(date.year())), 4},
          {static_cast<unsigned>(date.month()), 2},
          {static_cast<unsigned>(date.day()), 2}};
}

bool is_name(const DatePart& part) {
  return part.width == 0;
}

/// True for the same three numbers with zeros in front: "01/02/26" of "1/2/26".
bool is_padded(const std::vector<DatePart>& parts, const std::vector<DatePart>& wanted) {
  constexpr auto has_two_digits = [](const DatePart& part) { return part.width == 2; };
  return parts.size() == 3 && std::ranges::all_of(parts, has_two_digits) &&
         std::ranges::equal(parts, wanted, {}, &DatePart::value, &DatePart::value) &&
         std::ranges::any_of(wanted, [](const DatePart& part) { return part.width == 1; });
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

/// A time of day, or a duration.
struct Time {
  unsigned seconds = 0;
  bool has_full_minutes = false;  ///< in two digits, as spreadsheets write them
};

/// "1:2", "01:02:00 AM", "5pm", "25:10:00", or nullopt.
std::optional<Time> read_time(std::string_view text) {
  if (text.empty() || !all_digits(text.substr(0, 1))) return std::nullopt;
  std::string small(text);
  std::ranges::transform(small, small.begin(), lower);
  text = small;
  const bool is_afternoon = remove_suffix(text, "pm"), is_morning = !is_afternoon && remove_suffix(text, "am");
  if (is_afternoon || is_morning) remove_suffix(text, " ");
  Time time;
  std::size_t units = 0;
  for (unsigned unit = 3600; !text.empty(); unit /= 60) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view digits = text.substr(0, end);
    unsigned value = 0;
    if (unit == 0 || end + 1 == text.size() || !all_digits(digits) || end > 3) return std::nullopt;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (units > 0 && (value > 59 || end > 2)) return std::nullopt;
    if (units == 0 && (is_afternoon || is_morning)) value = value % 12 + (is_afternoon ? 12 : 0);
    if (units == 1) time.has_full_minutes = end == 2;
    time.seconds += value * unit;
    ++units;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (units < 2 && !is_afternoon && !is_morning) return std::nullopt;
  return units > 0 ? std::optional(time) : std::nullopt;
}

}  // namespace

bool is_date_form(std::string_view text, std::string_view original) {
  const std::vector<DatePart> wanted = read_date(original);
  if (text == original || wanted.empty()) return false;
  std::vector<DatePart> parts = read_day_count(text);
  if (parts.empty()) parts = read_date(text);
  if (is_padded(parts, wanted)) return true;
  if (parts.size() < wanted.size() || !looks_like_date(parts, parts.size() > wanted.size())) return false;

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

std::optional<std::string> date_key(std::string_view text) {
  std::vector<unsigned> values;
  for (const DatePart& part : read_date(text)) values.push_back(part.value % 100);
  if (values.size() < 2) return std::nullopt;
  // A spreadsheet adds the year, which is the largest of the three.
  std::ranges::sort(values);
  return std::to_string(values[0]) + "/" + std::to_string(values[1]);
}

bool is_named_date(std::string_view text) {
  const auto is_small = [](char c) { return 'a' <= c && c <= 'z'; };
  if (std::ranges::none_of(text, is_small) || text.find_first_of("-/") == text.npos) return false;
  const std::vector<DatePart> parts = read_date(text);
  const auto is_number = [](const DatePart& part) { return is_name(part) || part.width == 4 || part.width <= 2; };
  return std::ranges::count_if(parts, is_name) == 1 && std::ranges::all_of(parts, is_number);
}

bool is_time_form(std::string_view text, std::string_view original) {
  const std::optional<Time> shown = read_time(text), meant = read_time(original);
  return text != original && shown && meant && shown->seconds == meant->seconds && shown->has_full_minutes;
}

}  // namespace clientsync
