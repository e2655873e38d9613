#include <pwd.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "importer/store/backend.hpp"
#include "importer/store/file_system.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;
namespace fs = std::filesystem;

constexpr long long synchronous_full = 2;

sqlite_api::sqlite3* handle(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

bool in_transaction(soci::session& session) {
  return sqlite_api::sqlite3_get_autocommit(handle(session)) == 0;
}

bool has_moved(soci::session& session) {
  int moved = 0;
  const int result = sqlite_api::sqlite3_file_control(handle(session), nullptr, SQLITE_FCNTL_HAS_MOVED, &moved);
  return result == SQLITE_OK && moved != 0;
}

/// Text without `=` is the file's path.
std::vector<ConnectionOption> options_of(const DatabaseOptions& database) {
  if (database.connection.find('=') == std::string::npos) return {{"dbname", database.connection}};
  return connection_options(database);
}

std::string database_file(const std::vector<ConnectionOption>& options) {
  for (const ConnectionOption& option : options) {
    // SOCI has no way to quote such values.
    if (option.value.starts_with(' ') || option.value.find('"') != std::string::npos) {
      throw DatabaseError(Kind::refused, "cannot open the database: the value of " + option.key +
                                             " may not start with a space or hold a double quote");
    }
    if (option.key == "shared_cache") {
      throw DatabaseError(Kind::refused,
                          "cannot open the database: the option shared_cache is not supported; take it out");
    }
  }
  std::string file = option_value(options, "dbname", "db");
  // To SQLite these are a temporary database, one in memory, and a URI.
  if (file.empty() || file.starts_with(':') || file.starts_with("file:")) {
    throw DatabaseError(Kind::refused, "cannot open the database: expected the path of a file as dbname");
  }
  return file;
}

std::string soci_options(const std::vector<ConnectionOption>& options) {
  // SOCI by default does not wait for other writers at all. It takes the last of several timeouts.
  std::string text = "timeout=" + std::to_string(lock_patience);
  for (const ConnectionOption& option : options)
    text.append(" ").append(option.key).append("=\"").append(option.value).append("\"");
  return text;
}

/// SQLite's locks and its shared memory don't hold on a remote file system.
bool is_remote(const fs::path& path) {
  struct statfs status {};
  return ::statfs(path.c_str(), &status) == 0 &&
         file_system_kind(static_cast<std::uint64_t>(status.f_type)) == FileSystemKind::remote;
}

std::string user_name() {
  const passwd* const user = ::getpwuid(::geteuid());
  return user == nullptr ? std::to_string(::geteuid()) : user->pw_name;
}

/// Throws `refused` if the database or a file beside it may not be used, as if root has used the database before. Says
/// how to correct that.
void require_access(const std::string& path, const fs::path& database) {
  std::error_code error;
  // The last connection of another program removes the companions when it is closed, maybe just now.
  if (!fs::exists(path, error) || ::access(path.c_str(), R_OK | W_OK) == 0 || errno == ENOENT) return;
  const std::string why = std::generic_category().message(errno);
  throw DatabaseError(Kind::refused, escape(path) + ": " + why + "; run: chown " + user_name() + ": '" +
                                         escape(database.native()) + "'*");
}

/// Throws DatabaseError if the file can't be a database of ours for a reason that the file system tells better than
/// SQLite. A missing file is created unless it must hold a ledger.
void require_usable(const fs::path& file, bool must_exist) {
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const std::string shown = escape(directory.native());
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  // Its disk may not be mounted yet.
  if (status.type() == fs::file_type::not_found)
    throw DatabaseError(Kind::unavailable, "the directory " + shown + " does not exist");
  if (status.type() == fs::file_type::none)
    throw DatabaseError(Kind::refused, "the directory " + shown + ": " + error.message());
  if (!fs::is_directory(status)) throw DatabaseError(Kind::refused, shown + " is not a directory");
  const bool exists = fs::exists(file, error);
  if (!exists && must_exist) throw DatabaseError(Kind::foreign, "the file was moved or removed; put it back");
  if (fs::is_directory(file, error)) throw DatabaseError(Kind::refused, "it is a directory");
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    const std::string why = std::generic_category().message(errno);
    throw DatabaseError(Kind::refused, "cannot create files in the directory " + shown + ": " + why + "; run: chown " +
                                           user_name() + ": '" + shown + "'");
  }
  for (const char* companion : {"", "-wal", "-shm"}) require_access(file.native() + companion, file);
  if (is_remote(exists ? file : directory)) {
    throw DatabaseError(Kind::refused,
                        "it is on a network file system, where SQLite can't keep it safe; move it to a local disk");
  }
}

