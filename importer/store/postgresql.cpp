#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "importer/store/backend.hpp"
#include "importer/store/connection_text.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

PGconn* handle(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

/// Not one that an error has spoilt: its commit would be answered with success and roll back.
bool in_transaction(soci::session& session) {
  return PQtransactionStatus(handle(session)) == PQTRANS_INTRANS;
}

std::string shown(const DatabaseOptions& database) {
  const auto options = parse_connection(database.connection);
  const std::string host = option_value(options, "host", "hostaddr");
  return escape(option_value(options, "dbname")) + " on PostgreSQL" + (host.empty() ? "" : " at " + escape(host));
}

/// A parameter of a URI: SOCI takes connection texts to pieces at white space, whatever is quoted.
void append_parameter(std::string& uri, std::string_view key, std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  uri.append(uri.ends_with('?') ? "" : "&").append(key).append("=");
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      uri += c;
    } else {
      uri.append({'%', digits[byte / 16], digits[byte % 16]});
    }
  }
}

/// As libpq reads it. Of two parameters of one name the later counts, so that the operator's stand behind ours.
std::string conninfo(const DatabaseOptions& database) {
  std::string uri = "postgresql://?";
  append_parameter(uri, "connect_timeout", std::to_string(lock_patience));
  append_parameter(uri, "tcp_user_timeout", std::to_string(1000 * statement_patience));
  append_parameter(uri, "keepalives_idle", std::to_string(statement_patience));
  append_parameter(uri, "application_name", "clientsync");
  for (const ConnectionOption& option : parse_connection(database.connection))
    append_parameter(uri, option.key, option.value);
  append_parameter(uri, "client_encoding", "UTF8");
  if (database.password) append_parameter(uri, "password", *database.password);
  return uri;
}

/// The first line, without the severity in front: what follows is detail, which quotes values.
std::string first_line(std::string text) {
  text.erase(std::min(text.find('\n'), text.size()));
  constexpr std::string_view severity = "ERROR:";
  if (const std::size_t at = text.find(severity); at != std::string::npos) text.erase(0, at + severity.size());
  text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

/// PostgreSQL, appendix A "PostgreSQL Error Codes".
Kind kind_of(std::string_view sqlstate) {
  // Unique and foreign keys, serialisation, deadlock, a lock that could not be had in time.
  constexpr std::array<std::string_view, 5> conflicts{"23505", "23503", "40001", "40P01", "55P03"};
  // ConnectionPool, resources, limits, operators' interventions, the system.
  constexpr std::array<std::string_view, 6> away{"08", "53", "54", "57", "58", "XX"};
  // Wrong user or password, wrong database, no schema, no right to do so, no such table, a server that only reads.
  constexpr std::array<std::string_view, 7> wrong{"28000", "28P01", "3D000", "3F000", "42501", "42P01", "25006"};
  const std::string_view group = sqlstate.substr(0, 2);
  const auto has = [](const auto& list, std::string_view code) { return std::ranges::find(list, code) != list.end(); };
  if (has(conflicts, sqlstate)) return Kind::conflict;
  if (has(away, group) || sqlstate == "25P03") return Kind::unavailable;
  if (has(wrong, sqlstate)) return Kind::refused;
  return Kind::bug;
}

std::optional<Fault> fault_of(const soci::soci_error& error) {
  const auto* own = dynamic_cast<const soci::postgresql_soci_error*>(&error);
  if (own == nullptr) return std::nullopt;
  const std::string sqlstate = own->sqlstate();
  const Kind kind = kind_of(sqlstate);
  // Errors of data quote it.
  std::string reason = kind == Kind::bug ? "a statement failed" : first_line(own->get_error_message());
  if (sqlstate == "42501") reason += lacks_a_right;
  return Fault{kind, reason + " (SQLSTATE " + sqlstate + ")"};
}

/// Throws DatabaseError where the server's settings don't fit.
void set_up(soci::session& session) {
  PQsetNoticeProcessor(
      handle(session), [](void*, const char*) {}, nullptr);
  const char* encoding = PQparameterStatus(handle(session), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    throw DatabaseError(Kind::refused, "its encoding is " + std::string(encoding == nullptr ? "unknown" : encoding) +
                                           "; create the database with encoding 'UTF8'");
  }
  // A daemon that stands still in a transaction, or whose machine is gone, must not hold up the others for ever.
  const std::string lock = std::to_string(lock_patience) + "s", statement = std::to_string(statement_patience) + "s";
  session << "select set_config('default_transaction_isolation', 'read committed', false),"
             " set_config('lock_timeout', :lock, false), set_config('statement_timeout', :statement, false),"
             " set_config('idle_in_transaction_session_timeout', :statement, false),"
             " set_config('tcp_keepalives_idle', :statement, false), set_config('tcp_user_timeout', :statement, false)",
      soci::use(lock, "lock"), soci::use(statement, "statement");
}

std::unique_ptr<soci::session> open(const DatabaseOptions& database) {
  std::unique_ptr<soci::session> session;
  try {
    session = std::make_unique<soci::session>(soci::postgresql, conninfo(database));
  } catch (const soci::soci_error& error) {
    // Without an SQLSTATE; libpq's message is in the lines behind SOCI's own.
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

}  // namespace

const Backend postgresql_backend{
    .shown = shown, .open = open, .fault = fault_of, .begin = "begin", .in_transaction = in_transaction};

}  // namespace clientsync
