#include "importer/store/imports.hpp"

#include <soci/soci.h>

#include <array>
#include <boost/json.hpp>
#include <utility>

#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;
using Kind = DatabaseError::Kind;

// Statements over one JSON parameter, whose rows are `w`.
namespace sqlite {

constexpr const char* insert_errors = R"(
  insert into import_errors (import_id, seq, sheet_row, company_id, codes, message)
  select :import, w.key + 1, w.value ->> 'row', w.value ->> 'id', w.value ->> 'codes', w.value ->> 'message'
  from json_each(:errors) w)";

constexpr const char* insert_changes = R"(
  insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value, who, changed_at)
  select :import, w.key + 1, :firm, w.value ->> 'id', w.value ->> 'field', w.value ->> 'old', w.value ->> 'new', :who, :at
  from json_each(:changes) w
  order by w.key)";

constexpr const char* bytes_to_remove = R"(
  select b.import_id from import_bytes b join imports i on i.id = b.import_id
  where (b.input is not null or b.report is not null) and i.finished_at < :before and i.report_state <> 'pending'
  order by b.import_id limit :most)";

constexpr const char* remove_bytes = R"(
  update import_bytes set input = null, report = null
  where import_id in (select w.value from json_each(:ids) w))";

}  // namespace sqlite

constexpr std::array<std::pair<ReportState, const char*>, 4> report_states{{
    {ReportState::none, "none"},
    {ReportState::pending, "pending"},
    {ReportState::published, "published"},
    {ReportState::superseded, "superseded"},
}};

const char* text_of(ReportState state) {
  for (const auto& [value, text] : report_states) {
    if (value == state) return text;
  }
  throw DatabaseError(Kind::bug, "an unknown state of a report");
}

ReportState report_state_of(const std::string& text) {
  for (const auto& [value, known] : report_states) {
    if (text == known) return value;
  }
  throw DatabaseError(Kind::refused, "the ledger has a state of a report that this program does not know");
}

json::value json_of(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

/// Runs a prepared statement that must hit so many rows: no other writer can be to blame where it does not.
void hit_rows(soci::statement& statement, std::size_t rows) {
  statement.execute(true);
  const long long hit = statement.get_affected_rows();
  if (hit == static_cast<long long>(rows)) return;
  throw DatabaseError(Kind::bug,
                      "a statement hit " + std::to_string(hit) + " rows of the ledger and not " + std::to_string(rows));
}

json::object error_row(std::size_t row, std::string_view company_id, std::span<const Problem> problems,
                       Language language) {
  return {
      {"row", row}, {"id", company_id}, {"codes", error_codes(problems)}, {"message", sentences(problems, language)}};
}

json::array error_rows(std::span<const PlannedRow> rows, std::span<const Problem> problems, Language language) {
  json::array errors;
  for (const Problem& problem : problems) {
    errors.push_back(error_row(problem.row, "", std::span(&problem, 1), language));
  }
  for (const PlannedRow& row : rows) {
    if (row.outcome == RowOutcome::failed) {
      errors.push_back(error_row(row.row, row.company_id, row.problems, language));
    }
  }
  return errors;
}

json::array change_rows(std::span<const ClientWrite> writes) {
  json::array changes;
  const auto add = [&](const ClientWrite& write, std::string_view field, json::value before, json::value after) {
    changes.push_back(json::object{
        {"id", write.company_id}, {"field", field}, {"old", std::move(before)}, {"new", std::move(after)}});
  };
  for (const ClientWrite& write : writes) {
    if (write.created) {
      add(write, "created", nullptr, json::value(write.name_after));
    } else if (write.name_before != write.name_after) {
      add(write, "name", json::value(write.name_before), json::value(write.name_after));
    }
    if (write.number_before != write.number_after) {
      add(write, "number", json_of(write.number_before), json_of(write.number_after));
    }
  }
  return changes;
}

/// One column of Base64 of an import; nullopt where it is NULL or there is no such import.
std::optional<std::string> stored_bytes(Connection& connection, ImportId import, const char* sql) {
  return attempt(connection, "reading the bytes of import " + std::to_string(import),
                 [&]() -> std::optional<std::string> {
                   const long long id = import;
                   std::string text;
                   soci::indicator has_text = soci::i_null;
                   soci::session& session = connection.session();
                   session << sql, soci::use(id, "import"), soci::into(text, has_text);
                   if (!session.got_data() || has_text != soci::i_ok) return std::nullopt;
                   return unbase64(text);
                 });
}

}  // namespace

