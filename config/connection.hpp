// The text that says where a database is: `key=value key="a value"`. No message shows it: any part of it may be secret.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace clientsync {

/// True for `password=…` under one of its names, and for `scheme://user:password@host`.
[[nodiscard]] bool holds_password(std::string_view connection);

/// What is wrong with a connection, and what is expected; empty: nothing. Where the backend isn't known, its form alone
/// is looked at.
[[nodiscard]] std::string connection_fault(std::string_view connection, std::optional<DatabaseBackend> backend);

[[nodiscard]] std::string_view connection_example(DatabaseBackend backend);

/// The file that an SQLite connection without faults names.
[[nodiscard]] std::filesystem::path database_file(std::string_view connection);

}  // namespace clientsync
