#include "importer/store/ledger.hpp"

#include <utility>

#include "importer/digest.hpp"
#include "importer/plan/field_changes.hpp"
#include "importer/store/sql.hpp"
#include "importer/store/words.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

// On servers, the rows of a statement are `w`.
namespace sql {

constexpr Sql insert_errors{.sqlite = R"(
  insert into import_errors (import_id, seq, sheet_row, company_id, codes, message)
  values (:import, :seq, :row, :id, :codes, :message))",
                            .postgresql = R"(
  insert into import_errors (import_id, seq, sheet_row, company_id, codes, message)
  select :import, w.seq, w.row, w.id, w.codes, w.message
  from unnest(:seq::bigint[], :row::bigint[], :id::text[], :codes::text[], :message::text[])
    w (seq, row, id, codes, message))",
                            .mysql = R"(
  insert into import_errors (import_id, seq, sheet_row, company_id, codes, message)
  select :import, w.seq, w.sheet_row, w.id, w.codes, w.message
  from (with v (seq, sheet_row, id, codes, message) as (values :rows) select * from v) w)"};

constexpr Sql insert_changes{.sqlite = R"(
  insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value)
  values (:import, :seq, :firm, :id, :field, :old, :new))",
                             .postgresql = R"(
  insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value)
  select :import, w.seq, :firm, w.id, w.field, w.old, w.new
  from unnest(:seq::bigint[], :id::text[], :field::text[], :old::text[], :new::text[]) w (seq, id, field, old, new))",
                             .mysql = R"(
  insert into changes (import_id, seq, firm_id, company_id, field, old_value, new_value)
  select :import, w.seq, :firm, w.id, w.field, w.old_value, w.new_value
  from (with v (seq, id, field, old_value, new_value) as (values :rows) select * from v) w)"};

constexpr const char* bytes_to_remove = R"(
  select b.import_id from import_bytes b join imports i on i.id = b.import_id
  where (b.input is not null or b.report is not null) and i.finished_at < :before and i.report_state <> 'pending'
  order by b.import_id limit :most)";

constexpr Sql remove_bytes{.sqlite = R"(
  update import_bytes set input = null, report = null where import_id = :import)",
                           .postgresql = R"(
  update import_bytes set input = null, report = null
  where import_id in (select w.import from unnest(:import::bigint[]) w (import)))",
                           .mysql = R"(
  update (with v (import) as (values :rows) select * from v) w
  straight_join import_bytes b force index (primary) on b.import_id = w.import
  set b.input = null, b.report = null)"};

constexpr const char* insert_import = R"(
  insert into imports (kind, state, inbox, name, version, sha256, cells_sha256, size, mtime, who, source, original_id,
                       started_at)
  select :kind, 'applying', :inbox, :name, :version, :sha256, :cells, :size, :mtime, :who, :source, :original,
         :started_at
  from (select 1 as one) o
  where not exists (select 1 from imports where inbox = :inbox and name = :name and version = :version)
    and (:firm = '' or exists (select 1 from firms where name = :firm))
  returning id)";

constexpr const char* complete_import = R"(
  update imports set state = :state, firm_id = :firm, language = :language, row_count = :row_count,
    updated = :updated, unchanged = :unchanged, created = :created, failed = :failed, restored = :restored,
    report_sha256 = :report_sha256, report_name = :report_name, report_state = :report_state,
    finished_at = :finished_at
  where id = :import and state = 'applying')";

constexpr const char* insert_done = R"(
  insert into imports (kind, state, firm_id, inbox, name, version, sha256, size, mtime, who, source, started_at,
                       finished_at)
  values ('adopt', 'imported', :firm, :inbox, :name, :version, :sha256, :size, :mtime, :who, :source, :at, :at))";

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

/// One row of `changes`.
struct Change {
  std::string_view company_id;
  FieldChange change;
};

std::int64_t signed_count(std::size_t count) {
  return static_cast<std::int64_t>(count);
}

}  // namespace

