#include "daemon/console/routes.hpp"

#include <algorithm>

namespace clientsync {

const PageRoute* find_page(std::string_view page) {
  const auto* const found = std::ranges::find(all_pages, page, &PageRoute::page);
  return found == all_pages.end() ? nullptr : found;
}

Target target_of(std::string_view path) {
  constexpr std::string_view api = "/api/v1/";
  const std::size_t at = path.rfind(api);
  if (at != std::string_view::npos) return {Target::Kind::api, path.substr(at + api.size())};
  return {Target::Kind::page, path.substr(path.rfind('/') + 1)};
}

}  // namespace clientsync
