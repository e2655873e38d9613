// What waits in the inboxes, and what is not taken there, with the reasons.
#include <algorithm>
#include <array>

#include "daemon/console/frame.hpp"
#include "daemon/console/pages.hpp"
#include "daemon/explain/inbox_view.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// What the page knows of the service. Its sentences are English; the reasons are words, which have names here.
struct Seen {
  std::vector<InboxView> views;
  std::vector<ToldFault> faults;
  bool answers = false;
};

Seen look(const Visit& visit) {
  Seen seen;
  ServiceStatus told;
  try {
    told = visit.context.status({});
    seen.answers = true;
  } catch (const std::runtime_error&) {
    // The page says that the service does not answer, and shows what the folders show.
  }
  seen.faults = told.faults;
  const auto turn = turn_at_folders(visit.context);
  for (const InboxConfig& inbox : visit.context.inboxes().inboxes) {
    if (inbox.rules.firm != visit.firm) continue;
    seen.views.push_back(look_at_inbox(&visit.context.connections, inbox, seen.answers ? &told : nullptr, seen.faults,
                                       turn.owns_lock()));
  }
  return seen;
}

/// The reason in the caller's language; in English the sentence of the service, which says more.
std::string reason_text(const Visit& visit, std::string_view reason, const std::string& why) {
  static constexpr std::array<Word, 20> words{
      "reason_settling",   "reason_open",     "reason_empty",       "reason_cut_off",       "reason_turn",
      "reason_in_hand",    "reason_database", "reason_fault",       "reason_unreadable",    "reason_unexamined",
      "reason_no_service", "reason_pattern",  "reason_temporary",   "reason_hidden",        "reason_folder",
      "reason_link",       "reason_special",  "reason_second_link", "reason_foreign_inbox", "reason_set_aside"};
  if (visit.language == Language::en) return why;
  for (const Word word : words) {
    if (word.name().substr(std::string_view("reason_").size()) == reason) return std::string(visit.text(word));
  }
  return why;
}

Html waiting_table(const Visit& visit, const InboxView& view) {
  std::vector<std::vector<Html>> rows;
  for (const WaitingFile& file : view.status.files) {
    rows.push_back({text_of_any_direction(escape(file.name)), reason_text(visit, file.reason, escape(file.why)),
                    shown_moment(file.since), shown_moment(file.next)});
  }
  return table_of(visit, visit.text("waiting_n", {{"n", std::to_string(view.status.waiting)}}),
                  {{"file"}, {"why"}, {"since", "time"}, {"next_try", "time"}}, rows);
}

Html passed_over_table(const Visit& visit, const InboxView& view) {
  std::vector<std::vector<Html>> rows;
  for (const PassedOver& each : view.facts.passed_over)
    rows.push_back({text_of_any_direction(escape(each.name)), reason_text(visit, each.reason, escape(each.why))});
  return table_of(visit, visit.text("not_taken_n", {{"n", std::to_string(view.facts.passed_over_count)}}),
                  {{"file"}, {"why"}}, rows);
}

Html fault_of(const ToldFault& fault) {
  Html text = element("code", {}, fault.event);
  text += " ";
  text += text_of_any_direction(escape(fault.file.empty() ? fault.why : fault.file + ": " + fault.why));
  return notice(fault.warning ? NoticeKind::warning : NoticeKind::error, text);
}

Html inbox_section(const Visit& visit, const Seen& seen, const InboxView& view) {
  const InboxStatus& status = view.status;
  Html content = element("h2", {}, status.name);
  content += element("p", {{"class", "subtitle"}}, text_of_any_direction(escape(status.path)));
  for (const ToldFault& fault : seen.faults) {
    if (fault.inbox == status.name) content += fault_of(fault);
  }
  if (const auto& last = view.facts.last_import) {
    const std::string number = std::to_string(last->id);
    content += element("p", {}, visit.text("last_import"), " ",
                       link_element(visit.link("entry", {{"n", number}}), visit.text("entry_n", {{"n", number}})), " ",
                       text_of_any_direction(escape(last->name)), " ", shown_time(last->started_at));
  }
  if (view.status.waiting == 0 && view.facts.passed_over_count == 0)
    content += element("p", {}, visit.text("nothing_waits"));
  if (view.status.waiting > 0) content += waiting_table(visit, view);
  if (view.facts.passed_over_count > 0) content += passed_over_table(visit, view);
  return element("section", {}, content);
}

}  // namespace

HttpResponse show_inboxes(const Visit& visit) {
  const Seen seen = look(visit);
  Html content;
  if (!seen.answers) content += notice(NoticeKind::warning, visit.text("service_does_not_answer"));
  for (const ToldFault& fault : seen.faults) {
    if (fault.inbox.empty()) content += fault_of(fault);
  }
  for (const InboxView& view : seen.views) content += inbox_section(visit, seen, view);
  if (seen.views.empty()) content += element("p", {}, visit.text("no_inboxes"));
  return page_of(visit, visit.text("inboxes"), content);
}

}  // namespace clientsync
