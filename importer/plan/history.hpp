// What the ledger knows of a file and of the clients that it touches: which rows are out of date
// (docs/specification.md §2 "Once").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clientsync {

/// An entry of the ledger, as a message names it.
struct LedgerEntryName {
  std::int64_t number = 0;  ///< entries are numbered in the order in which they changed the register
  std::string file;         ///< the name of its file, escaped; of an entry without a file, who made it
  std::string date;         ///< "2026-04-30", in UTC
  bool adopted = false;     ///< the file counts as done without having been imported: all of it is old

  bool operator==(const LedgerEntryName&) const = default;
};

/// What a change in the history is about. `created` and `deleted` have the client's name as their new or old value; the
/// client's other fields that are not empty are changes of their own.
enum class ClientField { created, deleted, name, number, type, lead, status };

/// One change in the history of a client.
struct PastChange {
  std::string company_id;
  ClientField field = ClientField::number;
  std::optional<std::string> before, after;
  LedgerEntryName entry;
};

/// The last entry in whose report a client was with that row, for another reason than that the row was superseded.
struct PastError {
  std::string company_id;
  std::size_t row = 0;
  std::int64_t entry = 0;
};

/// The default says that the file is new.
struct History {
  /// The first import of the same bytes or the same cells; nullopt: there was none.
  std::optional<LedgerEntryName> first_import;
  /// What happened to the clients that the file touches: everything that came after `first_import`, and all of their
  /// past if the file has a report's lines. Ordered by company ID, then from old to new.
  std::vector<PastChange> changes;
  /// If the file has a report's lines: the last errors of their clients, ordered by company ID.
  std::vector<PastError> errors;

  /// The last change of the client's field by an entry later than `entry`, or nullptr.
  [[nodiscard]] const PastChange* last_change(std::string_view company_id, ClientField field, std::int64_t entry) const;
  /// The last entry in whose report the client was with that row; 0: none.
  [[nodiscard]] std::int64_t last_error(std::string_view company_id, std::size_t row) const;
  /// True if the client's field had the value at some time.
  [[nodiscard]] bool had(std::string_view company_id, ClientField field, std::string_view value) const;
};

}  // namespace clientsync
