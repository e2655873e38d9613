// How a batch becomes text for a server. For this room alone.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "importer/store/batch.hpp"

namespace clientsync {

/// A statement takes at most so many rows. Larger files take several, so that memory stays flat.
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

/// Calls `send(begin, end)` once for a statement without rows, and once for each part of its rows.
template <class Send>
void for_each_part(const Statement& statement, Send send) {
  if (!statement.rows) return send(std::size_t{0}, std::size_t{0});
  const std::size_t count = statement.rows->count;
  for (std::size_t begin = 0; begin < count; begin += rows_of_statement)
    send(begin, std::min(count, begin + rows_of_statement));
}

/// The parameter of that name; nullptr if there is none.
[[nodiscard]] inline const Value* find_parameter(const Statement& statement, std::string_view name) {
  const auto found = std::ranges::find(statement.parameters, name, &Parameter::name);
  return found == statement.parameters.end() ? nullptr : &found->value;
}

}  // namespace clientsync
