#include "importer/store/durability.hpp"

#include <sys/vfs.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "importer/store/file_system.hpp"
#include "importer/store/sql.hpp"

namespace clientsync {
namespace {

struct Rule {
  const char* name;
  const char* sql;
  std::vector<std::string_view> safe;  ///< the values with which nothing can be lost
  const char* expected;                ///< the one of them to recommend
  const char* weakness;                ///< what can happen with any other
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
      // If there is a binary log, recovery asks it which of the last transactions count.
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

/// A database on a remote file system is refused when it is opened.
DurabilitySetting file_system_of(const std::string& file) {
  struct statfs status {};
  const bool known = ::statfs(file.c_str(), &status) == 0;
  const bool in_memory = known && file_system_kind(static_cast<std::uint64_t>(status.f_type)) == FileSystemKind::memory;
  return {"file_system", in_memory ? "memory" : "local disk", "local disk",
          in_memory ? "When the machine stops, the database is gone." : ""};
}

}  // namespace

std::vector<DurabilitySetting> durability(Connection& connection) {
  return attempt(connection, "reading the database's settings", [&] {
    std::vector<DurabilitySetting> settings;
    for (const Rule& rule : rules_of(connection.kind())) {
      std::string value = read_text(connection, rule.sql);
      const bool is_safe = std::ranges::find(rule.safe, value) != rule.safe.end();
      settings.push_back({rule.name, std::move(value), rule.expected, is_safe ? "" : rule.weakness});
    }
    if (connection.kind() == DatabaseKind::sqlite) {
      settings.push_back(file_system_of(read_text(connection, place_sql(connection))));
    }
    return settings;
  });
}

}  // namespace clientsync
