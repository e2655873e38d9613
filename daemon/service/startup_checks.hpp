// What is done before the service uses its database.
#pragma once

#include <vector>

#include "config/config.hpp"
#include "daemon/http/health_page.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

/// Makes sure that the tables are there (`prepare_schema`) and that the database takes the largest file of every inbox
/// in one statement. Logs a warning for each setting with which a commit might not survive a power cut, and gives them.
/// Throws DatabaseError.
[[nodiscard]] std::vector<Fault> prepare_database(Connection& connection, const Config& config);

/// Raises the limit of open files as far as it goes: each inbox takes a descriptor, and the limit is 1,024 by custom.
void raise_file_limit();

}  // namespace clientsync
