#include "importer/store/ledger_reports.hpp"

#include <array>
#include <utility>

#include "importer/digest.hpp"
#include "importer/store/sql.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

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

}  // namespace

ReportState report_state_of(const std::string& text) {
  for (const auto& [value, known] : report_states) {
    if (text == known) return value;
  }
  throw DatabaseError(Kind::refused, "the ledger has a state of a report that this program does not know");
}

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

std::vector<PendingReport> pending_reports(Connection& connection, std::string_view inbox) {
  return attempt(connection, "looking up reports that are not published", [&] {
    const std::string inbox_text(inbox);
    long long id = 0;
    std::string name, input_sha256, state, report, report_name;
    std::vector<PendingReport> pending;
    const auto add = [&] {
      pending.push_back(
          {id, unescape(name), input_sha256, state == "rejected", unbase64(report), unescape(report_name)});
    };
    query(connection,
          "select i.id, i.name, i.sha256, i.state, coalesce(b.report, ''), i.report_name"
          " from imports i join import_bytes b on b.import_id = i.id"
          " where i.inbox = :inbox and i.report_state = 'pending' order by i.id",
          add, soci::use(inbox_text, "inbox"), soci::into(id), soci::into(name), soci::into(input_sha256),
          soci::into(state), soci::into(report), soci::into(report_name));
    return pending;
  });
}

std::optional<std::string> report_bytes(Connection& connection, ImportId import) {
  return stored_bytes(connection, import, "select report from import_bytes where import_id = :import");
}

void mark_report(Connection& connection, ImportId import, ReportState state, std::string_view report_name) {
  Transaction transaction(connection);
  attempt(connection, "marking the report of import " + std::to_string(import), [&] {
    const long long id = import;
    const std::string state_text = text_of(state);
    const std::string name = escape(report_name);
    require_rows(execute(connection,
                         "update imports set report_state = :state,"
                         " report_name = case when :name = '' then report_name else :name end where id = :import",
                         soci::use(state_text, "state"), soci::use(name, "name"), soci::use(id, "import")),
                 1);
    if (state != ReportState::published) return;
    connection.session() << "insert into report_places (import_id, inbox, report_name, report_sha256)"
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

}  // namespace clientsync
