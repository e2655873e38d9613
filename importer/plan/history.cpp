#include "importer/plan/history.hpp"

#include <algorithm>
#include <span>

namespace clientsync {
namespace {

std::span<const PastChange> changes_of(const History& history, std::string_view company_id) {
  const auto id_of = [](const PastChange& change) { return std::string_view(change.company_id); };
  const auto begin = std::ranges::lower_bound(history.changes, company_id, {}, id_of);
  return {begin, std::ranges::upper_bound(begin, history.changes.end(), company_id, {}, id_of)};
}

}  // namespace

const PastChange* History::last_change(std::string_view company_id, ClientField field, std::int64_t entry) const {
  const PastChange* last = nullptr;
  for (const PastChange& change : changes_of(*this, company_id)) {
    if (change.field == field && change.entry.number > entry) last = &change;
  }
  return last;
}

std::int64_t History::last_error(std::string_view company_id, std::size_t row) const {
  const auto id_of = [](const PastError& error) { return std::string_view(error.company_id); };
  const auto begin = std::ranges::lower_bound(errors, company_id, {}, id_of);
  const auto end = std::ranges::upper_bound(begin, errors.end(), company_id, {}, id_of);
  const auto error = std::find_if(begin, end, [&](const PastError& each) { return each.row == row; });
  return error == end ? 0 : error->entry;
}

bool History::had(std::string_view company_id, ClientField field, std::string_view value) const {
  return std::ranges::any_of(changes_of(*this, company_id), [&](const PastChange& change) {
    return change.field == field && (change.before == value || change.after == value);
  });
}

}  // namespace clientsync
