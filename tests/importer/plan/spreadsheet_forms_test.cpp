#include "importer/plan/spreadsheet_forms.hpp"

#include <algorithm>
#include <string_view>

#include "importer/plan/spreadsheet_dates.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

/// 1 to `longest` digits, the first of them not 0.
rc::Gen<std::string> identifier(std::size_t longest) {
  return rc::gen::exec([longest] {
    const std::size_t length = *rc::gen::inRange<std::size_t>(1, longest + 1);
    std::string digits(1, *rc::gen::inRange('1', static_cast<char>('9' + 1)));
    while (digits.size() < length) digits += *rc::gen::inRange('0', static_cast<char>('9' + 1));
    return digits;
  });
}

/// Adds one to the last digit; "99" gives "100".
std::string next(std::string digits) {
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (digits[i] != '9') {
      ++digits[i];
      return digits;
    }
    digits[i] = '0';
  }
  return "1" + digits;
}

/// `digits` rounded half up to `count` significant digits, then zeros.
std::string round_up(const std::string& digits, std::size_t count) {
  if (digits.size() <= count) return digits;
  const std::string kept = digits.substr(0, count);
  return (digits[count] >= '5' ? next(kept) : kept) + std::string(digits.size() - count, '0');
}

/// What a cell with `count` significant digits shows of a whole number.
std::string scientific(const std::string& digits, std::size_t count, char point = '.') {
  std::string shown = round_up(digits, count);
  const std::string exponent = std::to_string(shown.size() - 1);
  shown.resize(count, '0');
  return shown.substr(0, 1) + point + shown.substr(1) + "E+" + std::string(exponent.size() < 2 ? 1 : 0, '0') + exponent;
}

/// The number with its digits beyond the 15th cut off, as Excel keeps it.
std::string cut_off(std::string digits) {
  std::fill(digits.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(15, digits.size())), digits.end(), '0');
  return digits;
}

void check_form(const std::string& form, const std::string& original) {
  if (form == original) {
    RC_ASSERT(!is_form(form, original));
    return;
  }
  RC_LOG() << form << " of " << original << "\n";
  RC_ASSERT(is_form(form, original));
}

/// True unless rounding gave the number one digit more.
bool keeps_length(const std::string& original, std::size_t count) {
  return round_up(original, count).size() == original.size();
}

}  // namespace

TEST_CASE("E notation is recognised as spreadsheets write it", "[spreadsheet]") {
  for (const auto* text : {"9.13035E+15", "9,13035E+15", "9.13035e+15", "1E+15", "-1.5E+10", "1.20E+06", "1E-05",
                           "1.5E+101", "0.00E+00"}) {
    CAPTURE(text);
    CHECK(is_scientific(text));
  }
}

TEST_CASE("what only resembles E notation is none", "[spreadsheet]") {
  for (const auto* text : {"",         "E",        "E+15",      "12E5",      "1E5",     "1E+5",     "12E+15",
                           "1.E+15",   ".5E+15",   "1.5.2E+15", "1.5E+1000", "1.5E15",  "+1.5E+15", "--1.5E+15",
                           "1.5E+15 ", "1.5E++15", "1.5E+-15",  "1.5E+1a",   "x.5E+15", "1;5E+15",  "9130351530529746",
                           "١.٥E+15"}) {
    CAPTURE(text);
    CHECK_FALSE(is_scientific(text));
  }
}

TEST_CASE("more than 15 digits with zeros beyond the 15th are a rounded number", "[spreadsheet]") {
  CHECK(is_rounded("9130351530529740"));
  CHECK(is_rounded("9130351530529740000"));
  CHECK_FALSE(is_rounded("913035153052970"));
  CHECK_FALSE(is_rounded("9130351530529746"));
  CHECK_FALSE(is_rounded("91303515305297400a"));
  CHECK_FALSE(is_rounded(""));
}

