// The files of daemon/console/assets, which are part of the program (cmake/EmbedAssets.cmake).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace clientsync {

struct Asset {
  std::string_view name;   ///< "app.js"
  std::string_view plain;  ///< its bytes
  std::string_view gzip;   ///< the same, compressed
};

extern const std::span<const Asset> all_assets;
/// Of all assets together: as one of them changes, the links to all of them do.
extern const std::string_view assets_hash;

/// The link of a page to an asset: "./assets-HASH/app.js".
[[nodiscard]] std::string asset_link(std::string_view name);

/// The asset that a path ends with, or nullptr: "/any/prefix/assets-HASH/app.js".
[[nodiscard]] const Asset* find_asset(std::string_view path);

/// The Content-Type that the asset's name tells.
[[nodiscard]] std::string_view type_of(const Asset& asset);

}  // namespace clientsync
