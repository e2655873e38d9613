// How callers recognise that what they have seen is still so.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/api/call.hpp"
#include "importer/plan/client.hpp"
#include "importer/store/clients.hpp"

namespace clientsync {

/// The ETag of a client: another one whenever anything of it has changed.
[[nodiscard]] std::string tag_of(const Client& client);

/// The ETag of what is read of a firm and its entries: another one after each entry. `question`: what else the answer
/// depends on. Throws DatabaseError.
[[nodiscard]] std::string state_of_ledger(Connection& connection, const std::optional<Firm>& firm,
                                          std::string_view question);

[[nodiscard]] ApiError client_unknown();

}  // namespace clientsync