LedgerName look_up_name(Connection& connection, std::string_view inbox, std::string_view name) {
  LedgerName found;
  const auto read = [&](std::span<const Cell> cells) {
    const auto count = [&](std::size_t at) { return static_cast<std::size_t>(number_in(cells[at])); };
    if (cells[0]) found.report_of = unescape(*cells[0]);
    if (!cells[1]) return;  // there is no import, and all its columns are NULL
    found.newest = {
        .id = number_in(cells[1]),
        .version = number_in(cells[2]),
        .file = {std::string(*cells[3]), static_cast<std::uint64_t>(number_in(cells[4])), number_in(cells[5])},
        .rejected = cells[6] == "rejected",
        .counts = {count(7), count(8), count(9), count(10), count(11), count(12)},
        .report_state = report_state_of(std::string(*cells[13])),
        .report_name = unescape(*cells[14])};
  };
  Batch batch(connection);
  batch.add({.sql = sql::look_up_name,
             .parameters = {{"inbox", inbox}, {"name", escape(name)}},
             .columns = 15,
             .each = read});
  connection.run_in_ledger(batch, "looking up a name in the ledger");
  return found;
}

void insert_import(Batch& batch, const LedgerEntry& entry, const std::string& cells_sha256,
                   std::optional<ImportId>& import, std::string_view firm) {
  batch.add({.sql = sql::insert_import,
             .parameters = {{"kind", word_of(entry.kind)},
                            {"inbox", std::string_view(entry.inbox ? *entry.inbox : std::string_view())},
                            {"name", escape(entry.name)},
                            {"version", entry.inbox ? Value(entry.version) : Value(nullptr)},
                            {"sha256", std::string_view(entry.file.sha256)},
                            {"cells", std::string_view(cells_sha256)},
                            {"size", static_cast<std::int64_t>(entry.file.size)},
                            {"mtime", entry.file.mtime},
                            {"who", std::string_view(entry.who)},
                            {"source", word_of(entry.source)},
                            {"original", entry.original ? Value(*entry.original) : Value(nullptr)},
                            {"started_at", entry.started_at},
                            {"firm", firm}},
             .columns = 1,
             .each = [&import](std::span<const Cell> cells) { import = number_in(cells[0]); }});
}

std::optional<BegunEntry> begin_entry(Connection& connection, const LedgerEntry& entry, const std::string& cells_sha256,
                                      std::string_view firm, const std::function<void(Batch&)>& more) {
  std::optional<ImportId> id;
  std::optional<Firm> locked;
  Batch batch(connection);
  lock_firm(batch, firm, locked);
  insert_import(batch, entry, cells_sha256, id, firm);
  if (more) more(batch);
  {
    Transaction transaction(batch, "beginning an entry" + (entry.name.empty() ? "" : " for " + escape(entry.name)));
    if (locked && !id) return std::nullopt;
    if (locked) return BegunEntry{std::move(transaction), *id, *locked};
  }
  // The firm is new: once more, with its creation in the place of the lock.
  Transaction transaction(connection);
  const Firm created = create_firm(connection, firm);
  id.reset();  // what was rolled back
  insert_import(batch, entry, cells_sha256, id);
  if (more) more(batch);
  batch.run("beginning an entry of a new firm");
  if (!id) return std::nullopt;
  return BegunEntry{std::move(transaction), *id, created};
}

void record_errors(Batch& batch, ImportId import, std::span<const PlannedRow> rows, std::span<const Problem> problems,
                   Language language) {
  std::vector<const PlannedRow*> failed;
  for (const PlannedRow& row : rows) {
    if (row.outcome == RowOutcome::failed) failed.push_back(&row);
  }
  const std::size_t count = problems.size() + failed.size();
  if (count == 0) return;
  const auto read = [failed = std::move(failed), problems, language](std::size_t at, std::span<Value> values) {
    values[0] = signed_count(at + 1);
    if (at < problems.size()) {
      const Problem& problem = problems[at];
      values[1] = signed_count(problem.row);
      values[2] = std::string_view();
      values[3] = std::string(token(code_of(problem.message)));
      values[4] = sentence(problem, language);
    } else {
      const PlannedRow& row = *failed[at - problems.size()];
      values[1] = signed_count(row.row);
      values[2] = std::string_view(row.company_id);
      values[3] = error_codes(row);
      values[4] = sentences(row, language);
    }
  };
  batch.add({.sql = sql::insert_errors(batch.connection()),
             .parameters = {{"import", import}},
             .rows = Rows{.fields = {"seq", "row", "id", "codes", "message"}, .count = count, .read = read},
             .hits = count});
}

