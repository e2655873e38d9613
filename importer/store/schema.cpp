#include "importer/store/schema.hpp"

#include <soci/soci.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <vector>

namespace clientsync {
namespace {

namespace sqlite {

// AUTOINCREMENT: an import's number is never given twice, whatever was deleted.
constexpr const char* identity = "integer primary key autoincrement";

constexpr const char* count_tables =
    "select coalesce(sum(name = 'meta'), 0), count(*) from sqlite_master where type = 'table' and name not like "
    "'sqlite%'";

}  // namespace sqlite

using Statements = std::vector<std::string>;

Statements registers() {
  return {
      "create table meta (name varchar(40) not null primary key, value varchar(200) not null)",
      std::string("create table firms (id ") + sqlite::identity + ", name varchar(200) not null unique)",
      R"(create table clients (
           firm_id bigint not null references firms (id),
           company_id varchar(64) not null,
           display_name varchar(200) not null,
           client_number varchar(100),
           number_key varchar(100),
           type varchar(200) not null default '',
           lead_accountant varchar(200) not null default '',
           status varchar(8) not null default 'active' check (status in ('active', 'inactive')),
           primary key (firm_id, company_id),
           constraint client_number_is_unique unique (firm_id, client_number),
           constraint number_has_its_key check ((client_number is null) = (number_key is null))))",
      "create index clients_number_key on clients (firm_id, number_key)",
  };
}

Statements ledger() {
  return {
      std::string("create table imports (id ") + sqlite::identity + R"(,
           kind varchar(8) not null check (kind in ('import', 'undo', 'replay', 'adopt')),
           state varchar(8) not null check (state in ('applying', 'imported', 'rejected')),
           firm_id bigint references firms (id),
           inbox varchar(200) not null,
           name text not null,
           version bigint,
           sha256 varchar(64) not null,
           size bigint not null,
           mtime bigint not null,
           row_count bigint not null default 0,
           updated bigint not null default 0,
           unchanged bigint not null default 0,
           created bigint not null default 0,
           failed bigint not null default 0,
           language varchar(16),
           report_sha256 varchar(64) not null default '',
           report_name text not null default '',
           report_state varchar(10) not null default 'none'
             check (report_state in ('none', 'pending', 'published', 'superseded')),
           who varchar(200) not null,
           started_at bigint not null,
           finished_at bigint,
           constraint one_import_for_each_version unique (inbox, name, version),
           constraint versions_are_of_inboxes check ((inbox = '') = (version is null)),
           constraint rows_add_up check (row_count = updated + unchanged + created + failed)))",
      "create index imports_sha256 on imports (inbox, sha256)",
      "create index imports_report_sha256 on imports (report_sha256, inbox)",
      "create index imports_report_state on imports (inbox, report_state)",
      // Apart from their import, so that marking its report does not write them again.
      R"(create table import_bytes (
           import_id bigint not null primary key references imports (id),
           input text,
           report text))",
      std::string("create table report_places (id ") + sqlite::identity + R"(,
           import_id bigint not null references imports (id),
           inbox varchar(200) not null,
           report_name text not null,
           report_sha256 varchar(64) not null))",
      "create index report_places_name on report_places (inbox, report_name)",
      "create index report_places_import on report_places (import_id)",
      R"(create table import_errors (
           import_id bigint not null references imports (id),
           seq bigint not null,
           sheet_row bigint not null,
           company_id text not null,
           codes text not null,
           message text not null,
           primary key (import_id, seq)))",
      std::string("create table changes (id ") + sqlite::identity + R"(,
           import_id bigint references imports (id),
           seq bigint,
           firm_id bigint not null references firms (id),
           company_id varchar(64) not null,
           field varchar(20) not null,
           old_value text,
           new_value text,
           who varchar(200) not null,
           changed_at bigint not null,
           constraint one_change_for_each_place unique (import_id, seq)))",
      "create index changes_client on changes (firm_id, company_id)",
  };
}

/// A random UUID (RFC 4122, version 4).
std::string random_uuid() {
  std::random_device device;
  std::array<unsigned, 4> words{};
  for (unsigned& word : words) word = device();
  words[1] = (words[1] & 0xffff0fffU) | 0x00004000U;
  words[2] = (words[2] & 0x3fffffffU) | 0x80000000U;
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%04x%08x", words[0], words[1] >> 16U, words[1] & 0xffffU,
                words[2] >> 16U, words[2] & 0xffffU, words[3]);
  return text.data();
}

/// The steps of the schema: step N makes version N + 1 of version N. One statement each: SOCI leaves out what follows a
/// semicolon.
Statements step_from(int version) {
  if (version != 0) return {};
  Statements statements = registers();
  for (std::string& statement : ledger()) statements.push_back(std::move(statement));
  statements.push_back("insert into meta (name, value) values ('schema_version', '0')");
  statements.push_back("insert into meta (name, value) values ('ledger_uuid', '" + random_uuid() + "')");
  return statements;
}

std::string read_meta(soci::session& session, const std::string& name) {
  std::string value;
  session << "select value from meta where name = :name", soci::use(name, "name"), soci::into(value);
  if (!session.got_data())
    throw DatabaseError(DatabaseError::Kind::refused, "the database's table meta has no " + name);
  return value;
}

/// 0 where the database has no tables yet.
int read_version(soci::session& session) {
  long long meta = 0;
  long long tables = 0;
  session << sqlite::count_tables, soci::into(meta), soci::into(tables);
  if (tables == 0) return 0;
  if (meta == 0)
    throw DatabaseError(DatabaseError::Kind::refused, "the database holds tables that are not clientsync's");
  const std::string text = read_meta(session, "schema_version");
  int version = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (fault != std::errc() || end != text.data() + text.size() || version < 1) {
    throw DatabaseError(DatabaseError::Kind::refused, "the database's schema version can't be read");
  }
  if (version > schema_version) {
    throw DatabaseError(DatabaseError::Kind::refused, "the database has schema version " + std::to_string(version) +
                                                          ", this program knows up to version " +
                                                          std::to_string(schema_version) +
                                                          ": install a newer clientsync");
  }
  return version;
}

}  // namespace

void prepare_schema(Connection& connection) {
  const std::string doing = "preparing the database's tables";
  const auto version_now = [&] { return read_version(connection.session()); };
  while (attempt(connection, doing, version_now) < schema_version) {
    Transaction transaction(connection);
    // Another program may have done the step meanwhile.
    const int version = attempt(connection, doing, version_now);
    if (version < schema_version) {
      attempt(connection, doing, [&] {
        soci::session& session = connection.session();
        for (const std::string& statement : step_from(version)) session << statement;
        const std::string next = std::to_string(version + 1);
        session << "update meta set value = :version where name = 'schema_version'", soci::use(next, "version");
      });
    }
    transaction.commit();
  }
}

std::string ledger_uuid(Connection& connection) {
  return attempt(connection, "reading the ledger's UUID",
                 [&] { return read_meta(connection.session(), "ledger_uuid"); });
}

}  // namespace clientsync
