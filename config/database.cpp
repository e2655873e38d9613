#include "config/database.hpp"

#include <cstdlib>
#include <string_view>
#include <system_error>

#include "config/connection.hpp"
#include "config/file.hpp"

namespace clientsync {
namespace {

namespace fs = std::filesystem;

constexpr Choice<DatabaseBackend> backends[] = {{"sqlite", DatabaseBackend::sqlite},
                                                {"postgresql", DatabaseBackend::postgresql},
                                                {"mysql", DatabaseBackend::mysql}};

constexpr std::size_t largest_password = 4096;

/// What a password file holds, its last line end dropped.
FileText read_password(const fs::path& path, bool secret) {
  FileText file = read_file(path, largest_password, secret);
  if (!file.fault.empty()) {
    // Some faults say already how to mend them.
    if (file.fault.find(';') == std::string::npos) file.fault += "; expected a file with the password";
    return file;
  }
  if (file.content.ends_with('\n')) file.content.pop_back();
  if (file.content.ends_with('\r')) file.content.pop_back();
  if (file.content.empty()) return {"", "is empty; expected a password"};
  constexpr std::string_view inner("\r\n\0", 3);
  if (file.content.find_first_of(inner) != std::string::npos) {
    return {"", "has several lines; expected a password in one line"};
  }
  return file;
}

void read_password_file(const Setting& setting, const Surroundings& around, std::optional<std::string>& password) {
  if (setting.is_empty()) return;
  std::string path;
  read_text(setting, path);
  if (path.empty() || !around.checks.secrets) return;
  const fs::path place = fs::absolute(around.folder / path);
  FileText file = read_password(place, true);
  if (!file.fault.empty()) return setting.fail(quote(place.native()) + " " + file.fault);
  password = std::move(file.content);
}

std::optional<DatabaseBackend> read_backend(const Setting& setting) {
  if (setting.node.kind == YamlNode::Kind::scalar && lower(setting.node.text) == "mariadb") {
    setting.fail(quote(setting.node.text) + " is not known here; MariaDB is `mysql`");
    return std::nullopt;
  }
  const std::size_t faults = setting.errors.size();
  DatabaseBackend backend{};
  read_choice(setting, backends, backend);
  return setting.errors.size() == faults ? std::optional(backend) : std::nullopt;
}

void read_connection(const Setting& setting, std::optional<DatabaseBackend> backend, DatabaseConfig& database) {
  std::string connection;
  read_text(setting, connection);
  if (connection.empty()) return;
  if (holds_password(connection)) {
    return setting.fail(
        "holds a password; expected none: put it into a file of its own and name that in password_file");
  }
  if (std::string fault = connection_fault(connection, backend); !fault.empty()) {
    return setting.fail(std::move(fault));
  }
  database.connection = std::move(connection);
}

}  // namespace

void read_database(const Setting& setting, const Surroundings& around, DatabaseConfig& database) {
  // Read last, wherever it stands: what is expected there depends on the backend.
  std::optional<Setting> connection;
  std::optional<DatabaseBackend> backend = database.backend;
  read_map(setting, {{"backend", [&](const Setting& s) { backend = read_backend(s); }},
                     {"connection", [&](const Setting& s) { connection.emplace(s); }},
                     {"password_file", [&](const Setting& s) { read_password_file(s, around, database.password); }}});
  database.backend = backend.value_or(database.backend);
  if (connection) return read_connection(*connection, backend, database);
  if (database.backend == DatabaseBackend::sqlite) return;
  part(setting, "connection")
      .fail("missing; expected where the server is, like " + std::string(connection_example(database.backend)));
}

void read_credential(std::optional<std::string>& password, std::vector<ConfigError>& errors) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0') return;
  const fs::path path = fs::path(directory) / "db-password";
  std::error_code unknown;
  if (!fs::exists(path, unknown) && !unknown) return;
  // Its directory is protected by systemd, so that its mode says nothing.
  FileText file = read_password(path, false);
  if (!file.fault.empty()) {
    errors.push_back({0, 0, "database.password_file", "the credential " + quote(path.native()) + " " + file.fault});
  } else {
    password = std::move(file.content);
  }
}

}  // namespace clientsync
