// What folder, ledger and service say of one file of an inbox. Nothing is changed, recorded or judged.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"
#include "daemon/http/status_page.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/inbox/ownership.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/file_history.hpp"

namespace clientsync {

/// So many imports of a name are told at most.
inline constexpr std::size_t most_told_imports = 100;

/// What the ledger says of a name; `fault` if it could not be asked.
struct LedgerFacts {
  std::string fault{};  ///< not empty: the ledger could not be asked, and this is why
  LedgerName known{};
  FileHistory history{};
  std::optional<Publication> own_report{};        ///< the file is this report of ours, as it was written
  std::optional<LedgerEntryName> first_import{};  ///< of the file's bytes, under any name
};

/// What the folder says of a name.
struct FolderFacts {
  std::string fault{};  ///< not empty: the folder cannot be looked at
  MarkSight mark{};
  std::optional<Entry> entry{};           ///< nullopt: there is nothing of that name
  std::optional<ReadFault> read_fault{};  ///< of a file that this user could not read
  std::optional<FileIdentity> file{};     ///< of a file that was read
  bool over_limit = false;
  bool cut_off = false;
  std::optional<unsigned> deaths{};  ///< of the service with this file in hand; nullopt: this user may not know
};

struct FileFacts {
  std::string name{};  ///< bytes
  FolderFacts folder{};
  LedgerFacts ledger{};
};

/// Looks at the file of an inbox. `pool`: null if the database cannot be used, because of `database_fault`.
[[nodiscard]] FileFacts find_facts(ConnectionPool* pool, const std::string& database_fault, const Config& config,
                                   const InboxConfig& inbox, const std::string& name);

}  // namespace clientsync
