// What a configuration may say in the text of a connection: `key=value key="a value"`. No message shows the text, since
// any part of it may be secret.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "importer/store/database.hpp"

namespace clientsync {

/// What is wrong with a connection's text and what is expected; empty if nothing is. If the kind of database isn't
/// known, only the text's form is checked.
[[nodiscard]] std::string connection_fault(std::string_view connection, std::optional<DatabaseKind> kind);

[[nodiscard]] std::string_view connection_example(DatabaseKind kind);

/// The file of an SQLite connection that has no fault.
[[nodiscard]] std::filesystem::path database_file(std::string_view connection);

}  // namespace clientsync
