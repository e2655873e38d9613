#include "daemon/commands/past_import.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <string_view>

#include "daemon/commands/common.hpp"
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

std::string time_of(const PastImport& import) {
  return utc_timestamp(std::chrono::system_clock::time_point(std::chrono::seconds(import.started_at)));
}

/// A file from elsewhere has its whole path in the ledger.
std::string report_of(const PastImport& import) {
  return escape(std::filesystem::path(import.report_name).filename().string());
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
      "import " + std::to_string(import.id) + ", " + time_of(import) + ", by " + escape(import.who) + ": ";
  if (import.adopted) return text + "counts as done without an import (inbox adopt --skip)";
  text += outcome_of(import);
  if (!import.code.empty()) text += " (" + escape(import.code) + ")";
  const Counts& counts = import.counts;
  if (counts.rows > 0) {
    text += ": " + counted(counts.rows, "row") + ", " + std::to_string(counts.updated) + " updated, " +
            std::to_string(counts.unchanged) + " unchanged, " + std::to_string(counts.created) + " created, " +
            std::to_string(counts.failed) + " failed";
  }
  return text + "; " + report_sentence(import);
}

boost::json::object object_of(const PastImport& import) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
  };
  const Counts& counts = import.counts;
  return {{"import", import.id},
          {"file", escape(import.name)},
          {"outcome", outcome_of(import)},
          {"code", text_or_null(escape(import.code))},
          {"who", escape(import.who)},
          {"started_at", time_of(import)},
          {"sha256", text_or_null(escape(import.file.sha256))},
          {"bytes", import.file.size},
          {"rows", counts.rows},
          {"updated", counts.updated},
          {"unchanged", counts.unchanged},
          {"created", counts.created},
          {"failed", counts.failed},
          {"restored", counts.restored},
          {"report_state", word_of(import.report_state)},
          {"report", text_or_null(report_of(import))}};
}

}  // namespace clientsync
