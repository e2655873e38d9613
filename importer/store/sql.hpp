// Statements that the three databases want in different words, side by side. For this room alone.
#pragma once

#include <soci/soci.h>

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

/// SQLite: the file; otherwise the name of the database.
inline constexpr Sql place_sql{.sqlite = "select file from pragma_database_list where name = 'main'",
                               .postgresql = "select current_database()::text",
                               .mysql = "select database()"};

/// The one column of the one row of a query.
inline std::string read_text(Connection& connection, const char* sql) {
  std::string text;
  connection.session() << sql, soci::into(text);
  return text;
}

}  // namespace clientsync
