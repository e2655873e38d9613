// How a plan that was shown is recognised when it is to be applied (docs/specification.md §10).
#pragma once

#include <string>

#include "importer/plan/plan.hpp"
#include "importer/plan/undo.hpp"

namespace clientsync {

/// All that a plan writes and all that it answers, in every detail: two plans have the same key only if they do and say
/// the same. The digest of the key names the plan.
[[nodiscard]] std::string plan_key(const Plan& plan);
[[nodiscard]] std::string plan_key(const UndoPlan& plan);

}  // namespace clientsync
