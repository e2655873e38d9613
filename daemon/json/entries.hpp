// What entries of the ledger are in JSON: recorded ones, and those that were just planned or written.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "importer/entry.hpp"
#include "importer/messages/messages.hpp"
#include "importer/plan/plan.hpp"
#include "importer/store/entries.hpp"

namespace clientsync {

/// As `imports list` prints it.
[[nodiscard]] boost::json::object json_of(const RecordedEntry& entry);

/// A change of one field of a client.
struct ShownChange {
  std::string company_id;
  std::string name;  ///< the client's; "" if it is not known
  ClientField field = ClientField::number;
  std::optional<std::string> before, after;
};

[[nodiscard]] std::vector<ShownChange> changes_of(std::span<const ClientWrite> writes);

/// What an entry changed, with the names that the clients have now, or else that they have in the entry. Throws
/// DatabaseError.
[[nodiscard]] std::vector<ShownChange> read_changes_of(Connection& connection, const RecordedEntry& entry);

[[nodiscard]] boost::json::array json_of(std::span<const ShownChange> changes);

/// `entry` (null: nothing was written), `plan` (its digest), `stale`.
[[nodiscard]] boost::json::object json_of(const Verdict& verdict);

/// The same with what became of each field. Messages are in `language`.
[[nodiscard]] boost::json::object json_of(const UndoVerdict& made, Language language);

}  // namespace clientsync
