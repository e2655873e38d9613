#include <mysql.h>

#include <sstream>
#include <stdexcept>

#include "tests/bench/floor.hpp"

namespace clientsync::bench {
namespace {

// Texts with `{…}` in the place of values: {rows} is the list of ('ID', 'number'), {clients} is `clients_of_rows`.
namespace sql {

constexpr const char* clients_of_rows =
    "(with w (id, number) as (values {rows}) select * from w) w"
    " straight_join clients c force index (primary) on c.firm_id = {firm} and c.company_id = w.id";
constexpr const char* insert_import =
    "insert into imports (firm_id, inbox, name, report_name, sha256, cells_sha256, report_sha256, size, mtime,"
    " row_count, updated, kind, state, version, language, report_state, who, started_at, finished_at)"
    " values ({firm}, '{inbox}', '{name}', '{report name}', '{sha256}', '{sha256}', '{report sha256}', {size},"
    " {mtime}, {count}, {count}, 'import', 'imported', 1, 'en', 'pending', 'floor', 1, 1);"
    " set @import = last_insert_id();";
constexpr const char* insert_changes =
    "insert into changes (firm_id, company_id, import_id, seq, field, old_value, new_value, who, changed_at)"
    " select {firm}, w.id, @import, row_number() over (), 'number', c.client_number, w.number, 'floor', 1"
    " from {clients};";
constexpr const char* release_numbers = "update {clients} set c.client_number = null, c.number_key = null;";
constexpr const char* write_numbers = "update {clients} set c.client_number = w.number, c.number_key = w.number;";
constexpr const char* insert_bytes =
    "insert into import_bytes (import_id, input, report) values (@import, '{input}', '{report}');";

}  // namespace sql

/// A list of ('…', '…') without characters that need escaping.
std::string rows_of(const FloorImport& import) {
  std::string text;
  for (const FloorRow& row : import.rows) {
    text.append(text.empty() ? "('" : ",('").append(row.company_id).append("','").append(row.number).append("')");
  }
  return text;
}

class MysqlStore : public FloorStore {
 public:
  explicit MysqlStore(const std::string& place) : connection_(mysql_init(nullptr)) {
    std::istringstream words(place);
    std::string socket, database, user, password;
    words >> socket >> database >> user >> password;
    if (mysql_real_connect(connection_, nullptr, user.c_str(), password.c_str(), database.c_str(), 0, socket.c_str(),
                           CLIENT_MULTI_STATEMENTS) == nullptr)
      fail();
    run("set names utf8mb4 collate utf8mb4_nopad_bin; set session transaction isolation level read committed");
  }
  ~MysqlStore() override { mysql_close(connection_); }

  std::string find_firm(const std::string& name) override {
    return run("select id from firms where name = '" + escaped(name) + "'");
  }

  /// One round trip: several statements in one text.
  void write(const FloorImport& import, bool lean) override {
    std::string text = "begin; ";
    for (const char* statement : {sql::insert_import, sql::insert_changes, lean ? "" : sql::release_numbers,
                                  sql::write_numbers, sql::insert_bytes})
      append(text, statement, import);
    run(text + "commit");
  }

 private:
  void append(std::string& text, std::string_view statement, const FloorImport& import) {
    while (!statement.empty()) {
      const std::size_t begin = std::min(statement.find('{'), statement.size());
      text.append(statement.substr(0, begin));
      if (begin == statement.size()) return;
      const std::size_t end = statement.find('}');
      const std::string_view word = statement.substr(begin + 1, end - begin - 1);
      if (word == "clients") {
        append(text, sql::clients_of_rows, import);
      } else {
        text += value_of(word, import);
      }
      statement.remove_prefix(end + 1);
    }
  }

  std::string value_of(std::string_view word, const FloorImport& import) {
    if (word == "rows") return rows_of(import);
    if (word == "firm") return import.firm;
    if (word == "inbox") return import.inbox;
    if (word == "name") return import.name;
    if (word == "report name") return import.report_name;
    if (word == "sha256") return import.sha256;
    if (word == "report sha256") return import.report_sha256;
    if (word == "size") return std::to_string(import.size);
    if (word == "mtime") return std::to_string(import.mtime);
    if (word == "count") return std::to_string(import.rows.size());
    return escaped(word == "input" ? import.bytes : import.report);
  }

  std::string escaped(const std::string& text) {
    std::string result(2 * text.size() + 1, '\0');
    result.resize(mysql_real_escape_string(connection_, result.data(), text.data(), text.size()));
    return result;
  }

  /// Returns the first value of the last result that has rows, or "".
  std::string run(const std::string& text) {
    std::string value;
    if (mysql_real_query(connection_, text.data(), text.size()) != 0) fail();
    do {
      if (MYSQL_RES* result = mysql_store_result(connection_)) {
        if (const MYSQL_ROW row = mysql_fetch_row(result)) value = row[0];
        mysql_free_result(result);
      }
      if (mysql_errno(connection_) != 0) fail();
    } while (mysql_next_result(connection_) == 0);
    if (mysql_errno(connection_) != 0) fail();
    return value;
  }

  [[noreturn]] void fail() { throw std::runtime_error(mysql_error(connection_)); }

  MYSQL* connection_;
};

}  // namespace

std::unique_ptr<FloorStore> open_mysql(const std::string& place) {
  return std::make_unique<MysqlStore>(place);
}

}  // namespace clientsync::bench
