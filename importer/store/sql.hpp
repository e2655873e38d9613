// How this room runs statements, and those that the three databases want in different words, side by side. For this
// room alone.
#pragma once

#include <soci/soci.h>

#include <cstddef>
#include <string>

#include "importer/store/database.hpp"

namespace clientsync {

/// One statement in the words of each database, with the same parameters and the same result.
struct Sql {
  const char* sqlite;
  const char* postgresql;
  const char* mysql;

  [[nodiscard]] const char* operator()(const Connection& connection) const {
    switch (connection.kind()) {
      case DatabaseKind::postgresql:
        return postgresql;
      case DatabaseKind::mysql:
        return mysql;
      case DatabaseKind::sqlite:
        break;
    }
    return sqlite;
  }
};

/// A statement over one JSON parameter takes at most so many rows. Larger files take several, so that memory stays
/// flat.
inline constexpr std::size_t rows_of_statement = 10'000;

/// SQLite: the file; otherwise the name of the database.
inline constexpr Sql place_sql{.sqlite = "select file from pragma_database_list where name = 'main'",
                               .postgresql = "select current_database()::text",
                               .mysql = "select database()"};

/// Runs a statement and returns how many rows it hit. Preparing it in a step of its own would cost two more round
/// trips.
template <class... Parameters>
long long execute(Connection& connection, const char* sql, Parameters&&... parameters) {
  soci::statement statement(connection.session());
  (statement.exchange(parameters), ...);
  statement.alloc();
  statement.prepare(sql, soci::details::st_one_time_query);
  statement.define_and_bind();
  statement.execute(true);
  return statement.get_affected_rows();
}

/// For statements whose result no other writer can change: throws `bug` unless they hit as many rows as they must.
inline void require_rows(long long hit, std::size_t rows) {
  if (hit == static_cast<long long>(rows)) return;
  throw DatabaseError(DatabaseError::Kind::bug,
                      "a statement hit " + std::to_string(hit) + " rows of the ledger and not " + std::to_string(rows));
}

/// Runs a query and calls `each` for every row, whose columns are then in what was passed to `soci::into`.
template <class Each, class... Parameters>
void query(Connection& connection, const char* sql, Each&& each, Parameters&&... parameters) {
  soci::statement statement(connection.session());
  (statement.exchange(parameters), ...);
  statement.alloc();
  statement.prepare(sql, soci::details::st_one_time_query);
  statement.define_and_bind();
  statement.execute();
  while (statement.fetch()) each();
}

/// The one column of the one row of a query.
inline std::string read_text(Connection& connection, const char* sql) {
  std::string text;
  connection.session() << sql, soci::into(text);
  return text;
}

}  // namespace clientsync
