#include "daemon/console/assets.hpp"

#include <algorithm>

namespace clientsync {

std::string asset_link(std::string_view name) {
  return std::string("./assets-").append(assets_hash).append("/").append(name);
}

const Asset* find_asset(std::string_view path) {
  const auto found = std::ranges::find_if(
      all_assets, [&](const Asset& asset) { return path.ends_with(asset_link(asset.name).substr(1)); });
  return found == all_assets.end() ? nullptr : &*found;
}

std::string_view type_of(const Asset& asset) {
  if (asset.name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (asset.name.ends_with(".css")) return "text/css; charset=utf-8";
  if (asset.name.ends_with(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}

}  // namespace clientsync
