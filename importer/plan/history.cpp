#include "importer/plan/history.hpp"

#include <algorithm>
#include <span>

namespace clientsync {
namespace {

/// The elements of one client, in a vector that is ordered by company ID.
template <class Past>
std::span<const Past> of_client(const std::vector<Past>& all, std::string_view company_id) {
  const auto id_of = [](const Past& each) { return std::string_view(each.company_id); };
  const auto begin = std::ranges::lower_bound(all, company_id, {}, id_of);
  return {begin, std::ranges::upper_bound(begin, all.end(), company_id, {}, id_of)};
}

}  // namespace

const PastChange* History::last_change(std::string_view company_id, ClientField field, std::int64_t entry) const {
  const PastChange* last = nullptr;
  for (const PastChange& change : of_client(changes, company_id)) {
    if (change.field == field && change.entry.number > entry) last = &change;
  }
  return last;
}

std::int64_t History::last_error(std::string_view company_id, std::size_t row) const {
  const auto of_this_client = of_client(errors, company_id);
  const auto error = std::ranges::find(of_this_client, row, &PastError::row);
  return error == of_this_client.end() ? 0 : error->entry;
}

bool History::had(std::string_view company_id, ClientField field, std::string_view value) const {
  return std::ranges::any_of(of_client(changes, company_id), [&](const PastChange& change) {
    return change.field == field && (change.before == value || change.after == value);
  });
}

}  // namespace clientsync
