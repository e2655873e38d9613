// What service, folder and ledger say of an inbox together: what waits there and why, and what is not taken.
#pragma once

#include <vector>

#include "daemon/explain/inbox_facts.hpp"

namespace clientsync {

struct InboxView {
  InboxStatus status{};
  InboxFacts facts{};
  bool watched = false;  ///< the service told of it
};

/// `told`: what the service says; nullptr: it does not answer, so that the folder has to show what waits. `pool` as for
/// find_facts. `may_look`: false if the folder is not to be looked at, because others do not answer. Adds what is wrong
/// with the inbox to `faults`, unless the service told it. Throws DatabaseError.
[[nodiscard]] InboxView look_at_inbox(ConnectionPool* pool, const InboxConfig& inbox, const ServiceStatus* told,
                                      std::vector<ToldFault>& faults, bool may_look = true);

}  // namespace clientsync
