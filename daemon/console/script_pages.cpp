// The frames of the pages that scripts fill from the API.
#include "daemon/console/frame.hpp"
#include "daemon/console/pages.hpp"

namespace clientsync {
namespace {

/// What a browser without scripts shows.
Html without_scripts(const Visit& visit) {
  return element("noscript", {}, notice(NoticeKind::warning, visit.text("scripts_are_needed")));
}

std::string inbox_of(const Visit& visit) {
  return std::string(field_of(visit.query, "inbox"));
}

/// To choose by which inbox's rules a file is judged, if the firm has several.
Html inbox_menu(const Visit& visit) {
  Html options;
  std::size_t count = 0;
  for (const InboxConfig& inbox : visit.context.inboxes().inboxes) {
    if (inbox.rules.firm != visit.firm) continue;
    ++count;
    options += element("option", {{"value", inbox.name}, {"selected", inbox.name == inbox_of(visit)}}, inbox.name);
  }
  if (count < 2) return {};
  return element("form", {{"method", "get"}, {"action", "./upload"}, {"class", "inbox-menu"}},
                 element("input", {{"type", "hidden"}, {"name", "firm"}, {"value", visit.firm}}),
                 element("label", {{"for", "inbox-menu"}}, visit.text("inbox")),
                 element("select", {{"id", "inbox-menu"}, {"name", "inbox"}}, options),
                 element("button", {{"class", "secondary"}}, visit.text("choose_inbox")));
}

}  // namespace

HttpResponse show_clients(const Visit& visit) {
  Html actions;
  if (visit.caller.may(Role::editor)) {
    actions = element("ul", {{"class", "actions"}},
                      element("li", {}, link_element(visit.link("new-client"), visit.text("add_client"))));
  }
  actions += element("div", {{"id", "clients-view"},
                             {"data-firm", visit.firm},
                             {"data-role", word_of(visit.caller.role)},
                             {"data-preferences", visit.caller.preferences}});
  actions += without_scripts(visit);
  return page_of(visit, visit.text("clients"), actions);
}

HttpResponse show_upload(const Visit& visit) {
  Html content = inbox_menu(visit);
  content += element("div", {{"id", "upload-view"},
                             {"data-firm", visit.firm},
                             {"data-role", word_of(visit.caller.role)},
                             {"data-inbox", inbox_of(visit)}});
  content += without_scripts(visit);
  return page_of(visit, visit.text("upload"), content);
}

HttpResponse show_imports(const Visit& visit) {
  Html content = element("div", {{"id", "imports-view"}, {"data-firm", visit.firm}, {"data-inbox", inbox_of(visit)}});
  content += without_scripts(visit);
  return page_of(visit, visit.text("imports"), content);
}

}  // namespace clientsync
