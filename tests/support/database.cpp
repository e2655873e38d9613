#include "tests/support/database.hpp"

#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <algorithm>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "importer/store/schema.hpp"

namespace clientsync::testing {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path servers() {
  const std::string directory = variable("CLIENTSYNC_TEST_SERVERS");
  if (directory.empty()) throw std::runtime_error("CLIENTSYNC_TEST_SERVERS names no directory of servers");
  return fs::canonical(directory);
}

std::string password_of(const std::string& role) {
  std::ifstream file(servers() / (role + ".password"));
  std::string password;
  if (!std::getline(file, password)) throw std::runtime_error("no password of " + role + " in " + servers().string());
  return password;
}

std::string address(const std::string& database, const std::string& role) {
  const std::string place = TestDatabase::kind() == DatabaseKind::postgresql
                                ? "host=" + (servers() / "postgresql").string()
                                : "unix_socket=" + (servers() / "mysql" / "socket").string();
  return place + " dbname=" + database + " user=" + role;
}

/// The superuser's password has no character that needs quotes.
std::unique_ptr<soci::session> superuser(const std::string& database) {
  const std::string text = address(database, "superuser") + " password=" + password_of("superuser");
  if (TestDatabase::kind() == DatabaseKind::postgresql)
    return std::make_unique<soci::session>(soci::postgresql, text + " options='-c client_min_messages=error'");
  return std::make_unique<soci::session>(soci::mysql, text + " charset=utf8mb4");
}

std::unique_ptr<soci::session> administrator() {
  return superuser(TestDatabase::kind() == DatabaseKind::postgresql ? "postgres" : "mysql");
}

std::string text_of(const soci::row& row, std::size_t column) {
  if (row.get_indicator(column) == soci::i_null) return "-";
  switch (row.get_properties(column).get_data_type()) {
    case soci::dt_integer:
      return std::to_string(row.get<int>(column));
    case soci::dt_long_long:
      return std::to_string(row.get<long long>(column));
    case soci::dt_unsigned_long_long:
      return std::to_string(row.get<unsigned long long>(column));
    default:
      return row.get<std::string>(column);
  }
}

sqlite_api::sqlite3* sqlite_handle(Connection& connection) {
  return static_cast<soci::sqlite3_session_backend*>(connection.session().get_backend())->conn_;
}

int note_statement(unsigned, void* context, void* statement, void*) {
  auto& statements = *static_cast<std::vector<std::string>*>(context);
  std::string sql = sqlite_api::sqlite3_sql(static_cast<sqlite_api::sqlite3_stmt*>(statement));
  if (std::ranges::find(statements, sql) == statements.end()) statements.push_back(std::move(sql));
  return 0;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (fs::temp_directory_path() / "clientsync-database-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

DatabaseKind TestDatabase::kind() {
  const std::string name = variable("CLIENTSYNC_TEST_DATABASE");
  if (name.empty() || name == "sqlite") return DatabaseKind::sqlite;
  if (name == "postgresql") return DatabaseKind::postgresql;
  if (name == "mysql") return DatabaseKind::mysql;
  throw std::runtime_error("CLIENTSYNC_TEST_DATABASE=" + name + ": sqlite, postgresql or mysql");
}

TestDatabase::TestDatabase() : name_(random_name()) {
  if (kind() == DatabaseKind::sqlite) return;
  // With defaults on which our tables must not depend.
  *administrator() << "create database " + name_ +
                          (kind() == DatabaseKind::postgresql ? " owner clientsync_owner" : " character set latin1");
}

TestDatabase::~TestDatabase() {
  if (kind() == DatabaseKind::sqlite) return;
  try {
    *administrator() << "drop database " + name_ + (kind() == DatabaseKind::postgresql ? " with (force)" : "");
  } catch (const std::exception&) {
    // It goes when its server goes.
  }
}

DatabaseOptions TestDatabase::options(const std::string& role) const {
  // Short, since some tests wait for a lock in vain.
  if (kind() == DatabaseKind::sqlite)
    return {kind(), "dbname=" + (directory_.path() / "clientsync.db").string() + " timeout=1"};
  return {kind(), address(name_, role), password_of(role)};
}

DatabaseOptions TestDatabase::owner() const {
  return options("clientsync_owner");
}

DatabaseOptions TestDatabase::runtime() const {
  return options("clientsync");
}

void TestDatabase::make_tables() const {
  Connection connection(owner());
  upgrade_schema(connection);
}

std::unique_ptr<soci::session> TestDatabase::outsider() const {
  if (kind() == DatabaseKind::sqlite) return std::make_unique<soci::session>(soci::sqlite3, owner().connection);
  return superuser(name_);
}

void TestDatabase::cut_off() const {
  const auto session = outsider();
  const bool postgresql = kind() == DatabaseKind::postgresql;
  const soci::rowset<std::string> connections =
      session->prepare << (postgresql ? "select cast(pid as text) from pg_stat_activity"
                                        " where datname = current_database() and pid <> pg_backend_pid()"
                                      : "select cast(id as char) from information_schema.processlist"
                                        " where db = database() and id <> connection_id()");
  const std::vector<std::string> ids(connections.begin(), connections.end());
  for (const std::string& id : ids)
    *session << (postgresql ? "select pg_terminate_backend(" + id + ")" : "kill connection " + id);
}

std::string random_name() {
  std::random_device device;
  return "clientsync_" + std::to_string(device()) + "_" + std::to_string(device());
}

std::string text_of(soci::session& session, const std::string& sql) {
  std::string text;
  const soci::rowset<soci::row> rows = session.prepare << sql;
  for (const soci::row& row : rows) {
    if (!text.empty()) text += '\n';
    for (std::size_t column = 0; column < row.size(); ++column)
      text.append(column == 0 ? "" : " ").append(text_of(row, column));
  }
  return text;
}

std::string text_of(Connection& connection, const std::string& sql) {
  return text_of(connection.session(), sql);
}

std::vector<std::string> statements_of(Connection& connection, const std::function<void()>& work) {
  std::vector<std::string> statements;
  sqlite_api::sqlite3* const handle = sqlite_handle(connection);
  sqlite_api::sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, note_statement, &statements);
  try {
    work();
  } catch (...) {
    sqlite_api::sqlite3_trace_v2(handle, 0, nullptr, nullptr);
    throw;
  }
  sqlite_api::sqlite3_trace_v2(handle, 0, nullptr, nullptr);
  return statements;
}

}  // namespace clientsync::testing
