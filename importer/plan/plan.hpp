// The heart: what becomes of each row, and what is written (docs/specification.md §4.2, §4.3). Pure: all it needs to
// know comes in as values.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "importer/plan/policy.hpp"
#include "importer/plan/register.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

enum class RowOutcome { updated, unchanged, created, failed };

struct PlannedRow {
  std::size_t row = 0;  ///< as a spreadsheet counts
  RowOutcome outcome = RowOutcome::unchanged;
  std::string company_id;         ///< the client's where it is known, otherwise the cleaned cell
  std::vector<Problem> problems;  ///< not empty exactly where the row failed
  std::optional<Ref> ref;         ///< what the report's Ref column says (docs/specification.md §5); nullopt: empty
  bool restored = false;          ///< accepted, with an ID or number that a spreadsheet had damaged

  bool operator==(const PlannedRow&) const = default;
};

/// One client as the import leaves it. Each client stands at most once in a plan.
struct ClientWrite {
  std::string company_id;
  bool created = false;
  std::string name_before{}, name_after{};  ///< equal where the name stays; `name_before` is empty for a creation
  std::optional<std::string> number_before{}, number_after{};

  bool operator==(const ClientWrite&) const = default;
};

struct Counts {
  std::size_t rows = 0, updated = 0, unchanged = 0, created = 0, failed = 0;
  std::size_t restored = 0;  ///< of the accepted rows; beside their outcomes, no part of the sum

  bool operator==(const Counts&) const = default;
};

/// What an import does: the truth about it, nothing is decided later.
struct Plan {
  std::vector<PlannedRow> rows;     ///< one for each data row, in the input's order
  std::vector<ClientWrite> writes;  ///< empty where the file is rejected
  std::vector<Problem> problems;    ///< of the file; not empty: rejected (docs/specification.md §4.1)
  bool rejected = false;            ///< by a problem of the file, or by one failed row under all_or_nothing
  Counts counts;                    ///< all 0 where a problem of the file rejects it
};

/// What `plan_import` needs to know of the register.
[[nodiscard]] Touched touched_by(const Sheet& sheet);

/// Judges every row against `current`, the register as it is inside the transaction. Row order never changes an
/// outcome. Never fails: a rejected sheet gives a rejected plan.
[[nodiscard]] Plan plan_import(const Sheet& sheet, const Register& current, const Policy& policy);

}  // namespace clientsync
