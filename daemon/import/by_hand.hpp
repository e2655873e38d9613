// What people have done with files by hand, in the foreground: the commands' side of importing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"
#include "daemon/import/import_file.hpp"
#include "importer/import.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// A file from anywhere, now (`clientsync import`). One that stands in the inbox's directory is the inbox's,
/// and refused with a std::runtime_error where the inbox's mark is not this ledger's, or a daemon has the file in hand
/// for long.
[[nodiscard]] Processed import_path(ConnectionPool& connections, DropLocks& locks, const InboxConfig& inbox,
                                    const std::filesystem::path& file, const std::string& who);

/// A file of an inbox that the ledger does not know as done.
struct Drop {
  std::string name;
  FileIdentity file;
  std::int64_t version = 0;  ///< that its import would have
};

/// All that stand in the inbox, by name; nothing is imported. Throws std::system_error where one can't be read now.
[[nodiscard]] std::vector<Drop> find_drops(ConnectionPool& connections, const InboxConfig& inbox,
                                           const Directory& directory);

/// What an import of the file would do, nothing changed (`clientsync check`).
[[nodiscard]] Processed check_path(ConnectionPool& connections, const InboxConfig& inbox,
                                   const std::filesystem::path& file);

/// Loads a firm's register from a file, under `rules`: recorded in the ledger like an import, without a report next to
/// the file.
[[nodiscard]] Imported load_register(ConnectionPool& connections, const ImportRules& rules,
                                     const std::filesystem::path& file, const std::string& who);

}  // namespace clientsync