TEST_CASE("a damaged identifier keeps 15 digits or fewer", "[spreadsheet]") {
  CHECK(keeps_exact_digits("9130351530529740"));
  CHECK(keeps_exact_digits("9.13035153052974E+15"));
  CHECK(keeps_exact_digits("9,13035153052974e+15"));
  CHECK_FALSE(keeps_exact_digits("9.1303515305297E+15"));
  CHECK_FALSE(keeps_exact_digits("9.13035E+15"));
}

TEST_CASE("E notation leads to the identifiers that round to its digits", "[spreadsheet]") {
  CHECK(originals_of("9.13035E+15") == DigitRange{"9130345000000000", "9130354999999999"});
  CHECK(originals_of("9,13035e+15") == originals_of("9.13035E+15"));
  CHECK(originals_of("9.13E+15") == DigitRange{"9125000000000000", "9134999999999999"});
  CHECK(originals_of("9E+15") == DigitRange{"8500000000000000", "9499999999999999"});
  CHECK(originals_of("1.20E+06") == DigitRange{"1195000", "1204999"});
  CHECK(originals_of("1.23456E+05") == DigitRange{"123456", "123456"});
  CHECK(originals_of("5E+00") == DigitRange{"5", "5"});
  CHECK(originals_of("9.130351530529746E+15") == DigitRange{"9130351530529746", "9130351530529746"});
}

TEST_CASE("15 digits and zeros lead to identifiers cut off by Excel and rounded by LibreOffice", "[spreadsheet]") {
  CHECK(originals_of("9130351530529740") == DigitRange{"9130351530529735", "9130351530529749"});
  CHECK(originals_of("9130351530529740")->contains("9130351530529746"));
  CHECK(originals_of("9130351530529750")->contains("9130351530529746"));
  CHECK(originals_of("9.13035153052974E+15") == originals_of("9130351530529740"));
  CHECK(originals_of("9.130351530529740E+15") == originals_of("9130351530529740"));
}

TEST_CASE("a range holds identifiers of one length", "[spreadsheet]") {
  CHECK(originals_of("1.00000E+15") == DigitRange{"1000000000000000", "1000004999999999"});
  CHECK(originals_of("9.99999E+15") == DigitRange{"9999985000000000", "9999994999999999"});
  CHECK(originals_of("9.99999999999999E+18") == DigitRange{"9999999999999985000", "9999999999999999999"});
  const DigitRange range{"100", "199"};
  CHECK(range.contains("100"));
  CHECK(range.contains("199"));
  CHECK_FALSE(range.contains("99"));
  CHECK_FALSE(range.contains("200"));
  CHECK_FALSE(range.contains("1500"));
  CHECK_FALSE(range.contains("1a0"));
  CHECK_FALSE(range.contains(""));
}

TEST_CASE("what fits no identifier has no originals", "[spreadsheet]") {
  for (const auto* text : {"", "123", "9130351530529746", "1.5E+19", "1E+101", "1.5E-05", "-1.5E+15", "0E+00",
                           "0.5E+15", "1.23456E+02", "91303515305297400000", "0000000000000000", "Acme"}) {
    CAPTURE(text);
    CHECK_FALSE(originals_of(text).has_value());
  }
}

TEST_CASE("a number without its leading zeros is a form of it", "[spreadsheet]") {
  CHECK(is_form("123", "00123"));
  CHECK(is_form("0", "000"));
  CHECK_FALSE(is_form("0123", "00123"));
  CHECK_FALSE(is_form("1230", "00123"));
  CHECK_FALSE(is_form("124", "00123"));
  CHECK_FALSE(is_form("00123", "123"));
  CHECK_FALSE(is_form("", "000"));
  CHECK_FALSE(is_form("123", "123"));
}

