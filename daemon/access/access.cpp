#include "daemon/access/access.hpp"

#include "importer/text.hpp"

namespace clientsync {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool fits_name(char c) {
  return is_letter_or_digit(c) || std::string_view("._-+@").find(c) != std::string_view::npos;
}

char small_letter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::optional<std::string> user_name_of(std::string_view typed) {
  constexpr std::size_t longest = 64;
  if (!is_utf8(typed)) return std::nullopt;
  std::string name(trim(typed));
  if (name.empty() || name.size() > longest) return std::nullopt;
  std::ranges::transform(name, name.begin(), small_letter);
  if (!is_letter_or_digit(name[0]) || !std::ranges::all_of(name, fits_name)) return std::nullopt;
  return name;
}

bool may_grant(const Caller& caller, const Grant& grant) {
  if (!caller.may(Role::admin)) return false;
  if (caller.all_firms) return true;
  return !grant.all_firms &&
         std::ranges::all_of(grant.firms, [&](const std::string& firm) { return caller.may_see(firm); });
}

}  // namespace clientsync
