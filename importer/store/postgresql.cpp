#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "importer/store/backend.hpp"
#include "importer/store/batch_text.hpp"
#include "importer/store/prepared.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

PGconn* handle(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

/// False after an error: the server would answer the commit with success, and roll back.
bool in_transaction(soci::session& session) {
  return PQtransactionStatus(handle(session)) == PQTRANS_INTRANS;
}

std::string name_of(const DatabaseOptions& database) {
  const auto options = connection_options(database);
  const std::string host = option_value(options, "host", "hostaddr");
  return escape(option_value(options, "dbname")) + " on PostgreSQL" + (host.empty() ? "" : " at " + escape(host));
}

/// Percent-encodes the value.
void append_parameter(std::string& uri, std::string_view key, std::string_view value) {
  uri.append(uri.ends_with('?') ? "" : "&").append(key).append("=");
  for (const std::byte byte : std::as_bytes(std::span(value))) {
    if (std::isalnum(std::to_integer<int>(byte)) != 0) {
      uri += static_cast<char>(byte);
    } else {
      uri.append("%").append(hex(std::span(&byte, 1)));
    }
  }
}

/// A URI for libpq, since SOCI splits any other text at white space, even inside quotes. libpq takes the last of
/// several parameters of one name, so that the operator's come after ours.
std::string connection_uri(const DatabaseOptions& database) {
  std::string uri = "postgresql://?";
  append_parameter(uri, "connect_timeout", std::to_string(lock_patience));
  append_parameter(uri, "tcp_user_timeout", std::to_string(1000 * statement_patience));
  append_parameter(uri, "keepalives_idle", std::to_string(statement_patience));
  append_parameter(uri, "application_name", "clientsync");
  for (const ConnectionOption& option : connection_options(database)) append_parameter(uri, option.key, option.value);
  append_parameter(uri, "client_encoding", "UTF8");
  if (database.password) append_parameter(uri, "password", *database.password);
  return uri;
}

/// The first line, without the severity in front. The other lines are details that quote values.
std::string first_line(std::string text) {
  text.erase(std::min(text.find('\n'), text.size()));
  constexpr std::string_view severity = "ERROR:";
  if (const std::size_t at = text.find(severity); at != std::string::npos) text.erase(0, at + severity.size());
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

/// PostgreSQL, appendix A "PostgreSQL Error Codes".
Kind kind_of(std::string_view sqlstate) {
  // Unique and foreign keys, serialisation, deadlock, waited too long for a lock.
  constexpr std::array<std::string_view, 5> conflicts{"23505", "23503", "40001", "40P01", "55P03"};
  // Connections, resources, limits, the operator's intervention, the system.
  constexpr std::array<std::string_view, 6> away{"08", "53", "54", "57", "58", "XX"};
  // Wrong user or password, no such database, no such schema, lack of a right, no such table, read-only server.
  constexpr std::array<std::string_view, 7> wrong{"28000", "28P01", "3D000", "3F000", "42501", "42P01", "25006"};
  const std::string_view group = sqlstate.substr(0, 2);
  const auto has = [](const auto& list, std::string_view code) { return std::ranges::find(list, code) != list.end(); };
  if (has(conflicts, sqlstate)) return Kind::conflict;
  if (has(away, group) || sqlstate == "25P03") return Kind::unavailable;
  if (has(wrong, sqlstate)) return Kind::refused;
  return Kind::bug;
}

std::optional<DatabaseError> database_error(const soci::soci_error& error) {
  const auto* own = dynamic_cast<const soci::postgresql_soci_error*>(&error);
  if (own == nullptr) return std::nullopt;
  const std::string sqlstate = own->sqlstate();
  const Kind kind = kind_of(sqlstate);
  // The server's messages about bugs quote data.
  std::string reason = kind == Kind::bug ? "a statement failed" : first_line(own->get_error_message());
  if (sqlstate == "42501") reason += lacks_a_right;
  return DatabaseError{kind, reason + " (SQLSTATE " + sqlstate + ")"};
}

/// Throws `refused` if the database's encoding is not UTF-8.
void set_up(soci::session& session) {
  PQsetNoticeProcessor(
      handle(session), [](void*, const char*) {}, nullptr);
  const char* encoding = PQparameterStatus(handle(session), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    throw DatabaseError(Kind::refused, "its encoding is " + std::string(encoding == nullptr ? "unknown" : encoding) +
                                           "; expected a database created with encoding 'UTF8'");
  }
  // A generic plan looks each row up in an index, which suits registers of any size.
  // A daemon that stands still in a transaction, or whose machine is gone, must not hold up the others for ever.
  const std::string lock = std::to_string(lock_patience) + "s", statement = std::to_string(statement_patience) + "s";
  session << "select set_config('default_transaction_isolation', 'read committed', false),"
             " set_config('lock_timeout', :lock, false), set_config('statement_timeout', :statement, false),"
             " set_config('idle_in_transaction_session_timeout', :statement, false),"
             " set_config('plan_cache_mode', 'force_generic_plan', false),"
             " set_config('tcp_keepalives_idle', :statement, false), set_config('tcp_user_timeout', :statement, false)",
      soci::use(lock, "lock"), soci::use(statement, "statement");
}

std::unique_ptr<soci::session> open(const DatabaseOptions& database) {
  std::unique_ptr<soci::session> session;
  try {
    session = std::make_unique<soci::session>(soci::postgresql, connection_uri(database));
  } catch (const soci::soci_error& error) {
    // There is no SQLSTATE yet. libpq's message follows SOCI's own first line.
    std::string message = error.get_error_message();
    message.erase(0, std::min(message.find('\n') + 1, message.size()));
    std::ranges::replace_if(
        message, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    message.erase(message.find_last_not_of(' ') + 1);
    throw DatabaseError(Kind::unavailable, message.empty() ? "the server can't be reached" : message);
  }
  set_up(*session);
  return session;
}

[[noreturn]] void throw_error(PGconn* connection) {
  throw soci::postgresql_soci_error(PQerrorMessage(connection), "08006");
}

/// libpq takes texts that end with a zero.
std::optional<std::string> parameter_text(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* view = std::get_if<std::string_view>(&value)) return std::string(*view);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::nullopt;
}

/// PostgreSQL manual, "Array Input and Output Syntax".
void append_element(std::string& array, const Value& value) {
  array += array.empty() ? '{' : ',';
  const std::optional<std::string> text = parameter_text(value);
  if (!text) {
    array += "NULL";
    return;
  }
  array += '"';
  for (const char c : *text) {
    if (c == '"' || c == '\\') array += '\\';
    array += c;
  }
  array += '"';
}

/// Each field of rows `begin` to `end` as an array.
std::vector<std::string> arrays_of(const Rows& rows, std::size_t begin, std::size_t end) {
  std::vector<std::string> arrays(rows.fields.size());
  std::vector<Value> values(rows.fields.size());
  for (std::size_t row = begin; row < end; ++row) {
    rows.read(row, values);
    for (std::size_t i = 0; i < values.size(); ++i) append_element(arrays[i], values[i]);
  }
  for (std::string& array : arrays) array += '}';
  return arrays;
}

/// Returns how many answers will come.
std::size_t send_part(PreparedStatements& prepared, const Statement& statement, std::size_t begin, std::size_t end) {
  PGconn* const connection = handle(prepared.session());
  const std::vector<std::string> arrays =
      statement.rows ? arrays_of(*statement.rows, begin, end) : std::vector<std::string>();
  std::vector<std::optional<std::string>> texts;
  std::vector<const char*> values;
  // A parameter that occurs twice is sent twice, since the two may have different types.
  const std::string sql = with_parameters(statement.sql, [&](std::string_view name) {
    if (const Value* const value = find_parameter(statement, name)) {
      texts.push_back(parameter_text(*value));
      values.push_back(nullptr);
    } else {
      const auto field = std::ranges::find(statement.rows.value().fields, name);
      texts.emplace_back();
      values.push_back(arrays.at(static_cast<std::size_t>(field - statement.rows->fields.begin())).c_str());
    }
    return "$" + std::to_string(values.size());
  });
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (texts[i]) values[i] = texts[i]->c_str();
  }
  const auto [name, is_new] = prepared.name_of(sql);
  if (is_new && PQsendPrepare(connection, name.c_str(), sql.c_str(), 0, nullptr) != 1) throw_error(connection);
  if (PQsendQueryPrepared(connection, name.c_str(), static_cast<int>(values.size()), values.data(), nullptr, nullptr,
                          0) != 1)
    throw_error(connection);
  return is_new ? 2 : 1;
}

void read_rows(const PGresult* result, const Statement& statement) {
  std::vector<Cell> cells(statement.columns);
  for (int row = 0; row < PQntuples(result); ++row) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const int column = static_cast<int>(i);
      if (PQgetisnull(result, row, column) != 0) {
        cells[i] = std::nullopt;
      } else {
        cells[i] = std::string_view(PQgetvalue(result, row, column),
                                    static_cast<std::size_t>(PQgetlength(result, row, column)));
      }
    }
    statement.each(cells);
  }
}

