// A file becomes an import, in one transaction (docs/specification.md §1, §6):
//
//   auto begun = begin_import(connection, entry, rules, sheet);
//   if (!begun) return;  // somebody else imported this version
//   const Judged judged = judge(sheet, begun->background, rules);
//   finish_import(connection, *begun, entry, sheet, judged, report_name, finished_at);
//   begun->transaction.commit();
//
// Every step throws DatabaseError. `conflict`: another writer was first, nothing was done; import again on a new
// connection. Any other kind: nothing was done, or the outcome of the commit is unknown; look the import up in the
// ledger before anything is repeated.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "importer/plan/plan.hpp"
#include "importer/rules.hpp"
#include "importer/store/database.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {

/// What an import does, and what it tells the user.
struct Judged {
  Plan plan;
  std::string report;  ///< bytes; "": no report is wanted, and a stale one is to be removed
};

/// What the database knows that the plan of a file depends on.
struct Background {
  Register current;  ///< the part of the firm's register that the file touches
  History history;
};

/// Judges a sheet against the register and its history. Pure: opens nothing, changes nothing. Throws std::logic_error
/// if the rows of the plan do not add up.
[[nodiscard]] Judged judge(const Sheet& sheet, const Background& background, const ImportRules& rules);

/// An import whose transaction is open.
struct BegunImport {
  Transaction transaction;
  ImportId import = 0;
  FirmId firm = 0;
  Background background;  ///< stays so until the transaction ends; needed only to judge the file
  std::vector<std::optional<LockedReport>> reports{};  ///< of `unrecorded`
};

/// Begins a transaction, locks the firm, creating it if necessary, inserts the ledger row as `applying`, and reads its
/// register and history. Locks the reports of the entry's unrecorded outcomes. nullopt if another import has the
/// entry's inbox, name and version: then nothing was done.
[[nodiscard]] std::optional<BegunImport> begin_import(Connection& connection, const LedgerEntry& entry,
                                                      const ImportRules& rules, const Sheet& sheet);

/// Inside the same transaction, its last statements: writes clients, history, errors and bytes, and completes the
/// ledger row. Records the entry's `unrecorded`, as record_outcomes does, and its `request`. `report_name` is the
/// report's intended place, for which it is now pending; "": there will be no report and there is no stale one, so
/// nothing is pending. `finished_at`: seconds since the epoch.
void finish_import(Connection& connection, const BegunImport& begun, const LedgerEntry& entry, const Sheet& sheet,
                   const Judged& judged, std::string_view report_name, std::int64_t finished_at);

/// The same for a check, which changes nothing and locks nothing: `entry` needs only `inbox`, `name` and
/// `file`. A firm that the database does not have is an empty register.
[[nodiscard]] Background read_background(Connection& connection, const LedgerEntry& entry, const ImportRules& rules,
                                         const Sheet& sheet);

}  // namespace clientsync
