#include "importer/store/known_files.hpp"

#include <soci/soci.h>

#include <boost/json.hpp>

#include "importer/store/sql.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// The names are one JSON array; `place` is where a name stands in it, from 0.
constexpr Sql look_up_names_sql{.sqlite = R"(
  select w.key as place, n.sha256, n.size, n.mtime, p.report_sha256
  from json_each(:names) w
  left join imports n on n.id = (
    select i.id from imports i where i.inbox = :inbox and i.name = w.value and i.version is not null
    order by i.version desc limit 1)
  left join report_places p on p.id = (
    select r.id from report_places r where r.inbox = :inbox and r.report_name = w.value order by r.id desc limit 1))",
                                .postgresql = R"(
  select w.place - 1, n.sha256, n.size, n.mtime, p.report_sha256
  from jsonb_array_elements_text(:names::jsonb) with ordinality w (name, place)
  left join lateral (
    select i.sha256, i.size, i.mtime from imports i
    where i.inbox = :inbox and i.name = w.name and i.version is not null
    order by i.version desc limit 1) n on true
  left join lateral (
    select r.report_sha256 from report_places r where r.inbox = :inbox and r.report_name = w.name
    order by r.id desc limit 1) p on true)",
                                .mysql = R"(
  select w.place - 1, n.sha256, n.size, n.mtime, p.report_sha256
  from json_table(:names, '$[*]'
         columns (place for ordinality,
                  name varchar(1700) character set utf8mb4 collate utf8mb4_nopad_bin path '$')) w
  left join imports n on n.id = (
    select i.id from imports i where i.inbox = :inbox and i.name = w.name and i.version is not null
    order by i.version desc limit 1)
  left join report_places p on p.id = (
    select r.id from report_places r where r.inbox = :inbox and r.report_name = w.name order by r.id desc limit 1))"};

constexpr Sql find_quiet_sql{.sqlite = R"(
  select w.value from json_each(:inboxes) w
  where not exists (select 1 from imports i where i.inbox = w.value and i.report_state = 'pending'))",
                             .postgresql = R"(
  select w.inbox from jsonb_array_elements_text(:inboxes::jsonb) w (inbox)
  where not exists (select 1 from imports i where i.inbox = w.inbox and i.report_state = 'pending'))",
                             .mysql = R"(
  select w.inbox
  from json_table(:inboxes, '$[*]'
         columns (inbox varchar(200) character set utf8mb4 collate utf8mb4_nopad_bin path '$')) w
  where not exists (select 1 from imports i where i.inbox = w.inbox and i.report_state = 'pending'))"};

}  // namespace

std::vector<KnownFile> look_up_names(Connection& connection, std::string_view inbox,
                                     std::span<const std::string> names) {
  return attempt(connection, "looking up the names of an inbox in the ledger", [&] {
    boost::json::array array;
    for (const std::string& name : names) array.emplace_back(escape(name));
    const std::string names_text = boost::json::serialize(array), inbox_text(inbox);
    long long place = 0, size = 0, mtime = 0;
    std::string sha256, report_sha256;
    soci::indicator has_import = soci::i_null, has_report = soci::i_null;
    soci::statement statement =
        (connection.session().prepare << look_up_names_sql(connection), soci::use(names_text, "names"),
         soci::use(inbox_text, "inbox"), soci::into(place), soci::into(sha256, has_import),
         soci::into(size, has_import), soci::into(mtime, has_import), soci::into(report_sha256, has_report));
    std::vector<KnownFile> known(names.size());
    statement.execute();
    while (statement.fetch()) {
      KnownFile& file = known.at(static_cast<std::size_t>(place));
      if (has_import == soci::i_ok) file.newest = {sha256, static_cast<std::uint64_t>(size), mtime};
      if (has_report == soci::i_ok) file.report_sha256 = report_sha256;
    }
    return known;
  });
}

std::vector<std::string> find_quiet(Connection& connection, std::span<const std::string> inboxes) {
  return attempt(connection, "looking for inboxes with reports that are not published", [&] {
    const std::string inboxes_text = boost::json::serialize(boost::json::array(inboxes.begin(), inboxes.end()));
    std::string inbox;
    soci::statement statement = (connection.session().prepare << find_quiet_sql(connection),
                                 soci::use(inboxes_text, "inboxes"), soci::into(inbox));
    std::vector<std::string> quiet;
    statement.execute();
    while (statement.fetch()) quiet.push_back(inbox);
    return quiet;
  });
}

}  // namespace clientsync
