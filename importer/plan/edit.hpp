// What a person changes in the register by hand (docs/specification.md §8, §10): adds, edits and deletions of clients,
// planned together by the rules of an import.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/plan/policy.hpp"
#include "importer/plan/register.hpp"

namespace clientsync {

/// One edit of one client. All texts are valid UTF-8, as `clean` leaves them. What is nullopt stays as it is; a new
/// client has no number, type or lead accountant, and is active.
struct Edit {
  enum class Kind { add, change, remove } kind = Kind::change;
  std::size_t row = 0;  ///< by which messages cite the edit, counted from 1: a row of a file, or its place in a command
  std::string company_id{};
  std::optional<std::string> display_name{};  ///< of a new client not nullopt
  std::optional<std::string> number{};        ///< "": removes the number
  std::optional<std::string> type{}, lead{};  ///< "": clears it
  std::optional<bool> active{};
};

/// What `plan_edits` has to know of the register, with the details of the clients. Views into the edits.
[[nodiscard]] Touched touched_by(std::span<const Edit> edits);

/// Plans all edits or, if one fails, none: then the plan is rejected, and each edit has failed. They are judged like
/// the rows of one file: against the register as it is after all of them, so that clients can swap numbers, and in any
/// order. Of `policy`, `max_clients` and `company_id` count. What is typed is meant: nothing is reformatted, superseded
/// or too many changes. Only inactive clients can be deleted; the outcome of a deletion is `updated`.
[[nodiscard]] Plan plan_edits(std::vector<Edit> edits, const Register& current, const Policy& policy);

}  // namespace clientsync
