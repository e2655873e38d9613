// What the commands share (docs/specification.md §8). Each group of commands has a file; commands never call one
// another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "config/config.hpp"
#include "daemon/exit_status.hpp"
#include "importer/plan/plan.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

enum class Format { table, json, csv };

/// The options that every command takes, before or after its name.
struct Options {
  std::filesystem::path config;
  std::string inbox;  ///< empty: the only one that is configured
  Format format = Format::table;
};

/// A mistake in what was typed or configured: shown on standard error, exit status 2.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The configuration. Throws a UsageError that lists everything that is wrong with it.
[[nodiscard]] Config read_config(const Options& options,
                                 const ConfigChecks& checks = {.folders = ConfigChecks::Folders::ignore});

/// The inbox that `--inbox` names, or else the only one. Inboxes in roots count too. Throws UsageError, and
/// std::runtime_error if a root cannot be read.
[[nodiscard]] InboxConfig chosen_inbox(const Config& config, const Options& options);

/// Throws UsageError if CSV is asked for, which only lists have.
void refuse_csv(const Options& options);

/// Throws std::runtime_error if SQLite's file does not exist yet. For commands that only read: if they created the
/// file, it would belong to the user who ran them, and the service could not write to it.
void require_database(const DatabaseOptions& database);

/// The user who runs the command, for the history: the one behind sudo, if there is one.
[[nodiscard]] std::string user_name();

/// The database, for a command that only reads. Throws as `require_database`, and DatabaseError.
[[nodiscard]] std::unique_ptr<Connection> open_to_read(const DatabaseOptions& database);

/// `1 row`, `2 rows`.
[[nodiscard]] std::string counted(std::uint64_t count, const std::string& noun);

/// `6 updated, 1 unchanged, 0 created, 3 failed`.
[[nodiscard]] std::string outcomes(const Counts& counts);

}  // namespace clientsync