std::optional<LedgerRow> newest_import(Connection& connection, std::string_view inbox, std::string_view name) {
  return attempt(connection, "looking up an import in the ledger", [&]() -> std::optional<LedgerRow> {
    const std::string inbox_text(inbox);
    const std::string name_text = escape(name);
    LedgerRow row;
    long long id = 0, version = 0, size = 0, mtime = 0, rows = 0, updated = 0, unchanged = 0, created = 0, failed = 0;
    soci::indicator has_version = soci::i_null;
    std::string state, report_state, report_name;
    soci::session& session = connection.session();
    session << "select id, version, sha256, size, mtime, state, row_count, updated, unchanged, created, failed,"
               " report_state, report_name, report_sha256 from imports"
               " where inbox = :inbox and name = :name order by version desc, id desc limit 1",
        soci::use(inbox_text, "inbox"), soci::use(name_text, "name"), soci::into(id), soci::into(version, has_version),
        soci::into(row.file.sha256), soci::into(size), soci::into(mtime), soci::into(state), soci::into(rows),
        soci::into(updated), soci::into(unchanged), soci::into(created), soci::into(failed), soci::into(report_state),
        soci::into(report_name), soci::into(row.report_sha256);
    if (!session.got_data()) return std::nullopt;
    const auto count = [](long long value) { return static_cast<std::size_t>(value); };
    row.id = id;
    row.version = has_version == soci::i_ok ? version : 0;
    row.file.size = static_cast<std::uint64_t>(size);
    row.file.mtime = mtime;
    row.rejected = state == "rejected";
    row.counts = {count(rows), count(updated), count(unchanged), count(created), count(failed)};
    row.report_state = report_state_of(report_state);
    row.report_name = unescape(report_name);
    return row;
  });
}

std::optional<ImportId> begin_import(Connection& connection, const LedgerEntry& entry) {
  return attempt(connection, "beginning the import of " + escape(entry.name), [&]() -> std::optional<ImportId> {
    const std::string inbox = entry.inbox.value_or("");
    const std::string name = escape(entry.name);
    const long long version = entry.version;
    const long long size = static_cast<long long>(entry.file.size);
    const long long mtime = entry.file.mtime;
    const long long started_at = entry.started_at;
    soci::indicator of_inbox = entry.inbox ? soci::i_ok : soci::i_null;
    long long id = 0;
    soci::session& session = connection.session();
    session << "insert into imports (kind, state, inbox, name, version, sha256, size, mtime, who, started_at)"
               " values ('import', 'applying', :inbox, :name, :version, :sha256, :size, :mtime, :who, :started_at)"
               " on conflict (inbox, name, version) do nothing returning id",
        soci::use(inbox, "inbox"), soci::use(name, "name"), soci::use(version, of_inbox, "version"),
        soci::use(entry.file.sha256, "sha256"), soci::use(size, "size"), soci::use(mtime, "mtime"),
        soci::use(entry.who, "who"), soci::use(started_at, "started_at"), soci::into(id);
    if (!session.got_data()) return std::nullopt;
    const std::string input = base64(entry.input);
    soci::indicator was_read = entry.file.sha256.empty() ? soci::i_null : soci::i_ok;
    session << "insert into import_bytes (import_id, input) values (:import, :input)", soci::use(id, "import"),
        soci::use(input, was_read, "input");
    return id;
  });
}

