#include "config/database.hpp"

#include <cstdlib>
#include <string_view>
#include <system_error>

#include "config/connection.hpp"
#include "config/file.hpp"

namespace clientsync {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_password = 4096;

/// A file's one line, without its end.
FileText read_password(const fs::path& path, bool secret) {
  FileText file = read_file(path, largest_password, secret);
  if (!file.fault.empty()) {
    // Some faults already say how to mend them.
    if (file.fault.find(';') == std::string::npos) file.fault += "; expected a file with the password";
    return file;
  }
  if (file.content.ends_with('\n')) file.content.pop_back();
  if (file.content.ends_with('\r')) file.content.pop_back();
  if (file.content.empty()) return {"", "is empty; expected a password"};
  constexpr std::string_view inner("\r\n\0", 3);
  if (file.content.find_first_of(inner) != std::string::npos) {
    return {"", "has several lines; expected the password on one line"};
  }
  return file;
}

void read_password_file(const Setting& setting, const ConfigChecks& checks, const fs::path& folder,
                        std::optional<std::string>& password) {
  std::string path;
  read_text(setting, path);
  if (path.empty() || !checks.secrets) return;
  const fs::path place = fs::absolute(folder / path);
  FileText file = read_password(place, true);
  if (!file.fault.empty()) return setting.fail(quote(place.native()) + " " + file.fault);
  password = std::move(file.content);
}

std::optional<DatabaseKind> read_backend(const Setting& setting) {
  std::optional<DatabaseKind> kind;
  if (lower(setting.node.text) == "mariadb") {
    setting.fail("unknown value " + quote(setting.node.text) + "; MariaDB is `mysql`");
  } else {
    one_of(kind, {{"sqlite", DatabaseKind::sqlite},
                  {"postgresql", DatabaseKind::postgresql},
                  {"mysql", DatabaseKind::mysql}})(setting);
  }
  return kind;
}

void read_connection(const Setting& setting, std::optional<DatabaseKind> kind, std::string& target) {
  std::string connection;
  read_text(setting, connection);
  if (connection.empty()) return;
  std::string fault = connection_fault(connection, kind);
  if (!fault.empty()) return setting.fail(std::move(fault));
  target = std::move(connection);
}

}  // namespace

void read_database(const Setting& setting, const ConfigChecks& checks, const fs::path& folder,
                   DatabaseOptions& database) {
  std::optional<DatabaseKind> kind = database.kind;
  read_map(setting, {{"backend", [&](const Setting& s) { kind = read_backend(s); }},
                     {"connection", [&](const Setting& s) { read_connection(s, kind, database.connection); }},
                     {"password_file", unless_empty([&](const Setting& s) {
                        read_password_file(s, checks, folder, database.password);
                      })}});
  database.kind = kind.value_or(database.kind);
  if (database.kind == DatabaseKind::sqlite) return;
  require(setting, "connection", "where the server is, like " + std::string(connection_example(database.kind)));
}

void read_credential(std::optional<std::string>& password, std::vector<ConfigError>& errors) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0') return;
  const fs::path path = fs::path(directory) / "db-password";
  std::error_code unknown;
  if (!fs::exists(path, unknown) && !unknown) return;
  // systemd protects the directory, whatever the file's mode is.
  FileText file = read_password(path, false);
  if (!file.fault.empty()) {
    errors.push_back({0, 0, "database.password_file", "the credential " + quote(path.native()) + " " + file.fault});
  } else {
    password = std::move(file.content);
  }
}

}  // namespace clientsync
