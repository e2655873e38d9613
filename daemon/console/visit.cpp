#include "daemon/console/visit.hpp"

namespace clientsync {
std::string Visit::link(std::string_view to, std::initializer_list<UrlParameter> parameters) const {
  std::vector<UrlParameter> all(parameters);
  if (firms.size() > 1) all.emplace_back("firm", firm);
  return link_to(to, all);
}

ApiCall call_of(const Visit& visit) {
  ApiCall call{.context = visit.context, .caller = visit.caller, .request = visit.request};
  if (!visit.firm.empty()) call.parameters.push_back({"firm", visit.firm});
  return call;
}

Visitor visitor_of(const HttpRequest& request) {
  return {.address = request.peer, .agent = std::string(header_of(request.headers, "user-agent"))};
}

}  // namespace clientsync
