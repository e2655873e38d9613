#include "daemon/console/forgery.hpp"

namespace clientsync {

bool is_from_another_site(const HttpRequest& request) {
  const std::string_view site = header_of(request.headers, "sec-fetch-site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const std::string_view origin = header_of(request.headers, "origin");
  if (origin.empty()) return false;
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos || origin.substr(scheme + 3) != header_of(request.headers, "host");
}

}  // namespace clientsync
