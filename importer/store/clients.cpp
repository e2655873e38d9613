#include "importer/store/clients.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <tuple>
#include <utility>

namespace clientsync {
namespace {

namespace json = boost::json;
using Kind = DatabaseError::Kind;

// Statements over one JSON parameter, whose rows are `w`. CROSS JOIN and INDEXED BY keep SQLite to the order: one look
// into an index of `clients` for each element. Left alone it goes through the firm's clients and reads the whole JSON
// text again for each of them.
namespace sqlite {

// The counts stand to the left, so that they come though the slice is empty.
constexpr const char* read_register = R"(
  select t.client_count, t.number_count,
         s.company_id, s.display_name, s.client_number, s.type, s.lead_accountant, s.status
  from (select (select count(*) from clients where firm_id = :firm) as client_count,
               (select count(*) from clients where firm_id = :firm and client_number is not null) as number_count) t
  left join (
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from json_each(:touched, '$.ids') w
    cross join clients c indexed by sqlite_autoindex_clients_1 on c.firm_id = :firm and c.company_id = w.value
    union
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from json_each(:touched, '$.keys') w
    cross join clients c indexed by clients_number_key on c.firm_id = :firm and c.number_key = w.value
    union
    select c.company_id, c.display_name, c.client_number, c.type, c.lead_accountant, c.status
    from json_each(:touched, '$.ranges') w
    cross join clients c indexed by sqlite_autoindex_clients_1
      on c.firm_id = :firm and c.company_id between w.value ->> 0 and w.value ->> 1
     and length(c.company_id) = length(w.value ->> 0)
  ) s on 1 = 1)";

constexpr const char* release_numbers = R"(
  with s as materialized (
    select c.rowid as client
    from json_each(:writes) w
    cross join clients c indexed by sqlite_autoindex_clients_1
      on c.firm_id = :firm and c.company_id = w.value ->> 'id' and c.client_number = w.value ->> 'before')
  update clients set client_number = null, number_key = null from s where clients.rowid = s.client)";

// By now a client has the number that it keeps, or none.
constexpr const char* update_clients = R"(
  with s as materialized (
    select c.rowid as client, w.value ->> 'name' as name, w.value ->> 'number' as number, w.value ->> 'key' as number_key
    from json_each(:writes) w
    cross join clients c indexed by sqlite_autoindex_clients_1
      on c.firm_id = :firm and c.company_id = w.value ->> 'id' and c.client_number is (w.value ->> 'kept'))
  update clients set display_name = s.name, client_number = s.number, number_key = s.number_key
  from s where clients.rowid = s.client)";

constexpr const char* insert_clients = R"(
  insert into clients (firm_id, company_id, display_name, client_number, number_key, type, lead_accountant, status)
  select :firm, w.value ->> 'id', w.value ->> 'name', w.value ->> 'number', w.value ->> 'key',
         w.value ->> 'type', w.value ->> 'lead', w.value ->> 'status'
  from json_each(:writes) w)";

}  // namespace sqlite

json::value json_of(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::value key_of(const std::optional<std::string>& number) {
  return number ? json::value(number_key(*number)) : json::value(nullptr);
}

json::array without_repeats(const std::vector<std::string>& texts) {
  const std::set<std::string_view> distinct(texts.begin(), texts.end());
  return json::array(distinct.begin(), distinct.end());
}

/// The same identifiers in as few ranges as can be: each client is then looked at once, however much the ranges
/// overlap.
std::vector<DigitRange> merged(std::vector<DigitRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const DigitRange& a, const DigitRange& b) {
    return std::tuple(a.low.size(), std::string_view(a.low)) < std::tuple(b.low.size(), std::string_view(b.low));
  });
  std::vector<DigitRange> merged;
  for (DigitRange& range : ranges) {
    if (!merged.empty() && merged.back().low.size() == range.low.size() && range.low <= merged.back().high) {
      merged.back().high = std::max(merged.back().high, range.high);
    } else {
      merged.push_back(std::move(range));
    }
  }
  return merged;
}

std::string json_of(const Touched& touched) {
  json::array ranges;
  for (const DigitRange& range : merged(touched.id_ranges)) ranges.push_back(json::array{range.low, range.high});
  return json::serialize(json::object{{"ids", without_repeats(touched.company_ids)},
                                      {"keys", without_repeats(touched.number_keys)},
                                      {"ranges", std::move(ranges)}});
}

json::object json_of(const Client& client) {
  return {{"id", client.company_id},
          {"name", client.display_name},
          {"number", json_of(client.number)},
          {"key", key_of(client.number)},
          {"type", client.type},
          {"lead", client.lead},
          {"status", client.active ? "active" : "inactive"}};
}

/// A client's columns as one row of an answer after the other brings them.
struct ClientColumns {
  std::string id, name, number, type, lead, status;
  soci::indicator has_id = soci::i_null, has_number = soci::i_null;
  soci::indicator has_name = soci::i_null, has_type = soci::i_null, has_lead = soci::i_null, has_status = soci::i_null;

