#include "importer/plan/client.hpp"

#include <algorithm>

namespace clientsync {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view number_key(std::string_view number) {
  if (!number.starts_with('0') || !all_digits(number)) return number;
  return number.substr(std::min(number.find_first_not_of('0'), number.size() - 1));
}

}  // namespace clientsync