void record_errors(Connection& connection, ImportId import, std::span<const PlannedRow> rows,
                   std::span<const Problem> problems, Language language) {
  const json::array errors = error_rows(rows, problems, language);
  if (errors.empty()) return;
  attempt(connection, "recording the errors of import " + std::to_string(import), [&] {
    const long long id = import;
    const std::string parameter = json::serialize(errors);
    soci::statement statement = (connection.session().prepare << sqlite::insert_errors, soci::use(parameter, "errors"),
                                 soci::use(id, "import"));
    hit_rows(statement, errors.size());
  });
}

void record_changes(Connection& connection, ImportId import, FirmId firm, std::span<const ClientWrite> writes,
                    std::string_view who, std::int64_t at) {
  const json::array changes = change_rows(writes);
  if (changes.empty()) return;
  attempt(connection, "recording the changes of import " + std::to_string(import), [&] {
    const long long id = import;
    const long long firm_id = firm;
    const long long changed_at = at;
    const std::string user(who);
    const std::string parameter = json::serialize(changes);
    soci::statement statement =
        (connection.session().prepare << sqlite::insert_changes, soci::use(parameter, "changes"),
         soci::use(firm_id, "firm"), soci::use(id, "import"), soci::use(user, "who"), soci::use(changed_at, "at"));
    hit_rows(statement, changes.size());
  });
}

void finish_import(Connection& connection, ImportId import, FirmId firm, const Plan& plan, Language language,
                   std::string_view report, std::string_view report_name, std::int64_t finished_at) {
  attempt(connection, "finishing import " + std::to_string(import), [&] {
    const auto count = [](std::size_t value) { return static_cast<long long>(value); };
    const long long id = import, firm_id = firm, at = finished_at;
    const long long rows = count(plan.counts.rows), updated = count(plan.counts.updated),
                    unchanged = count(plan.counts.unchanged), created = count(plan.counts.created),
                    failed = count(plan.counts.failed);
    const std::string state = plan.rejected ? "rejected" : "imported";
    const std::string language_tag(tag(language));
    const std::string report_sha256 = report.empty() ? "" : sha256(report);
    const std::string name = escape(report_name);
    soci::session& session = connection.session();
    if (!report.empty()) {
      const std::string report_text = base64(report);
      soci::statement keep = (session.prepare << "update import_bytes set report = :report where import_id = :import",
                              soci::use(report_text, "report"), soci::use(id, "import"));
      hit_rows(keep, 1);
    }
    soci::statement finish =
        (session.prepare << "update imports set state = :state, firm_id = :firm, language = :language,"
                            " row_count = :row_count, updated = :updated, unchanged = :unchanged, created = :created,"
                            " failed = :failed, report_sha256 = :report_sha256, report_name = :report_name,"
                            " report_state = 'pending', finished_at = :finished_at"
                            " where id = :import and state = 'applying'",
         soci::use(state, "state"), soci::use(firm_id, "firm"), soci::use(language_tag, "language"),
         soci::use(rows, "row_count"), soci::use(updated, "updated"), soci::use(unchanged, "unchanged"),
         soci::use(created, "created"), soci::use(failed, "failed"), soci::use(report_sha256, "report_sha256"),
         soci::use(name, "report_name"), soci::use(at, "finished_at"), soci::use(id, "import"));
    hit_rows(finish, 1);
  });
}

std::vector<PendingReport> pending_reports(Connection& connection, std::string_view inbox) {
  return attempt(connection, "looking up reports that are not published", [&] {
    const std::string inbox_text(inbox);
    long long id = 0;
    std::string name, input_sha256, state, report, report_name;
    soci::statement statement =
        (connection.session().prepare << "select i.id, i.name, i.sha256, i.state, coalesce(b.report, ''), i.report_name"
                                         " from imports i join import_bytes b on b.import_id = i.id"
                                         " where i.inbox = :inbox and i.report_state = 'pending' order by i.id",
         soci::use(inbox_text, "inbox"), soci::into(id), soci::into(name), soci::into(input_sha256), soci::into(state),
         soci::into(report), soci::into(report_name));
    statement.execute();
    std::vector<PendingReport> pending;
    while (statement.fetch()) {
      pending.push_back(
          {id, unescape(name), input_sha256, state == "rejected", unbase64(report), unescape(report_name)});
    }
    return pending;
  });
}

