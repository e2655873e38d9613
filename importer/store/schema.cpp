#include "importer/store/schema.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "importer/store/schema_steps.hpp"
#include "importer/store/sql.hpp"

namespace clientsync {
namespace {

// On PostgreSQL this counts tables to which the role has no right, too. MariaDB hides them.
constexpr Sql count_tables{.sqlite = R"(
  select coalesce(sum(name = 'meta'), 0), count(*) from sqlite_master
  where type = 'table' and name not like 'sqlite%')",
                           .postgresql = R"(
  select count(*) filter (where relname = 'meta'), count(*) from pg_class
  where relnamespace = quote_ident(current_schema())::regnamespace and relkind in ('r', 'p'))",
                           .mysql = R"(
  select count(case when table_name = 'meta' then 1 end), count(*) from information_schema.tables
  where table_schema = database())"};

std::optional<std::string> read_meta(soci::session& session, const std::string& name) {
  std::string value;
  session << "select value from meta where name = :name", soci::use(name, "name"), soci::into(value);
  return session.got_data() ? std::optional(value) : std::nullopt;
}

int read_version(Connection& connection) {
  soci::session& session = connection.session();
  long long meta = 0;
  long long tables = 0;
  session << count_tables(connection), soci::into(meta), soci::into(tables);
  if (tables == 0) return 0;
  if (meta == 0) throw DatabaseError(DatabaseError::Kind::refused, "the database has tables that are not clientsync's");
  const std::optional<std::string> text = read_meta(session, "schema_version");
  if (!text) return 0;
  int version = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), version);
  if (error != std::errc() || end != text->data() + text->size() || version < 0) {
    throw DatabaseError(DatabaseError::Kind::refused, "the database's schema version can't be read");
  }
  if (version > schema_version) {
    throw DatabaseError(DatabaseError::Kind::refused, "the database has schema version " + std::to_string(version) +
                                                          ", and this program knows versions up to " +
                                                          std::to_string(schema_version) +
                                                          "; install a newer clientsync");
  }
  return version;
}

constexpr std::string_view preparing = "preparing the database's tables";

void take_step(Connection& connection, int version) {
  soci::session& session = connection.session();
  for (const std::string& statement : schema_step(version, connection.kind())) session << statement;
  const std::string next = std::to_string(version + 1);
  session << "update meta set value = :version where name = 'schema_version'", soci::use(next, "version");
}

// PostgreSQL's lock ends with the transaction.
constexpr Sql wait_for_others{.sqlite = "select 1",
                              .postgresql = "select 1 from pg_advisory_xact_lock(hashtext('clientsync schema'))",
                              .mysql = "select get_lock(concat('clientsync schema ', left(sha1(database()), 40)), 60)"};

// A step may rebuild tables that have become large.
constexpr Sql take_time{.sqlite = "select 1",
                        .postgresql = "set local statement_timeout = 0",
                        .mysql = "set session max_statement_time = 0"};

void upgrade_by_one(Connection& connection) {
  // On MariaDB DDL ends a transaction.
  std::optional<Transaction> transaction;
  if (connection.kind() != DatabaseKind::mysql) transaction.emplace(connection);
  attempt(connection, preparing, [&] {
    long long ours = 0;
    soci::indicator known = soci::i_null;
    connection.session() << wait_for_others(connection), soci::into(ours, known);
    if (known != soci::i_ok || ours != 1)
      throw DatabaseError(DatabaseError::Kind::unavailable, "another program has been preparing them for a minute");
    // Another program may have taken the step meanwhile.
    const int version = read_version(connection);
    connection.session() << take_time(connection);
    if (version < schema_version) take_step(connection, version);
    if (connection.kind() == DatabaseKind::mysql) connection.session() << "do release_all_locks()";
  });
  if (transaction) transaction->commit();
}

}  // namespace

int read_schema_version(Connection& connection) {
  return attempt(connection, "reading the version of the database's tables", [&] { return read_version(connection); });
}

int upgrade_schema(Connection& connection) {
  const int before = read_schema_version(connection);
  while (read_schema_version(connection) < schema_version) upgrade_by_one(connection);
  return before;
}

void prepare_schema(Connection& connection) {
  if (connection.kind() == DatabaseKind::sqlite) return static_cast<void>(upgrade_schema(connection));
  const int version = read_schema_version(connection);
  if (version == schema_version) return;
  const std::string state = version == 0 ? "the database has no tables of clientsync that this role may see"
                                         : "the database's tables have version " + std::to_string(version) +
                                               ", and this program needs version " + std::to_string(schema_version);
  throw DatabaseError(DatabaseError::Kind::refused,
                      state +
                          "; run clientsync db upgrade with the configuration of their owner. If that has nothing to "
                          "do, the role lacks its rights: see docs/database.md");
}

std::string ledger_uuid(Connection& connection) {
  return attempt(connection, "reading the ledger's UUID", [&] {
    const std::optional<std::string> uuid = read_meta(connection.session(), "ledger_uuid");
    if (!uuid) throw DatabaseError(DatabaseError::Kind::refused, "the database's table meta has no ledger_uuid");
    return *uuid;
  });
}

Statement read_ledger_uuid(std::string& uuid) {
  return {.sql = "select value from meta where name = 'ledger_uuid'",
          .columns = 1,
          .each = [&uuid](std::span<const Cell> cells) { uuid = text_in(cells[0]).value_or(""); }};
}

DatabaseError foreign_ledger(const std::string& found, const std::string& uuid) {
  return {DatabaseError::Kind::foreign,
          "found " + found + " in the place of ledger " + uuid +
              "; put the right database back, or restart the service if this one is meant"};
}

void require_ledger(Connection& connection, const std::string& uuid) {
  if (read_schema_version(connection) == 0) throw foreign_ledger("an empty database", uuid);
  const std::string found = ledger_uuid(connection);
  if (found != uuid) throw foreign_ledger("ledger " + found, uuid);
}

}  // namespace clientsync
