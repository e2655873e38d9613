#include "importer/plan/fix.hpp"

#include <string_view>

namespace clientsync {
namespace {

/// Which cell the problem is about, and the argument of the sentence that is right for it.
struct Cure {
  Column column = Column::client_number;
  std::string_view argument;
};

std::optional<Cure> cure_of(Message message) {
  switch (message) {
    case Message::company_id_reformatted_fits:
    case Message::company_id_mismatch:
      return Cure{Column::company_id, "id"};
    case Message::display_name_changed:
    case Message::display_name_changed_blank:
    case Message::display_name_changed_accents:
      return Cure{Column::display_name, "name"};
    case Message::client_number_reformatted:
    case Message::client_number_zeros_lost:
      return Cure{Column::client_number, "number"};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Fix> fix_of(const PlannedRow& row) {
  for (const Problem& problem : row.problems) {
    const std::optional<Cure> cure = cure_of(problem.message);
    if (!cure) continue;
    for (const auto& [name, text] : problem.arguments) {
      if (name == cure->argument) return Fix{cure->column, text};
    }
  }
  return std::nullopt;
}

}  // namespace clientsync
