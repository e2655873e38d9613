// The checks of a row alone (docs/specification.md §4.2), and Ref's say in which client and number a row means
// (docs/specification.md §5).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "importer/plan/plan.hpp"

namespace clientsync {

/// A row after its own checks: what it would write, and what is wrong with it.
struct CheckedRow {
  const Row* row = nullptr;
  const Client* client = nullptr;           ///< nullptr where the register has none
  std::string company_id;                   ///< the client's, or the cleaned cell
  std::string name_after;                   ///< the display name that the row leaves the client with
  std::optional<std::string> number_after;  ///< the number that the row leaves the client with
  std::optional<Ref> ref;                   ///< for the report
  bool keeps_ref = false;                   ///< `ref` is the input's own, which did not decide: it stays as it is
  bool restored = false;                    ///< the ID or number is not the cell's, which a spreadsheet damaged
  std::vector<Problem> problems;            ///< in the order of docs/specification.md §4.2's table
};

/// Checks rows against one register. Keeps references to both arguments.
class RowChecker {
 public:
  RowChecker(const Register& current, const Policy& policy) : current_(current), policy_(policy) {}

  [[nodiscard]] CheckedRow check(const Row& row);

 private:
  void resolve_company(const Row& row, CheckedRow& checked);
  void check_company(const Row& row, CheckedRow& checked);
  void check_name(const Row& row, CheckedRow& checked);
  void check_number(const Row& row, CheckedRow& checked);
  [[nodiscard]] bool looks_reformatted(const std::string& company_id, const Client* fitting) const;
  [[nodiscard]] const Client* fitting_client(const Row& row);

  const Register& current_;
  const Policy& policy_;
  /// Clients by their folded names; filled when the first damaged company ID asks for it.
  std::unordered_multimap<std::string, const Client*> by_name_;
};

}  // namespace clientsync
