// The text that says where a database is: `key=value key="a value"`. Pure: knows no database and opens nothing. The
// text and its values may be secret, so that no message may show them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "importer/result.hpp"

namespace clientsync {

struct ConnectionOption {
  std::string key;
  std::string value;   ///< without the quotes around it
  std::size_t at = 0;  ///< the byte of the text where the key begins
};

/// Something other than `key=value`.
struct ConnectionTextError {
  std::size_t at = 0;  ///< the byte of the text where it begins
};

/// Keys are ASCII letters, digits and `_`. A value with spaces stands in double or single quotes; an empty one does
/// too.
[[nodiscard]] Result<std::vector<ConnectionOption>, ConnectionTextError> parse_connection(std::string_view text);

/// Adds `key='value'`, as libpq and SOCI's MySQL backend read it.
void append_option(std::string& text, std::string_view key, std::string_view value);

/// The value of the last option whose key is one of the two; "" if there is none.
[[nodiscard]] std::string option_value(const std::vector<ConnectionOption>& options, std::string_view key,
                                       std::string_view other = "");

}  // namespace clientsync
