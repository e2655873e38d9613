// GET inboxes.
#include <algorithm>
#include <exception>
#include <iterator>
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
  const auto pass_on = [&](const std::string& of) {
    if (told)
      std::ranges::copy_if(told->faults, std::back_inserter(faults),
                           [&](const ToldFault& fault) { return fault.inbox == of; });
  };
  pass_on("");  // what concerns no single inbox
  const KnownInboxes known = call.context.inboxes();
  const auto turn = turn_at_folders(call.context);
  boost::json::array inboxes;
  for (const InboxConfig& inbox : known.inboxes) {
    const std::string& owner = inbox.rules.firm;
    if (!call.caller.may_see(owner) || owner != firm.value_or(owner) || inbox.name != name.value_or(inbox.name))
      continue;
    inboxes.push_back(
        json_of(look_at_inbox(&call.context.connections, inbox, told ? &*told : nullptr, faults, turn.owns_lock())));
    pass_on(inbox.name);
  }
  if (inboxes.empty()) throw unknown(known, "inbox_unknown", "There is no such inbox.");
  boost::json::array shown;
  for (const ToldFault& fault : faults) shown.push_back(object_of(fault));
  return json_response(boost::json::object{
      {"service", told.has_value()}, {"faults", std::move(shown)}, {"inboxes", std::move(inboxes)}});
}

}  // namespace clientsync
