#include "importer/store/ledger.hpp"

#include <boost/json.hpp>
#include <functional>
#include <utility>

#include "importer/digest.hpp"
#include "importer/store/sql.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;
using Kind = DatabaseError::Kind;

// Statements over one JSON parameter, whose rows are `w`.
namespace sql {

constexpr Sql insert_errors{.sqlite = R"(
  insert into import_errors (import_id, seq, sheet_row, company_id, codes, message)
  select :import, w.value ->> 'seq', w.value ->> 'row', w.value ->> 'id', w.value ->> 'codes', w.value ->> 'message'
  from json_each(:errors) w)",
                            .postgresql = R"(
  insert into import_errors (import_id, seq, sheet_row, company_id, codes, message)
  select :import, w.seq, w.row, w.id, w.codes, w.message
  from jsonb_to_recordset(:errors::jsonb) w (seq bigint, row bigint, id text, codes text, message text))",
                            .mysql = R"(
  insert into import_errors (import_id, seq, sheet_row, company_id, codes, message)
  select :import, w.seq, w.sheet_row, w.id, w.codes, w.message
  from json_table(:errors, '$[*]'
         columns (seq bigint path '$.seq', sheet_row bigint path '$.row',
                  id longtext character set utf8mb4 path '$.id',
                  codes longtext character set utf8mb4 path '$.codes',
                  message longtext character set utf8mb4 path '$.message')) w)"};

constexpr Sql insert_changes{.sqlite = R"(
  insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value, who, changed_at)
  select :import, w.value ->> 'seq', :firm, w.value ->> 'id', w.value ->> 'field', w.value ->> 'old',
         w.value ->> 'new', :who, :at
  from json_each(:changes) w
  order by w.key)",
                             .postgresql = R"(
  insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value, who, changed_at)
  select :import, w.seq, :firm, w.id, w.field, w.old, w.new, :who, :at
  from jsonb_to_recordset(:changes::jsonb) w (seq bigint, id text, field text, old text, new text)
  order by w.seq)",
                             .mysql = R"(
  insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value, who, changed_at)
  select :import, w.seq, :firm, w.id, w.field, w.old_value, w.new_value, :who, :at
  from json_table(:changes, '$[*]'
         columns (seq bigint path '$.seq', id varchar(255) character set utf8mb4 path '$.id',
                  field varchar(20) character set utf8mb4 path '$.field',
                  old_value varchar(255) character set utf8mb4 path '$.old',
                  new_value varchar(255) character set utf8mb4 path '$.new')) w
  order by w.seq)"};

constexpr const char* bytes_to_remove = R"(
  select b.import_id from import_bytes b join imports i on i.id = b.import_id
  where (b.input is not null or b.report is not null) and i.finished_at < :before and i.report_state <> 'pending'
  order by b.import_id limit :most)";

constexpr Sql remove_bytes{.sqlite = R"(
  update import_bytes set input = null, report = null
  where import_id in (select w.value from json_each(:ids) w))",
                           .postgresql = R"(
  update import_bytes set input = null, report = null
  where import_id in (select w.value::bigint from jsonb_array_elements_text(:ids::jsonb) w (value)))",
                           .mysql = R"(
  update json_table(:ids, '$[*]' columns (id bigint path '$')) w
  straight_join import_bytes b force index (primary) on b.import_id = w.id
  set b.input = null, b.report = null)"};

constexpr const char* insert_import = R"(
  insert into imports (kind, state, inbox, name, version, sha256, cells_sha256, size, mtime, who, started_at)
  select 'import', 'applying', :inbox, :name, :version, :sha256, :cells, :size, :mtime, :who, :started_at
  from (select 1 as one) o
  where not exists (select 1 from imports where inbox = :inbox and name = :name and version = :version)
  returning id)";

// A report may stand under a name that was never imported. A pending one comes after all that were published. The
// newest import is found in the order of an index: MariaDB would sort all imports of the name by version and ID.
constexpr const char* look_up_name = R"(
  select reported.name, newest.id, newest.version, newest.sha256, newest.size, newest.mtime, newest.state,
         newest.row_count, newest.updated, newest.unchanged, newest.created, newest.failed, newest.restored,
         newest.report_state, newest.report_name
  from (select 1 as one) o
  left join imports reported on reported.id = coalesce(
    (select id from imports where inbox = :inbox and report_name = :name and report_state = 'pending'
       and report_sha256 <> '' order by id desc limit 1),
    (select import_id from report_places where inbox = :inbox and report_name = :name order by id desc limit 1))
  left join imports newest on newest.id = coalesce(
    (select id from imports where inbox = :inbox and name = :name and version is not null
     order by version desc limit 1),
    (select max(id) from imports where inbox = :inbox and name = :name and version is null)))";

}  // namespace sql

