// GET inboxes.
#include <exception>
#include <utility>

#include "daemon/api/routes.hpp"
#include "daemon/explain/inbox_view.hpp"
#include "daemon/http/status_page.hpp"
#include "daemon/json/inboxes.hpp"

namespace clientsync {

HttpResponse list_inboxes(const ApiCall& call) {
  const auto firm = parameter(call, "firm"), name = parameter(call, "inbox");
  std::optional<ServiceStatus> told;
  try {
    told = call.context.status({.inbox = std::string(name.value_or(""))});
  } catch (const std::exception&) {
    // The service is busy or stops: folders and ledger answer.
  }
  std::vector<ToldFault> faults;
  boost::json::array inboxes;
  for (const InboxConfig& inbox : configured_inboxes(call)) {
    const std::string& owner = inbox.rules.firm;
    if (!call.caller.may_see(owner) || owner != firm.value_or(owner) || inbox.name != name.value_or(inbox.name))
      continue;
    inboxes.push_back(json_of(look_at_inbox(&call.context.connections, inbox, told ? &*told : nullptr, faults)));
    if (!told) continue;
    for (const ToldFault& fault : told->faults) {
      if (fault.inbox == inbox.name) faults.push_back(fault);
    }
  }
  if (inboxes.empty()) throw ApiError{404, "inbox_unknown", "There is no such inbox."};
  boost::json::array shown;
  for (const ToldFault& fault : faults) shown.push_back(object_of(fault));
  return json_response(boost::json::object{
      {"service", told.has_value()}, {"faults", std::move(shown)}, {"inboxes", std::move(inboxes)}});
}

}  // namespace clientsync
