// The statements that a connection has prepared, each once. For this room alone.
#pragma once

#include <soci/soci.h>

#include <string>
#include <unordered_map>
#include <utility>

namespace clientsync {

class PreparedStatements {
 public:
  explicit PreparedStatements(soci::session& session) : session_(session) {}

  [[nodiscard]] soci::session& session() const { return session_; }

  /// A statement of SOCI, bound to nothing.
  [[nodiscard]] soci::statement& of(const std::string& sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) return known->second;
    soci::statement statement(session_);
    statement.alloc();
    statement.prepare(sql, soci::details::st_repeatable_query);
    return statements_.emplace(sql, statement).first->second;
  }

  /// The name by which a server knows a statement, and whether it has to be told first.
  [[nodiscard]] std::pair<const std::string&, bool> name_of(const std::string& sql) {
    const auto [place, is_new] = names_.try_emplace(sql);
    if (is_new) place->second = "clientsync_" + std::to_string(names_.size());
    return {place->second, is_new};
  }

 private:
  soci::session& session_;
  std::unordered_map<std::string, soci::statement> statements_;
  std::unordered_map<std::string, std::string> names_;
};

}  // namespace clientsync
