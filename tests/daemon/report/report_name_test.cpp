#include "daemon/report/report_name.hpp"

#include <algorithm>

#include "importer/digest.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;
using namespace std::string_literals;

TEST_CASE("the report stands next to its input, and its name follows the input's") {
  CHECK(report_place("clients.csv", 1, 255) == "clients.errors.csv");
  CHECK(report_place("clients.CSV", 1, 255) == "clients.errors.csv");
  CHECK(report_place("clients.cSv", 2, 255) == "clients.errors.2.csv");
  CHECK(report_place("clients.csv", 13, 255) == "clients.errors.13.csv");
  CHECK(report_place("clients.txt", 1, 255) == "clients.txt.errors.csv");
  CHECK(report_place("clients", 3, 255) == "clients.errors.3.csv");
  CHECK(report_place("a.csv.csv", 1, 255) == "a.csv.errors.csv");
  CHECK(report_place("\xff.csv", 1, 255) == "\xff.errors.csv");
}

TEST_CASE("a name too long is cut at a character and marked with its hash") {
  const std::string fits = std::string(244, 'x');
  CHECK(report_place(fits + ".csv", 1, 255) == fits + ".errors.csv");
  const std::string input = std::string(245, 'x') + ".csv";
  CHECK(report_place(input, 1, 255) == std::string(235, 'x') + "~" + sha256(input).substr(0, 8) + ".errors.csv");
  std::string accented;  // two bytes a character: 235 bytes would end inside one
  for (int i = 0; i < 125; ++i) accented += "é";
  CHECK(report_place(accented, 1, 255) ==
        accented.substr(0, 234) + "~" + sha256(accented).substr(0, 8) + ".errors.csv");
  CHECK(report_place("abc", 1, 5).size() >= 20);  // too short for any: it is as short as it can be
}

TEST_CASE("what was saved late has a name that says from which report it came") {
  CHECK(recovered_place("clients.errors.csv", 1, 255) == "clients.errors.recovered-1.csv");
  CHECK(recovered_place("clients.txt.errors.2.csv", 12, 255) == "clients.txt.errors.2.recovered-12.csv");
  const std::string longest = std::string(244, 'x') + ".errors.csv";
  CHECK(recovered_place(longest, 1, 255).size() == 255);
  CHECK(recovered_place(longest, 1, 255).ends_with(".recovered-1.csv"));
}

TEST_CASE("every name's report fits and has a place of its own") {
  CHECK_PROPERTY("at most 255 bytes, never the input, distinct", [] {
    const auto bytes = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    const auto name = *rc::gen::resize(255, rc::gen::map(bytes, [](const std::string& s) { return s.substr(0, 250); }));
    const auto padding = *rc::gen::inRange<std::size_t>(0, 255);
    std::string input = name + std::string(std::min(padding, 250 - name.size()), 'x') + ".csv";
    std::string other = input;
    other[*rc::gen::inRange<std::size_t>(0, other.size())] ^= '\x01';
    const auto n = *rc::gen::inRange(1U, 1000U);
    const std::string report = report_place(input, n, 255);
    RC_ASSERT(report.size() <= 255U);
    RC_ASSERT(report != input);
    RC_ASSERT(report_place(input, n + 1, 255) != report);
    if (other.ends_with(".csv")) RC_ASSERT(report_place(other, n, 255) != report);
  });
  CHECK_PROPERTY("a cut never splits a character", [] {
    const std::string character = *rc::gen::element("a"s, "é"s, "€"s, "😀"s);
    const std::size_t before = *rc::gen::inRange<std::size_t>(0, 4);
    std::string input(before, 'x');
    while (input.size() + character.size() <= 255) input += character;
    const std::string report = report_place(input, 1, 255);
    const std::string stem = report.substr(0, report.find('~'));
    RC_ASSERT(report.size() <= 255U);
    RC_ASSERT(report.size() > 255U - character.size());
    RC_ASSERT(input.starts_with(stem));
    RC_ASSERT((stem.size() - before) % character.size() == 0U);
  });
}

TEST_CASE("the name of a report tells whose it is") {
  CHECK(input_of_place("clients.errors.csv") == "clients.csv");
  CHECK(input_of_place("clients.errors.13.csv") == "clients.csv");
  CHECK(input_of_place("clients.txt.errors.csv") == "clients.txt.csv");
  CHECK(input_of_place("a.errors.errors.2.csv") == "a.errors.csv");
  for (const std::string name : {"clients.csv", "clients.errors.x.csv", "clients.errors.2csv", ".errors.csv",
                                 "clients.errors.txt", "clients.errors.CSV", "errors.csv", ""}) {
    INFO(name);
    CHECK(input_of_place(name) == std::nullopt);
  }
}

TEST_CASE("a place that the report of an input, or of one that was edited there, may take is told by the names") {
  for (const std::string place : {"clients.errors.csv", "clients.errors.2.csv", "clients.csv"})
    CHECK(may_take_place("clients.csv", place));
  CHECK(may_take_place("clients.CSV", "clients.errors.csv"));
  CHECK(may_take_place("clients.errors.csv", "clients.errors.2.csv"));
  CHECK(may_take_place("clients.errors.2.csv", "clients.errors.csv"));
  for (const std::string place : {"client.errors.csv", "clients2.errors.csv", "clients.txt.errors.csv", ""})
    CHECK_FALSE(may_take_place("clients.csv", place));
}
