// The text that says where a database is: `key=value key="a value"`. For this room alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clientsync {

struct ConnectionOption {
  std::string key;
  std::string value;
};

/// Values with spaces stand in double or single quotes. Throws DatabaseError::Kind::refused; messages name keys alone,
/// since values may be secret.
[[nodiscard]] std::vector<ConnectionOption> parse_connection(const std::string& text);

/// Adds `key='value'`, as libpq and SOCI's MySQL backend read it.
void append_option(std::string& text, std::string_view key, std::string_view value);

/// The value of the last option that has one of both names; "" where there is none.
[[nodiscard]] std::string option_value(const std::vector<ConnectionOption>& options, const std::string& key,
                                       const std::string& other = "");

}  // namespace clientsync
