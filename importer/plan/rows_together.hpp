// The checks of rows together (docs/specification.md §4.3), and the plan that comes of them.
#pragma once

#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/plan/policy.hpp"
#include "importer/plan/register.hpp"
#include "importer/plan/row_checks.hpp"

namespace clientsync {

/// Judges rows that were checked alone. The plan does not own what it views.
[[nodiscard]] Plan plan_together(std::vector<CheckedRow> rows, const Register& current, const Policy& policy);

}  // namespace clientsync
