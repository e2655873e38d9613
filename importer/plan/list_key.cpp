#include "importer/plan/list_key.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "importer/plan/spreadsheet_forms.hpp"

namespace clientsync {
namespace {

/// Letters and digits that every encoding has: what is left of a name whose accents were damaged.
void append_name_key(std::string& out, std::string_view name) {
  std::ranges::copy_if(name, std::back_inserter(out), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

void append_row_key(std::string& out, const Row& row) {
  constexpr char end_of_cell = '\0';  // which no cell contains
  out.append(form_key(row.cells[index_of(Column::company_id)])) += end_of_cell;
  append_name_key(out, row.cells[index_of(Column::display_name)]);
  out += end_of_cell;
  out.append(form_key(row.cells[index_of(Column::client_number)])) += end_of_cell;
  if (row.report_line != nullptr && row.report_line->error_codes.empty())
    out.append("confirmed ").append(row.report_line->error);
  out += end_of_cell;
}

}  // namespace

std::string list_key(const Sheet& sheet) {
  std::string keys;
  std::vector<std::size_t> ends;
  ends.reserve(sheet.rows.size());
  for (const Row& row : sheet.rows) {
    append_row_key(keys, row);
    ends.push_back(keys.size());
  }
  std::vector<std::string_view> sorted;
  sorted.reserve(ends.size());
  for (std::size_t begin = 0; const std::size_t end : ends) {
    sorted.push_back(std::string_view(keys).substr(begin, end - begin));
    begin = end;
  }
  std::ranges::sort(sorted);
  std::string text;
  text.reserve(keys.size());
  for (const std::string_view key : sorted) text += key;
  return text;
}

}  // namespace clientsync
