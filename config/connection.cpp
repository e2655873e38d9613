#include "config/connection.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "config/setting.hpp"
#include "importer/store/connection_text.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// Finds `password=…` under each of its names, and `scheme://user:password@host`.
bool holds_password(std::string_view connection) {
  const std::string text = lower(connection);
  for (const std::string_view word : {"password", "passwd", "pass", "pwd"}) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const std::size_t next = text.find_first_not_of(" \t", at + word.size());
      if (next != std::string::npos && text[next] == '=') return true;
    }
  }
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return false;
  const std::size_t host = text.find('@', scheme + 3);
  return host != std::string::npos && text.find(':', scheme + 3) < host;
}

/// libpq knows only one name.
bool is_dbname(std::string_view key, DatabaseKind kind) {
  return key == "dbname" || (key == "db" && kind != DatabaseKind::postgresql);
}

/// The keys that a connection may have; empty if all that the client library knows are allowed.
std::vector<std::string_view> keys_of(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::sqlite:
      return {"dbname", "db", "timeout", "synchronous"};
    case DatabaseKind::mysql:
      return {"host",  "port",    "unix_socket", "dbname",          "db",           "user",
              "sslca", "sslcert", "sslkey",      "connect_timeout", "read_timeout", "write_timeout"};
    case DatabaseKind::postgresql:
      break;
  }
  return {};
}

/// What number an option takes, if `value` isn't one; empty if it is, or if the option takes no number.
std::string expected_number(std::string_view key, std::string_view value) {
  const bool is_port = key == "port";
  if (!is_port && !key.ends_with("timeout")) return "";
  const std::uint64_t min = is_port ? 1 : 0, max = is_port ? 65535 : 3600;
  const std::optional<std::uint64_t> number = parse_whole_number(value);
  if (number && min <= *number && *number <= max) return "";
  return std::string(is_port ? "a number" : "a number of seconds") + " from " + std::to_string(min) + " to " +
         std::to_string(max);
}

std::string option_fault(const ConnectionOption& option, const std::string& place, DatabaseKind kind) {
  const std::vector<std::string_view> keys = keys_of(kind);
  if (!keys.empty() && std::ranges::find(keys, option.key) == keys.end())
    return "unknown key" + place + hint(option.key, keys);
  if (kind == DatabaseKind::sqlite && is_dbname(option.key, kind) && !option.value.starts_with('/'))
    return "dbname" + place + " is not an absolute path; expected one that starts with /";
  if (option.key == "host" && option.value.find('@') != std::string::npos)
    return "host" + place + " contains an @; expected a name or an address alone, and user=NAME beside it";
  const std::string number = kind == DatabaseKind::postgresql ? "" : expected_number(option.key, option.value);
  return number.empty() ? "" : option.key + place + " is not valid; expected " + number;
}

/// `postgresql://host/database`
bool is_address(std::string_view text) {
  const std::size_t scheme = text.find("://");
  return scheme != 0 && scheme != std::string_view::npos && text.find_first_of(" =") > scheme;
}

}  // namespace

std::string connection_fault(std::string_view connection, std::optional<DatabaseKind> kind) {
  // Counts characters, as editors do.
  const auto at_character = [&](std::size_t at) {
    return " at character " + std::to_string(code_points(connection.substr(0, at)) + 1);
  };
  const std::string example = ", like " + std::string(connection_example(kind.value_or(DatabaseKind::sqlite)));
  if (holds_password(connection)) {
    return "contains a password; expected none: put it into a file of its own and name that file in password_file";
  }
  if (is_address(connection)) return "found an address of the form `…://…`; expected key=value" + example;
  const auto options = parse_connection(connection);
  if (!options) {
    return "no key=value" + at_character(options.error().at) +
           "; expected that form, with quotes around a value that contains spaces" + example;
  }
  std::set<std::string_view> keys;
  for (const ConnectionOption& option : *options) {
    const std::string place = at_character(option.at);
    if (!keys.insert(option.key == "db" ? "dbname" : std::string_view(option.key)).second)
      return "duplicate key" + place + "; expected each key once";
    std::string fault = kind ? option_fault(option, place, *kind) : "";
    if (!fault.empty()) return fault;
  }
  const auto names_database = [&](const ConnectionOption& option) {
    return is_dbname(option.key, *kind) && !option.value.empty();
  };
  if (!kind || std::ranges::any_of(*options, names_database)) return "";
  return "no dbname; expected one" + example;
}

std::string_view connection_example(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::postgresql:
      return "host=/run/postgresql dbname=clientsync user=clientsync";
    case DatabaseKind::mysql:
      return "unix_socket=/run/mysqld/mysqld.sock dbname=clientsync user=clientsync";
    case DatabaseKind::sqlite:
      break;
  }
  return "dbname=/var/lib/clientsync/clientsync.db";
}

std::filesystem::path database_file(std::string_view connection) {
  const auto options = parse_connection(connection);
  return options ? option_value(*options, "dbname", "db") : "";
}

}  // namespace clientsync
