// What follows the `?` of a target, and the body of a form that a browser sends
// (application/x-www-form-urlencoded). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clientsync {

struct FormField {
  std::string name{};
  std::string value{};

  bool operator==(const FormField&) const = default;
};

using FormFields = std::vector<FormField>;

inline constexpr std::size_t most_form_fields = 1000;

/// The fields of `a=1&b=x+y%20z`, in their order. A part without `=` is a field with an empty value; empty parts are
/// passed over. nullopt if there are too many fields, or if a name or value has a `%` without two hexadecimal digits,
/// is not UTF-8 or contains a NUL.
[[nodiscard]] std::optional<FormFields> parse_form(std::string_view text);

/// The first value of a field; "" if there is none.
[[nodiscard]] std::string_view field_of(const FormFields& fields, std::string_view name);

/// The text of a segment of a path, in which `+` is no space. nullopt for the same mistakes.
[[nodiscard]] std::optional<std::string> unescape_segment(std::string_view segment);

/// The text as a name, a value or a segment: everything but letters, digits, `.`, `-`, `_` and `~` is escaped.
[[nodiscard]] std::string escape_field(std::string_view text);

}  // namespace clientsync
