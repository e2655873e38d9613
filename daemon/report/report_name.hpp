// The names of reports (docs/specification.md §5, "Name").
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// The `n`-th choice (1, 2, …) for the name of the report of `input`: "clients.csv" gives "clients.errors.csv", then
/// "clients.errors.2.csv". At most `longest` bytes: a longer name is cut at a character and gets `~` and the first 8
/// hexadecimal digits of the SHA-256 of the input's name.
[[nodiscard]] std::string report_place(const std::string& input, unsigned n, std::size_t longest);

/// The `n`-th choice for the name of what somebody saved into a file that was replaced at that moment:
/// "clients.errors.csv" gives "clients.errors.recovered-1.csv". Cut like a report's.
[[nodiscard]] std::string recovered_place(const std::string& place, unsigned n, std::size_t longest);

/// An input whose reports have this name: "clients.csv" for "clients.errors.csv" and "clients.errors.3.csv". nullopt if
/// the name does not have that form.
[[nodiscard]] std::optional<std::string> input_of_place(std::string_view place);

/// False only if the report of `input`, and those that may be edited under that name, never go to `place`.
[[nodiscard]] bool may_take_place(const std::string& input, std::string_view place);

}  // namespace clientsync
