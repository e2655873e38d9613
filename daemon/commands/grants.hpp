// What the commands for users and tokens share.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "daemon/commands/common.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// The database, which must be there already: see `require_database`.
[[nodiscard]] std::unique_ptr<ConnectionPool> open_existing(const DatabaseOptions& database);

/// Throws UsageError if neither the configuration nor the database has one of the firms: a user of a firm with a typing
/// error in its name would see nothing.
void require_firms(ConnectionPool& connections, const Config& config, const std::vector<std::string>& firms);

/// Adds `--role`.
CLI::Option* add_role(CLI::App& command, std::string& role, const std::string& help);

}  // namespace clientsync
