// The checks of a row alone (docs/specification.md §4.2), and which client and number a row means if a spreadsheet
// damaged them (§4.2, §5).
#pragma once

#include <deque>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "importer/plan/history.hpp"
#include "importer/plan/plan.hpp"

namespace clientsync {

/// A row after the checks of a row alone: what it would write, and what is wrong with it.
struct CheckedRow {
  const Row* row = nullptr;
  const KnownClient* client = nullptr;           ///< nullptr if the register has none
  std::string_view company_id;                   ///< the client's, or the cleaned cell
  std::string_view name_after;                   ///< the client's display name after the row
  std::optional<std::string_view> number_after;  ///< the client's number after the row
  bool keeps_ref = false;                        ///< the input's Ref did not decide: the report's is the same
  bool refers_to_number = false;                 ///< the number can stand in a Ref
  const ClientDetails* details_after = nullptr;  ///< nullptr: the row changes none; lives as long as its checker
  bool removed = false;                          ///< the client is deleted, and has nothing after the row
  bool restored = false;          ///< a spreadsheet damaged the cell of the ID or number, and another is meant
  std::vector<Problem> problems;  ///< in the order of the table in docs/specification.md §4.2
};

/// The Ref of the row in the report.
[[nodiscard]] std::optional<Ref> ref_of(const CheckedRow& checked);

/// The client's details after the row.
[[nodiscard]] ClientDetails details_after(const CheckedRow& checked);

/// A placeholder without braces, and its text.
using Argument = std::pair<std::string_view, std::string_view>;

/// Adds what is wrong with the row.
void add(CheckedRow& checked, Message message, std::span<const Argument> arguments);
inline void add(CheckedRow& checked, Message message, std::initializer_list<Argument> arguments = {}) {
  add(checked, message, std::span(arguments));
}

/// Checks rows against one register. Keeps references to all arguments.
class RowChecker {
 public:
  RowChecker(const Register& current, const Policy& policy, const History& history)
      : current_(current), policy_(policy), history_(history) {}

  [[nodiscard]] CheckedRow check(const Row& row);

 private:
  void resolve_company(const Row& row, CheckedRow& checked);
  void check_company(const Row& row, CheckedRow& checked);
  void add_invalid_id(const Row& row, const KnownClient* swapped, CheckedRow& checked) const;
  void check_name(const Row& row, CheckedRow& checked);
  void check_number(const Row& row, CheckedRow& checked);
  void check_details(const Row& row, CheckedRow& checked);
  [[nodiscard]] bool looks_reformatted(std::string_view company_id, const KnownClient* fitting) const;
  [[nodiscard]] const KnownClient* fitting_client(const Row& row);

  const Register& current_;
  const Policy& policy_;
  const History& history_;
  /// Clients by their folded names; filled when the first damaged company ID needs it.
  std::unordered_multimap<std::string, const KnownClient*> by_name_;
  std::deque<ClientDetails> details_;  ///< of the rows that give any
};

}  // namespace clientsync
