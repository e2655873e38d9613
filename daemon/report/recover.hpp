// What a daemon that died left to be done in a folder: reports that are not published, and temporary files.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "daemon/report/publish.hpp"

namespace clientsync {

/// Publishes the reports of the folder's inbox that the ledger has as committed and not yet published, except those
/// that another daemon is publishing; with `name`, only that input's. False if one is left that has to wait. Tries all
/// of them, then throws the first error as publish_report does.
bool publish_pending(Connection& connection, const LedgerFolder& folder, const std::optional<std::string>& name = {});

/// Clears those of these temporary files that a crash left behind. Files that hold what the ledger knows are removed;
/// those that hold a user's bytes become visible files again. Throws std::system_error and DatabaseError.
void sweep_temporaries(Connection& connection, const LedgerFolder& folder, std::span<const std::string> names);

}  // namespace clientsync