Kind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
      return Kind::unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Kind::refused;
    default:
      break;
  }
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Kind::conflict;
    default:  // such as a violated CHECK or NOT NULL: planning again would violate it again
      return Kind::bug;
  }
}

/// SQLite's message, without the name of SOCI's function in front. `what()` would also hold the SQL and all values.
std::string message_of(const soci::sqlite3_soci_error& error) {
  const std::string message = error.get_error_message();
  const std::size_t prefix = message.starts_with("sqlite3_") ? message.find(": ") : std::string::npos;
  return prefix == std::string::npos ? message : message.substr(prefix + 2);
}

long long read_pragma(soci::session& session, const std::string& name) {
  long long value = -1;
  session << "pragma " + name, soci::into(value);
  return value;
}

void set_up_sqlite(soci::session& session) {
  sqlite_api::sqlite3_extended_result_codes(handle(session), 1);
  std::string mode;
  session << "pragma journal_mode = wal", soci::into(mode);
  if (mode != "wal") {
    throw DatabaseError(Kind::refused, "SQLite offers no write-ahead log there, only journal_mode " + mode);
  }
  if (read_pragma(session, "synchronous") < synchronous_full) session << "pragma synchronous = full";
  session << "pragma foreign_keys = on";
  if (read_pragma(session, "synchronous") < synchronous_full || read_pragma(session, "foreign_keys") != 1) {
    throw DatabaseError(Kind::refused, "this SQLite refuses the settings that keep data safe");
  }
}

/// In the place of SQLite's own handler, which sleeps for 1, 2, 5 and more milliseconds, while most writers are done
/// sooner. Called again and again while another writer has the lock; 0 gives up. `patience`: in milliseconds, itself in
/// the place of a pointer. `calls`: how often it was called before for the same lock.
int wait_for_writer(void* patience, int calls) {
  using namespace std::chrono_literals;
  constexpr int soon = 100, later = 200;
  constexpr auto first = 100us, second = 1'000us, last = 10'000us;
  const auto slept = std::min(calls, soon) * first + std::clamp(calls - soon, 0, later - soon) * second +
                     std::max(calls - later, 0) * last;
  if (slept >= std::chrono::milliseconds(reinterpret_cast<std::intptr_t>(patience))) return 0;
  std::this_thread::sleep_for(calls < soon ? first : calls < later ? second : last);
  return 1;
}

void wait_for_writers(soci::session& session) {
  const std::intptr_t patience = read_pragma(session, "busy_timeout");
  // NOLINTNEXTLINE(performance-no-int-to-ptr): SQLite passes it on and never follows it
  sqlite_api::sqlite3_busy_handler(handle(session), wait_for_writer, reinterpret_cast<void*>(patience));
}

void empty_log(soci::session& session) {
  sqlite_api::sqlite3_wal_checkpoint_v2(handle(session), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

/// In the place of SQLite's own hook, which empties a log of 1,000 pages while somebody waits for the commit.
int note_pages(void* pages, sqlite_api::sqlite3* database, const char*, int count) {
  constexpr int too_many = 20'000;  // 80 MB: nothing has called `tidy` for long
  *static_cast<int*>(pages) = count;
  if (count >= too_many)
    sqlite_api::sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  return SQLITE_OK;
}

void note_log(soci::session& session, int& pages) {
  sqlite_api::sqlite3_wal_hook(handle(session), note_pages, &pages);
}

std::string name_of(const DatabaseOptions& database) {
  return escape(database_file(options_of(database)));
}

/// A connection is used by one thread at a time, and nothing reads SQLite's memory statistics: neither needs its locks.
void configure() {
  sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
  sqlite_api::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

std::unique_ptr<soci::session> open(const DatabaseOptions& database) {
  static std::once_flag configured;
  std::call_once(configured, configure);
  const std::vector<ConnectionOption> options = options_of(database);
  require_usable(database_file(options), !database.ledger.empty());
  auto session = std::make_unique<soci::session>(soci::sqlite3, soci_options(options));
  wait_for_writers(*session);
  set_up_sqlite(*session);
  return session;
}

std::optional<DatabaseError> database_error(const soci::soci_error& error) {
  const auto* own = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  if (own == nullptr) return std::nullopt;
  return DatabaseError{kind_of(own->result()), message_of(*own)};
}

}  // namespace

const Backend sqlite_backend{.name = name_of,
                             .open = open,
                             .error = database_error,
                             .begin = "begin immediate",
                             .in_transaction = in_transaction,
                             .moved = has_moved,
                             .note_log = note_log,
                             .empty_log = empty_log};

}  // namespace clientsync