TEST_CASE("E notation is a form of the digits, or of a number with an E, of which it was made", "[spreadsheet]") {
  CHECK(is_form("9.13035E+15", "9130351530529746"));
  CHECK(is_form("9,13035E+15", "9130351530529746"));
  CHECK(is_form("1.20E+06", "12E5"));
  CHECK(is_form("1.00E+05", "1e5"));
  CHECK(is_form("1.50E+03", "1.5E3"));
  CHECK(is_form("1.20E+301", "12E300"));
  CHECK(is_form("1.23E+07", "00012300000"));
  CHECK(is_form("1E+07", "9999999"));
  CHECK(is_form("-1.23457E+11", "-123456789012"));
  CHECK_FALSE(is_form("1.20E+06", "12E4"));
  CHECK_FALSE(is_form("9.13036E+15", "9130351530529746"));
  CHECK_FALSE(is_form("9.13035E+14", "9130351530529746"));
  CHECK_FALSE(is_form("-9.13035E+15", "9130351530529746"));
  CHECK_FALSE(is_form("1.20E+06", "1.20E+06"));
  CHECK_FALSE(is_form("1.20E+06", "A-12E5"));
}

TEST_CASE("15 digits then zeros are a form of a longer number, cut off or rounded", "[spreadsheet]") {
  CHECK(is_form("9130351530529740", "9130351530529746"));
  CHECK(is_form("9130351530529750", "9130351530529746"));
  CHECK(is_form("10000000000000000", "9999999999999999"));
  CHECK_FALSE(is_form("9130351530529760", "9130351530529746"));
  CHECK_FALSE(is_form("9130351530529730", "9130351530529746"));
  CHECK_FALSE(is_form("9130351530529747", "9130351530529746"));
}

TEST_CASE("what a person typed instead is no form of the number", "[spreadsheet]") {
  CHECK_FALSE(is_form("2", "15E-1"));
  CHECK_FALSE(is_form("12", "11.5"));
  CHECK_FALSE(is_form("1043", "1042"));
  CHECK_FALSE(is_form("A-17", "1042"));
  CHECK_FALSE(is_form("1042", "A-17"));
  CHECK_FALSE(is_form("1042", ""));
}

TEST_CASE("every form that a spreadsheet gives an identifier leads back to it", "[spreadsheet]") {
  CHECK_PROPERTY("E notation of 6 digits, and of 2 to 15", [] {
    const std::string original = *identifier(19);
    const std::size_t count = *rc::gen::oneOf(rc::gen::just<std::size_t>(6), rc::gen::inRange<std::size_t>(2, 16));
    const std::string shown = scientific(original, count, *rc::gen::element('.', ','));
    check_form(shown, original);
    check_form(shown, "00" + original);
    if (keeps_length(original, count)) RC_ASSERT(originals_of(shown)->contains(original));
  });
  CHECK_PROPERTY("15 digits, cut off and rounded", [] {
    const std::string original = *identifier(19);
    check_form(cut_off(original), original);
    check_form(round_up(original, 15), original);
    if (!is_rounded(cut_off(original))) return;
    RC_ASSERT(originals_of(cut_off(original))->contains(original));
    if (keeps_length(original, 15)) RC_ASSERT(originals_of(round_up(original, 15))->contains(original));
  });
  CHECK_PROPERTY("lost zeros", [] {
    const std::string original = *identifier(100);
    check_form(original, std::string(*rc::gen::inRange<std::size_t>(0, 9), '0') + original);
  });
}

TEST_CASE("client numbers of any length survive E notation", "[spreadsheet]") {
  CHECK_PROPERTY("up to 100 digits", [] {
    const std::string original = *identifier(100);
    const std::size_t count = *rc::gen::inRange<std::size_t>(2, 16);
    check_form(scientific(original, count), original);
  });
}

