#include "importer/store/ledger_reports.hpp"

#include <array>
#include <utility>

#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

constexpr std::array<std::pair<ReportState, const char*>, 4> report_states{{
    {ReportState::none, "none"},
    {ReportState::pending, "pending"},
    {ReportState::published, "published"},
    {ReportState::superseded, "superseded"},
}};

namespace sql {

// The first import of a name stands for the name: whoever has locked it publishes the reports of that name. A file from
// elsewhere stands for itself.
constexpr const char* lock_report = R"(
  select i.inbox, i.name, i.version, i.report_state,
         case when i.version = (select max(n.version) from imports n where n.inbox = i.inbox and n.name = i.name)
                or i.id = (select max(n.id) from imports n where n.inbox = i.inbox and n.name = i.name
                             and n.version is null) then 1 else 0 end
  from imports i
  join imports f on f.id = coalesce((select o.id from imports o where o.inbox = i.inbox and o.name = i.name
                                       and o.version = 1), i.id)
  where i.id = :import)";
// The places of the latest imports of that import's name.
constexpr const char* published_places = R"(
  select p.report_name
  from imports own
  join imports i on i.inbox = own.inbox and i.name = own.name
  join report_places p on p.import_id = i.id
  where own.id = :import and p.report_sha256 <> ''
  order by i.version desc limit 4)";

constexpr const char* insert_place = R"(
  insert into report_places (import_id, inbox, report_name, report_sha256)
  select id, inbox, report_name, report_sha256 from imports where id = :import)";

constexpr const char* origin_of = R"(
  select o.name from report_places p join imports o on o.id = p.import_id
  where p.inbox = :inbox and p.report_name = :place and o.name <> :place and o.id < :before
  order by p.id desc limit 1)";

constexpr const char* knows_bytes = R"(
  select case when exists (select 1 from imports i join import_bytes b on b.import_id = i.id
                           where i.inbox = :inbox and i.sha256 = :sha256 and i.state = 'imported'
                             and b.input is not null)
    or exists (select 1 from imports i join import_bytes b on b.import_id = i.id
               where i.inbox = :inbox and i.report_sha256 = :sha256 and b.report is not null) then 1 else 0 end)";

constexpr const char* publication_of = R"(
  select i.id, i.name
  from imports i
  where i.id = coalesce(
    (select p.import_id from report_places p where p.inbox = :inbox and p.report_name = :place
       and p.report_sha256 = :sha256 order by p.id desc limit 1),
    (select max(w.id) from imports w where w.inbox = :inbox and w.report_name = :place and w.report_sha256 = :sha256
       and w.report_sha256 <> '' and w.report_state = 'pending')))";

// No bytes were published at the place of a late save: it has no digest. What was saved over was published there,
// pending for it, or itself an edited report that was imported.
constexpr const char* record_late_save = R"(
  insert into report_places (import_id, inbox, report_name, report_sha256)
  select i.id, i.inbox, :late, ''
  from imports i
  where i.id = (
    select max(o.id) from imports o
    where o.inbox = :inbox and :sha256 <> ''
      and ((o.name = :place and o.sha256 = :sha256)
        or (o.report_state = 'pending' and o.report_name = :place and o.report_sha256 = :sha256)
        or o.id in (select p.import_id from report_places p
                    where p.inbox = :inbox and p.report_name = :place and p.report_sha256 = :sha256))))";

// Files from elsewhere have no version, and nobody looks for their pending reports.
constexpr const char* reopen_newer = R"(
  update imports set report_state = 'pending'
  where inbox = :inbox and name = :name and version > :version
    and version = (select max(n.version) from imports n where n.inbox = :inbox and n.name = :name)
    and kind = 'import' and report_state in ('published', 'none') and report_name <> '')";

}  // namespace sql

const char* text_of(ReportState state) {
  for (const auto& [value, text] : report_states) {
    if (value == state) return text;
  }
  throw DatabaseError(Kind::bug, "an unknown state of a report");
}

}  // namespace

ReportState report_state_of(const std::string& text) {
  for (const auto& [value, known] : report_states) {
    if (text == known) return value;
  }
  throw DatabaseError(Kind::refused, "the ledger has a state of a report that this program does not know");
}

std::vector<PendingReport> pending_reports(Connection& connection, std::string_view inbox) {
  std::vector<PendingReport> pending;
  Batch batch(connection);
  batch.add({.sql = "select i.id, i.name, i.sha256, i.state, coalesce(b.report, ''), i.report_name"
                    " from imports i join import_bytes b on b.import_id = i.id"
                    " where i.inbox = :inbox and i.report_state = 'pending' order by i.id",
             .parameters = {{"inbox", inbox}},
             .columns = 6,
             .each = [&](std::span<const Cell> cells) {
               pending.push_back({number_in(cells[0]), unescape(*cells[1]), std::string(*cells[2]),
                                  cells[3] == "rejected", unbase64(*cells[4]), unescape(*cells[5])});
             }});
  batch.run("looking up reports that are not published");
  return pending;
}

void lock_report(Batch& batch, ImportId import, std::optional<LockedReport>& locked) {
  const bool has_row_locks = batch.connection().kind() != DatabaseKind::sqlite;
  batch.add({.sql = std::string(sql::lock_report) + (has_row_locks ? " for update skip locked" : ""),
             .parameters = {{"import", import}},
             .columns = 5,
             .each = [import, &locked](std::span<const Cell> cells) {
               if (report_state_of(std::string(cells[3].value())) != ReportState::pending) return;
               locked = {.import = import,
                         .inbox = std::string(cells[0].value()),
                         .name = std::string(cells[1].value()),
                         .version = number_in(cells[2]),
                         .newest = number_in(cells[4]) != 0};
             }});
}

