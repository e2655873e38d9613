#include "importer/store/clients.hpp"

#include <boost/json.hpp>
#include <set>
#include <utility>

#include "importer/store/clients_sql.hpp"

namespace clientsync {
namespace {

namespace json = boost::json;
using Kind = DatabaseError::Kind;

json::value json_of(const std::optional<std::string_view>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::value key_of(const std::optional<std::string_view>& number) {
  return number ? json::value(number_key(*number)) : json::value(nullptr);
}

json::array without_repeats(const std::vector<std::string_view>& texts) {
  const std::set<std::string_view> distinct(texts.begin(), texts.end());
  return json::array(distinct.begin(), distinct.end());
}

std::string json_of(const Touched& touched) {
  return json::serialize(
      json::object{{"ids", without_repeats(touched.company_ids)}, {"keys", without_repeats(touched.number_keys)}});
}

std::string json_of(std::span<const DigitRange> ranges) {
  json::array array;
  for (const DigitRange& range : ranges) array.push_back(json::object{{"low", range.low}, {"high", range.high}});
  return json::serialize(array);
}

/// Receives a client's columns, one row after the other.
struct ClientColumns {
  std::string id, name, number, type, lead, status;
  soci::indicator has_id = soci::i_null, has_number = soci::i_null;
  soci::indicator has_name = soci::i_null, has_type = soci::i_null, has_lead = soci::i_null, has_status = soci::i_null;

  [[nodiscard]] KnownClient known() const {
    return {id, name, has_number == soci::i_ok ? std::optional<std::string_view>(number) : std::nullopt};
  }

  [[nodiscard]] Client client() const {
    return {id, name, has_number == soci::i_ok ? std::optional(number) : std::nullopt, type, lead, status == "active"};
  }
};

/// Runs a statement over the JSON array `writes`. `conflict` unless it hits one row for each element.
void write_batch(Connection& connection, FirmId firm, const char* sql, const json::array& writes) {
  const std::string parameter = json::serialize(writes);
  const long long firm_id = firm;
  const long long hit = execute(connection, sql, soci::use(parameter, "writes"), soci::use(firm_id, "firm"));
  if (hit != static_cast<long long>(writes.size())) {
    throw DatabaseError(Kind::conflict, "only " + std::to_string(hit) + " of " + std::to_string(writes.size()) +
                                            " clients are still as they were read");
  }
}

/// Runs a statement over those of `writes` for which `row_of` gives an object. Most files are one batch; a huge file
/// does not stand in memory as JSON.
template <class RowOf>
void write_all(Connection& connection, FirmId firm, const Sql& sql, std::span<const ClientWrite> writes,
               std::string_view doing, RowOf row_of) {
  attempt(connection, doing, [&] {
    json::array batch;
    for (const ClientWrite& write : writes) {
      if (auto row = row_of(write)) batch.push_back(std::move(*row));
      if (batch.size() < rows_of_statement) continue;
      write_batch(connection, firm, sql(connection), batch);
      batch.clear();
    }
    if (!batch.empty()) write_batch(connection, firm, sql(connection), batch);
  });
}

bool is_released(const ClientWrite& write) {
  return !write.created && write.number_before && write.number_before != write.number_after;
}

using JsonRow = std::optional<json::object>;

JsonRow release_of(const ClientWrite& write) {
  if (!is_released(write)) return std::nullopt;
  return json::object{{"id", write.company_id}, {"before", *write.number_before}};
}

JsonRow update_of(const ClientWrite& write) {
  if (write.created) return std::nullopt;
  return json::object{{"id", write.company_id},
                      {"called", write.name_before},
                      {"name", write.name_after},
                      {"number", json_of(write.number_after)},
                      {"key", key_of(write.number_after)},
                      {"kept", is_released(write) ? json::value(nullptr) : json_of(write.number_before)}};
}

JsonRow creation_of(const ClientWrite& write) {
  if (!write.created) return std::nullopt;
  return json::object{{"id", write.company_id},
                      {"name", write.name_after},
                      {"number", json_of(write.number_after)},
                      {"key", key_of(write.number_after)}};
}

std::optional<FirmId> look_up_firm(Connection& connection, const char* sql, const std::string& name) {
  long long id = 0;
  soci::session& session = connection.session();
  session << sql, soci::use(name, "name"), soci::into(id);
  return session.got_data() ? std::optional<FirmId>(id) : std::nullopt;
}

}  // namespace

std::optional<FirmId> find_firm(Connection& connection, std::string_view name) {
  return attempt(connection, "looking up a firm", [&] {
    return look_up_firm(connection, "select id from firms where name = :name", std::string(name));
  });
}

FirmId lock_firm(Connection& connection, std::string_view name) {
  return attempt(connection, "locking the firm", [&] {
    const std::string firm(name);
    if (const auto id = look_up_firm(connection, sql::lock_firm(connection), firm)) return *id;
    connection.session() << sql::insert_firm(connection), soci::use(firm, "name");
    const auto id = look_up_firm(connection, sql::lock_firm(connection), firm);
    if (!id) throw DatabaseError(Kind::conflict, "the firm was removed at the same moment");
    return *id;
  });
}

Register read_register(Connection& connection, FirmId firm, const Touched& touched) {
  return attempt(connection, "reading the register", [&] {
    const std::string parameter = json_of(touched);
    const long long firm_id = firm;
    long long client_count = 0;
    long long number_count = 0;
    ClientColumns c;
    Register slice;
    const auto add = [&] {
      if (c.has_id == soci::i_ok) slice.add(c.known());
    };
    query(connection, sql::read_register(connection), add, soci::use(firm_id, "firm"), soci::use(parameter, "touched"),
          soci::into(client_count), soci::into(number_count), soci::into(c.id, c.has_id),
          soci::into(c.name, c.has_name), soci::into(c.number, c.has_number), soci::into(c.type, c.has_type),
          soci::into(c.lead, c.has_lead), soci::into(c.status, c.has_status));
    slice.set_counts(static_cast<std::size_t>(client_count), static_cast<std::size_t>(number_count));
    return slice;
  });
}

void add_clients_in(Connection& connection, FirmId firm, std::span<const DigitRange> ranges, Register& slice) {
  attempt(connection, "reading the clients of damaged company IDs", [&] {
    const std::string parameter = json_of(ranges);
    const long long firm_id = firm;
    ClientColumns c;
    query(
        connection, sql::read_clients_in(connection), [&] { slice.add(c.known()); }, soci::use(parameter, "ranges"),
        soci::use(firm_id, "firm"), soci::into(c.id), soci::into(c.name), soci::into(c.number, c.has_number),
        soci::into(c.type), soci::into(c.lead), soci::into(c.status));
  });
}

void write_clients(Connection& connection, FirmId firm, std::span<const ClientWrite> writes) {
  write_all(connection, firm, sql::release_numbers, writes, "releasing clients' numbers", release_of);
  write_all(connection, firm, sql::update_clients, writes, "writing clients", update_of);
  write_all(connection, firm, sql::insert_clients, writes, "adding clients", creation_of);
}

void list_clients(Connection& connection, FirmId firm, const std::function<void(const Client&)>& each) {
  const auto clients = attempt(connection, "reading the register", [&] {
    const long long firm_id = firm;
    ClientColumns c;
    std::vector<Client> all;
    query(
        connection,
        "select company_id, display_name, client_number, type, lead_accountant, status"
        " from clients where firm_id = :firm order by company_id",
        [&] { all.push_back(c.client()); }, soci::use(firm_id, "firm"), soci::into(c.id), soci::into(c.name),
        soci::into(c.number, c.has_number), soci::into(c.type), soci::into(c.lead), soci::into(c.status));
    return all;
  });
  for (const Client& client : clients) each(client);
}

}  // namespace clientsync
