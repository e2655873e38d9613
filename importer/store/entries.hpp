// What the ledger tells people of its entries and of the history of clients, and what a plan has to know to undo an
// entry (docs/specification.md §10).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/history.hpp"
#include "importer/plan/plan.hpp"
#include "importer/plan/undo.hpp"
#include "importer/store/batch.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {

/// An entry of the ledger that is committed. Times are seconds since the epoch.
struct RecordedEntry {
  ImportId id = 0;
  EntryKind kind = EntryKind::import;
  bool rejected = false;
  std::string firm;          ///< its name
  std::string inbox;         ///< "": a file from elsewhere, or none
  std::string name;          ///< of the file, as bytes; of one from elsewhere, its whole path; "": there is none
  std::int64_t version = 0;  ///< 0: not in an inbox
  std::string sha256;        ///< of the file; "" if it was too large to be read, or if there is none
  std::uint64_t size = 0;    ///< bytes
  std::string language;      ///< of report and messages: "en", "pt-BR"; "": unknown
  std::string who;           ///< the person or service that made it
  EntrySource source = EntrySource::folder;
  std::int64_t started_at = 0, finished_at = 0;
  Counts counts;
  std::optional<ImportId> original;   ///< the entry that it undoes or repeats
  std::optional<ImportId> undone_by;  ///< the last undo of it that was not undone itself
  ReportState report_state = ReportState::none;
  std::string report_name;  ///< bytes; "" if it never had a place
};

/// Which entries are listed: those that have all that is given.
struct EntryFilter {
  std::optional<FirmId> firm{};
  std::optional<std::string> inbox{};
  std::optional<EntryKind> kind{};
  std::optional<ImportId> before{};                             ///< only older ones
  std::size_t limit = std::numeric_limits<std::size_t>::max();  ///< of the newest that pass
};

/// Outside of a transaction: calls `each` with the entries that pass the filter, newest first, all from one moment.
/// They are read while they are listed, so `each` may not use the connection. What it throws passes through unchanged.
void list_entries(Connection& connection, const EntryFilter& filter,
                  const std::function<void(const RecordedEntry&)>& each);

/// True if the database has more than one firm.
[[nodiscard]] bool has_several_firms(Connection& connection);

/// nullopt: there is no such entry.
[[nodiscard]] std::optional<RecordedEntry> read_entry(Connection& connection, ImportId entry);

/// What the entry changed, in its order.
void read_entry_changes(Batch& batch, ImportId entry, std::vector<EntryChange>& changes);

/// All that later entries changed of the clients that the entry changed, from old to new.
void read_later_changes(Batch& batch, ImportId entry, std::vector<EntryChange>& changes);

/// One line of an entry's report.
struct EntryError {
  std::size_t row = 0;     ///< as the spreadsheet counts it; 0: the file as a whole
  std::string company_id;  ///< "" if it was not known
  std::string codes;       ///< separated by spaces
  std::string message;
};

[[nodiscard]] std::vector<EntryError> read_entry_errors(Connection& connection, ImportId entry);

/// nullopt: there were none, or retention removed them (docs/specification.md §2, "After").
struct EntryBytes {
  std::optional<std::string> input, report;
};

[[nodiscard]] EntryBytes read_entry_bytes(Connection& connection, ImportId entry);

/// One change in the history of a client, and the entry that made it.
struct ClientChange {
  ImportId entry = 0;  ///< 0: changed by hand before version 3 of the tables: nobody knows when and by whom
  EntryKind kind = EntryKind::edit;
  EntrySource source = EntrySource::command;
  std::string name{};  ///< of the entry's file, as bytes; see RecordedEntry
  std::string who{};
  std::int64_t started_at = 0;  ///< seconds since the epoch
  ClientField field = ClientField::number;
  std::optional<std::string> before{}, after{};
};

/// From old to new. A client that was deleted has a history too.
[[nodiscard]] std::vector<ClientChange> read_client_history(Connection& connection, FirmId firm,
                                                            std::string_view company_id);

}  // namespace clientsync
