// The section `database`: backend, connection and password.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// Where a configuration's text came from and what is looked at besides it.
struct Surroundings {
  ConfigChecks checks;
  std::filesystem::path folder;  ///< where relative paths start; empty: the working directory
};

/// Without a value for `connection`, a backend other than SQLite is an error.
void read_database(const Setting& setting, const Surroundings& around, DatabaseConfig& database);

/// systemd's credential `db-password`; nothing changes where there is none.
void read_credential(std::optional<std::string>& password, std::vector<ConfigError>& errors);

}  // namespace clientsync
