// What the ledger says of reports: which are still to be published, and where which one was (docs/specification.md §5,
// "Publishing").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importer/store/database.hpp"

namespace clientsync {

using ImportId = std::int64_t;

/// Where an import's report stands.
enum class ReportState {
  none,        ///< no report is wanted (`report: errors` and nothing failed), and no stale one is left
  pending,     ///< committed; not yet seen in its place, or a stale one not yet removed
  published,   ///< was written to `report_name`
  superseded,  ///< a newer import of the name came before it was published
};

/// Of the word that stands in the ledger; Kind::refused for one that this program does not know.
[[nodiscard]] ReportState report_state_of(const std::string& word);

/// One column of Base64 of one import, decoded; nullopt where it is NULL or there is no such import. `sql` has the
/// parameter `import`.
[[nodiscard]] std::optional<std::string> stored_bytes(Connection& connection, ImportId import, const char* sql);

/// A report that was committed and not yet published, oldest first.
struct PendingReport {
  ImportId import = 0;
  std::string name;          ///< of the input
  std::string input_sha256;  ///< as in FileIdentity
  bool rejected = false;
  std::string report;       ///< bytes; "": none is wanted, a stale one goes
  std::string report_name;  ///< the place that was intended; may have to change
};
[[nodiscard]] std::vector<PendingReport> pending_reports(Connection& connection, std::string_view inbox);

/// The report's bytes of an import; nullopt where retention has removed them or there is none.
[[nodiscard]] std::optional<std::string> report_bytes(Connection& connection, ImportId import);
/// In a transaction of its own. `report_name` is the place; "" leaves the one that the ledger has. Where a report was
/// published once it counts as published ever after, whatever its state and place become.
void mark_report(Connection& connection, ImportId import, ReportState state, std::string_view report_name);

/// True where the ledger ever published, at that place of that inbox, a report with these bytes; also where one is
/// pending for that place, since it may have got there before the daemon died.
[[nodiscard]] bool is_published_report(Connection& connection, std::string_view inbox, std::string_view report_name,
                                       std::string_view sha256);
/// The name of the input whose report the ledger published last at that place of that inbox, or is pending for it;
/// nullopt where none ever stood there.
[[nodiscard]] std::optional<std::string> report_owner(Connection& connection, std::string_view inbox,
                                                      std::string_view report_name);
/// Where the ledger published reports of the latest imports of that inbox and name, the last first; a few.
[[nodiscard]] std::vector<std::string> published_places(Connection& connection, std::string_view inbox,
                                                        std::string_view name);
/// True where these are the bytes of a report that the ledger wrote, for whatever file.
[[nodiscard]] bool is_report(Connection& connection, std::string_view sha256);
/// True where the ledger holds these bytes, not removed by retention: as an input that was read and not rejected, or as
/// a report, of that inbox.
[[nodiscard]] bool knows_bytes(Connection& connection, std::string_view inbox, std::string_view sha256);

}  // namespace clientsync
