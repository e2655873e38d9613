#include "importer/store/known_files.hpp"

#include "importer/store/batch.hpp"
#include "importer/store/sql.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

// `place` is where a name stands among those that are asked for, from 0.
constexpr Sql look_up_names_sql{.sqlite = R"(
  select :place, n.sha256, n.size, n.mtime, p.report_sha256
  from (select 1) w
  left join imports n on n.id = (
    select i.id from imports i where i.inbox = :inbox and i.name = :name and i.version is not null
    order by i.version desc limit 1)
  left join report_places p on p.id = (
    select r.id from report_places r where r.inbox = :inbox and r.report_name = :name order by r.id desc limit 1))",
                                .postgresql = R"(
  select w.place, n.sha256, n.size, n.mtime, p.report_sha256
  from jsonb_to_recordset(:rows::jsonb) w (place bigint, name text)
  left join lateral (
    select i.sha256, i.size, i.mtime from imports i
    where i.inbox = :inbox and i.name = w.name and i.version is not null
    order by i.version desc limit 1) n on true
  left join lateral (
    select r.report_sha256 from report_places r where r.inbox = :inbox and r.report_name = w.name
    order by r.id desc limit 1) p on true)",
                                .mysql = R"(
  select w.place, n.sha256, n.size, n.mtime, p.report_sha256
  from json_table(:rows, '$[*]'
         columns (place bigint path '$.place',
                  name varchar(1700) character set utf8mb4 collate utf8mb4_nopad_bin path '$.name')) w
  left join imports n on n.id = (
    select i.id from imports i where i.inbox = :inbox and i.name = w.name and i.version is not null
    order by i.version desc limit 1)
  left join report_places p on p.id = (
    select r.id from report_places r where r.inbox = :inbox and r.report_name = w.name order by r.id desc limit 1))"};

constexpr Sql find_quiet_sql{.sqlite = R"(
  select :inbox where not exists (select 1 from imports i where i.inbox = :inbox and i.report_state = 'pending'))",
                             .postgresql = R"(
  select w.inbox from jsonb_to_recordset(:rows::jsonb) w (inbox text)
  where not exists (select 1 from imports i where i.inbox = w.inbox and i.report_state = 'pending'))",
                             .mysql = R"(
  select w.inbox
  from json_table(:rows, '$[*]'
         columns (inbox varchar(200) character set utf8mb4 collate utf8mb4_nopad_bin path '$.inbox')) w
  where not exists (select 1 from imports i where i.inbox = w.inbox and i.report_state = 'pending'))"};

}  // namespace

std::vector<KnownFile> look_up_names(Connection& connection, std::string_view inbox,
                                     std::span<const std::string> names) {
  std::vector<KnownFile> known(names.size());
  const auto read_name = [&](std::size_t place, std::span<Value> values) {
    values[0] = static_cast<std::int64_t>(place);
    values[1] = escape(names[place]);
  };
  const auto read_answer = [&](std::span<const Cell> cells) {
    KnownFile& file = known.at(static_cast<std::size_t>(number_in(cells[0])));
    if (cells[1])
      file.newest = {std::string(*cells[1]), static_cast<std::uint64_t>(number_in(cells[2])), number_in(cells[3])};
    if (cells[4]) file.report_sha256 = *cells[4];
  };
  Batch batch(connection);
  batch.add({.sql = look_up_names_sql(connection),
             .parameters = {{"inbox", inbox}},
             .rows = Rows{.fields = {"place", "name"}, .count = names.size(), .read = read_name},
             .columns = 5,
             .each = read_answer});
  batch.run("looking up the names of an inbox in the ledger");
  return known;
}

std::vector<std::string> find_quiet(Connection& connection, std::span<const std::string> inboxes) {
  std::vector<std::string> quiet;
  Batch batch(connection);
  batch.add({.sql = find_quiet_sql(connection),
             .rows = Rows{.fields = {"inbox"},
                          .count = inboxes.size(),
                          .read = [&](std::size_t at,
                                      std::span<Value> values) { values[0] = std::string_view(inboxes[at]); }},
             .columns = 1,
             .each = [&](std::span<const Cell> cells) { quiet.emplace_back(cells[0].value()); }});
  batch.run("looking for inboxes with reports that are not published");
  return quiet;
}

}  // namespace clientsync
