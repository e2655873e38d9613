// What an inbox decides about rows.
#pragma once

#include <cstddef>
#include <optional>

namespace clientsync {

/// The settings of docs/specification.md §4.2, §4.3 and §9, with the defaults given there.
struct Policy {
  enum class UnknownCompany { reject, create } unknown_company = UnknownCompany::reject;
  enum class DisplayName { check, ignore, update } display_name = DisplayName::check;
  enum class BlankNumber { reject, keep, clear } blank_number = BlankNumber::reject;
  enum class CompanyId { digits, text } company_id = CompanyId::digits;
  /// `accept`: an ID is meant as it was typed (docs/specification.md §10).
  enum class DamagedIds { restore, reject, accept } damaged_ids = DamagedIds::restore;
  enum class DamagedNumbers { check, accept } damaged_numbers = DamagedNumbers::check;
  /// `accept`: nothing is superseded, neither in older files nor in older reports.
  enum class OlderFiles { check, accept } older_files = OlderFiles::check;
  /// `keep`: rows of clients that the register has change nothing (`clients load`).
  enum class ExistingClients { write, keep } existing_clients = ExistingClients::write;
  enum class Apply { good_rows, all_or_nothing } apply = Apply::good_rows;
  std::size_t max_clients = 2000;                 ///< `limits.clients`, a firm's
  std::optional<unsigned> max_changes_percent{};  ///< `limits.changes`; nullopt: off

  bool operator==(const Policy&) const = default;
};

}  // namespace clientsync
