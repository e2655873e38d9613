// The commands: one function for each, one file for each group (docs/specification.md §8). Commands never call one
// another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/exit_status.hpp"

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

/// Throws std::runtime_error if SQLite's file does not exist yet. For commands that only read: if they created the
/// file, it would belong to the user who ran them, and the service could not write to it.
void require_database(const DatabaseOptions& database);

/// The user who runs the command, for the history: the one behind sudo, if there is one.
[[nodiscard]] std::string user_name();

/// `1 row`, `2 rows`.
[[nodiscard]] std::string counted(std::uint64_t count, const std::string& noun);

[[nodiscard]] ExitStatus run_command(const Options& options, bool once);
[[nodiscard]] ExitStatus import_command(const Options& options, const std::vector<std::filesystem::path>& files);
[[nodiscard]] ExitStatus check_command(const Options& options, const std::vector<std::filesystem::path>& files);
/// Status 4 if something does not work.
[[nodiscard]] ExitStatus status_command(const Options& options);
[[nodiscard]] ExitStatus explain_command(const Options& options, const std::vector<std::filesystem::path>& files);
[[nodiscard]] ExitStatus clients_load_command(const Options& options, const std::filesystem::path& file, bool update);
[[nodiscard]] ExitStatus clients_list_command(const Options& options);
[[nodiscard]] ExitStatus config_check_command(const Options& options);
/// Status 4 if the tables are not those that this program needs.
[[nodiscard]] ExitStatus db_status_command(const Options& options);
[[nodiscard]] ExitStatus db_upgrade_command(const Options& options);
[[nodiscard]] ExitStatus inbox_list_command(const Options& options);

/// What happens to the files that are in an inbox when it is adopted.
enum class Standing {
  ask,     ///< if there are any, they are listed and nothing is done
  import,  ///< the service imports them
  skip,    ///< they count as done
};
[[nodiscard]] ExitStatus inbox_adopt_command(const Options& options, const std::string& name, Standing standing);

}  // namespace clientsync
