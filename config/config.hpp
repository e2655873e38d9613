// What the operator decides, as plain values (docs/specification.md §9): the file's settings, in the types that the
// importer and the store use themselves.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/network.hpp"
#include "importer/rules.hpp"
#include "importer/store/database.hpp"

namespace clientsync {

enum class Watch { automatic, inotify, poll };
enum class LogLevel { debug, info, warning, error };
enum class LogFormat { automatic, text, json };

struct InboxConfig {
  std::string name;
  std::filesystem::path path;
  ImportRules rules;  ///< `rules.firm` is the inbox's name unless the file names a firm
  Watch watch = Watch::automatic;
  std::chrono::milliseconds settle{1000};
  std::chrono::milliseconds poll{2000};
  std::chrono::milliseconds rescan{60000};
  std::vector<std::string> patterns{"*.csv", "*.txt", "*.tsv"};

  bool operator==(const InboxConfig&) const = default;
};

/// Files in PEM form.
struct TlsFiles {
  std::filesystem::path certificate;  ///< with the certificates between it and the authority's
  std::filesystem::path key;

  bool operator==(const TlsFiles&) const = default;
};

/// Where and how the service answers over HTTP: an IP address with its port, or a Unix socket.
struct HttpConfig {
  std::string address{};  ///< "127.0.0.1", "::1", in its shortest form; empty if there is a socket
  std::uint16_t port = 0;
  std::filesystem::path socket{};
  bool console = false;           ///< serve the console and the API too
  std::optional<TlsFiles> tls{};  ///< speak TLS
  std::vector<Network> trusted_proxies{};
  bool trust_socket = false;         ///< whoever connects to the Unix socket is a trusted proxy
  std::vector<std::string> hosts{};  ///< further names that requests may be addressed to, in lower case

  bool operator==(const HttpConfig&) const = default;
};

struct Config {
  DatabaseOptions database;  ///< the password is read from `password_file` or systemd's credential
  /// Where the service keeps files of its own: an absolute directory, which may not exist yet. Unless the file names
  /// it, the first entry of $STATE_DIRECTORY, or else the directory of the SQLite file, or else this one.
  std::filesystem::path state = "/var/lib/clientsync";
  InboxConfig defaults;  ///< what an inbox starts from, without name, path and firm
  std::vector<InboxConfig> inboxes;
  std::vector<std::filesystem::path> roots;  ///< each direct, non-hidden child directory is an inbox of its own firm
  std::chrono::milliseconds retention = std::chrono::hours{24 * 90};
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::automatic;
  std::optional<HttpConfig> http;  ///< nullopt: nothing is served

  bool operator==(const Config&) const = default;
};

/// One thing that is wrong with a configuration.
struct ConfigError {
  std::size_t line = 0;    ///< from 1; 0 for the file as a whole
  std::size_t column = 0;  ///< from 1
  std::string key;         ///< dotted path: "inboxes[0].settle"; empty for the file as a whole
  std::string message;     ///< what is wrong and what is expected; never the value of a secret

  bool operator==(const ConfigError&) const = default;
};

/// `file:line:column: key: message`, without the parts that are unknown.
[[nodiscard]] std::string format_error(std::string_view file, const ConfigError& error);

/// The configuration, or everything that is wrong with it, in the order of the file.
using ConfigResult = std::variant<Config, std::vector<ConfigError>>;

/// True if `name` may be the `name` of an inbox. A directory in a root that has another name is no inbox.
[[nodiscard]] bool is_inbox_name(std::string_view name);

/// How strict the reading of a configuration is.
struct ConfigChecks {
  /// Whether inboxes and roots must be directories, each of them another one. `present` passes over those that are
  /// missing, since they may be mounted later.
  enum class Folders { ignore, present, all } folders = Folders::all;
  bool secrets = true;  ///< read the password, from a file that is open to its owner only
  bool inboxes = true;  ///< require at least one inbox or root
};

/// Reads the text of a configuration and reports everything that is wrong with it at once, also keys whose feature this
/// version lacks.
[[nodiscard]] ConfigResult parse_config(std::string_view yaml, const ConfigChecks& checks);

/// Reads a configuration file of at most 1 MiB. A file that can't be read is an error like the others.
[[nodiscard]] ConfigResult load_config(const std::filesystem::path& file, const ConfigChecks& checks = {});

}  // namespace clientsync
