// The heart: what becomes of each row, and what is written (docs/specification.md §4.2, §4.3). This folder uses text,
// messages and sheet; what it has to know of the register comes in as a value.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/history.hpp"
#include "importer/plan/policy.hpp"
#include "importer/plan/register.hpp"
#include "importer/sheet/sheet.hpp"

namespace clientsync {

enum class RowOutcome { updated, unchanged, created, failed };

struct PlannedRow {
  std::size_t row = 0;  ///< as Row::row
  RowOutcome outcome = RowOutcome::unchanged;
  bool restored = false;            ///< accepted, with an ID or number that a spreadsheet had damaged
  std::string_view company_id{};    ///< the client's if it is known, otherwise the cleaned cell
  std::vector<Problem> problems{};  ///< not empty if, and only if, the row failed and is not `kept`
  std::optional<Ref> ref{};         ///< the report's Ref cell (docs/specification.md §5); nullopt: empty
  /// What the report that was dropped says of a row that failed in an earlier import; nullptr: nothing.
  const ReportLine* kept = nullptr;

  bool operator==(const PlannedRow&) const = default;
};

/// The codes of a failed row, separated by spaces.
[[nodiscard]] std::string error_codes(const PlannedRow& row);

/// What is wrong with a failed row, as one text. What is `kept` stays in the language of its report.
[[nodiscard]] std::string sentences(const PlannedRow& row, Language language);

/// What an entry of the ledger writes to one client. Each client is in a plan at most once. What a client has before
/// its creation, and after its deletion, is empty.
struct ClientWrite {
  std::string_view company_id;
  bool created = false;
  std::string_view name_before{}, name_after{};  ///< equal if the name stays
  std::optional<std::string_view> number_before{}, number_after{};
  /// Another write of the plan takes `number_before`: it has to be free before that write.
  bool release_first = false;
  bool deleted = false;
  ClientDetails details_before{}, details_after{};

  bool operator==(const ClientWrite&) const = default;
};

struct Counts {
  std::size_t rows = 0, updated = 0, unchanged = 0, created = 0, failed = 0;
  std::size_t restored = 0;  ///< accepted rows that are `restored`; counted beside their outcomes, not part of the sum

  bool operator==(const Counts&) const = default;
};

/// What an import does. Nothing is decided later. Its views and pointers lead into the texts of the sheet and of the
/// register.
struct Plan {
  std::vector<PlannedRow> rows;     ///< one for each data row, in the input's order
  std::vector<ClientWrite> writes;  ///< empty if the file is rejected
  std::vector<Problem> problems;    ///< of the file; not empty: rejected (docs/specification.md §4.1)
  bool rejected = false;  ///< by a problem of the file, or under all_or_nothing by a failed row that is not `kept`
  Counts counts;          ///< all 0 if a problem of the file rejects it
  std::shared_ptr<const void> sheet_texts{}, register_texts{};  ///< own what the plan views
};

/// What `plan_import` has to know of the register, except for `missing_ranges`.
[[nodiscard]] Touched touched_by(const Sheet& sheet);

/// The company IDs from which a spreadsheet can have made those of the sheet that `current`, which has what the sheet
/// touches, does not have: `plan_import` has to know their clients too. In as few ranges as possible, so that each
/// client is looked at once; mostly none.
[[nodiscard]] std::vector<DigitRange> missing_ranges(const Sheet& sheet, const Register& current);

/// True if the sheet has lines of a report that still have an error code: the past of their clients matters.
[[nodiscard]] bool has_report_lines(const Sheet& sheet);

/// Judges every row against `current`, the register as it is inside the transaction. The order of rows never changes an
/// outcome. A rejected sheet gives a rejected plan.
[[nodiscard]] Plan plan_import(const Sheet& sheet, const Register& current, const Policy& policy,
                               const History& history = {});

}  // namespace clientsync
