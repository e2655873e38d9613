#include "importer/plan/history.hpp"

#include <algorithm>
#include <ranges>

namespace clientsync {
namespace {

auto changes_of(const History& history, std::string_view company_id) {
  return std::ranges::equal_range(history.changes, company_id, {},
                                  [](const PastChange& change) { return std::string_view(change.company_id); });
}

}  // namespace

const PastChange* History::last_change(std::string_view company_id, ClientField field, std::int64_t entry) const {
  const PastChange* last = nullptr;
  for (const PastChange& change : changes_of(*this, company_id)) {
    if (change.field == field && change.entry.number > entry) last = &change;
  }
  return last;
}

bool History::had_number(std::string_view company_id, std::string_view number) const {
  return std::ranges::any_of(changes_of(*this, company_id), [&](const PastChange& change) {
    return change.field == ClientField::number && (change.before == number || change.after == number);
  });
}

}  // namespace clientsync
