#include "daemon/commands/past_import.hpp"

#include "daemon/commands/common.hpp"
#include "daemon/json/inboxes.hpp"
#include "daemon/json/json.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// A file from elsewhere has its whole path in the ledger.
std::string report_of(const PastImport& import) {
  return escape(file_name_of(import.report_name));
}

std::string report_sentence(const PastImport& import) {
  switch (import.report_state) {
    case ReportState::none:
      return "no report";
    case ReportState::pending:
      return "its report is still to be published as " + report_of(import);
    case ReportState::published:
      return "report " + report_of(import);
    case ReportState::superseded:
      break;
  }
  return "its report was never published, because a newer import came first";
}

}  // namespace

std::string describe(const PastImport& import) {
  std::string text =
      "import " + std::to_string(import.id) + ", " + time_of(import.started_at) + ", by " + escape(import.who) + ": ";
  if (import.adopted) return text + "counts as done without an import (inbox adopt --skip)";
  text += outcome_of(import);
  if (!import.code.empty()) text += " (" + escape(import.code) + ")";
  const Counts& counts = import.counts;
  if (counts.rows > 0) text += ": " + counted(counts.rows, "row") + ", " + outcomes(counts);
  return text + "; " + report_sentence(import);
}

}  // namespace clientsync