TEST_CASE("a form of one identifier is no form of one that shows other digits", "[spreadsheet]") {
  CHECK_PROPERTY("the shown digits decide", [] {
    const std::string original = *identifier(19), other = *identifier(19);
    RC_PRE(scientific(original, 6) != scientific(other, 6));
    RC_ASSERT(!is_form(scientific(original, 6), other));
    if (original.size() >= 6 && keeps_length(other, 6))
      RC_ASSERT(!originals_of(scientific(original, 6))->contains(other));
  });
}

TEST_CASE("a date is a form of the number of which a spreadsheet made it", "[spreadsheet]") {
  const auto [text, original] = GENERATE(table<std::string, std::string>({
      {"02/jan", "1-2"},         {"2-Jan", "1-2"},           {"1-Feb", "1/2"},
      {"1-fev", "01/02"},        {"1-Feb-26", "1-2"},        {"01/02/2026", "1-2"},
      {"1/2/2026", "1/2"},       {"2026-02-01", "1.2"},      {"2026-01-02", "1-2"},
      {"03/abr", "3.4"},         {"out/24", "10-2024"},      {"Oct-24", "10-2024"},
      {"01/10/2024", "10-2024"}, {"2024-10-01", "10/24"},    {"1-Mar", "MAR1"},
      {"01/mar", "mar1"},        {"5-Dec", "dec-5"},         {"05/dez", "DEZ5"},
      {"01/03/2026", "MAR1"},    {"Mar-32", "MAR32"},        {"01/02/2003", "1-2-3"},
      {"1/2/2003", "1-2-2003"},  {"2003-02-01", "1/2/03"},   {"1 março 2026", "1-3"},
      {"1-Jan", "1-1"},          {"01/02/2003", "2003-2-1"}, {"02/01/26", "1-2"},
      {"01/02/26", "1/2/26"},    {"Mar-24", "2024-03"},      {"mar/24", "2024-03"},
      {"mar./24", "2024-03"},    {"1/fev.", "1-2"},          {"2026-02-01 00:00:00", "1-2"},
      {"2/1/2026 0:00", "1-2"},  {"46024", "1-2"},           {"46054", "1/2"},
      {"45352", "2024-03"},      {"12-Mar", "3-12"},         {"12-Mar", "12-3"},
  }));
  CAPTURE(text, original);
  CHECK(is_form(text, original));
}

TEST_CASE("what a person may have typed is no form of a date", "[spreadsheet]") {
  const auto [text, original] = GENERATE(table<std::string, std::string>({
      {"1-2", "1-2"},           {"46025", "1-2"},         {"46024", "1042"},
      {"1/2/26", "1-2-26"},     {"10/11/12", "10-11-12"}, {"01/02/26 13:00", "1-2"},
      {"2-1", "1-2"},           {"1/2", "1-2"},           {"1-2-10", "1-2"},
      {"11-10-12", "10-11-12"}, {"2-1-2003", "1-2-2003"}, {"2003-2-1", "2003-1-2"},
      {"3-Feb", "1-2"},         {"02/jan", "1042"},       {"02/jan", "12"},
      {"02/jan", "A-17"},       {"02/jan", ""},           {"", "1-2"},
      {"A-17", "1-2"},          {"Feb-24", "1-2-2024"},   {"5-Feb-26", "2-2026"},
      {"01/02/20261", "1-2"},   {"13/45/2026", "13-45"},  {"0/0/2026", "0-0"},
      {"jan-jan", "1-1"},       {"1--Feb", "1-2"},        {"1-Feb-", "1-2"},
      {"-1-Feb", "1-2"},        {"1-Feb-26-3", "1-2"},    {"1-Fex", "1-2"},
      {"1,Feb", "1-2"},
  }));
  CAPTURE(text, original);
  CHECK_FALSE(is_form(text, original));
}

