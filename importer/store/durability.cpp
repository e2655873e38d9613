#include "importer/store/durability.hpp"

#include <sys/vfs.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "importer/store/schema.hpp"
#include "importer/store/sql.hpp"

namespace clientsync {
namespace {

/// A setting, the values with which nothing can be lost, the one to recommend, and what can happen with any other.
struct Rule {
  const char* name;
  const char* sql;
  std::vector<std::string_view> safe;
  const char* expected;
  const char* weakness;
};

constexpr const char* reports_may_lie = "A power cut can undo imports that were reported as done.";
constexpr const char* database_may_break = "A power cut can damage the database.";

std::span<const Rule> sqlite_rules() {
  static const std::vector<Rule> rules{
      {"journal_mode", "pragma journal_mode", {"wal"}, "wal", database_may_break},
      {"synchronous",
       "select case synchronous when 0 then 'off' when 1 then 'normal' when 2 then 'full' else 'extra' end"
       " from pragma_synchronous",
       {"full", "extra"},
       "full",
       reports_may_lie}};
  return rules;
}

std::span<const Rule> postgresql_rules() {
  static const std::vector<Rule> rules{
      {"fsync", "select current_setting('fsync')", {"on"}, "on", database_may_break},
      {"full_page_writes", "select current_setting('full_page_writes')", {"on"}, "on", database_may_break},
      {"synchronous_commit",
       "select current_setting('synchronous_commit')",
       {"on", "remote_apply"},
       "on",
       "A power cut, or a standby that takes over, can undo imports that were reported as done."},
      {"unlogged_tables",
       "select coalesce(string_agg(relname::text, ' ' order by relname), 'none') from pg_catalog.pg_class"
       " where relkind = 'r' and relpersistence <> 'p' and relnamespace = quote_ident(current_schema())::regnamespace",
       {"none"},
       "none",
       "A crash of the server empties these tables."}};
  return rules;
}

std::span<const Rule> mysql_rules() {
  static const std::vector<Rule> rules{
      {"tables_outside_innodb",
       "select coalesce(group_concat(table_name order by table_name separator ' '), 'none')"
       " from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'"
       " and coalesce(engine, '') <> 'InnoDB'",
       {"none"},
       "none",
       "An import that fails can leave half of its changes in these tables."},
      {"innodb_doublewrite",
       "select lower(variable_value) from information_schema.global_variables"
       " where variable_name = 'INNODB_DOUBLEWRITE'",
       {"on", "fast"},
       "on",
       database_may_break},
      {"innodb_flush_log_at_trx_commit",
       "select variable_value from information_schema.global_variables"
       " where variable_name = 'INNODB_FLUSH_LOG_AT_TRX_COMMIT'",
       {"1", "3"},
       "1",
       reports_may_lie},
      // With a binary log, recovery asks it which of the last transactions count.
      {"sync_binlog",
       "select case (select variable_value from information_schema.global_variables where variable_name = 'LOG_BIN')"
       " when 'ON' then (select variable_value from information_schema.global_variables"
       " where variable_name = 'SYNC_BINLOG') else 'log_bin is off' end",
       {"1", "log_bin is off"},
       "1",
       reports_may_lie}};
  return rules;
}

std::span<const Rule> rules_of(DatabaseKind kind) {
  switch (kind) {
    case DatabaseKind::postgresql:
      return postgresql_rules();
    case DatabaseKind::mysql:
      return mysql_rules();
    case DatabaseKind::sqlite:
      break;
  }
  return sqlite_rules();
}

constexpr Sql place_sql{.sqlite = "select file from pragma_database_list where name = 'main'",
                        .postgresql = "select current_database()::text",
                        .mysql = "select database()"};
constexpr Sql server_sql{.sqlite = "select 'SQLite ' || sqlite_version()",
                         .postgresql = "select 'PostgreSQL ' || current_setting('server_version')",
                         .mysql = "select concat('MariaDB ', version())"};
constexpr Sql bytes_sql{
    .sqlite = "select (select page_count from pragma_page_count) * (select page_size from pragma_page_size)",
    .postgresql = "select pg_database_size(current_database())",
    .mysql =
        "select cast(coalesce(sum(data_length + index_length), 0) as unsigned) from information_schema.tables"
        " where table_schema = database()"};

std::string read_word(Connection& connection, const char* sql) {
  std::string word;
  connection.session() << sql, soci::into(word);
  return word;
}

std::uint64_t read_number(Connection& connection, const char* sql) {
  long long number = 0;
  connection.session() << sql, soci::into(number);
  return static_cast<std::uint64_t>(std::max(number, 0LL));
}

/// A network file system is refused when the file is opened.
DurabilitySetting file_system_of(const std::string& file) {
  constexpr unsigned long tmpfs = 0x01021994, ramfs = 0x858458f6;
  struct statfs status {};
  const bool known = ::statfs(file.c_str(), &status) == 0;
  const auto type = static_cast<unsigned long>(status.f_type) & 0xffffffffUL;
  const bool in_memory = known && (type == tmpfs || type == ramfs);
  return {"file_system", in_memory ? "memory" : "local disk", "local disk",
          in_memory ? "When the machine stops, the database is gone." : ""};
}

}  // namespace

std::vector<DurabilitySetting> durability(Connection& connection) {
  return attempt(connection, "reading the database's settings", [&] {
    std::vector<DurabilitySetting> settings;
    for (const Rule& rule : rules_of(connection.kind())) {
      std::string value = read_word(connection, rule.sql);
      const bool is_safe = std::ranges::find(rule.safe, value) != rule.safe.end();
      settings.push_back({rule.name, std::move(value), rule.expected, is_safe ? "" : rule.weakness});
    }
    if (connection.kind() == DatabaseKind::sqlite) {
      settings.push_back(file_system_of(read_word(connection, place_sql(connection))));
    }
    return settings;
  });
}

DatabaseStatus database_status(Connection& connection) {
  DatabaseStatus status;
  status.schema_version = read_schema_version(connection);
  status.durability = durability(connection);
  if (status.schema_version > 0) status.ledger = ledger_uuid(connection);
  attempt(connection, "reading the database's size", [&] {
    status.place = read_word(connection, place_sql(connection));
    status.server = read_word(connection, server_sql(connection));
    status.bytes = read_number(connection, bytes_sql(connection));
    if (status.schema_version == 0) return;
    for (const char* table : {"firms", "clients", "imports", "changes", "import_errors"}) {
      const std::string sql = std::string("select count(*) from ") + table;
      status.rows.emplace_back(table, read_number(connection, sql.c_str()));
    }
  });
  return status;
}

}  // namespace clientsync