using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// The answers to one statement, or to one part of it. Returns how many rows it hit, and remembers the first error.
long long read_answers(PGconn* connection, const Statement& statement, Answer& error) {
  long long hits = 0;
  while (Answer answer{PQgetResult(connection), PQclear}) {
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status == PGRES_TUPLES_OK && !error) {
      read_rows(answer.get(), statement);
    } else if (status == PGRES_COMMAND_OK) {
      hits += std::strtoll(PQcmdTuples(answer.get()), nullptr, 10);  // "" if the statement has no count
    } else if (status == PGRES_FATAL_ERROR && !error) {
      error = std::move(answer);
    }
    if (PQstatus(connection) != CONNECTION_OK) break;
  }
  return hits;
}

/// PostgreSQL manual, "Pipeline Mode": the server runs the statements in their order, and none after an error. What it
/// answers before it has got them all is short: counts, and the rows of small queries.
std::vector<long long> send(PreparedStatements& prepared, std::span<const Statement> statements) {
  PGconn* const connection = handle(prepared.session());
  if (PQenterPipelineMode(connection) != 1) throw_error(connection);
  std::vector<std::size_t> answers;  // to which statements
  for (std::size_t i = 0; i < statements.size(); ++i) {
    for_each_part(statements[i], [&](std::size_t begin, std::size_t end) {
      answers.insert(answers.end(), send_part(prepared, statements[i], begin, end), i);
    });
  }
  if (PQpipelineSync(connection) != 1) throw_error(connection);
  std::vector<long long> hits(statements.size());
  Answer error{nullptr, PQclear};
  for (const std::size_t i : answers) hits[i] += read_answers(connection, statements[i], error);
  if (!error && PQstatus(connection) != CONNECTION_OK) throw_error(connection);
  const Answer end{PQgetResult(connection), PQclear};  // of the pipeline
  PQexitPipelineMode(connection);
  if (error) {
    const char* sqlstate = PQresultErrorField(error.get(), PG_DIAG_SQLSTATE);
    throw soci::postgresql_soci_error(PQresultErrorMessage(error.get()), sqlstate == nullptr ? "08006" : sqlstate);
  }
  return hits;
}

}  // namespace

const Backend clientsync_backend{.name = name_of,
                                 .open = open,
                                 .error = database_error,
                                 .begin = "begin",
                                 .in_transaction = in_transaction,
                                 .socket = [](soci::session& session) { return PQsocket(handle(session)); },
                                 .send = send};

}  // namespace clientsync