TEST_CASE("an amount is a form of the number to which a spreadsheet added its marks", "[spreadsheet]") {
  const auto [text, original] = GENERATE(table<std::string, std::string>({
      {"10.1", "10.10"},
      {"10,1", "10,10"},
      {"10,1", "10.10"},
      {"7.5", "007.5"},
      {"1043.0", "1043"},
      {"123.00", "123"},
      {"123,00", "00123"},
      {"1,044", "1044"},
      {"1.044", "1044"},
      {"1 044", "1044"},
      {"1\u00a0044", "1044"},
      {"1\u202f044,00", "1044"},
      {"1'044", "1044"},
      {"$1050.00", "1050"},
      {"$1,050.00", "1050"},
      {"R$ 1.050,00", "1050"},
      {"R$\u00a01.050,00", "1050"},
      {"1.050,00 €", "1050"},
      {"£5", "5"},
      {"-$5.00", "-5"},
      {"($5.00)", "-5"},
      {"R$ -5,00", "-5"},
      {"-5", "(5)"},
      {"-5", "5-"},
      {"1042", "+1042"},
      {"0.5", ".5"},
      {"1", "1."},
      {"1.05", "1.050"},
      {"1050", "1.050"},
      {"1050", "1,050"},
      {"1,234,567", "1234567"},
      {"1234567", "1.234.567"},
      {"5.00%", "5%"},
      {"5,50%", "5.5%"},
      {"5%", "05%"},
      {"0.05", "5%"},
      {"110042490114", "110.042.490.114"},
      {"9,130,351,530,529,740", "9130351530529746"},
      {"9130351530529750.00", "9130351530529746"},
      {"TRUE", "true"},
      {"VERDADEIRO", "Verdadeiro"},
      {"FALSE", "false"},
  }));
  CAPTURE(text, original);
  CHECK(is_form(text, original));
}

TEST_CASE("another number is no form of a number", "[spreadsheet]") {
  const auto [text, original] = GENERATE(table<std::string, std::string>({
      {"10.10", "10.1"},
      {"10.50", "10.5"},
      {"1044", "1043"},
      {"1,045", "1044"},
      {"1,04", "1044"},
      {"10,44", "1044"},
      {"1043.5", "1043"},
      {"01043", "1043"},
      {"+1043", "1043"},
      {"$1,051.00", "1050"},
      {"R$", "5"},
      {"500", "5%"},
      {"5%", "5"},
      {"-5", "5"},
      {"A-17", "17"},
      {"17", "A-17"},
      {"17.00", "A-17"},
      {"1.2.3", "123"},
      {"1.2.4", "1.2.3"},
      {"1.234,5", "1234"},
      {"12,345", "1234"},
      {",123", "123"},
      {"1,,234", "1234"},
      {"1,234.567,8", "1234567"},
      {"TRUE", "verdadeiro?"},
      {"True", "true"},
      {"true", "TRUE"},
      {"1234.", "1234"},
  }));
  CAPTURE(text, original);
  CHECK_FALSE(is_form(text, original));
}

TEST_CASE("a time is a form of the number of which a spreadsheet made it", "[spreadsheet]") {
  const auto [text, original] = GENERATE(table<std::string, std::string>({
      {"01:30:00 AM", "1:30"},
      {"01:30:00", "1:30"},
      {"1:30 AM", "1:30"},
      {"01:30:00 PM", "13:30"},
      {"1:02", "1:2"},
      {"01:02:03", "1:2:3"},
      {"25:10:00", "25:10"},
      {"5:00 PM", "5pm"},
      {"17:00:00", "5 PM"},
      {"12:05:00 AM", "0:05"},
  }));
  CAPTURE(text, original);
  CHECK(is_form(text, original));
  CHECK_FALSE(is_form("1:3", "1:2"));
  CHECK_FALSE(is_form("2:1", "02:01"));
  CHECK_FALSE(is_form("1:75", "2:15"));
  CHECK_FALSE(is_form("01:02:03:04", "1:2:3"));
}

