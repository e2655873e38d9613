// What the ledger knows of many files of an inbox at once, so that a service that starts need not ask for each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/store/database.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {

/// The bytes that are nothing new under a name.
struct KnownFile {
  std::optional<FileIdentity> newest;  ///< of the newest import of that name; nullopt: there is none
  std::string report_sha256;           ///< of the last report that was published there; "": there is none
};

/// What the ledger knows of these names of an inbox, in their order. In one query.
[[nodiscard]] std::vector<KnownFile> look_up_names(Connection& connection, std::string_view inbox,
                                                   std::span<const std::string> names);

}  // namespace clientsync
