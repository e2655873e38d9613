// The statements over the register, in the words of each database. For this room alone.
//
// SQLite runs a statement over rows once for each row. The servers take all rows as `w`, and look each up in an index
// of `clients`. Left alone, MariaDB's planner scans the firm's clients instead: STRAIGHT_JOIN and FORCE INDEX prevent
// that.
#pragma once

#include "importer/store/sql.hpp"

namespace clientsync::sql {

inline constexpr const char* find_firm = "select id, client_count, number_count from firms where name = :name";

inline constexpr const char* read_all_clients =
    "select company_id, display_name, client_number from clients where firm_id = :firm";

inline constexpr Sql read_clients_by_id{.sqlite = R"(
  select company_id, display_name, client_number
  from clients where firm_id = :firm and company_id = :value)",
                                        .postgresql = R"(
  select c.company_id, c.display_name, c.client_number
  from unnest(:value::text[]) w (value)
  join clients c on c.firm_id = :firm and c.company_id = w.value)",
                                        .mysql = R"(
  select c.company_id, c.display_name, c.client_number
  from (with v (value) as (values :rows) select * from v) w
  straight_join clients c force index (primary) on c.firm_id = :firm and c.company_id = w.value)"};

inline constexpr Sql read_clients_by_number{.sqlite = R"(
  select company_id, display_name, client_number
  from clients where firm_id = :firm and client_number = :value)",
                                            .postgresql = R"(
  select c.company_id, c.display_name, c.client_number
  from unnest(:value::text[]) w (value)
  join clients c on c.firm_id = :firm and c.client_number = w.value)",
                                            .mysql = R"(
  select c.company_id, c.display_name, c.client_number
  from (with v (value) as (values :rows) select * from v) w
  straight_join clients c force index (client_number_is_unique) on c.firm_id = :firm and c.client_number = w.value)"};

// A number with leading zeros is found by its key.
inline constexpr Sql read_clients_by_digits{.sqlite = R"(
  select company_id, display_name, client_number
  from clients where firm_id = :firm and client_number = :value
  union all
  select company_id, display_name, client_number
  from clients indexed by clients_number_key where firm_id = :firm and number_key = :value)",
                                            .postgresql = R"(
  with w as materialized (select value from unnest(:value::text[]) j (value))
  select c.company_id, c.display_name, c.client_number
  from w join clients c on c.firm_id = :firm and c.client_number = w.value
  union all
  select c.company_id, c.display_name, c.client_number
  from w join clients c on c.firm_id = :firm and c.number_key = w.value)",
                                            .mysql = R"(
  select c.company_id, c.display_name, c.client_number
  from (with v (value) as (values :rows) select * from v) w
  straight_join clients c force index (client_number_is_unique) on c.firm_id = :firm and c.client_number = w.value
  union all
  select c.company_id, c.display_name, c.client_number
  from (with v (value) as (values :rows) select * from v) w
  straight_join clients c force index (clients_number_key) on c.firm_id = :firm and c.number_key = w.value)"};

inline constexpr Sql read_clients_in{.sqlite = R"(
  select company_id, display_name, client_number
  from clients where firm_id = :firm and company_id between :low and :high and length(company_id) = length(:low))",
                                     .postgresql = R"(
  select c.company_id, c.display_name, c.client_number
  from unnest(:low::text[], :high::text[]) w (low, high)
  join clients c on c.firm_id = :firm and c.company_id between w.low and w.high
   and length(c.company_id) = length(w.low))",
                                     .mysql = R"(
  select c.company_id, c.display_name, c.client_number
  from (with v (low, high) as (values :rows) select * from v) w
  straight_join clients c force index (primary) on c.firm_id = :firm and c.company_id between w.low and w.high
   and char_length(c.company_id) = char_length(w.low))"};

inline constexpr Sql read_details{.sqlite = R"(
  select company_id, type, lead_accountant, status from clients where firm_id = :firm and company_id = :value)",
                                  .postgresql = R"(
  select c.company_id, c.type, c.lead_accountant, c.status
  from unnest(:value::text[]) w (value)
  join clients c on c.firm_id = :firm and c.company_id = w.value)",
                                  .mysql = R"(
  select c.company_id, c.type, c.lead_accountant, c.status
  from (with v (value) as (values :rows) select * from v) w
  straight_join clients c force index (primary) on c.firm_id = :firm and c.company_id = w.value)"};

inline constexpr const char* list_clients = R"(
  select company_id, display_name, client_number, type, lead_accountant, status
  from clients where firm_id = :firm and company_id > :after
  order by company_id limit :most)";

inline constexpr const char* find_client = R"(
  select company_id, display_name, client_number, type, lead_accountant, status
  from clients where firm_id = :firm and company_id = :id)";

inline constexpr Sql release_numbers{.sqlite = R"(
  update clients set client_number = null, number_key = null
  where firm_id = :firm and company_id = :id and client_number = :before)",
                                     .postgresql = R"(
  update clients c set client_number = null, number_key = null
  from unnest(:id::text[], :before::text[]) w (id, before)
  where c.firm_id = :firm and c.company_id = w.id and c.client_number = w.before)",
                                     .mysql = R"(
  update (with v (id, held) as (values :rows) select * from v) w
  straight_join clients c force index (primary)
     on c.firm_id = :firm and c.company_id = w.id and c.client_number = w.held
  set c.client_number = null, c.number_key = null)"};

