#include "importer/store/history.hpp"

#include <chrono>
#include <utility>

#include "importer/store/sql.hpp"
#include "importer/store/words.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace sql {

// One index for each kind of digest, and one for places: once a report was published at the place of a late save, what
// stands there is that report, edited. A copy of a late save is one too.
constexpr const char* find_first_import = R"(
  select id, name, started_at, who, kind from imports where id = (
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
  select c.company_id, c.field, c.old_value, c.new_value, i.id, i.name, i.started_at, i.who
  from changes c indexed by changes_client
  join imports i on i.id = c.import_id
  where c.firm_id = :firm and c.company_id = :client and c.import_id > :entry
  order by c.import_id, c.seq)",
                           .postgresql = R"(
  select c.company_id, c.field, c.old_value, c.new_value, i.id, i.name, i.started_at, i.who
  from unnest(:client::text[]) w (client)
  join changes c on c.firm_id = :firm and c.company_id = w.client
  join imports i on i.id = c.import_id
  where c.import_id > :entry
  order by c.company_id, c.import_id, c.seq)",
                           .mysql = R"(
  select c.company_id, c.field, c.old_value, c.new_value, i.id, i.name, i.started_at, i.who
  from (with v (client) as (values :rows) select * from v) w
  straight_join changes c force index (changes_client) on c.firm_id = :firm and c.company_id = w.client
  straight_join imports i force index (primary) on i.id = c.import_id
  where c.import_id > :entry
  order by c.company_id, c.import_id, c.seq)"};

// On each database by the index import_errors_client. An error that says superseded is about an older line.
constexpr Sql read_last_errors{.sqlite = R"(
  select e.company_id, e.sheet_row, max(e.import_id)
  from import_errors e indexed by import_errors_client
  join imports i on i.id = e.import_id and i.firm_id = :firm
  where e.company_id = :client and e.codes not like '%superseded%'
  group by e.company_id, e.sheet_row
  order by e.sheet_row)",
                               .postgresql = R"(
  select e.company_id, e.sheet_row, max(e.import_id)
  from unnest(:client::text[]) w (client)
  join import_errors e on left(e.company_id, 64) = w.client
  join imports i on i.id = e.import_id and i.firm_id = :firm
  where e.codes not like '%superseded%'
  group by e.company_id, e.sheet_row
  order by e.company_id, e.sheet_row)",
                               .mysql = R"(
  select e.company_id, e.sheet_row, max(e.import_id)
  from (with v (client) as (values :rows) select * from v) w
  straight_join import_errors e force index (import_errors_client) on e.company_id = w.client
  straight_join imports i force index (primary) on i.id = e.import_id and i.firm_id = :firm
  where e.codes not like '%superseded%'
  group by e.company_id, e.sheet_row
  order by e.company_id, e.sheet_row)"};

}  // namespace sql

/// A file from elsewhere has its whole path in the ledger; people know it by its name.
LedgerEntryName entry_name(const Cell& id, const Cell& name, const Cell& started_at, const Cell& who) {
  constexpr std::size_t date_length = 10;
  const std::chrono::system_clock::time_point time{std::chrono::seconds(number_in(started_at))};
  return {.number = number_in(id),
          .file = std::string(name->empty() ? *who : name->substr(name->rfind('/') + 1)),
          .date = utc_timestamp(time).substr(0, date_length)};
}

}  // namespace

void find_first_import(Batch& batch, FirmId firm, const LedgerEntry& entry, const std::string& cells_sha256,
                       std::optional<LedgerEntryName>& found) {
  batch.add({.sql = sql::find_first_import,
             .parameters = {{"bytes", std::string_view(entry.file.sha256)},
                            {"cells", std::string_view(cells_sha256)},
                            {"firm", firm},
                            {"inbox", entry.inbox ? std::string_view(*entry.inbox) : std::string_view()},
                            {"name", escape(entry.name)}},
             .columns = 5,
             .each = [&found](std::span<const Cell> cells) {
               found = entry_name(cells[0], cells[1], cells[2], cells[3]);
               found->adopted = cells[4] == "adopt";
             }});
}

void read_changes(Batch& batch, FirmId firm, std::span<const std::string_view> company_ids, std::int64_t entry,
                  std::vector<PastChange>& changes) {
  batch.add({.sql = sql::read_changes(batch.connection()),
             .parameters = {{"firm", firm}, {"entry", entry}},
             .rows = distinct_rows("client", {company_ids.begin(), company_ids.end()}),
             .columns = 8,
             .each = [&changes](std::span<const Cell> cells) {
               changes.push_back({std::string(*cells[0]), field_of_client(*cells[1]), text_in(cells[2]),
                                  text_in(cells[3]), entry_name(cells[4], cells[5], cells[6], cells[7])});
             }});
}

void read_last_errors(Batch& batch, FirmId firm, std::span<const std::string_view> company_ids,
                      std::vector<PastError>& errors) {
  batch.add(
      {.sql = sql::read_last_errors(batch.connection()),
       .parameters = {{"firm", firm}},
       .rows = distinct_rows("client", {company_ids.begin(), company_ids.end()}),
       .columns = 3,
       .each = [&errors](std::span<const Cell> cells) {
         errors.push_back({std::string(*cells[0]), static_cast<std::size_t>(number_in(cells[1])), number_in(cells[2])});
       }});
}

}  // namespace clientsync
