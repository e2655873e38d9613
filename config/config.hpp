// What the operator decides, as plain values (docs/specification.md §9). Knows YAML and nothing of clients, databases
// or folders.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace clientsync {

enum class DatabaseBackend { sqlite, postgresql, mysql };
enum class Watch { automatic, inotify, poll };
enum class UnknownCompany { reject, create };
enum class DisplayNames { check, ignore, update };
enum class BlankNumber { reject, keep, clear };
enum class CompanyIds { digits, text };
enum class LeadingZeros { check, accept };
enum class Apply { good_rows, all_or_nothing };
enum class Fallback { windows1252, reject };
enum class ReportWhen { always, errors };
enum class LogLevel { debug, info, warning, error };
enum class LogFormat { automatic, text, json };

struct DatabaseConfig {
  DatabaseBackend backend = DatabaseBackend::sqlite;
  std::string connection = "dbname=/var/lib/clientsync/clientsync.db";
  std::optional<std::string> password;  ///< read from `password_file`; never printed

  bool operator==(const DatabaseConfig&) const = default;
};

struct LimitsConfig {
  std::size_t rows = 1000;
  std::uint64_t bytes = std::uint64_t{100} * 1024;
  std::size_t clients = 2000;
  std::optional<unsigned> changes_percent;  ///< nullopt: off

  bool operator==(const LimitsConfig&) const = default;
};

struct ColumnsConfig {
  std::vector<std::string> company_id, display_name, client_number;

  bool operator==(const ColumnsConfig&) const = default;
};

struct InboxConfig {
  std::string name;
  std::filesystem::path path;
  std::string firm;  ///< the inbox's name where the file says nothing
  Watch watch = Watch::automatic;
  std::chrono::milliseconds settle{1000};
  std::chrono::milliseconds poll{2000};
  std::chrono::milliseconds rescan{60000};
  std::vector<std::string> patterns{"*.csv"};
  LimitsConfig limits;
  UnknownCompany unknown_company = UnknownCompany::reject;
  DisplayNames display_name = DisplayNames::check;
  BlankNumber blank_number = BlankNumber::reject;
  CompanyIds company_id = CompanyIds::digits;
  LeadingZeros leading_zeros = LeadingZeros::check;
  Apply apply = Apply::good_rows;
  Fallback fallback_encoding = Fallback::windows1252;
  ColumnsConfig columns;
  ReportWhen report = ReportWhen::always;

  bool operator==(const InboxConfig&) const = default;
};

/// Where health and metrics are told: one of the two.
struct HttpConfig {
  std::string address;  ///< "127.0.0.1" or "::1": this machine alone
  std::uint16_t port = 0;
  std::filesystem::path socket;  ///< not empty: a unix socket

  bool operator==(const HttpConfig&) const = default;
};

struct Config {
  DatabaseConfig database;
  InboxConfig defaults;  ///< what an inbox has where it says nothing else; without name, path and firm
  std::vector<InboxConfig> inboxes;
  std::vector<std::filesystem::path> roots;  ///< each direct, non-hidden child directory is an inbox of its own firm
  std::chrono::milliseconds retention = std::chrono::hours{24 * 90};
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  std::optional<HttpConfig> http;  ///< nullopt: nowhere

  bool operator==(const Config&) const = default;
};

/// One thing that is wrong with a configuration.
struct ConfigError {
  std::size_t line = 0;    ///< from 1; 0: the file as a whole
  std::size_t column = 0;  ///< from 1
  std::string key;         ///< dotted path: "inboxes[0].settle"; empty: the file as a whole
  std::string message;     ///< what is wrong and what is expected; never the value of a secret

  bool operator==(const ConfigError&) const = default;
};

/// `file:line:column: key: message`, parts that are unknown left out.
[[nodiscard]] std::string format_error(std::string_view file, const ConfigError& error);

/// The configuration, or everything that is wrong with it, in the order of the file.
using ConfigResult = std::variant<Config, std::vector<ConfigError>>;

/// True for what may be the `name` of an inbox. A directory in a root whose name is none can't be an inbox.
[[nodiscard]] bool is_inbox_name(std::string_view name);

/// How strict the reading of a configuration is.
struct ConfigChecks {
  /// Inboxes and roots exist and are directories, and no two are the same one. `present`: so are those that are there,
  /// since a directory that is not mounted yet is waited for.
  enum class Folders { ignore, present, all } folders = Folders::all;
  bool secrets = true;  ///< `password_file` is read and readable by nobody else
  bool inboxes = true;  ///< there is at least one inbox or root
};

/// Reads a configuration's text. Unknown and duplicate keys, wrong types, bad durations and sizes, aliases,
/// contradictions and keys whose feature this version lacks are all reported at once.
[[nodiscard]] ConfigResult parse_config(std::string_view yaml, const ConfigChecks& checks);

/// Reads a configuration file of at most 1 MiB; one that can't be read is an error like the others.
[[nodiscard]] ConfigResult load_config(const std::filesystem::path& file, const ConfigChecks& checks = {});

}  // namespace clientsync
