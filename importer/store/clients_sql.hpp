// The statements over the register, in the words of each database. Each takes a whole file as one JSON parameter, whose
// rows are `w`, and looks each row up in an index of `clients`. Left alone, the planners of SQLite and MariaDB scan the
// firm's clients instead, and parse the whole JSON text again for each of them: CROSS JOIN, INDEXED BY, STRAIGHT_JOIN
// and FORCE INDEX prevent that. The columns of JSON_TABLE name their collation, since they would have the database's.
// For this room alone.
#pragma once

#include "importer/store/sql.hpp"

namespace clientsync::sql {

// The counts stand to the left of the join, so that they come even if the slice is empty.
inline constexpr Sql read_register{.sqlite = R"(
  select t.client_count, t.number_count,
         s.company_id, s.display_name, s.client_number, s.type, s.lead_accountant, s.status
  from (select count(*) as client_count, count(client_number) as number_count
        from clients where firm_id = :firm) t
  left join (
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from json_each(:touched, '$.ids') w
    cross join clients c indexed by sqlite_autoindex_clients_1 on c.firm_id = :firm and c.company_id = w.value
    union
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from json_each(:touched, '$.keys') w
    cross join clients c indexed by clients_number_key on c.firm_id = :firm and c.number_key = w.value
  ) s on 1 = 1)",
                                   .postgresql = R"(
  select t.client_count, t.number_count,
         s.company_id, s.display_name, s.client_number, s.type, s.lead_accountant, s.status
  from (select count(*) as client_count, count(client_number) as number_count
        from clients where firm_id = :firm) t
  left join (
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from jsonb_array_elements_text(:touched::jsonb -> 'ids') w (value)
    join clients c on c.firm_id = :firm and c.company_id = w.value
    union
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from jsonb_array_elements_text(:touched::jsonb -> 'keys') w (value)
    join clients c on c.firm_id = :firm and c.number_key = w.value
  ) s on 1 = 1)",
                                   .mysql = R"(
  select t.client_count, t.number_count,
         s.company_id, s.display_name, s.client_number, s.type, s.lead_accountant, s.status
  from (select count(*) as client_count, count(client_number) as number_count
        from clients where firm_id = :firm) t
  left join (
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from json_table(:touched, '$.ids[*]'
           columns (value varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$')) w
    straight_join clients c force index (primary) on c.firm_id = :firm and c.company_id = w.value
    union
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from json_table(:touched, '$.keys[*]'
           columns (value varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$')) w
    straight_join clients c force index (clients_number_key) on c.firm_id = :firm and c.number_key = w.value
  ) s on 1 = 1)"};

inline constexpr Sql read_clients_in{.sqlite = R"(
  select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
  from json_each(:ranges) w
  cross join clients c indexed by sqlite_autoindex_clients_1
    on c.firm_id = :firm and c.company_id between w.value ->> 'low' and w.value ->> 'high'
   and length(c.company_id) = length(w.value ->> 'low'))",
                                     .postgresql = R"(
  select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
  from jsonb_to_recordset(:ranges::jsonb) w (low text, high text)
  join clients c on c.firm_id = :firm and c.company_id between w.low and w.high
   and length(c.company_id) = length(w.low))",
                                     .mysql = R"(
  select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
  from json_table(:ranges, '$[*]'
         columns (low varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.low',
                  high varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.high')) w
  straight_join clients c force index (primary)
    on c.firm_id = :firm and c.company_id between w.low and w.high
   and char_length(c.company_id) = char_length(w.low))"};

inline constexpr Sql release_numbers{.sqlite = R"(
  with s as materialized (
    select c.rowid as client
    from json_each(:writes) w
    cross join clients c indexed by sqlite_autoindex_clients_1
      on c.firm_id = :firm and c.company_id = w.value ->> 'id' and c.client_number = w.value ->> 'before')
  update clients set client_number = null, number_key = null from s where clients.rowid = s.client)",
                                     .postgresql = R"(
  update clients c set client_number = null, number_key = null
  from jsonb_to_recordset(:writes::jsonb) w (id text, before text)
  where c.firm_id = :firm and c.company_id = w.id and c.client_number = w.before)",
                                     .mysql = R"(
  update json_table(:writes, '$[*]'
           columns (id varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.id',
                    held varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.before')) w
  straight_join clients c force index (primary)
     on c.firm_id = :firm and c.company_id = w.id and c.client_number = w.held
  set c.client_number = null, c.number_key = null)"};

// Runs after release_numbers: a client now has the number that it keeps, or none.
inline constexpr Sql update_clients{.sqlite = R"(
  with s as materialized (
    select c.rowid as client, w.value ->> 'name' as name, w.value ->> 'number' as number, w.value ->> 'key' as number_key
    from json_each(:writes) w
    cross join clients c indexed by sqlite_autoindex_clients_1
      on c.firm_id = :firm and c.company_id = w.value ->> 'id' and c.display_name = w.value ->> 'called'
     and c.client_number is (w.value ->> 'kept'))
  update clients set display_name = s.name, client_number = s.number, number_key = s.number_key
  from s where clients.rowid = s.client)",
                                    .postgresql = R"(
  update clients c set display_name = w.name, client_number = w.number, number_key = w.key
  from jsonb_to_recordset(:writes::jsonb) w (id text, called text, name text, number text, key text, kept text)
  where c.firm_id = :firm and c.company_id = w.id and c.display_name = w.called
    and c.client_number is not distinct from w.kept)",
                                    .mysql = R"(
  update json_table(:writes, '$[*]'
           columns (id varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.id',
                    called varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.called',
                    name varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.name',
                    number varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.number',
                    number_key varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.key',
                    kept varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.kept')) w
  straight_join clients c force index (primary)
     on c.firm_id = :firm and c.company_id = w.id and c.display_name = w.called and c.client_number <=> w.kept
  set c.display_name = w.name, c.client_number = w.number, c.number_key = w.number_key)"};

// An import knows nothing of type, lead accountant and status: they get the defaults of their columns.
inline constexpr Sql insert_clients{.sqlite = R"(
  insert into clients (firm_id, company_id, display_name, client_number, number_key)
  select :firm, w.value ->> 'id', w.value ->> 'name', w.value ->> 'number', w.value ->> 'key'
  from json_each(:writes) w)",
                                    .postgresql = R"(
  insert into clients (firm_id, company_id, display_name, client_number, number_key)
  select :firm, w.id, w.name, w.number, w.key
  from jsonb_to_recordset(:writes::jsonb) w (id text, name text, number text, key text))",
                                    .mysql = R"(
  insert into clients (firm_id, company_id, display_name, client_number, number_key)
  select :firm, w.id, w.name, w.number, w.number_key
  from json_table(:writes, '$[*]'
         columns (id varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.id',
                  name varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.name',
                  number varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.number',
                  number_key varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$.key')) w)"};

// SQLite's transaction has locked the whole database already. PostgreSQL's NO KEY lets others insert rows that refer to
// the firm.
inline constexpr Sql lock_firm{.sqlite = "select id from firms where name = :name",
                               .postgresql = "select id from firms where name = :name for no key update",
                               .mysql = "select id from firms where name = :name for update"};

inline constexpr Sql insert_firm{
    .sqlite = "insert into firms (name) values (:name) on conflict do nothing",
    .postgresql = "insert into firms (name) values (:name) on conflict do nothing",
    .mysql = "insert into firms (name) values (:name) on duplicate key update name = name"};

}  // namespace clientsync::sql
