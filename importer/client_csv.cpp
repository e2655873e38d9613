#include "importer/client_csv.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "importer/sheet/csv.hpp"
#include "importer/sheet/encoding.hpp"
#include "importer/sheet/sheet.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

std::string_view header_of(ClientColumn column, Language language) {
  switch (column) {
    case ClientColumn::company_id:
      return header(Column::company_id, language);
    case ClientColumn::display_name:
      return header(Column::display_name, language);
    case ClientColumn::client_number:
      return header(Column::client_number, language);
    case ClientColumn::type:
      return header(DetailColumn::type, language);
    case ClientColumn::lead:
      return header(DetailColumn::lead, language);
    case ClientColumn::status:
      break;
  }
  return header(DetailColumn::status, language);
}

/// The cell that `clean` reads as `value`. A value that is itself wrapped like `="00123"` is wrapped once more.
std::string cell_of(std::string_view value) {
  if (std::string plain = guard(value); clean(plain) == value) return plain;
  std::string wrapped = "=\"";
  for (const char c : value) wrapped.append(c == '"' ? 2 : 1, c);
  return guard(wrapped + '"');
}

std::string record(std::span<const std::string> cells) {
  std::string line;
  write_record(line, cells, Dialect{});
  return line;
}

}  // namespace

std::string csv_head(const ClientCsv& form) {
  std::vector<std::string> cells;
  for (const ClientColumn column : form.columns) cells.emplace_back(header_of(column, form.language));
  if (form.ref) cells.emplace_back(header(ReportColumn::ref, form.language));
  return std::string(utf8_mark) + record(cells);
}

std::string csv_record(const Client& client, const ClientCsv& form) {
  std::vector<std::string> cells;
  for (const ClientColumn column : form.columns) {
    cells.push_back(column == ClientColumn::status ? std::string(status_name(client.active, form.language))
                                                   : cell_of(value_of(client, column)));
  }
  if (form.ref) {
    const auto number = client.number ? std::optional<std::string_view>(*client.number) : std::nullopt;
    cells.push_back(guard(write_ref({.company_id = client.company_id, .number = number})));
  }
  return record(cells);
}

}  // namespace clientsync
