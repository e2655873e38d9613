#include <libpq-fe.h>

#include <initializer_list>
#include <span>
#include <stdexcept>

#include "tests/bench/floor.hpp"

namespace clientsync::bench {
namespace {

/// A statement that is prepared under its name.
struct Sql {
  const char* name;
  const char* text;
};

// Clients are parameters in the form of arrays: IDs, and numbers in the same order.
namespace sql {

constexpr Sql begin{"begin", "begin"};
constexpr Sql insert_import{
    "insert_import",
    "insert into imports (firm_id, inbox, name, report_name, sha256, cells_sha256, report_sha256, size, mtime,"
    " row_count, updated, kind, state, version, language, report_state, who, started_at, finished_at)"
    " values ($1::bigint, $2, $3, $4, $5, $5, $6, $7::bigint, $8::bigint, $9::bigint, $9::bigint, 'import', 'imported',"
    " 1, 'en', 'pending', 'floor', 1, 1)"};
constexpr Sql insert_changes{
    "insert_changes",
    "insert into changes (firm_id, company_id, import_id, seq, field, old_value, new_value, who, changed_at)"
    " select $1::bigint, w.id, (select currval('imports_id_seq')), row_number() over (), 'number', c.client_number,"
    " w.number, 'floor', 1"
    " from unnest($2::text[], $3::text[]) w (id, number)"
    " join clients c on c.firm_id = $1::bigint and c.company_id = w.id"};
constexpr Sql release_numbers{
    "release_numbers",
    "update clients c set client_number = null, number_key = null from unnest($2::text[]) w (id)"
    " where c.firm_id = $1::bigint and c.company_id = w.id"};
constexpr Sql write_numbers{
    "write_numbers",
    "update clients c set client_number = w.number, number_key = w.number"
    " from unnest($2::text[], $3::text[]) w (id, number) where c.firm_id = $1::bigint and c.company_id = w.id"};
constexpr Sql insert_bytes{"insert_bytes",
                           "insert into import_bytes (import_id, input, report)"
                           " values ((select currval('imports_id_seq')), $1, $2)"};
constexpr Sql commit{"commit", "commit"};

}  // namespace sql

/// The text form of an array of texts without quotes and commas.
std::string array_of(std::span<const FloorRow> rows, std::string_view FloorRow::*field) {
  std::string text = "{";
  for (const FloorRow& row : rows) text.append(text.size() > 1 ? "," : "").append(row.*field);
  return text + "}";
}

class PostgresqlStore : public FloorStore {
 public:
  explicit PostgresqlStore(const std::string& place) : connection_(PQconnectdb(place.c_str())) {
    if (PQstatus(connection_) != CONNECTION_OK) fail();
    for (const Sql& each : {sql::begin, sql::insert_import, sql::insert_changes, sql::release_numbers,
                            sql::write_numbers, sql::insert_bytes, sql::commit})
      PQclear(checked(PQprepare(connection_, each.name, each.text, 0, nullptr)));
  }
  ~PostgresqlStore() override { PQfinish(connection_); }

  std::string find_firm(const std::string& name) override {
    const char* value = name.c_str();
    PGresult* result = checked(
        PQexecParams(connection_, "select id from firms where name = $1", 1, nullptr, &value, nullptr, nullptr, 0));
    std::string firm = PQgetvalue(result, 0, 0);
    PQclear(result);
    return firm;
  }

  /// One round trip: a pipeline.
  void write(const FloorImport& import, bool lean) override {
    const std::string ids = array_of(import.rows, &FloorRow::company_id),
                      numbers = array_of(import.rows, &FloorRow::number);
    PQenterPipelineMode(connection_);
    send(sql::begin, {});
    send(sql::insert_import,
         {import.firm, import.inbox, import.name, import.report_name, import.sha256, import.report_sha256,
          std::to_string(import.size), std::to_string(import.mtime), std::to_string(import.rows.size())});
    send(sql::insert_changes, {import.firm, ids, numbers});
    if (!lean) send(sql::release_numbers, {import.firm, ids});
    send(sql::write_numbers, {import.firm, ids, numbers});
    send(sql::insert_bytes, {import.bytes, import.report});
    send(sql::commit, {});
    PQpipelineSync(connection_);
    receive();
    PQexitPipelineMode(connection_);
  }

 private:
  /// Texts and bytes are the same in the binary format; numbers go as text.
  void send(const Sql& sql, std::initializer_list<std::string> parameters) {
    std::vector<const char*> values;
    std::vector<int> sizes, formats;
    for (const std::string& parameter : parameters) {
      values.push_back(parameter.c_str());
      sizes.push_back(static_cast<int>(parameter.size()));
      formats.push_back(sql.name == sql::insert_bytes.name ? 1 : 0);
    }
    if (PQsendQueryPrepared(connection_, sql.name, static_cast<int>(values.size()), values.data(), sizes.data(),
                            formats.data(), 0) == 0)
      fail();
  }

  void receive() {
    for (;;) {
      PGresult* result = PQgetResult(connection_);
      if (result == nullptr) continue;
      const ExecStatusType status = PQresultStatus(checked(result));
      PQclear(result);
      if (status == PGRES_PIPELINE_SYNC) return;
    }
  }

  PGresult* checked(PGresult* result) {
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC) fail();
    return result;
  }

  [[noreturn]] void fail() { throw std::runtime_error(PQerrorMessage(connection_)); }

  PGconn* connection_;
};

}  // namespace

std::unique_ptr<FloorStore> open_postgresql(const std::string& place) {
  return std::make_unique<PostgresqlStore>(place);
}

}  // namespace clientsync::bench
