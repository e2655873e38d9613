#include "importer/plan/list_key.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "importer/plan/spreadsheet_forms.hpp"

namespace clientsync {
namespace {

/// Letters and digits that every encoding has: what is left of a name whose accents were damaged.
std::string name_key(std::string_view name) {
  std::string key;
  std::ranges::copy_if(name, std::back_inserter(key), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  return key;
}

std::string row_key(const Row& row) {
  constexpr char end_of_cell = '\0';  // which no cell contains
  std::string key = form_key(row.cells[index_of(Column::company_id)]) + end_of_cell +
                    name_key(row.cells[index_of(Column::display_name)]) + end_of_cell +
                    form_key(row.cells[index_of(Column::client_number)]) + end_of_cell;
  if (row.report_line && row.report_line->error_codes.empty()) key.append("confirmed ").append(row.report_line->error);
  return key + end_of_cell;
}

}  // namespace

std::string list_key(const Sheet& sheet) {
  std::vector<std::string> keys;
  keys.reserve(sheet.rows.size());
  for (const Row& row : sheet.rows) keys.push_back(row_key(row));
  std::ranges::sort(keys);
  std::string text;
  for (const std::string& key : keys) text += key;
  return text;
}

}  // namespace clientsync