std::optional<std::string> report_bytes(Connection& connection, ImportId import) {
  return stored_bytes(connection, import, "select report from import_bytes where import_id = :import");
}

std::optional<std::string> input_bytes(Connection& connection, ImportId import) {
  return stored_bytes(connection, import, "select input from import_bytes where import_id = :import");
}

void mark_report(Connection& connection, ImportId import, ReportState state, std::string_view report_name) {
  Transaction transaction(connection);
  attempt(connection, "marking the report of import " + std::to_string(import), [&] {
    const long long id = import;
    const std::string state_text = text_of(state);
    const std::string name = escape(report_name);
    soci::session& session = connection.session();
    soci::statement update =
        (session.prepare << "update imports set report_state = :state,"
                            " report_name = case when :name = '' then report_name else :name end where id = :import",
         soci::use(state_text, "state"), soci::use(name, "name"), soci::use(id, "import"));
    hit_rows(update, 1);
    if (state != ReportState::published) return;
    session << "insert into report_places (import_id, inbox, report_name, report_sha256)"
               " select id, inbox, report_name, report_sha256 from imports where id = :import",
        soci::use(id, "import");
  });
  transaction.commit();
}

bool is_published_report(Connection& connection, std::string_view inbox, std::string_view report_name,
                         std::string_view sha256) {
  return attempt(connection, "looking up a report in the ledger", [&] {
    const std::string inbox_text(inbox);
    const std::string name = escape(report_name);
    const std::string hash(sha256);
    long long found = 0;
    connection.session() << "select (select count(*) from report_places where inbox = :inbox and report_name = :name"
                            " and report_sha256 = :sha256)"
                            " + (select count(*) from imports where inbox = :inbox and report_state = 'pending'"
                            " and report_name = :name and report_sha256 = :sha256 and report_sha256 <> '')",
        soci::use(inbox_text, "inbox"), soci::use(name, "name"), soci::use(hash, "sha256"), soci::into(found);
    return found != 0;
  });
}

std::optional<std::string> report_owner(Connection& connection, std::string_view inbox, std::string_view report_name) {
  return attempt(connection, "looking up the owner of a report", [&]() -> std::optional<std::string> {
    const std::string inbox_text(inbox);
    const std::string place = escape(report_name);
    std::string owner;
    soci::indicator has_owner = soci::i_null;
    // What is pending for the place comes after all that stood there.
    connection.session() << "select coalesce("
                            "(select name from imports where inbox = :inbox and report_state = 'pending'"
                            " and report_name = :name and report_sha256 <> '' order by id desc limit 1),"
                            "(select i.name from report_places p join imports i on i.id = p.import_id"
                            " where p.inbox = :inbox and p.report_name = :name order by p.id desc limit 1))",
        soci::use(inbox_text, "inbox"), soci::use(place, "name"), soci::into(owner, has_owner);
    return has_owner == soci::i_ok ? std::optional(unescape(owner)) : std::nullopt;
  });
}

ImportId last_import(Connection& connection) {
  return attempt(connection, "looking up the newest import", [&] {
    long long id = 0;
    connection.session() << "select coalesce(max(id), 0) from imports", soci::into(id);
    return ImportId{id};
  });
}

std::vector<std::string> published_places(Connection& connection, std::string_view inbox, std::string_view name) {
  return attempt(connection, "looking up where reports were published", [&] {
    const std::string inbox_text(inbox);
    const std::string name_text = escape(name);
    std::vector<std::string> places(4);
    connection.session() << "select p.report_name from imports i join report_places p on p.import_id = i.id"
                            " where i.inbox = :inbox and i.name = :name order by i.version desc, p.id desc limit 4",
        soci::use(inbox_text, "inbox"), soci::use(name_text, "name"), soci::into(places);
    for (std::string& place : places) place = unescape(place);
    return places;
  });
}

