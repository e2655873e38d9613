// The statements of a connection to SQLite, prepared once. For this room alone.
#pragma once

#include <soci/soci.h>

#include <string>
#include <unordered_map>

namespace clientsync {

class PreparedStatements {
 public:
  explicit PreparedStatements(soci::session& session) : session_(session) {}

  /// Bound to nothing.
  [[nodiscard]] soci::statement& of(const std::string& sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) return known->second;
    soci::statement statement(session_);
    statement.alloc();
    statement.prepare(sql, soci::details::st_repeatable_query);
    return statements_.emplace(sql, statement).first->second;
  }

 private:
  soci::session& session_;
  std::unordered_map<std::string, soci::statement> statements_;
};

}  // namespace clientsync
