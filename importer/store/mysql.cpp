#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>

#include <charconv>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "importer/store/backend.hpp"
#include "importer/store/batch_text.hpp"
#include "importer/store/prepared.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

MYSQL* handle(soci::session& session) {
  return static_cast<soci::mysql_session_backend*>(session.get_backend())->conn_;
}

/// A deadlock or DDL ends a transaction without a word, after which each statement commits on its own.
bool in_transaction(soci::session& session) {
  return (handle(session)->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

std::string name_of(const DatabaseOptions& database) {
  const auto options = connection_options(database);
  const std::string place = option_value(options, "host", "unix_socket");
  return escape(option_value(options, "dbname", "db")) + " on MariaDB" + (place.empty() ? "" : " at " + escape(place));
}

std::string soci_options(const DatabaseOptions& database) {
  std::string text;
  append_option(text, "connect_timeout", std::to_string(lock_patience));
  append_option(text, "read_timeout", std::to_string(statement_patience + lock_patience));
  append_option(text, "write_timeout", std::to_string(statement_patience));
  for (const ConnectionOption& option : connection_options(database)) {
    // A connection that the client library opens again has lost its transaction.
    if (option.key == "reconnect" || option.key == "charset" || option.key == "local_infile")
      throw DatabaseError(Kind::refused, "the option " + option.key + " is not supported; take it out");
    append_option(text, option.key, option.value);
  }
  append_option(text, "charset", "utf8mb4");
  if (database.password) append_option(text, "password", *database.password);
  return text;
}

/// MariaDB knowledge base, "MariaDB Error Code Reference". Codes from 2000 on are the client library's.
Kind kind_of(unsigned code) {
  switch (code) {
    case 1062:  // a unique key
    case 1205:  // waited too long for a lock
    case 1213:  // deadlock
    case 1020:  // changed since it was read
    case 1451:  // foreign keys
    case 1452:
      return Kind::conflict;
    case 1021:  // disk full
    case 1030:  // the storage engine
    case 1040:  // too many connections
    case 1041:  // out of memory
    case 1047:  // a node without its cluster
    case 1053:  // shutting down
    case 1077:
    case 1114:  // table full
    case 1129:  // host blocked
    case 1184:  // aborted while connecting
    case 1203:  // too many connections of the user
    case 1226:
    case 1317:  // interrupted
    case 1927:  // killed
    case 1969:  // took too long
      return Kind::unavailable;
    case 1044:  // no right to the database
    case 1045:  // wrong user or password
    case 1049:  // no such database
    case 1130:  // not from this host
    case 1142:  // no right to the table
    case 1143:
    case 1146:  // no such table
    case 1227:
    case 1290:  // read-only server
    case 1665:  // binlog_format = STATEMENT
    case 1698:
    case 1792:
    case 1820:  // the password has expired
    case 1836:
    case 1862:
    case 4151:  // the user is locked
      return Kind::refused;
    default:
      return code >= 2000 && code < 3000 ? Kind::unavailable : Kind::bug;
  }
}

std::optional<DatabaseError> database_error(const soci::soci_error& error) {
  const auto* own = dynamic_cast<const soci::mysql_soci_error*>(&error);
  if (own == nullptr) return std::nullopt;
  const Kind kind = kind_of(own->err_num_);
  // The server's messages about conflicts and bugs quote data.
  std::string reason = own->get_error_message();
  if (kind == Kind::conflict) reason = "another writer was first, or holds a lock";
  if (kind == Kind::bug) reason = "a statement failed";
  const bool denied = own->err_num_ == 1044 || own->err_num_ == 1142 || own->err_num_ == 1143 || own->err_num_ == 1227;
  if (denied) reason += lacks_a_right;
  if (own->err_num_ == 1665) reason = "set the server's binlog_format to MIXED or ROW";
  return DatabaseError{kind, reason + " (error " + std::to_string(own->err_num_) + ")"};
}

/// `10.11.6-MariaDB-…`. SKIP LOCKED came with 10.6, and MySQL has no INSERT … RETURNING.
void check_version(soci::session& session) {
  std::string version;
  session << "select version()", soci::into(version);
  int major = 0, minor = 0;
  const char* const end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, major);
  if (error == std::errc() && dot != end) std::from_chars(dot + 1, end, minor);
  const bool fits = version.find("MariaDB") != std::string::npos && (major > 10 || (major == 10 && minor >= 6));
  if (!fits) throw DatabaseError(Kind::refused, "the server is " + version + "; expected MariaDB 10.6 or later");
}

[[noreturn]] void throw_error(MYSQL* connection) {
  throw soci::mysql_soci_error(mysql_error(connection), static_cast<int>(mysql_errno(connection)));
}

std::unique_ptr<soci::session> open(const DatabaseOptions& database) {
  auto session = std::make_unique<soci::session>(soci::mysql, soci_options(database));
  check_version(*session);
  // Two texts are equal if their bytes are, as on the other databases: hence the collation without padding.
  *session << "set names utf8mb4 collate utf8mb4_nopad_bin";
  *session << "set session transaction isolation level read committed";
  // An administrator may have set the first five for all users of the server, so that changes outside a transaction
  // would be lost, answers cut short and statements refused. The last one ends the transaction of a daemon that stands
  // still, even if it only holds locks; idle_write_transaction_timeout would not.
  *session << "set session autocommit = 1, completion_type = 'NO_CHAIN', sql_select_limit = 18446744073709551615,"
              " sql_big_selects = 1, sql_safe_updates = 0,"
              " sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',"
              " innodb_lock_wait_timeout = " +
                  std::to_string(lock_patience) + ", max_statement_time = " + std::to_string(statement_patience) +
                  ", idle_transaction_timeout = " + std::to_string(statement_patience);
  if (mysql_set_server_option(handle(*session), MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0) throw_error(handle(*session));
  return session;
}

std::uint64_t largest_statement(soci::session& session) {
  long long bytes = 0;
  session << "select @@max_allowed_packet", soci::into(bytes);
  return static_cast<std::uint64_t>(bytes);
}

void append_literal(std::string& sql, MYSQL* connection, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    sql += std::to_string(*number);
    return;
  }
  const auto* owned = std::get_if<std::string>(&value);
  const auto* view = std::get_if<std::string_view>(&value);
  if (owned == nullptr && view == nullptr) {
    sql += "null";
    return;
  }
  const std::string_view text = owned != nullptr ? std::string_view(*owned) : *view;
  sql += '\'';
  const std::size_t before = sql.size();
  sql.resize(before + 2 * text.size() + 1);
  sql.resize(before + mysql_real_escape_string(connection, sql.data() + before, text.data(), text.size()));
  sql += '\'';
}

/// Rows `begin` to `end` as a list of values: (…),(…).
std::string list_of(MYSQL* connection, const Rows& rows, std::size_t begin, std::size_t end) {
  std::string list;
  std::vector<Value> values(rows.fields.size());
  for (std::size_t row = begin; row < end; ++row) {
    rows.read(row, values);
    list += row == begin ? "(" : ",(";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) list += ',';
      append_literal(list, connection, values[i]);
    }
    list += ')';
  }
  return list;
}