json::value json_of(const std::optional<std::string_view>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::object error_row(std::size_t row, std::string_view company_id, std::string_view codes, std::string_view message) {
  return {{"row", row}, {"id", company_id}, {"codes", codes}, {"message", message}};
}

/// The rows of a statement, in batches. `write` runs the statement over the JSON array that it is given.
class Batches {
 public:
  explicit Batches(std::function<void(const std::string& parameter, std::size_t rows)> write)
      : write_(std::move(write)) {}

  void add(json::object row) {
    row["seq"] = ++count_;
    rows_.push_back(std::move(row));
    if (rows_.size() == rows_of_statement) flush();
  }

  void flush() {
    if (rows_.empty()) return;
    write_(json::serialize(rows_), rows_.size());
    rows_.clear();
  }

 private:
  std::function<void(const std::string&, std::size_t)> write_;
  json::array rows_;
  std::size_t count_ = 0;
};

void add_changes(Batches& changes, const ClientWrite& write) {
  const auto add = [&](std::string_view field, json::value before, json::value after) {
    changes.add({{"id", write.company_id}, {"field", field}, {"old", std::move(before)}, {"new", std::move(after)}});
  };
  if (write.created) {
    add("created", nullptr, json::value(write.name_after));
  } else if (write.name_before != write.name_after) {
    add("name", json::value(write.name_before), json::value(write.name_after));
  }
  if (write.number_before != write.number_after) {
    add("number", json_of(write.number_before), json_of(write.number_after));
  }
}

}  // namespace

LedgerName look_up_name(Connection& connection, std::string_view inbox, std::string_view name) {
  return attempt(connection, "looking up a name in the ledger", [&] {
    const std::string inbox_text(inbox);
    const std::string name_text = escape(name);
    LedgerRow row;
    long long id = 0, version = 0, size = 0, mtime = 0, rows = 0, updated = 0, unchanged = 0, created = 0, failed = 0,
              restored = 0;
    std::string report_of, sha256, state, report_state, report_name;
    // If there is no import, all its columns are NULL.
    soci::indicator has_report = soci::i_null, has_import = soci::i_null, has_version = soci::i_null,
                    has = soci::i_null;
    connection.session() << sql::look_up_name, soci::use(inbox_text, "inbox"), soci::use(name_text, "name"),
        soci::into(report_of, has_report), soci::into(id, has_import), soci::into(version, has_version),
        soci::into(sha256, has), soci::into(size, has), soci::into(mtime, has), soci::into(state, has),
        soci::into(rows, has), soci::into(updated, has), soci::into(unchanged, has), soci::into(created, has),
        soci::into(failed, has), soci::into(restored, has), soci::into(report_state, has), soci::into(report_name, has);
    LedgerName found;
    if (has_report == soci::i_ok) found.report_of = unescape(report_of);
    if (has_import != soci::i_ok) return found;
    const auto count = [](long long value) { return static_cast<std::size_t>(value); };
    found.newest = {
        .id = id,
        .version = has_version == soci::i_ok ? version : 0,
        .file = {sha256, static_cast<std::uint64_t>(size), mtime},
        .rejected = state == "rejected",
        .counts = {count(rows), count(updated), count(unchanged), count(created), count(failed), count(restored)},
        .report_state = report_state_of(report_state),
        .report_name = unescape(report_name)};
    return found;
  });
}

std::optional<ImportId> insert_import(Connection& connection, const LedgerEntry& entry,
                                      const std::string& cells_sha256) {
  return attempt(connection, "beginning the import of " + escape(entry.name), [&]() -> std::optional<ImportId> {
    const std::string inbox = entry.inbox.value_or(""), name = escape(entry.name);
    const long long version = entry.version, size = static_cast<long long>(entry.file.size), mtime = entry.file.mtime,
                    started_at = entry.started_at;
    soci::indicator of_inbox = entry.inbox ? soci::i_ok : soci::i_null;
    long long id = 0;
    soci::session& session = connection.session();
    session << sql::insert_import, soci::use(inbox, "inbox"), soci::use(name, "name"),
        soci::use(version, of_inbox, "version"), soci::use(entry.file.sha256, "sha256"),
        soci::use(cells_sha256, "cells"), soci::use(size, "size"), soci::use(mtime, "mtime"),
        soci::use(entry.who, "who"), soci::use(started_at, "started_at"), soci::into(id);
    return session.got_data() ? std::optional<ImportId>(id) : std::nullopt;
  });
}

