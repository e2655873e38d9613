// The one meeting point of core and database: a file becomes an import, in one transaction (docs/specification.md §1,
// §6).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "importer/plan/plan.hpp"
#include "importer/rules.hpp"
#include "importer/store/database.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {

/// What came of a file.
struct Imported {
  ImportId import = 0;  ///< 0 where nothing was recorded (`check`)
  Sheet sheet;
  Plan plan;
  std::string report;  ///< bytes; empty: no report is wanted, and a stale one is to be removed
};

/// What an import would do, nothing changed. A firm that the database does not have is an empty register.
[[nodiscard]] Imported check_sheet(Connection& connection, Sheet sheet, const ImportRules& rules);

/// Imports a sheet: ledger row, firm's lock, slice of the register, plan, changes, history, report bytes, in one
/// transaction. `place` names the report's intended place, by whether the file is rejected; `now` gives seconds since
/// the epoch. nullopt where another import has the entry's inbox, name and version: nothing was done, look afresh.
/// Throws DatabaseError. `conflict`: another writer was first, nothing was done; try again on a new connection. Any
/// other: nothing was done, or the commit's outcome is unknown: look the ledger up before anything is repeated.
[[nodiscard]] std::optional<Imported> import_sheet(Connection& connection, Sheet sheet, const LedgerEntry& entry,
                                                   const ImportRules& rules,
                                                   const std::function<std::string(bool rejected)>& place,
                                                   const std::function<std::int64_t()>& now);

}  // namespace clientsync