TEST_CASE("a date with a month's name is what a spreadsheet writes, not what people type in capitals",
          "[spreadsheet]") {
  for (const auto* text :
       {"12-Mar", "mar/24", "Mar-24", "12/mar", "1-Feb-26", "1/fev.", "fev./24", "01-May", "2/set/2026"}) {
    CAPTURE(text);
    CHECK(is_named_date(text));
  }
  for (const auto* text : {"", "MAR-24", "12-MAR", "mar", "mar1", "Mar24", "12-3", "2024-03", "Mar-A", "Mar-Apr",
                           "A-Mar-3", "12-Marc", "Mar-123", "1-2-3-Mar", "12 Mar"}) {
    CAPTURE(text);
    CHECK_FALSE(is_named_date(text));
  }
}

TEST_CASE("an amount leads to the company ID of which a spreadsheet made it", "[spreadsheet]") {
  for (const auto* text : {"9130351530529746.00", "9130351530529746.0", "9130351530529746,00", "9,130,351,530,529,746",
                           "9.130.351.530.529.746,00", "R$ 9.130.351.530.529.746,00", "$9,130,351,530,529,746.00",
                           "9 130 351 530 529 746"}) {
    CAPTURE(text);
    CHECK(is_amount(text));
    CHECK(keeps_exact_digits(text));
    CHECK(originals_of(text) == DigitRange{"9130351530529746", "9130351530529746"});
  }
  CHECK(originals_of("9,130,351,530,529,740.00") == originals_of("9130351530529740"));
  CHECK(originals_of("9.130") == DigitRange{"9130", "9130"});
  CHECK(originals_of("1,200") == DigitRange{"1200", "1200"});
  for (const auto* text : {"", "9130351530529746", "9130351530529746.5", "12.345.678/0001-90", "-1,234", "1.5", "100%",
                           "0.00", "9130 351530529746", "99,999,999,999,999,999,999"}) {
    CAPTURE(text);
    CHECK_FALSE(originals_of(text).has_value());
  }
}

TEST_CASE("numbers of one kind that people type are no forms of each other", "[spreadsheet]") {
  CHECK_PROPERTY("whole numbers, letters with digits, and pairs of numbers", [] {
    const auto pair = [](char separator) {
      return std::to_string(*rc::gen::inRange(1, 40)) + separator + std::to_string(*rc::gen::inRange(1, 40));
    };
    const auto typed = [&](int kind) {
      switch (kind) {
        case 0:
          return *identifier(15);
        case 1:
          return "A" + *identifier(5);
        case 2:
          return *identifier(4) + "-A";
        case 3:
          return pair('-');
        default:
          return pair('/');
      }
    };
    const int kind = *rc::gen::inRange(0, 5);
    RC_ASSERT(!is_form(typed(kind), typed(kind)));
  });
}

TEST_CASE("any two texts can be compared", "[spreadsheet]") {
  CHECK_PROPERTY("a text is no form of itself", [] {
    const auto text = [] {
      return *rc::gen::container<std::string>(
          rc::gen::elementOf(std::string("0123456789Ee+-.,/# %$R()':pmjanfev\xC3\xA7\xC2\xA0")));
    };
    const std::string one = text(), other = text();
    RC_ASSERT(!is_form(one, one));
    static_cast<void>(is_form(one, other));
    if (const auto range = originals_of(one)) RC_ASSERT(range->contains(range->low) && range->contains(range->high));
  });
}

TEST_CASE("a spreadsheet's error values are recognised in English and Portuguese", "[spreadsheet]") {
  for (const auto* text : {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#N/D", "#VALOR!",
                           "#NOME?", "#NÚM!", "#NULO!", "#", "####", "Err:502"}) {
    CAPTURE(text);
    CHECK(is_error_value(text));
  }
  for (const auto* text : {"", "#1042", "# #", "N/A", "#N/A ", "#n/a", "###1", "#REF", "Err:", "Err:50x"}) {
    CAPTURE(text);
    CHECK_FALSE(is_error_value(text));
  }
}
