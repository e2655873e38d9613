#include "importer/sheet/header.hpp"

#include <limits>
#include <tuple>
#include <utility>

#include "importer/text.hpp"

namespace clientsync {
namespace {

/// Which required column a header cell names, in which language; nullopt if the name is the inbox's own.
struct HeaderMatch {
  Column column;
  std::optional<Language> language;
};

std::optional<HeaderMatch> match_header(std::string_view cell, const SheetRules& rules) {
  for (const Column column : all_columns) {
    for (const Language language : all_languages) {
      if (cell == header(column, language)) return HeaderMatch{column, language};
    }
    for (const std::string& own : rules.headers[index_of(column)]) {
      if (cell == nfc(own)) return HeaderMatch{column, std::nullopt};
    }
  }
  return std::nullopt;
}

/// Which of `columns` is named so, in any language.
template <class Columns>
std::optional<typename Columns::value_type> match_column(std::string_view cell, const Columns& columns) {
  for (const auto column : columns) {
    for (const Language language : all_languages) {
      if (cell == header(column, language)) return column;
    }
  }
  return std::nullopt;
}

/// A name that a required column may have, and the same name with its spelling folded away.
struct KnownName {
  HeaderMatch match;
  std::string folded;
};

std::vector<KnownName> known_names(const SheetRules& rules) {
  std::vector<KnownName> names;
  for (const Column column : all_columns) {
    for (const Language language : all_languages) {
      names.push_back({{column, language}, fold_for_near_miss(header(column, language))});
    }
    for (const std::string& own : rules.headers[index_of(column)]) {
      names.push_back({{column, std::nullopt}, fold_for_near_miss(own)});
    }
  }
  return names;
}

bool nearly_same(std::string_view a, std::string_view b) {
  constexpr std::size_t typing_errors = 2;
  const std::size_t gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  return gap <= typing_errors && edit_distance(a, b) <= typing_errors;
}

struct NearMiss {
  HeaderMatch match;
  bool same_letters = false;  ///< it differs only in what folding drops
};

std::optional<NearMiss> nearly_match_header(std::string_view cell, const std::vector<KnownName>& names) {
  constexpr std::size_t longest_header_by_far = 200;
  if (cell.empty() || cell.size() > longest_header_by_far) return std::nullopt;
  const std::string folded = fold_for_near_miss(cell);
  auto near = std::ranges::find(names, folded, &KnownName::folded);
  const bool same_letters = near != names.end();
  if (!same_letters)
    near = std::ranges::find_if(names, [&](const KnownName& name) { return nearly_same(folded, name.folded); });
  return near == names.end() ? std::nullopt : std::optional(NearMiss{near->match, same_letters});
}

void note_near_miss(Header& found, std::size_t cell, const NearMiss& miss) {
  const std::size_t column = index_of(miss.match.column);
  if (miss.same_letters) found.same_letters[column].push_back(cell);
  if (found.near[column]) return;
  found.near[column] = cell;
  if (miss.same_letters) found.near_languages[column] = miss.match.language;
}

/// `headers: forgiving`: a column without its exact name is the one that has the name's letters.
void forgive(Header& found) {
  for (const Column column : all_columns) {
    const std::size_t i = index_of(column);
    if (found.has(column) || found.same_letters[i].empty()) continue;
    found.positions[i] = found.same_letters[i];
    found.languages[i] = found.near_languages[i];
  }
}

Header describe_header(const Record& record, const SheetRules& rules, const std::vector<KnownName>& names) {
  // Near misses are sought in headers that people write, not in a hundred thousand cells.
  constexpr std::size_t most_near_misses_tried = 500;
  Header found;
  found.row = record.row;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    found.decoded.push_back(record.fields[i].text());
    found.cells.push_back(clean(found.decoded.back()));
    const std::string& cell = found.cells.back();
    if (!cell.empty()) ++found.filled;
    if (const auto match = match_header(cell, rules)) {
      auto& positions = found.positions[index_of(match->column)];
      if (positions.empty()) found.languages[index_of(match->column)] = match->language;
      positions.push_back(i);
    } else if (const auto own = match_column(cell, all_report_columns); own && !found.report_columns[index_of(*own)]) {
      found.report_columns[index_of(*own)] = i;
    } else if (const auto detail = rules.details ? match_column(cell, all_detail_columns) : std::nullopt;
               detail && !found.detail_columns[index_of(*detail)]) {
      found.detail_columns[index_of(*detail)] = i;
    } else if (const auto near = i < most_near_misses_tried ? nearly_match_header(cell, names) : std::nullopt) {
      note_near_miss(found, i, *near);
    }
  }
  if (rules.spelling == HeaderSpelling::forgiving) forgive(found);
  return found;
}

/// How much a record looks like a header: by what it names, then by having as many cells as a header needs.
std::pair<std::size_t, std::size_t> likeness(const Header& found) {
  return {found.score(), std::min(found.filled, all_columns.size())};
}

/// The header under `delimiter` (docs/specification.md §3): the first complete one of the first records, otherwise the
/// one of them that looks most like one.
std::optional<Header> find_header(std::string_view text, char delimiter, const SheetRules& rules,
                                  const std::vector<KnownName>& names) {
  constexpr std::size_t records_looked_at = 20;
  CsvReader reader(text, delimiter);
  std::optional<Header> best;
  while (const auto record = reader.next()) {
    if (best && record->row > records_looked_at) break;
    if (is_blank(*record)) continue;
    Header found = describe_header(*record, rules, names);
    const bool complete = found.complete();
    if (!best || complete || likeness(found) > likeness(*best)) best = std::move(found);
    if (complete) break;
  }
  return best;
}

/// The delimiter that a first line `sep=X` names. Removes that line from `text`.
std::optional<char> take_sep_line(std::string_view& text) {
  constexpr std::string_view key = "sep=";
  if (text.size() <= key.size()) return std::nullopt;
  const bool named = std::ranges::equal(text.substr(0, key.size()), key, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
  const char delimiter = text[key.size()];
  const bool usable =
      static_cast<unsigned char>(delimiter) < 0x80 && delimiter != '"' && delimiter != '\r' && delimiter != '\n';
  std::string_view rest = text.substr(key.size() + 1);
  if (!named || !usable || !(rest.empty() || rest.front() == '\r' || rest.front() == '\n')) return std::nullopt;
  if (rest.starts_with("\r\n")) {
    rest.remove_prefix(2);
  } else if (!rest.empty()) {
    rest.remove_prefix(1);
  }
  text = rest;
  return delimiter;
}

/// If two suit equally well, the earlier wins.
constexpr std::array delimiters{',', ';', '\t', '|'};

bool is_all_blank(std::string_view text, char delimiter) {
  CsvReader reader(text, delimiter);
  while (const auto record = reader.next()) {
    if (!is_blank(*record)) return false;
  }
  return !reader.error();
}

/// Finds the delimiter of a text without `sep=` line (docs/specification.md §3, "Dialect").
Reading find_dialect(std::string_view text, const SheetRules& rules, const std::vector<KnownName>& names) {
  Reading best;
  best.records = text;
  // Of two complete headers the earlier one is meant: the later may be the text of a cell.
  const auto rank = [](const std::optional<Header>& found) {
    constexpr std::size_t last = std::numeric_limits<std::size_t>::max();
    return found ? std::tuple(found->complete(), found->complete() ? last - found->row : 0, found->score(),
                              found->cells.size())
                 : std::tuple(false, std::size_t{0}, std::size_t{0}, std::size_t{0});
  };
  for (const char delimiter : delimiters) {
    std::optional<Header> found = find_header(text, delimiter, rules, names);
    if (delimiter == ',' || rank(found) > rank(best.header)) {
      best = {Dialect{.delimiter = delimiter}, text, std::move(found)};
    }
  }
  if (best.header && best.header->score() > 0) return best;
  // If all is blank under one delimiter, the text has no header: `,,,` would be a header of one cell under the others.
  for (const char delimiter : delimiters) {
    if (is_all_blank(text, delimiter)) return {Dialect{.delimiter = delimiter}, text, std::nullopt};
  }
  return best;
}

}  // namespace

bool is_blank(const Record& record) {
  return std::ranges::all_of(record.fields, [](const Field& field) {
    if (field.raw.empty()) return true;
    const auto part = field.doubled ? std::nullopt : clean_part(field.raw);
    return part ? part->empty() : clean(field.text()).empty();
  });
}

Language language_of(const Header& found, const SheetRules& rules) {
  constexpr std::array by_weight{Column::client_number, Column::company_id, Column::display_name};
  for (const Column column : by_weight) {
    if (const auto language = found.languages[index_of(column)]) return *language;
  }
  for (const Column column : by_weight) {
    if (const auto language = found.near_languages[index_of(column)]) return *language;
  }
  return rules.language;
}

Reading read_header(std::string_view text, const SheetRules& rules) {
  const std::vector<KnownName> names = known_names(rules);
  Reading reading;
  std::string_view records = text;
  if (const auto delimiter = take_sep_line(records)) {
    reading = {Dialect{.delimiter = *delimiter, .sep_line = true}, records,
               find_header(records, *delimiter, rules, names)};
  } else {
    reading = find_dialect(text, rules, names);
  }
  CsvReader first(text, reading.dialect.delimiter);
  static_cast<void>(first.next());
  reading.dialect.line_end = first.line_end().value_or(LineEnd::crlf);
  return reading;
}

}  // namespace clientsync
