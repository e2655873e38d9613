#include "daemon/json/inboxes.hpp"

#include <utility>

#include "daemon/http/status_page.hpp"
#include "daemon/json/json.hpp"
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

}  // namespace

std::string_view outcome_of(const PastImport& import) {
  if (import.adopted) return "adopted";
  return import.rejected ? "rejected" : "imported";
}

boost::json::object json_of(const PastImport& import) {
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
  object["report"] = text_or_null(escape(file_name_of(import.report_name)));
  return object;
}

boost::json::object json_of(const InboxView& view) {
  const InboxFacts& facts = view.facts;
  boost::json::object object = object_of(view.status);
  boost::json::array passed_over, unpublished;
  for (const PassedOver& each : facts.passed_over)
    passed_over.push_back({{"file", escape(each.name)}, {"reason", each.reason}, {"why", escape(each.why)}});
  for (const PastImport& each : facts.unpublished) unpublished.push_back(json_of(each));
  object["folder_error"] = text_or_null(escape(facts.fault ? facts.fault->why : ""));
  object["not_taken"] = facts.passed_over_count;
  object["not_taken_files"] = std::move(passed_over);
  object["last_import"] =
      facts.last_import ? boost::json::value(json_of(*facts.last_import)) : boost::json::value(nullptr);
  object["reports_to_be_published"] = std::move(unpublished);
  return object;
}

}  // namespace clientsync