void record_changes(Batch& batch, ImportId import, FirmId firm, std::span<const ClientWrite> writes) {
  std::vector<Change> changes;
  changes.reserve(writes.size());
  for (const ClientWrite& write : writes) {
    for_each_change(write, [&](const FieldChange& change) { changes.push_back({write.company_id, change}); });
  }
  if (changes.empty()) return;
  const std::size_t count = changes.size();
  const auto read = [changes = std::move(changes)](std::size_t at, std::span<Value> values) {
    values[0] = signed_count(at + 1);
    values[1] = changes[at].company_id;
    values[2] = word_of(changes[at].change.field);
    values[3] = value_of(changes[at].change.before);
    values[4] = value_of(changes[at].change.after);
  };
  batch.add({.sql = sql::insert_changes(batch.connection()),
             .parameters = {{"import", import}, {"firm", firm}},
             .rows = Rows{.fields = {"seq", "id", "field", "old", "new"}, .count = count, .read = read},
             .hits = count});
}

void record_bytes(Batch& batch, ImportId import, const LedgerEntry& entry, std::string_view report) {
  batch.add({.sql = "insert into import_bytes (import_id, input, report) values (:import, :input, :report)",
             .parameters = {{"import", import},
                            {"input", entry.file.sha256.empty() ? Value(nullptr) : Value(base64(entry.input))},
                            {"report", report.empty() ? Value(nullptr) : Value(base64(report))}}});
}

void complete_import(Batch& batch, ImportId import, FirmId firm, bool rejected, const Counts& counts, Language language,
                     std::string_view report, std::string_view report_name, std::int64_t finished_at) {
  batch.add({.sql = sql::complete_import,
             .parameters = {{"state", std::string_view(rejected ? "rejected" : "imported")},
                            {"firm", firm},
                            {"language", std::string(tag(language))},
                            {"row_count", signed_count(counts.rows)},
                            {"updated", signed_count(counts.updated)},
                            {"unchanged", signed_count(counts.unchanged)},
                            {"created", signed_count(counts.created)},
                            {"failed", signed_count(counts.failed)},
                            {"restored", signed_count(counts.restored)},
                            {"report_sha256", report.empty() ? std::string() : sha256(report)},
                            {"report_name", escape(report_name)},
                            {"report_state", std::string_view(report_name.empty() ? "none" : "pending")},
                            {"finished_at", finished_at},
                            {"import", import}},
             .hits = 1});
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
  std::vector<std::int64_t> imports;
  Batch search(connection);
  search.add({.sql = sql::bytes_to_remove,
              .parameters = {{"before", before}, {"most", signed_count(most)}},
              .columns = 1,
              .each = [&](std::span<const Cell> cells) { imports.push_back(number_in(cells[0])); }});
  search.run("looking for bytes past their retention");
  if (imports.empty()) return 0;
  Batch removal(connection);
  removal.add({.sql = sql::remove_bytes(connection),
               .rows = Rows{.fields = {"import"},
                            .count = imports.size(),
                            .read = [&](std::size_t row, std::span<Value> values) { values[0] = imports[row]; }},
               .hits = imports.size()});
  Transaction transaction(removal, "removing bytes past their retention");
  transaction.commit();
  return imports.size();
}

void record_as_done(Connection& connection, std::string_view firm, std::span<const LedgerEntry> files) {
  Transaction transaction(connection);
  const FirmId firm_id = create_firm(connection, firm).id;
  for (const LedgerEntry& file : files) {
    Batch batch(connection);
    batch.add({.sql = sql::insert_done,
               .parameters = {{"firm", firm_id},
                              {"inbox", std::string_view(file.inbox.value())},
                              {"name", escape(file.name)},
                              {"version", file.version},
                              {"sha256", std::string_view(file.file.sha256)},
                              {"size", static_cast<std::int64_t>(file.file.size)},
                              {"mtime", file.file.mtime},
                              {"who", std::string_view(file.who)},
                              {"source", word_of(file.source)},
                              {"at", file.started_at}}});
    batch.run("recording " + escape(file.name) + " as done");
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
