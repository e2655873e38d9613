// The statements that read the ledger for people and for undos, in the words of each database. For this room alone.
#pragma once

#include <string>

#include "importer/store/sql.hpp"

namespace clientsync::sql {

/// How many undos of undos are followed, each of the one before.
inline constexpr int followed_undos = 4;

/// From the undos `undo` of the entry `of` those that still stand: no undo of them does. Left alone, MariaDB's planner
/// may scan all entries for the undos of each.
inline std::string standing_undos(DatabaseKind kind, const std::string& of, const std::string& undo,
                                  int followed = followed_undos) {
  const std::string hint = kind == DatabaseKind::mysql ? " force index (imports_original)" : "";
  std::string sql =
      " from imports " + undo + hint + " where " + undo + ".original_id = " + of + ".id and " + undo + ".kind = 'undo'";
  if (followed > 0) sql += " and not exists (select 1" + standing_undos(kind, undo, undo + "u", followed - 1) + ")";
  return sql;
}

inline std::string select_entries(DatabaseKind kind) {
  return std::string(R"(
  select i.id, i.kind, i.state, f.name, i.inbox, i.name, i.version, i.sha256, i.size, i.language, i.who, i.source,
         i.started_at, i.finished_at, i.row_count, i.updated, i.unchanged, i.created, i.failed, i.restored,
         i.original_id, (select max(u.id))") +
         standing_undos(kind, "i", "u") + R"(), i.report_state, i.report_name
  from imports i)";
}

inline std::string read_entry(DatabaseKind kind) {
  return select_entries(kind) + " left join firms f on f.id = i.firm_id where i.id = :entry and i.state <> 'applying'";
}

/// In the order of an index: of all entries, or on MariaDB of those of a firm. By themselves, SQLite and MariaDB would
/// sort all entries of an inbox.
inline std::string list_entries(DatabaseKind kind, bool of_firm, bool of_inbox, bool of_kind) {
  const char* const no_index = kind == DatabaseKind::sqlite ? "+" : "";
  std::string sql = select_entries(kind);
  if (kind == DatabaseKind::mysql) sql += of_firm ? " force index (firm_id)" : " force index (primary)";
  sql += " left join firms f on f.id = i.firm_id where i.id < :before and i.state <> 'applying'";
  if (of_firm) sql += " and i.firm_id = :firm";
  if (of_inbox) sql.append(" and ").append(no_index).append("i.inbox = :inbox");
  if (of_kind) sql += " and i.kind = :kind";
  return sql + " order by i.id desc limit :most";
}

inline constexpr const char* read_entry_changes = R"(
  select c.company_id, c.field, c.old_value, c.new_value, c.import_id,
         case when i.kind = 'undo' then i.original_id end
  from changes c join imports i on i.id = c.import_id
  where c.import_id = :entry
  order by c.seq)";

// Each client is looked up in an index. PostgreSQL would read the whole history if entries are large on average: OFFSET
// prevents that.
inline constexpr Sql read_later_changes{.sqlite = R"(
  select c.company_id, c.field, c.old_value, c.new_value, c.import_id,
         case when i.kind = 'undo' then i.original_id end
  from (select distinct firm_id, company_id from changes where import_id = :entry) w
  cross join changes c indexed by changes_client
     on c.firm_id = w.firm_id and c.company_id = w.company_id and c.import_id > :entry
  cross join imports i on i.id = c.import_id
  order by c.import_id, c.seq)",
                                        .postgresql = R"(
  select c.company_id, c.field, c.old_value, c.new_value, c.import_id,
         case when i.kind = 'undo' then i.original_id end
  from (select distinct firm_id, company_id from changes where import_id = :entry) w
  cross join lateral (
    select * from changes l
    where l.firm_id = w.firm_id and l.company_id = w.company_id and l.import_id > :entry offset 0) c
  join imports i on i.id = c.import_id
  order by c.import_id, c.seq)",
                                        .mysql = R"(
  select c.company_id, c.field, c.old_value, c.new_value, c.import_id,
         case when i.kind = 'undo' then i.original_id end
  from (select distinct firm_id, company_id from changes where import_id = :entry) w
  straight_join changes c force index (changes_client)
     on c.firm_id = w.firm_id and c.company_id = w.company_id and c.import_id > :entry
  straight_join imports i force index (primary) on i.id = c.import_id
  order by c.import_id, c.seq)"};

inline constexpr Sql read_client_history{.sqlite = R"(
  select c.import_id, i.kind, i.source, i.name, i.who, i.started_at, c.field, c.old_value, c.new_value
  from changes c indexed by changes_client left join imports i on i.id = c.import_id
  where c.firm_id = :firm and c.company_id = :client
  order by c.import_id, c.seq)",
                                         .postgresql = R"(
  select c.import_id, i.kind, i.source, i.name, i.who, i.started_at, c.field, c.old_value, c.new_value
  from changes c left join imports i on i.id = c.import_id
  where c.firm_id = :firm and c.company_id = :client
  order by c.import_id, c.seq)",
                                         .mysql = R"(
  select c.import_id, i.kind, i.source, i.name, i.who, i.started_at, c.field, c.old_value, c.new_value
  from changes c force index (changes_client) left join imports i on i.id = c.import_id
  where c.firm_id = :firm and c.company_id = :client
  order by c.import_id, c.seq)"};

}  // namespace clientsync::sql
