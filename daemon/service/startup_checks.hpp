// What is seen to before the service uses its database.
#pragma once

#include <vector>

#include "config/config.hpp"
#include "daemon/http/health_page.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

/// Makes sure of the tables (`prepare_schema`), and that the database takes the largest file of every inbox in one
/// statement. A setting with which a commit might not outlive a power cut is a warning, in the log and in what is
/// given. Throws DatabaseError.
[[nodiscard]] std::vector<StandingFault> prepare_database(Connection& connection, const Config& config);

}  // namespace clientsync
