// What a write changes of a client, field by field: the rows of the history (docs/database.md, "Tables").
#pragma once

#include <optional>
#include <string_view>

#include "importer/plan/history.hpp"
#include "importer/plan/plan.hpp"

namespace clientsync {

struct FieldChange {
  ClientField field = ClientField::number;
  std::optional<std::string_view> before, after;  ///< nullopt: there was, or is, no client or no number
};

/// Calls `each` with every FieldChange of a write. A creation is a change of `created` (after: the name) and of each
/// other field that has not its default; a deletion one of `deleted` (before: the name) and of the same.
template <class Each>
void for_each_change(const ClientWrite& write, Each each) {
  const auto tell = [&](ClientField field, std::optional<std::string_view> before,
                        std::optional<std::string_view> after) {
    each(FieldChange{field, write.created ? std::nullopt : before, write.deleted ? std::nullopt : after});
  };
  const ClientDetails &before = write.details_before, &after = write.details_after;
  if (write.created || write.deleted || write.name_before != write.name_after) {
    const ClientField field = write.created   ? ClientField::created
                              : write.deleted ? ClientField::deleted
                                              : ClientField::name;
    tell(field, write.name_before, write.name_after);
  }
  if (write.number_before != write.number_after) tell(ClientField::number, write.number_before, write.number_after);
  if (before.type != after.type) tell(ClientField::type, before.type, after.type);
  if (before.lead != after.lead) tell(ClientField::lead, before.lead, after.lead);
  if (before.active != after.active) tell(ClientField::status, status_word(before.active), status_word(after.active));
}

}  // namespace clientsync
