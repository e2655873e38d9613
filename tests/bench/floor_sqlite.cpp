#include <sqlite3.h>

#include <initializer_list>
#include <stdexcept>

#include "tests/bench/floor.hpp"

namespace clientsync::bench {
namespace {

namespace sql {

constexpr const char* find_firm = "select id from firms where name = ?1";
constexpr const char* insert_import =
    "insert into imports (firm_id, inbox, name, report_name, sha256, cells_sha256, report_sha256, size, mtime,"
    " row_count, updated, kind, state, version, language, report_state, who, started_at, finished_at)"
    " values (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?9, 'import', 'imported', 1, 'en', 'pending', 'floor', 1, 1)";
constexpr const char* read_number = "select client_number from clients where firm_id = ?1 and company_id = ?2";
constexpr const char* release_number =
    "update clients set client_number = null, number_key = null where firm_id = ?1 and company_id = ?2";
constexpr const char* write_number =
    "update clients set client_number = ?3, number_key = ?3 where firm_id = ?1 and company_id = ?2";
constexpr const char* insert_change =
    "insert into changes (firm_id, company_id, import_id, seq, field, old_value, new_value, who, changed_at)"
    " values (?1, ?2, ?3, ?4, 'number', ?5, ?6, 'floor', 1)";
constexpr const char* insert_bytes = "insert into import_bytes (import_id, input, report) values (?1, ?2, ?3)";

}  // namespace sql

class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  void run() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_DONE) check(result);
    sqlite3_reset(statement_);
  }

  template <typename... Values>
  void run(const Values&... values) {
    bind(values...);
    run();
  }

  /// The text of the first row, or "".
  template <typename... Values>
  std::string read(const Values&... values) {
    bind(values...);
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) check(result);
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, 0));
    std::string value = text == nullptr ? "" : text;
    sqlite3_reset(statement_);
    return value;
  }

 private:
  template <typename... Values>
  void bind(const Values&... values) {
    int at = 0;
    (bind_one(++at, values), ...);
  }

  void bind_one(int at, std::string_view text) {
    check(sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
  }

  void bind_one(int at, std::int64_t number) { check(sqlite3_bind_int64(statement_, at, number)); }

  void check(int result) const {
    if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database_));
  }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

sqlite3* open_database(const std::string& path) {
  sqlite3* database = nullptr;
  if (sqlite3_open(path.c_str(), &database) != SQLITE_OK) throw std::runtime_error("cannot open " + path);
  if (sqlite3_exec(database, "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on", nullptr,
                   nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(database));
  return database;
}

class SqliteStore : public FloorStore {
 public:
  explicit SqliteStore(const std::string& path) : database_(open_database(path)) {}
  ~SqliteStore() override { sqlite3_close_v2(database_); }

  std::string find_firm(const std::string& name) override { return Statement(database_, sql::find_firm).read(name); }

  void write(const FloorImport& import, bool lean) override {
    const std::int64_t firm = std::stoll(import.firm), rows = static_cast<std::int64_t>(import.rows.size());
    begin_.run();
    insert_import_.run(firm, import.inbox, import.name, import.report_name, import.sha256, import.report_sha256,
                       import.size, import.mtime, rows);
    const std::int64_t id = sqlite3_last_insert_rowid(database_);
    std::vector<std::string> before;
    before.reserve(import.rows.size());
    for (const FloorRow& row : import.rows) before.push_back(read_number_.read(firm, row.company_id));
    if (!lean) {
      for (const FloorRow& row : import.rows) release_number_.run(firm, row.company_id);
    }
    for (std::size_t i = 0; i < import.rows.size(); ++i) {
      const FloorRow& row = import.rows[i];
      write_number_.run(firm, row.company_id, row.number);
      insert_change_.run(firm, row.company_id, id, static_cast<std::int64_t>(i + 1), before[i], row.number);
    }
    insert_bytes_.run(id, import.bytes, import.report);
    commit_.run();
  }

 private:
  sqlite3* database_;
  Statement begin_{database_, "begin immediate"};
  Statement insert_import_{database_, sql::insert_import};
  Statement read_number_{database_, sql::read_number};
  Statement release_number_{database_, sql::release_number};
  Statement write_number_{database_, sql::write_number};
  Statement insert_change_{database_, sql::insert_change};
  Statement insert_bytes_{database_, sql::insert_bytes};
  Statement commit_{database_, "commit"};
};

}  // namespace

std::unique_ptr<FloorStore> open_sqlite(const std::string& path) {
  return std::make_unique<SqliteStore>(path);
}

}  // namespace clientsync::bench
