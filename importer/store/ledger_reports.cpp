#include "importer/store/ledger_reports.hpp"

#include <array>
#include <utility>

#include "importer/digest.hpp"
#include "importer/store/sql.hpp"
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
  return attempt(connection, "looking up reports that are not published", [&] {
    const std::string inbox_text(inbox);
    long long id = 0;
    std::string name, input_sha256, state, report, report_name;
    std::vector<PendingReport> pending;
    const auto add = [&] {
      pending.push_back(
          {id, unescape(name), input_sha256, state == "rejected", unbase64(report), unescape(report_name)});
    };
    query(connection,
          "select i.id, i.name, i.sha256, i.state, coalesce(b.report, ''), i.report_name"
          " from imports i join import_bytes b on b.import_id = i.id"
          " where i.inbox = :inbox and i.report_state = 'pending' order by i.id",
          add, soci::use(inbox_text, "inbox"), soci::into(id), soci::into(name), soci::into(input_sha256),
          soci::into(state), soci::into(report), soci::into(report_name));
    return pending;
  });
}

PendingReportLock::PendingReportLock(Connection& connection, ImportId import)
    : connection_(connection), import_(import) {
  lock();
}

void PendingReportLock::lock() {
  const bool has_row_locks = connection_.kind() != DatabaseKind::sqlite;
  if (has_row_locks) transaction_.emplace(connection_);
  attempt(connection_, "locking the report of import " + std::to_string(import_), [&] {
    const std::string sql = sql::lock_report + std::string(has_row_locks ? " for update skip locked" : "");
    const long long id = import_;
    long long version = 0, is_newest = 0;
    soci::indicator has_version = soci::i_null;
    std::string state;
    soci::session& session = connection_.session();
    session << sql, soci::use(id, "import"), soci::into(inbox_), soci::into(name_), soci::into(version, has_version),
        soci::into(state), soci::into(is_newest);
    version_ = session.got_data() && has_version == soci::i_ok ? version : 0;
    held_ = session.got_data() && report_state_of(state) == ReportState::pending;
    newest_ = held_ && is_newest != 0;
  });
  if (!held_) transaction_.reset();
}

void PendingReportLock::intend(std::string_view report_name) {
  if (!transaction_) transaction_.emplace(connection_);
  attempt(connection_, "recording the place of the report of import " + std::to_string(import_), [&] {
    const long long id = import_;
    const std::string name = escape(report_name);
    require_rows(execute(connection_, "update imports set report_name = :name where id = :import",
                         soci::use(name, "name"), soci::use(id, "import")),
                 1);
  });
  transaction_->commit();
  transaction_.reset();
  lock();
}

void PendingReportLock::mark(ReportState state, std::string_view report_name) {
  if (!transaction_) transaction_.emplace(connection_);
  attempt(connection_, "marking the report of import " + std::to_string(import_), [&] {
    const long long id = import_, version = version_;
    const std::string state_text = text_of(state);
    const std::string name = escape(report_name);
    require_rows(execute(connection_,
                         "update imports set report_state = :state,"
                         " report_name = case when :name = '' then report_name else :name end where id = :import",
                         soci::use(state_text, "state"), soci::use(name, "name"), soci::use(id, "import")),
                 1);
    if (state == ReportState::superseded) return;
    if (state == ReportState::published) {
      execute(connection_,
              "insert into report_places (import_id, inbox, report_name, report_sha256)"
              " select id, inbox, report_name, report_sha256 from imports where id = :import",
              soci::use(id, "import"));
    }
    execute(connection_, sql::reopen_newer, soci::use(inbox_, "inbox"), soci::use(name_, "name"),
            soci::use(version, "version"));
  });
  transaction_->commit();
  held_ = false;
}

std::optional<Publication> publication_of(Connection& connection, std::string_view inbox, std::string_view report_name,
                                          std::string_view sha256) {
  return attempt(connection, "looking up a report in the ledger", [&]() -> std::optional<Publication> {
    const std::string inbox_text(inbox), place = escape(report_name), hash(sha256);
    long long import = 0;
    std::string name;
    soci::session& session = connection.session();
    session << sql::publication_of, soci::use(inbox_text, "inbox"), soci::use(place, "place"),
        soci::use(hash, "sha256"), soci::into(import), soci::into(name);
    if (!session.got_data()) return std::nullopt;
    return Publication{.import = import, .name = unescape(name)};
  });
}

std::optional<std::string> origin_of(Connection& connection, std::string_view inbox, std::string_view report_name,
                                     ImportId before) {
  return attempt(connection, "looking up whose report was edited", [&]() -> std::optional<std::string> {
    const std::string inbox_text(inbox), place = escape(report_name);
    const long long end = before;
    std::string name;
    soci::session& session = connection.session();
    session << "select o.name from report_places p join imports o on o.id = p.import_id"
               " where p.inbox = :inbox and p.report_name = :place and o.name <> :place and o.id < :before"
               " order by p.id desc limit 1",
        soci::use(inbox_text, "inbox"), soci::use(place, "place"), soci::use(end, "before"), soci::into(name);
    return session.got_data() ? std::optional(unescape(name)) : std::nullopt;
  });
}

void record_late_save(Connection& connection, std::string_view inbox, std::string_view place, std::string_view sha256,
                      std::string_view late) {
  Transaction transaction(connection);
  attempt(connection, "recording a late save", [&] {
    const std::string inbox_text(inbox), place_text = escape(place), hash(sha256), late_text = escape(late);
    execute(connection, sql::record_late_save, soci::use(late_text, "late"), soci::use(inbox_text, "inbox"),
            soci::use(place_text, "place"), soci::use(hash, "sha256"));
  });
  transaction.commit();
}

bool is_published_report(Connection& connection, std::string_view inbox, std::string_view report_name,
                         std::string_view sha256) {
  return publication_of(connection, inbox, report_name, sha256).has_value();
}

std::vector<std::string> published_places(Connection& connection, std::string_view inbox, std::string_view name) {
  return attempt(connection, "looking up where reports were published", [&] {
    const std::string inbox_text(inbox);
    const std::string name_text = escape(name);
    std::vector<std::string> places(4);
    connection.session() << "select p.report_name from imports i join report_places p on p.import_id = i.id"
                            " where i.inbox = :inbox and i.name = :name and p.report_sha256 <> ''"
                            " order by i.version desc limit 4",
        soci::use(inbox_text, "inbox"), soci::use(name_text, "name"), soci::into(places);
    for (std::string& place : places) place = unescape(place);
    return places;
  });
}

bool knows_bytes(Connection& connection, std::string_view inbox, std::string_view sha256) {
  return attempt(connection, "looking up bytes in the ledger", [&] {
    const std::string inbox_text(inbox);
    const std::string hash(sha256);
    long long found = 0;
    connection.session()
        << "select case when exists (select 1 from imports i join import_bytes b on b.import_id = i.id"
           " where i.inbox = :inbox and i.sha256 = :sha256 and i.state = 'imported' and b.input is not null)"
           " or exists (select 1 from imports i join import_bytes b on b.import_id = i.id"
           " where i.inbox = :inbox and i.report_sha256 = :sha256 and b.report is not null) then 1 else 0 end",
        soci::use(inbox_text, "inbox"), soci::use(hash, "sha256"), soci::into(found);
    return found != 0;
  });
}

}  // namespace clientsync