bool is_report(Connection& connection, std::string_view sha256) {
  return attempt(connection, "looking up a report in the ledger", [&] {
    const std::string hash(sha256);
    long long found = 0;
    connection.session() << "select count(*) from imports where report_sha256 = :sha256", soci::use(hash, "sha256"),
        soci::into(found);
    return found != 0;
  });
}

bool knows_bytes(Connection& connection, std::string_view inbox, std::string_view sha256) {
  return attempt(connection, "looking up bytes in the ledger", [&] {
    const std::string inbox_text(inbox);
    const std::string hash(sha256);
    long long found = 0;
    connection.session()
        << "select (select count(*) from imports i join import_bytes b on b.import_id = i.id"
           " where i.inbox = :inbox and i.sha256 = :sha256 and i.state = 'imported' and b.input is not null)"
           " + (select count(*) from imports i join import_bytes b on b.import_id = i.id"
           " where i.inbox = :inbox and i.report_sha256 = :sha256 and b.report is not null)",
        soci::use(inbox_text, "inbox"), soci::use(hash, "sha256"), soci::into(found);
    return found != 0;
  });
}

std::size_t remove_bytes(Connection& connection, std::int64_t before, std::size_t most) {
  // Looked up before the transaction: what may go stays so, and nobody waits for the search.
  const json::array ids = attempt(connection, "looking for bytes whose time is over", [&] {
    const long long end = before, limit = static_cast<long long>(most);
    long long id = 0;
    soci::statement statement = (connection.session().prepare << sqlite::bytes_to_remove, soci::use(end, "before"),
                                 soci::use(limit, "most"), soci::into(id));
    statement.execute();
    json::array found;
    while (statement.fetch()) found.emplace_back(id);
    return found;
  });
  if (ids.empty()) return 0;
  Transaction transaction(connection);
  attempt(connection, "removing bytes whose time is over", [&] {
    const std::string parameter = json::serialize(ids);
    soci::statement statement = (connection.session().prepare << sqlite::remove_bytes, soci::use(parameter, "ids"));
    hit_rows(statement, ids.size());
  });
  transaction.commit();
  return ids.size();
}

void record_as_done(Connection& connection, std::string_view firm, std::span<const LedgerEntry> files) {
  Transaction transaction(connection);
  const long long firm_id = lock_firm(connection, firm);
  for (const LedgerEntry& file : files) {
    attempt(connection, "recording " + escape(file.name) + " as done", [&] {
      const std::string inbox = file.inbox.value(), name = escape(file.name);
      const long long version = file.version, size = static_cast<long long>(file.file.size), mtime = file.file.mtime,
                      at = file.started_at;
      connection.session()
          << "insert into imports (kind, state, firm_id, inbox, name, version, sha256, size, mtime, who, started_at,"
             " finished_at) values ('adopt', 'imported', :firm, :inbox, :name, :version, :sha256, :size, :mtime, :who,"
             " :at, :at)",
          soci::use(firm_id, "firm"), soci::use(inbox, "inbox"), soci::use(name, "name"), soci::use(version, "version"),
          soci::use(file.file.sha256, "sha256"), soci::use(size, "size"), soci::use(mtime, "mtime"),
          soci::use(file.who, "who"), soci::use(at, "at");
    });
  }
  transaction.commit();
}

std::size_t count_imports(Connection& connection, std::string_view inbox) {
  return attempt(connection, "counting the imports of an inbox", [&] {
    const std::string inbox_text(inbox);
    long long count = 0;
    connection.session() << "select count(*) from imports where inbox = :inbox and kind <> 'adopt'",
        soci::use(inbox_text, "inbox"), soci::into(count);
    return static_cast<std::size_t>(count);
  });
}

}  // namespace clientsync