  [[nodiscard]] Client client() const {
    return {id, name, has_number == soci::i_ok ? std::optional(number) : std::nullopt, type, lead, status == "active"};
  }
};

/// Runs a statement over the JSON array `writes`, which must hit one row for each of its elements.
void write_all(Connection& connection, FirmId firm, const char* sql, const json::array& writes,
               std::string_view doing) {
  if (writes.empty()) return;
  attempt(connection, doing, [&] {
    const std::string parameter = json::serialize(writes);
    const long long firm_id = firm;
    soci::statement statement =
        (connection.session().prepare << sql, soci::use(parameter, "writes"), soci::use(firm_id, "firm"));
    statement.execute(true);
    const long long hit = statement.get_affected_rows();
    if (hit != static_cast<long long>(writes.size())) {
      throw DatabaseError(Kind::conflict, "found " + std::to_string(hit) + " of " + std::to_string(writes.size()) +
                                              " clients as they were read");
    }
  });
}

}  // namespace

std::optional<FirmId> find_firm(Connection& connection, std::string_view name) {
  return attempt(connection, "looking up a firm", [&]() -> std::optional<FirmId> {
    const std::string firm(name);
    long long id = 0;
    soci::session& session = connection.session();
    session << "select id from firms where name = :name", soci::use(firm, "name"), soci::into(id);
    return session.got_data() ? std::optional<FirmId>(id) : std::nullopt;
  });
}

FirmId lock_firm(Connection& connection, std::string_view name) {
  // On SQLite the transaction has locked the whole database already.
  if (const auto id = find_firm(connection, name)) return *id;
  return attempt(connection, "adding a firm", [&]() -> FirmId {
    const std::string firm(name);
    long long id = 0;
    connection.session() << "insert into firms (name) values (:name) returning id", soci::use(firm, "name"),
        soci::into(id);
    return id;
  });
}

Register read_register(Connection& connection, FirmId firm, const Touched& touched) {
  return attempt(connection, "reading the register", [&] {
    const std::string parameter = json_of(touched);
    const long long firm_id = firm;
    long long client_count = 0;
    long long number_count = 0;
    ClientColumns c;
    soci::statement statement =
        (connection.session().prepare << sqlite::read_register, soci::use(firm_id, "firm"),
         soci::use(parameter, "touched"), soci::into(client_count), soci::into(number_count),
         soci::into(c.id, c.has_id), soci::into(c.name, c.has_name), soci::into(c.number, c.has_number),
         soci::into(c.type, c.has_type), soci::into(c.lead, c.has_lead), soci::into(c.status, c.has_status));
    statement.execute();
    std::vector<Client> clients;
    while (statement.fetch()) {
      if (c.has_id == soci::i_ok) clients.push_back(c.client());
    }
    return Register(std::move(clients), static_cast<std::size_t>(client_count), static_cast<std::size_t>(number_count));
  });
}

void write_clients(Connection& connection, FirmId firm, std::span<const ClientWrite> writes) {
  json::array releases;
  json::array updates;
  json::array creations;
  for (const ClientWrite& write : writes) {
    if (write.created) {
      creations.push_back(json_of(Client{write.company_id, write.name_after, write.number_after, "", "", true}));
      continue;
    }
    const bool released = write.number_before && write.number_before != write.number_after;
    if (released) releases.push_back(json::object{{"id", write.company_id}, {"before", *write.number_before}});
    updates.push_back(json::object{{"id", write.company_id},
                                   {"name", write.name_after},
                                   {"number", json_of(write.number_after)},
                                   {"key", key_of(write.number_after)},
                                   {"kept", released ? json::value(nullptr) : json_of(write.number_before)}});
  }
  write_all(connection, firm, sqlite::release_numbers, releases, "releasing clients' numbers");
  write_all(connection, firm, sqlite::update_clients, updates, "writing clients");
  write_all(connection, firm, sqlite::insert_clients, creations, "adding clients");
}

void add_clients(Connection& connection, FirmId firm, std::span<const Client> clients) {
  json::array additions;
  for (const Client& client : clients) additions.push_back(json_of(client));
  write_all(connection, firm, sqlite::insert_clients, additions, "adding clients");
}

void list_clients(Connection& connection, FirmId firm, const std::function<void(const Client&)>& each) {
  const auto clients = attempt(connection, "reading the register", [&] {
    const long long firm_id = firm;
    ClientColumns c;
    soci::statement statement =
        (connection.session().prepare << "select company_id, display_name, client_number, type, lead_accountant, status"
                                         " from clients where firm_id = :firm order by company_id",
         soci::use(firm_id, "firm"), soci::into(c.id), soci::into(c.name), soci::into(c.number, c.has_number),
         soci::into(c.type), soci::into(c.lead), soci::into(c.status));
    statement.execute();
    std::vector<Client> all;
    while (statement.fetch()) all.push_back(c.client());
    return all;
  });
  for (const Client& client : clients) each(client);
}

}  // namespace clientsync
