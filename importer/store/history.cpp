#include "importer/store/history.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <set>
#include <utility>

#include "importer/store/sql.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace sql {

// One index for each kind of digest, and one for places: once a report was published at the place of a late save, what
// stands there is that report, edited. A copy of a late save is one too.
constexpr const char* find_first_import = R"(
  select id, name, started_at, kind from imports where id = (
    select min(f.id) from (
      select min(id) as id from imports where sha256 = :bytes and firm_id = :firm and sha256 <> ''
      union all
      select min(id) as id from imports where cells_sha256 = :cells and firm_id = :firm and cells_sha256 <> ''
      union all
      select min(id) as id from imports where report_sha256 = :bytes and firm_id = :firm and report_sha256 <> ''
      union all
      select p.import_id as id from report_places p
      where p.report_sha256 = '' and p.id = (select max(n.id) from report_places n
                                             where n.inbox = :inbox and n.report_name = :name)
      union all
      select p.import_id as id from imports m
      join report_places p on p.inbox = m.inbox and p.report_name = m.name and p.report_sha256 = ''
      where m.sha256 = :bytes and m.firm_id = :firm and m.sha256 <> '') f))";

constexpr Sql read_changes{.sqlite = R"(
  select c.company_id, c.field, c.old_value, c.new_value, i.id, i.name, i.started_at
  from json_each(:ids) w
  cross join changes c indexed by changes_client on c.firm_id = :firm and c.company_id = w.value
  join imports i on i.id = c.import_id
  where c.import_id > :entry
  order by c.company_id, c.id)",
                           .postgresql = R"(
  select c.company_id, c.field, c.old_value, c.new_value, i.id, i.name, i.started_at
  from jsonb_array_elements_text(:ids::jsonb) w (value)
  join changes c on c.firm_id = :firm and c.company_id = w.value
  join imports i on i.id = c.import_id
  where c.import_id > :entry
  order by c.company_id, c.id)",
                           .mysql = R"(
  select c.company_id, c.field, c.old_value, c.new_value, i.id, i.name, i.started_at
  from json_table(:ids, '$[*]'
         columns (value varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$')) w
  straight_join changes c force index (changes_client) on c.firm_id = :firm and c.company_id = w.value
  straight_join imports i force index (primary) on i.id = c.import_id
  where c.import_id > :entry
  order by c.company_id, c.id)"};

// On each database by the index import_errors_client. An error that says superseded is about an older line.
constexpr Sql read_last_errors{.sqlite = R"(
  select e.company_id, e.sheet_row, max(e.import_id)
  from json_each(:ids) w
  cross join import_errors e indexed by import_errors_client on e.company_id = w.value
  join imports i on i.id = e.import_id and i.firm_id = :firm
  where e.codes not like '%superseded%'
  group by e.company_id, e.sheet_row
  order by e.company_id, e.sheet_row)",
                               .postgresql = R"(
  select e.company_id, e.sheet_row, max(e.import_id)
  from jsonb_array_elements_text(:ids::jsonb) w (value)
  join import_errors e on left(e.company_id, 64) = w.value
  join imports i on i.id = e.import_id and i.firm_id = :firm
  where e.codes not like '%superseded%'
  group by e.company_id, e.sheet_row
  order by e.company_id, e.sheet_row)",
                               .mysql = R"(
  select e.company_id, e.sheet_row, max(e.import_id)
  from json_table(:ids, '$[*]'
         columns (value varchar(255) character set utf8mb4 collate utf8mb4_nopad_bin path '$')) w
  straight_join import_errors e force index (import_errors_client) on e.company_id = w.value
  straight_join imports i force index (primary) on i.id = e.import_id and i.firm_id = :firm
  where e.codes not like '%superseded%'
  group by e.company_id, e.sheet_row
  order by e.company_id, e.sheet_row)"};

}  // namespace sql

/// A file from elsewhere has its whole path in the ledger; people know it by its name.
LedgerEntryName entry_name(long long id, const std::string& name, long long started_at) {
  constexpr std::size_t date_length = 10;
  const std::chrono::system_clock::time_point time{std::chrono::seconds(started_at)};
  return {.number = id, .file = name.substr(name.rfind('/') + 1), .date = utc_timestamp(time).substr(0, date_length)};
}

ClientField field_of(const std::string& word) {
  if (word == "created") return ClientField::created;
  if (word == "name") return ClientField::name;
  if (word == "number") return ClientField::number;
  throw DatabaseError(DatabaseError::Kind::refused, "the history has a field that this program does not know: " + word);
}

std::string distinct(std::span<const std::string_view> texts) {
  const std::set<std::string_view> once(texts.begin(), texts.end());
  return boost::json::serialize(boost::json::array(once.begin(), once.end()));
}

}  // namespace

std::optional<LedgerEntryName> find_first_import(Connection& connection, FirmId firm, const LedgerEntry& entry,
                                                 const std::string& cells_sha256) {
  return attempt(connection, "looking for an earlier import of the file", [&]() -> std::optional<LedgerEntryName> {
    const long long firm_id = firm;
    const std::string inbox = entry.inbox.value_or(""), place = escape(entry.name);
    long long id = 0, started_at = 0;
    std::string name, kind;
    soci::session& session = connection.session();
    session << sql::find_first_import, soci::use(entry.file.sha256, "bytes"), soci::use(cells_sha256, "cells"),
        soci::use(firm_id, "firm"), soci::use(inbox, "inbox"), soci::use(place, "name"), soci::into(id),
        soci::into(name), soci::into(started_at), soci::into(kind);
    if (!session.got_data()) return std::nullopt;
    LedgerEntryName found = entry_name(id, name, started_at);
    found.adopted = kind == "adopt";
    return found;
  });
}

std::vector<PastChange> read_changes(Connection& connection, FirmId firm, std::span<const std::string_view> company_ids,
                                     std::int64_t entry) {
  return attempt(connection, "reading the history of clients", [&] {
    const std::string ids = distinct(company_ids);
    const long long firm_id = firm, after = entry;
    long long id = 0, started_at = 0;
    std::string company_id, field, old_value, new_value, name;
    soci::indicator has_old = soci::i_null, has_new = soci::i_null;
    const auto value = [](const std::string& text, soci::indicator has) {
      return has == soci::i_ok ? std::optional(text) : std::nullopt;
    };
    std::vector<PastChange> changes;
    const auto add = [&] {
      changes.push_back({company_id, field_of(field), value(old_value, has_old), value(new_value, has_new),
                         entry_name(id, name, started_at)});
    };
    query(connection, sql::read_changes(connection), add, soci::use(ids, "ids"), soci::use(firm_id, "firm"),
          soci::use(after, "entry"), soci::into(company_id), soci::into(field), soci::into(old_value, has_old),
          soci::into(new_value, has_new), soci::into(id), soci::into(name), soci::into(started_at));
    return changes;
  });
}

std::vector<PastError> read_last_errors(Connection& connection, FirmId firm,
                                        std::span<const std::string_view> company_ids) {
  return attempt(connection, "reading the last errors of clients", [&] {
    const std::string ids = distinct(company_ids);
    const long long firm_id = firm;
    std::string company_id;
    long long row = 0, entry = 0;
    std::vector<PastError> errors;
    const auto add = [&] { errors.push_back({company_id, static_cast<std::size_t>(row), entry}); };
    query(connection, sql::read_last_errors(connection), add, soci::use(ids, "ids"), soci::use(firm_id, "firm"),
          soci::into(company_id), soci::into(row), soci::into(entry));
    return errors;
  });
}

}  // namespace clientsync
