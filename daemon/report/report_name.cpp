#include "daemon/report/report_name.hpp"

#include <algorithm>
#include <cctype>

#include "importer/digest.hpp"

namespace clientsync {
namespace {

constexpr std::string_view csv = ".csv", errors = ".errors";

/// The longest start of `text` of at most `most` bytes that does not split a UTF-8 character. Other bytes are cut
/// anywhere.
std::string_view cut_at_character(std::string_view text, std::size_t most) {
  constexpr std::size_t max_continuation = 3;
  if (text.size() <= most) return text;
  for (std::size_t back = 0; back <= std::min(most, max_continuation); ++back) {
    const bool continues = (static_cast<unsigned char>(text[most - back]) & 0xC0U) == 0x80U;
    if (!continues) return text.substr(0, most - back);
  }
  return text.substr(0, most);
}

bool ends_in_csv(std::string_view name) {
  if (name.size() < csv.size()) return false;
  return std::ranges::equal(name.substr(name.size() - csv.size()), csv,
                            [](char c, char lower) { return c == lower || (c >= 'A' && c <= 'Z' && c + 32 == lower); });
}

/// The name with another ending in the place of `.csv`.
std::string with_tail(const std::string& name, const std::string& tail, std::size_t longest) {
  const std::string stem = ends_in_csv(name) ? name.substr(0, name.size() - csv.size()) : name;
  if (stem.size() + tail.size() <= longest) return stem + tail;
  const std::string mark = "~" + sha256(name).substr(0, 8) + tail;
  const std::size_t most = longest > mark.size() ? longest - mark.size() : 0;
  return std::string(cut_at_character(stem, most)) + mark;
}

}  // namespace

std::string report_place(const std::string& input, unsigned n, std::size_t longest) {
  return with_tail(input, n <= 1 ? ".errors.csv" : ".errors." + std::to_string(n) + ".csv", longest);
}

std::string recovered_place(const std::string& place, unsigned n, std::size_t longest) {
  return with_tail(place, ".recovered-" + std::to_string(n) + ".csv", longest);
}

std::optional<std::string> input_of_place(std::string_view place) {
  if (!place.ends_with(csv)) return std::nullopt;
  place.remove_suffix(csv.size());
  std::string_view stem = place;
  while (!stem.empty() && std::isdigit(static_cast<unsigned char>(stem.back())) != 0) stem.remove_suffix(1);
  const bool numbered = stem.size() < place.size() && stem.ends_with('.');
  stem = numbered ? stem.substr(0, stem.size() - 1) : place;
  if (!stem.ends_with(errors) || stem.size() == errors.size()) return std::nullopt;
  return std::string(stem.substr(0, stem.size() - errors.size())) + std::string(csv);
}

bool may_take_place(const std::string& input, std::string_view place) {
  const auto is_of = [&](const std::string& name) {
    const std::string first = report_place(name, 1, std::string::npos);
    return place.starts_with(std::string_view(first).substr(0, first.size() - csv.size() + 1));
  };
  const auto origin = input_of_place(input);
  return place == input || is_of(input) || (origin && is_of(*origin));
}

}  // namespace clientsync