// Runs after release_numbers: a client whose number was released has none. NULL as the new name: it stays.
inline constexpr Sql update_clients{.sqlite = R"(
  update clients set display_name = coalesce(:name, display_name), client_number = :number, number_key = :key
  where firm_id = :firm and company_id = :id and display_name = :called and client_number is :kept)",
                                    .postgresql = R"(
  update clients c set display_name = coalesce(w.name, c.display_name), client_number = w.number, number_key = w.key
  from unnest(:id::text[], :called::text[], :name::text[], :number::text[], :key::text[], :kept::text[])
    w (id, called, name, number, key, kept)
  where c.firm_id = :firm and c.company_id = w.id and c.display_name = w.called
    and c.client_number is not distinct from w.kept)",
                                    .mysql = R"(
  update (with v (id, called, name, number, number_key, kept) as (values :rows) select * from v) w
  straight_join clients c force index (primary)
     on c.firm_id = :firm and c.company_id = w.id and c.display_name = w.called and c.client_number <=> w.kept
  set c.display_name = coalesce(w.name, c.display_name), c.client_number = w.number, c.number_key = w.number_key)"};

// Type, lead accountant and status get the defaults of their columns; update_details writes others.
inline constexpr Sql insert_clients{.sqlite = R"(
  insert into clients (firm_id, company_id, display_name, client_number, number_key)
  values (:firm, :id, :name, :number, :key))",
                                    .postgresql = R"(
  insert into clients (firm_id, company_id, display_name, client_number, number_key)
  select :firm, w.id, w.name, w.number, w.key
  from unnest(:id::text[], :name::text[], :number::text[], :key::text[]) w (id, name, number, key))",
                                    .mysql = R"(
  insert into clients (firm_id, company_id, display_name, client_number, number_key)
  select :firm, w.id, w.name, w.number, w.number_key
  from (with v (id, name, number, number_key) as (values :rows) select * from v) w)"};

// Runs last: the client has the name and number that its write gives it.
inline constexpr Sql update_details{.sqlite = R"(
  update clients set type = :type, lead_accountant = :lead, status = :status
  where firm_id = :firm and company_id = :id and display_name = :name and client_number is :number
    and type = :type_before and lead_accountant = :lead_before and status = :status_before)",
                                    .postgresql = R"(
  update clients c set type = w.type, lead_accountant = w.lead, status = w.status
  from unnest(:id::text[], :name::text[], :number::text[], :type_before::text[], :lead_before::text[],
              :status_before::text[], :type::text[], :lead::text[], :status::text[])
    w (id, name, number, type_before, lead_before, status_before, type, lead, status)
  where c.firm_id = :firm and c.company_id = w.id and c.display_name = w.name
    and c.client_number is not distinct from w.number
    and c.type = w.type_before and c.lead_accountant = w.lead_before and c.status = w.status_before)",
                                    .mysql = R"(
  update (with v (id, name, number, type_before, lead_before, status_before, type, lead_after, status)
          as (values :rows) select * from v) w
  straight_join clients c force index (primary)
     on c.firm_id = :firm and c.company_id = w.id and c.display_name = w.name and c.client_number <=> w.number
    and c.type = w.type_before and c.lead_accountant = w.lead_before and c.status = w.status_before
  set c.type = w.type, c.lead_accountant = w.lead_after, c.status = w.status)"};

// Runs first, so that what a client leaves is free for others.
inline constexpr Sql delete_clients{.sqlite = R"(
  delete from clients
  where firm_id = :firm and company_id = :id and display_name = :name and client_number is :number
    and type = :type and lead_accountant = :lead and status = :status)",
                                    .postgresql = R"(
  delete from clients c
  using unnest(:id::text[], :name::text[], :number::text[], :type::text[], :lead::text[], :status::text[])
    w (id, name, number, type, lead, status)
  where c.firm_id = :firm and c.company_id = w.id and c.display_name = w.name
    and c.client_number is not distinct from w.number
    and c.type = w.type and c.lead_accountant = w.lead and c.status = w.status)",
                                    .mysql = R"(
  delete c
  from (with v (id, name, number, type, lead_before, status) as (values :rows) select * from v) w
  straight_join clients c force index (primary)
     on c.firm_id = :firm and c.company_id = w.id and c.display_name = w.name and c.client_number <=> w.number
    and c.type = w.type and c.lead_accountant = w.lead_before and c.status = w.status)"};

inline constexpr const char* update_counts =
    "update firms set client_count = client_count + :created, number_count = number_count + :numbered"
    " where id = :firm";

// SQLite's transaction has locked the whole database already. PostgreSQL's NO KEY lets others insert rows that refer to
// the firm.
inline constexpr Sql lock_firm{
    .sqlite = find_firm,
    .postgresql = "select id, client_count, number_count from firms where name = :name for no key update",
    .mysql = "select id, client_count, number_count from firms where name = :name for update"};

inline constexpr Sql insert_firm{
    .sqlite = "insert into firms (name) values (:name) on conflict do nothing",
    .postgresql = "insert into firms (name) values (:name) on conflict do nothing",
    .mysql = "insert into firms (name) values (:name) on duplicate key update name = name"};

}  // namespace clientsync::sql
