#include "daemon/commands/past_import.hpp"

#include <boost/json.hpp>
#include <string_view>

#include "daemon/commands/common.hpp"
#include "daemon/commands/json.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

std::string_view word_of(ReportState state) {
  switch (state) {
    case ReportState::none:
      return "none";
    case ReportState::pending:
      return "pending";
    case ReportState::published:
      return "published";
    case ReportState::superseded:
      break;
  }
  return "superseded";
}

std::string_view outcome_of(const PastImport& import) {
  if (import.adopted) return "adopted";
  return import.rejected ? "rejected" : "imported";
}

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

boost::json::object object_of(const PastImport& import) {
  boost::json::object object{{"import", import.id},
                             {"file", escape(import.name)},
                             {"outcome", outcome_of(import)},
                             {"code", text_or_null(escape(import.code))},
                             {"who", escape(import.who)},
                             {"started_at", time_of(import.started_at)},
                             {"sha256", text_or_null(escape(import.file.sha256))},
                             {"bytes", import.file.size}};
  add_counts(object, import.counts);
  object["restored"] = import.counts.restored;
  object["report_state"] = word_of(import.report_state);
  object["report"] = text_or_null(report_of(import));
  return object;
}

}  // namespace clientsync
