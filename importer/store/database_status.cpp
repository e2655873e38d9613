#include "importer/store/database_status.hpp"

#include <algorithm>

#include "importer/store/schema.hpp"
#include "importer/store/sql.hpp"

namespace clientsync {
namespace {

constexpr Sql server_sql{.sqlite = "select 'SQLite ' || sqlite_version()",
                         .postgresql = "select 'PostgreSQL ' || current_setting('server_version')",
                         .mysql = "select concat('MariaDB ', version())"};
constexpr Sql bytes_sql{
    .sqlite = "select (select page_count from pragma_page_count) * (select page_size from pragma_page_size)",
    .postgresql = "select pg_database_size(current_database())",
    .mysql =
        "select cast(coalesce(sum(data_length + index_length), 0) as unsigned) from information_schema.tables"
        " where table_schema = database()"};

std::uint64_t read_number(Connection& connection, const char* sql) {
  long long number = 0;
  connection.session() << sql, soci::into(number);
  return static_cast<std::uint64_t>(std::max(number, 0LL));
}

}  // namespace

DatabaseStatus database_status(Connection& connection) {
  DatabaseStatus status;
  status.schema_version = read_schema_version(connection);
  status.durability = durability(connection);
  if (status.schema_version > 0) status.ledger = ledger_uuid(connection);
  attempt(connection, "reading the database's size", [&] {
    status.place = read_text(connection, place_sql(connection));
    status.server = read_text(connection, server_sql(connection));
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