std::string text_of_part(MYSQL* connection, const Statement& statement, std::size_t begin, std::size_t end) {
  return with_parameters(statement.sql, [&](std::string_view name) {
    const Value* const value = find_parameter(statement, name);
    if (value == nullptr) return list_of(connection, statement.rows.value(), begin, end);
    std::string literal;
    append_literal(literal, connection, *value);
    return literal;
  });
}

/// The answer to the statement that the connection is at. Returns how many rows it hit.
long long read_answer(MYSQL* connection, const Statement& statement) {
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result{mysql_store_result(connection),
                                                                        mysql_free_result};
  if (!result) {
    if (mysql_errno(connection) != 0) throw_error(connection);
    return mysql_field_count(connection) == 0 ? static_cast<long long>(mysql_affected_rows(connection)) : 0;
  }
  std::vector<Cell> cells(statement.columns);
  while (const MYSQL_ROW row = mysql_fetch_row(result.get())) {
    const unsigned long* const lengths = mysql_fetch_lengths(result.get());
    for (std::size_t i = 0; i < cells.size(); ++i)
      cells[i] = row[i] == nullptr ? std::nullopt : Cell({row[i], lengths[i]});
    statement.each(cells);
  }
  return 0;
}

/// Several statements in one text (MariaDB knowledge base, "Multi Statements"): the server runs them in their order,
/// and none after an error. A text grows no longer than 1 MB, or than one statement.
std::vector<long long> send(PreparedStatements& prepared, std::span<const Statement> statements) {
  constexpr std::size_t long_text = std::size_t{1} << 20;
  MYSQL* const connection = handle(prepared.session());
  std::vector<long long> hits(statements.size());
  std::vector<std::size_t> sent;
  std::string text;
  const auto flush = [&] {
    if (sent.empty()) return;
    if (mysql_real_query(connection, text.data(), text.size()) != 0) throw_error(connection);
    for (std::size_t k = 0; k < sent.size(); ++k) {
      if (k > 0 && mysql_next_result(connection) != 0) throw_error(connection);
      hits[sent[k]] += read_answer(connection, statements[sent[k]]);
    }
    text.clear();
    sent.clear();
  };
  for (std::size_t i = 0; i < statements.size(); ++i) {
    for_each_part(statements[i], [&](std::size_t begin, std::size_t end) {
      const std::string sql = text_of_part(connection, statements[i], begin, end);
      if (text.size() + sql.size() > long_text) flush();
      text.append(text.empty() ? "" : "; ").append(sql);
      sent.push_back(i);
    });
  }
  flush();
  return hits;
}

}  // namespace

const Backend clientsync_backend{
    .name = name_of,
    .open = open,
    .error = database_error,
    .begin = "start transaction",
    .in_transaction = in_transaction,
    .socket = [](soci::session& session) { return static_cast<int>(mysql_get_socket(handle(session))); },
    .largest_statement = largest_statement,
    .send = send};

}  // namespace clientsync
