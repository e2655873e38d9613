// What the routes share that make or show entries of the ledger.
#pragma once

#include <vector>

#include "daemon/api/call.hpp"
#include "importer/entry.hpp"
#include "importer/store/entries.hpp"

namespace clientsync {

/// The caller, now.
[[nodiscard]] Author author_of(const ApiCall& call);

/// The entry that the path names. Throws DatabaseError, and ApiError if there is none that the caller may see.
[[nodiscard]] RecordedEntry require_entry(const ApiCall& call, Connection& connection);

/// The rules of the inbox that made the entry, or else of the first that its firm has. Throws ApiError.
[[nodiscard]] ImportRules rules_of(const ApiCall& call, const RecordedEntry& entry);

}  // namespace clientsync
