// How a batch becomes text for a server. For this room alone.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "importer/store/batch.hpp"

namespace clientsync {

/// A statement over one JSON parameter takes at most so many rows. Larger files take several, so that memory stays
/// flat.
inline constexpr std::size_t rows_of_statement = 10'000;

/// The statement with `replace(name)` in the place of each `:name`. Leaves text in quotes alone, and PostgreSQL's `::`.
template <class Replace>
std::string with_parameters(std::string_view sql, Replace replace) {
  std::string text;
  text.reserve(sql.size());
  bool quoted = false;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '\'') quoted = !quoted;
    const bool cast = sql.substr(at, 2) == "::";
    if (quoted || c != ':' || cast) {
      text.append(sql, at, cast ? 2 : 1);
      at += cast ? 2 : 1;
      continue;
    }
    std::size_t end = at + 1;
    while (end < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[end])) != 0 || sql[end] == '_')) ++end;
    text += replace(sql.substr(at + 1, end - at - 1));
    at = end;
  }
  return text;
}

/// Rows `begin` to `end` as a JSON array of objects.
[[nodiscard]] std::string json_of(const Rows& rows, std::size_t begin, std::size_t end);

/// Calls `send(parameters)` once for a statement without rows, and once for each part of its rows.
template <class Send>
void for_each_part(const Statement& statement, Send send) {
  std::vector<Parameter> parameters = statement.parameters;
  if (!statement.rows) return send(parameters);
  const std::size_t count = statement.rows->count;
  for (std::size_t begin = 0; begin < count; begin += rows_of_statement) {
    parameters.push_back({"rows", json_of(*statement.rows, begin, std::min(count, begin + rows_of_statement))});
    send(parameters);
    parameters.pop_back();
  }
}

/// The value of a parameter. Throws std::logic_error if there is none of that name.
[[nodiscard]] const Value& value_of(const std::vector<Parameter>& parameters, std::string_view name);

}  // namespace clientsync