void record_outcome(Batch& batch, const LockedReport& locked, ReportState state, std::string_view report_name) {
  batch.add({.sql = "update imports set report_state = :state,"
                    " report_name = case when :name = '' then report_name else :name end where id = :import",
             .parameters = {{"state", std::string_view(text_of(state))},
                            {"name", escape(report_name)},
                            {"import", locked.import}},
             .hits = 1});
  if (state == ReportState::published)
    batch.add({.sql = sql::insert_place, .parameters = {{"import", locked.import}}, .hits = 1});
  if (state != ReportState::superseded)
    batch.add({.sql = sql::reopen_newer,
               .parameters = {{"inbox", std::string_view(locked.inbox)},
                              {"name", std::string_view(locked.name)},
                              {"version", locked.version}}});
}

void record_outcomes(Connection& connection, std::span<const ReportOutcome> unrecorded) {
  constexpr std::string_view doing = "recording what became of reports";
  std::vector<std::optional<LockedReport>> locked(unrecorded.size());
  Batch locks(connection), records(connection);
  for (std::size_t i = 0; i < unrecorded.size(); ++i) lock_report(locks, unrecorded[i].import, locked[i]);
  Transaction transaction(locks, doing);
  for (std::size_t i = 0; i < unrecorded.size(); ++i) {
    if (locked[i]) record_outcome(records, *locked[i], unrecorded[i].state, unrecorded[i].report_name);
  }
  records.run(doing);
  transaction.commit();
}

PendingReportLock::PendingReportLock(Connection& connection, ImportId import)
    : connection_(connection), import_(import) {
  lock();
}

void PendingReportLock::lock() {
  locked_.reset();
  places_.clear();
  Batch batch(connection_);
  lock_report(batch, import_, locked_);
  batch.add({.sql = sql::published_places,
             .parameters = {{"import", import_}},
             .columns = 1,
             .each = [this](std::span<const Cell> cells) { places_.push_back(unescape(cells[0].value())); }});
  const std::string doing = "locking the report of import " + std::to_string(import_);
  if (connection_.kind() != DatabaseKind::sqlite) {
    transaction_.emplace(batch, doing);
  } else {
    batch.run(doing);
  }
  if (!locked_) transaction_.reset();
}

void PendingReportLock::intend(std::string_view report_name) {
  Batch batch(connection_);
  batch.add({.sql = "update imports set report_name = :name where id = :import",
             .parameters = {{"name", escape(report_name)}, {"import", import_}},
             .hits = 1});
  commit(batch, "recording the place of the report of import ");
  lock();
}

void PendingReportLock::mark(ReportState state, std::string_view report_name) {
  if (!locked_) throw DatabaseError(Kind::bug, "a report is marked that is not locked");
  Batch batch(connection_);
  record_outcome(batch, *locked_, state, report_name);
  commit(batch, "marking the report of import ");
  locked_.reset();
}

void PendingReportLock::commit(Batch& last, std::string_view doing) {
  const std::string context = std::string(doing) + std::to_string(import_);
  if (transaction_) {
    last.run(context);
  } else {
    transaction_.emplace(last, context);
  }
  transaction_->commit();
  transaction_.reset();
}

std::optional<Publication> publication_of(Connection& connection, std::string_view inbox, std::string_view report_name,
                                          std::string_view sha256) {
  std::optional<Publication> found;
  Batch batch(connection);
  batch.add({.sql = sql::publication_of,
             .parameters = {{"inbox", inbox}, {"place", escape(report_name)}, {"sha256", sha256}},
             .columns = 2,
             .each = [&](std::span<const Cell> cells) {
               found = Publication{.import = number_in(cells[0]), .name = unescape(cells[1].value())};
             }});
  batch.run("looking up a report in the ledger");
  return found;
}

std::optional<std::string> origin_of(Connection& connection, std::string_view inbox, std::string_view report_name,
                                     ImportId before) {
  std::optional<std::string> origin;
  Batch batch(connection);
  batch.add({.sql = sql::origin_of,
             .parameters = {{"inbox", inbox}, {"place", escape(report_name)}, {"before", before}},
             .columns = 1,
             .each = [&](std::span<const Cell> cells) { origin = unescape(cells[0].value()); }});
  batch.run("looking up whose report was edited");
  return origin;
}

void record_late_save(Connection& connection, std::string_view inbox, std::string_view place, std::string_view sha256,
                      std::string_view late) {
  Batch batch(connection);
  batch.add({.sql = sql::record_late_save,
             .parameters = {{"late", escape(late)}, {"inbox", inbox}, {"place", escape(place)}, {"sha256", sha256}}});
  Transaction transaction(batch, "recording a late save");
  transaction.commit();
}

bool is_published_report(Connection& connection, std::string_view inbox, std::string_view report_name,
                         std::string_view sha256) {
  return publication_of(connection, inbox, report_name, sha256).has_value();
}

bool knows_bytes(Connection& connection, std::string_view inbox, std::string_view sha256) {
  bool known = false;
  Batch batch(connection);
  batch.add({.sql = sql::knows_bytes,
             .parameters = {{"inbox", inbox}, {"sha256", sha256}},
             .columns = 1,
             .each = [&](std::span<const Cell> cells) { known = number_in(cells[0]) != 0; }});
  batch.run("looking up bytes in the ledger");
  return known;
}

}  // namespace clientsync
