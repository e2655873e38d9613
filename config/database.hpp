// The section `database`: backend, connection and password.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// Reads the section. A backend other than SQLite needs a `connection`. The password file is read if `checks` say so;
/// a relative path starts at `folder`, or at the working directory if that is empty.
void read_database(const Setting& setting, const ConfigChecks& checks, const std::filesystem::path& folder,
                   DatabaseOptions& database);

/// Reads systemd's credential `db-password`, if there is one.
void read_credential(std::optional<std::string>& password, std::vector<ConfigError>& errors);

}  // namespace clientsync
