#include "daemon/explain/inbox_view.hpp"

#include <algorithm>
#include <utility>

namespace clientsync {
namespace {

/// Of a directory that does not answer, a listing would not return.
LookInto look_for(const ServiceStatus* told, const std::string& inbox) {
  if (told == nullptr) return LookInto::waiting;
  const bool stalled = std::ranges::any_of(
      told->faults, [&](const ToldFault& fault) { return fault.inbox == inbox && fault.event == "inbox.stalled"; });
  return stalled ? LookInto::nothing : LookInto::passed_over;
}

/// For a moment the service also follows names that match no pattern, since a report may have been edited there. Files
/// with a second link do not count as waiting.
InboxStatus without_passed_over(InboxStatus status, const InboxFacts& facts) {
  std::erase_if(status.files, [&](const WaitingFile& file) {
    if (std::ranges::find(facts.passed_over, file.name, &PassedOver::name) == facts.passed_over.end()) return false;
    if (file.reason != "second_link") --status.waiting;
    return true;
  });
  return status;
}

/// What the service says of the inbox; nullptr: nothing.
const InboxStatus* status_in(const ServiceStatus* told, const std::string& inbox) {
  if (told == nullptr) return nullptr;
  const auto status = std::ranges::find(told->inboxes, inbox, &InboxStatus::name);
  return status == told->inboxes.end() ? nullptr : &*status;
}

}  // namespace

InboxView look_at_inbox(ConnectionPool* pool, const InboxConfig& inbox, const ServiceStatus* told,
                        std::vector<ToldFault>& faults, bool may_look) {
  InboxView view{.status = {.name = inbox.name, .path = inbox.path.string(), .firm = inbox.rules.firm}};
  view.facts = find_facts(pool, inbox, may_look ? look_for(told, inbox.name) : LookInto::nothing);
  if (!may_look)
    faults.push_back({.event = "inbox.unavailable",
                      .inbox = inbox.name,
                      .why = "its folder was not looked at, because another one does not answer",
                      .warning = true});
  if (const InboxStatus* status = status_in(told, inbox.name)) {
    view.watched = true;
    view.status = without_passed_over(*status, view.facts);
    return view;
  }
  view.status.files = view.facts.waiting;
  view.status.waiting = view.facts.waiting_count;
  if (view.facts.fault) faults.push_back(*view.facts.fault);
  if (told != nullptr) {
    faults.push_back({.event = "inbox.not_watched",
                      .inbox = inbox.name,
                      .why = "the service has another configuration; restart it"});
  }
  return view;
}

}  // namespace clientsync
