// What can be typed: one function per command, one file per group (docs/specification.md §8). Commands never call one
// another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace clientsync {

/// Exit statuses of docs/specification.md §8.
enum class Exit { all_good = 0, rows_failed = 1, usage = 2, file_rejected = 3, environment_failed = 4 };

enum class Format { table, json, csv };

/// What every command is given: the options that may stand before or after it.
struct Options {
  std::filesystem::path config;
  std::string inbox;  ///< empty: the only one
  Format format = Format::table;
};

/// A mistake of the person who typed: told on standard error, exit status 2.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The configuration. Tells everything that is wrong with it in a UsageError.
[[nodiscard]] Config read_config(const Options& options,
                                 const ConfigChecks& checks = {.folders = ConfigChecks::Folders::ignore});

/// The inbox that `--inbox` names, or the only one; those in roots count. Throws UsageError, and std::runtime_error
/// where a root can't be looked at.
[[nodiscard]] InboxConfig chosen_inbox(const Config& config, const Options& options);

/// For commands that only ask: they must not make SQLite's file, which would be theirs and lock the service out. Throws
/// std::runtime_error where it is not there yet.
void require_database(const DatabaseConfig& database);

/// The user who types, for the history: the one behind sudo, where there is one.
[[nodiscard]] std::string user_name();

/// `1 row`, `2 rows`.
[[nodiscard]] std::string counted(std::uint64_t count, const std::string& noun);

[[nodiscard]] Exit run_command(const Options& options, bool once);
[[nodiscard]] Exit import_command(const Options& options, const std::vector<std::filesystem::path>& files);
[[nodiscard]] Exit check_command(const Options& options, const std::vector<std::filesystem::path>& files);
[[nodiscard]] Exit clients_load_command(const Options& options, const std::filesystem::path& file);
[[nodiscard]] Exit clients_list_command(const Options& options);
[[nodiscard]] Exit config_check_command(const Options& options);
/// Status 4 where the tables are not those that this program needs.
[[nodiscard]] Exit db_status_command(const Options& options);
[[nodiscard]] Exit db_upgrade_command(const Options& options);
[[nodiscard]] Exit inbox_list_command(const Options& options);

/// What becomes of the files that stand in an inbox when it is adopted.
enum class Standing {
  ask,     ///< where there are any: they are listed, and nothing is done
  import,  ///< the service imports them
  skip,    ///< they count as done
};
[[nodiscard]] Exit inbox_adopt_command(const Options& options, const std::string& name, Standing standing);

}  // namespace clientsync