void record_errors(Connection& connection, ImportId import, std::span<const PlannedRow> rows,
                   std::span<const Problem> problems, Language language) {
  attempt(connection, "recording the errors of import " + std::to_string(import), [&] {
    const long long id = import;
    Batches errors([&](const std::string& parameter, std::size_t count) {
      require_rows(
          execute(connection, sql::insert_errors(connection), soci::use(parameter, "errors"), soci::use(id, "import")),
          count);
    });
    for (const Problem& problem : problems)
      errors.add(error_row(problem.row, "", token(code_of(problem.message)), sentence(problem, language)));
    for (const PlannedRow& row : rows) {
      if (row.outcome == RowOutcome::failed)
        errors.add(error_row(row.row, row.company_id, error_codes(row), sentences(row, language)));
    }
    errors.flush();
  });
}

void record_changes(Connection& connection, ImportId import, FirmId firm, std::span<const ClientWrite> writes,
                    std::string_view who, std::int64_t at) {
  attempt(connection, "recording the changes of import " + std::to_string(import), [&] {
    const long long id = import;
    const long long firm_id = firm;
    const long long changed_at = at;
    const std::string user(who);
    Batches changes([&](const std::string& parameter, std::size_t count) {
      require_rows(execute(connection, sql::insert_changes(connection), soci::use(parameter, "changes"),
                           soci::use(firm_id, "firm"), soci::use(id, "import"), soci::use(user, "who"),
                           soci::use(changed_at, "at")),
                   count);
    });
    for (const ClientWrite& write : writes) add_changes(changes, write);
    changes.flush();
  });
}

void record_bytes(Connection& connection, ImportId import, const LedgerEntry& entry, std::string_view report) {
  attempt(connection, "recording the bytes of import " + std::to_string(import), [&] {
    const long long id = import;
    const std::string input = base64(entry.input), report_text = base64(report);
    soci::indicator has_input = entry.file.sha256.empty() ? soci::i_null : soci::i_ok;
    soci::indicator has_report = report.empty() ? soci::i_null : soci::i_ok;
    connection.session() << "insert into import_bytes (import_id, input, report) values (:import, :input, :report)",
        soci::use(id, "import"), soci::use(input, has_input, "input"), soci::use(report_text, has_report, "report");
  });
}

void complete_import(Connection& connection, ImportId import, FirmId firm, const Plan& plan, Language language,
                     std::string_view report, std::string_view report_name, std::int64_t finished_at) {
  attempt(connection, "completing import " + std::to_string(import), [&] {
    const auto count = [](std::size_t value) { return static_cast<long long>(value); };
    const long long id = import, firm_id = firm, at = finished_at;
    const long long rows = count(plan.counts.rows), updated = count(plan.counts.updated),
                    unchanged = count(plan.counts.unchanged), created = count(plan.counts.created),
                    failed = count(plan.counts.failed), restored = count(plan.counts.restored);
    const std::string state = plan.rejected ? "rejected" : "imported";
    const std::string language_tag(tag(language));
    const std::string report_sha256 = report.empty() ? "" : sha256(report);
    const std::string name = escape(report_name);
    const std::string report_state = report_name.empty() ? "none" : "pending";
    require_rows(
        execute(connection,
                "update imports set state = :state, firm_id = :firm, language = :language,"
                " row_count = :row_count, updated = :updated, unchanged = :unchanged, created = :created,"
                " failed = :failed, restored = :restored, report_sha256 = :report_sha256, report_name = :report_name,"
                " report_state = :report_state, finished_at = :finished_at"
                " where id = :import and state = 'applying'",
                soci::use(state, "state"), soci::use(firm_id, "firm"), soci::use(language_tag, "language"),
                soci::use(rows, "row_count"), soci::use(updated, "updated"), soci::use(unchanged, "unchanged"),
                soci::use(created, "created"), soci::use(failed, "failed"), soci::use(restored, "restored"),
                soci::use(report_sha256, "report_sha256"), soci::use(name, "report_name"),
                soci::use(report_state, "report_state"), soci::use(at, "finished_at"), soci::use(id, "import")),
        1);
  });
}

ImportId last_import(Connection& connection) {
  return attempt(connection, "looking up the newest import", [&] {
    long long id = 0;
    connection.session() << "select coalesce(max(id), 0) from imports", soci::into(id);
    return ImportId{id};
  });
}

std::size_t remove_bytes(Connection& connection, std::int64_t before, std::size_t most) {
  // Searched before the transaction, so that nobody waits for it: bytes that may go may still go later.
  const json::array ids = attempt(connection, "looking for bytes past their retention", [&] {
    const long long end = before, limit = static_cast<long long>(most);
    long long id = 0;
    json::array found;
    query(
        connection, sql::bytes_to_remove, [&] { found.emplace_back(id); }, soci::use(end, "before"),
        soci::use(limit, "most"), soci::into(id));
    return found;
  });
  if (ids.empty()) return 0;
  Transaction transaction(connection);
  attempt(connection, "removing bytes past their retention", [&] {
    const std::string parameter = json::serialize(ids);
    require_rows(execute(connection, sql::remove_bytes(connection), soci::use(parameter, "ids")), ids.size());
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
