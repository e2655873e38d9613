// What an undo reverses of an entry of the ledger (docs/specification.md §10, `imports undo`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/history.hpp"
#include "importer/plan/plan.hpp"
#include "importer/plan/policy.hpp"
#include "importer/plan/register.hpp"

namespace clientsync {

/// One change that an entry made, as the history has it. A status is "active" or "inactive".
struct EntryChange {
  std::string company_id{};
  ClientField field = ClientField::number;
  std::optional<std::string> before{}, after{};
  std::int64_t entry = 0;   ///< entries are numbered in the order in which they changed the register
  std::int64_t undoes = 0;  ///< the entry that `entry` undoes; 0: it is no undo
};

/// What the ledger knows of an entry that is to be undone.
struct EntryHistory {
  std::int64_t entry = 0;
  std::vector<EntryChange> changes{};  ///< of the entry
  std::vector<EntryChange> later{};    ///< all that later entries changed of the same clients, from old to new
};

/// What becomes of one change of the entry. Its views lead into the texts of the plan.
struct FieldOutcome {
  /// `kept`: the field no longer has the value that the entry wrote, or was reversed by an undo before.
  enum class Kind { reversed, kept, failed } kind = Kind::reversed;
  std::string_view company_id{};
  std::string_view display_name{};  ///< the client's, or the last one that it had
  ClientField field = ClientField::number;
  std::optional<std::string_view> before{};   ///< what stood before the entry, and is restored
  std::optional<std::string_view> written{};  ///< what the entry wrote
  std::optional<std::string_view> now{};      ///< what stands now; nullopt: no client, or no number
  /// Of a kept field: the later entry that changed it, or the undo that reversed it; 0: none is known. If the field is
  /// as the entry wrote it (`now == written`), the entry that changed the client, because of which all of it is kept.
  std::int64_t kept_for = 0;
  bool already_reversed = false;     ///< kept, because the undo `kept_for` reversed it and was not undone
  std::optional<Problem> problem{};  ///< why it failed

  bool operator==(const FieldOutcome&) const = default;
};

struct UndoPlan {
  std::vector<FieldOutcome> outcomes;              ///< one for each change of the entry, in the same order
  std::vector<ClientWrite> writes;                 ///< what reverses all that can be reversed
  std::size_t reversed = 0, kept = 0, failed = 0;  ///< outcomes
  /// The clients of the entry as rows of an import: `created` if restored, `updated` if changed or deleted, `failed` if
  /// nothing is written because a field failed, otherwise `unchanged`.
  Counts counts{};
  std::shared_ptr<const void> history_texts{}, register_texts{};  ///< own what the plan views
};

/// What `plan_undo` has to know of the register, with the details of the clients. Views into the changes.
[[nodiscard]] Touched touched_by(std::span<const EntryChange> changes);

/// Reverses each field that still has the value that the entry wrote. The creation or deletion of a client is reversed
/// as a whole or not at all. Numbers go back if the largest set of reversals that leaves every number unique has them,
/// as in an import (docs/specification.md §4.3); deleted clients come back if there is room for all of them. Of
/// `policy`, `max_clients` counts.
[[nodiscard]] UndoPlan plan_undo(EntryHistory history, const Register& current, const Policy& policy);

}  // namespace clientsync
