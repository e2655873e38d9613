// Entries of the ledger that a person makes: edits, undos, replays and edits from files (docs/specification.md §10).
// Each function plans the entry against the register and, if it is told to, writes it in the same transaction. A
// preview and an entry are planned by the same code.
//
// All of them throw DatabaseError: nothing was written, or the outcome of the commit is unknown, which the list of
// entries shows.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "importer/import.hpp"
#include "importer/plan/edit.hpp"
#include "importer/plan/undo.hpp"
#include "importer/rules.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/entries.hpp"
#include "importer/store/request_keys.hpp"

namespace clientsync {

/// Who makes an entry, from where and when.
struct Author {
  std::string who;
  EntrySource source = EntrySource::command;
  std::int64_t now = 0;  ///< seconds since the epoch
};

/// Whether a plan is shown or written.
struct Decision {
  bool apply = false;
  std::string plan{};            ///< the digest of the plan that was shown; "": whatever the plan is
  bool record_rejected = false;  ///< a rejected sheet leaves an entry too, with its report
};

/// What became of a plan.
struct Verdict {
  std::string plan;                 ///< its digest
  std::optional<ImportId> entry{};  ///< the entry that wrote it; nullopt: nothing was written
  bool stale = false;               ///< it was to be written, but it is not the plan that was shown
};

struct EditVerdict {
  Verdict verdict;
  Plan plan;  ///< rejected if an edit failed: then nothing is written
};

/// Adds, changes and deletes clients of the firm of `rules`. What changes nothing leaves no entry.
[[nodiscard]] EditVerdict edit_clients(ConnectionPool& pool, const ImportRules& rules, const std::vector<Edit>& edits,
                                       const Author& author, const Decision& decision);

struct SheetVerdict {
  Verdict verdict;
  Judged judged;
  Register current;                     ///< the part of the register that the sheet touches, as it was before
  std::optional<KnownRequest> known{};  ///< the entry's `request` was answered before; all else is empty
};

/// Enters a sheet that is in no inbox, by `rules`. `entry` says of which kind the entry is. A rejected sheet leaves no
/// entry, unless `record_rejected`, nor does an edit that changes nothing.
[[nodiscard]] SheetVerdict enter_sheet(ConnectionPool& pool, const ImportRules& rules, const LedgerEntry& entry,
                                       const Sheet& sheet, const Decision& decision);

struct UndoVerdict {
  Verdict verdict;
  UndoPlan plan;
};

/// Undoes what `entry`, which is of the firm of `rules`, changed. Nothing is written if a field is kept or failed,
/// unless `skip_conflicts`, nor if none is reversed.
[[nodiscard]] UndoVerdict undo_entry(ConnectionPool& pool, const ImportRules& rules, ImportId entry,
                                     bool skip_conflicts, const Author& author, const Decision& decision);

}  // namespace clientsync
