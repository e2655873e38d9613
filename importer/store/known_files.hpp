// What the ledger knows of many files of an inbox, and of many inboxes, so that the service need not ask for each.
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

/// What the ledger knows of these names of an inbox, in their order.
[[nodiscard]] std::vector<KnownFile> look_up_names(Connection& connection, std::string_view inbox,
                                                   std::span<const std::string> names);

/// Those of these inboxes of which no report is still to be published.
[[nodiscard]] std::vector<std::string> find_quiet(Connection& connection, std::span<const std::string> inboxes);

}  // namespace clientsync
