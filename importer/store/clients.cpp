#include "importer/store/clients.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "importer/store/clients_sql.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

constexpr std::size_t client_columns = 6;

Client client_of(std::span<const Cell> cells) {
  return {std::string(cells[0].value_or("")), std::string(cells[1].value_or("")), text_in(cells[2]),
          std::string(cells[3].value_or("")), std::string(cells[4].value_or("")), cells[5] == "active"};
}

/// The rows of a statement over texts, each once.
Rows rows_of(const std::vector<std::string>& texts) {
  const std::set<std::string_view> distinct(texts.begin(), texts.end());
  const auto values = std::make_shared<std::vector<std::string_view>>(distinct.begin(), distinct.end());
  return {.fields = {"value"}, .count = values->size(), .read = [values](std::size_t row, std::span<Value> fields) {
            fields[0] = (*values)[row];
          }};
}

void add_query(Batch& batch, FirmId firm, const Sql& sql, Rows rows, std::vector<Client>& found) {
  batch.add({.sql = sql(batch.connection()),
             .parameters = {{"firm", firm}},
             .rows = std::move(rows),
             .columns = client_columns,
             .each = [&found](std::span<const Cell> cells) { found.push_back(client_of(cells)); }});
}

/// The key that a number is stored with: NULL if it is the number itself.
Value key_of(const std::optional<std::string>& number) {
  if (!number) return nullptr;
  std::string key = number_key(*number);
  if (key == *number) return nullptr;
  return key;
}

using Writes = std::vector<const ClientWrite*>;

Writes select(std::span<const ClientWrite> writes, bool (*chosen)(const ClientWrite&)) {
  Writes selected;
  for (const ClientWrite& write : writes) {
    if (chosen(write)) selected.push_back(&write);
  }
  return selected;
}

/// A statement over some of the writes, each of which must hit one row.
void add_writes(Batch& batch, FirmId firm, const Sql& sql, std::vector<std::string_view> fields, const Writes& writes,
                void (*read)(const ClientWrite&, std::span<Value>)) {
  if (writes.empty()) return;
  batch.add(
      {.sql = sql(batch.connection()),
       .parameters = {{"firm", firm}},
       .rows = Rows{.fields = std::move(fields),
                    .count = writes.size(),
                    .read = [writes, read](std::size_t row, std::span<Value> values) { read(*writes[row], values); }},
       .hits = writes.size(),
       .otherwise = Kind::conflict});
}

void read_release(const ClientWrite& write, std::span<Value> values) {
  values[0] = std::string_view(write.company_id);
  values[1] = value_of(write.number_before);
}

void read_update(const ClientWrite& write, std::span<Value> values) {
  values[0] = std::string_view(write.company_id);
  values[1] = std::string_view(write.name_before);
  values[2] = std::string_view(write.name_after);
  values[3] = value_of(write.number_after);
  values[4] = key_of(write.number_after);
  values[5] = write.release_first ? Value(nullptr) : value_of(write.number_before);
}

void read_creation(const ClientWrite& write, std::span<Value> values) {
  values[0] = std::string_view(write.company_id);
  values[1] = std::string_view(write.name_after);
  values[2] = value_of(write.number_after);
  values[3] = key_of(write.number_after);
}

void add_counts(Batch& batch, FirmId firm, std::span<const ClientWrite> writes) {
  std::int64_t created = 0, numbered = 0;
  for (const ClientWrite& write : writes) {
    if (write.created) ++created;
    numbered += (write.number_after ? 1 : 0) - (write.number_before ? 1 : 0);
  }
  if (created == 0 && numbered == 0) return;
  batch.add({.sql = sql::update_counts,
             .parameters = {{"created", created}, {"numbered", numbered}, {"firm", firm}},
             .hits = 1});
}

}  // namespace

std::optional<FirmId> find_firm(Connection& connection, std::string_view name) {
  std::optional<FirmId> firm;
  Batch batch(connection);
  batch.add({.sql = "select id from firms where name = :name",
             .parameters = {{"name", name}},
             .columns = 1,
             .each = [&](std::span<const Cell> cells) { firm = number_in(cells[0]); }});
  batch.run("looking up a firm");
  return firm;
}

void lock_firm(Batch& batch, std::string_view name, std::optional<FirmId>& firm) {
  batch.add({.sql = sql::lock_firm(batch.connection()),
             .parameters = {{"name", name}},
             .columns = 1,
             .each = [&firm](std::span<const Cell> cells) { firm = number_in(cells[0]); }});
}

FirmId create_firm(Connection& connection, std::string_view name) {
  std::optional<FirmId> firm;
  Batch batch(connection);
  batch.add({.sql = sql::insert_firm(connection), .parameters = {{"name", name}}});
  lock_firm(batch, name, firm);
  batch.run("locking the firm");
  if (!firm) throw DatabaseError(Kind::conflict, "the firm was removed at the same moment");
  return *firm;
}

Register RegisterPart::to_register() && {
  Register part(std::move(by_id), client_count, number_count);
  part.add(std::move(by_number));
  return part;
}

void read_register(Batch& batch, FirmId firm, const Touched& touched, RegisterPart& part) {
  batch.add({.sql = sql::read_counts,
             .parameters = {{"firm", firm}},
             .columns = 2,
             .each = [&part](std::span<const Cell> cells) {
               part.client_count = static_cast<std::size_t>(number_in(cells[0]));
               part.number_count = static_cast<std::size_t>(number_in(cells[1]));
             }});
  add_query(batch, firm, sql::read_clients_by_id, rows_of(touched.company_ids), part.by_id);
  // A number is a key itself if it has no leading zeros.
  add_query(batch, firm, sql::read_clients_by_number, rows_of(touched.number_keys), part.by_number);
  add_query(batch, firm, sql::read_clients_by_key, rows_of(touched.number_keys), part.by_number);
}

std::vector<Client> read_clients_in(Connection& connection, FirmId firm, std::span<const DigitRange> ranges) {
  const auto read = [ranges](std::size_t row, std::span<Value> values) {
    values[0] = std::string_view(ranges[row].low);
    values[1] = std::string_view(ranges[row].high);
  };
  std::vector<Client> clients;
  Batch batch(connection);
  add_query(batch, firm, sql::read_clients_in, {.fields = {"low", "high"}, .count = ranges.size(), .read = read},
            clients);
  batch.run("reading the clients of damaged company IDs");
  return clients;
}

void write_clients(Batch& batch, FirmId firm, std::span<const ClientWrite> writes) {
  add_writes(batch, firm, sql::release_numbers, {"id", "before"},
             select(writes, [](const ClientWrite& write) { return write.release_first; }), read_release);
  add_writes(batch, firm, sql::update_clients, {"id", "called", "name", "number", "key", "kept"},
             select(writes, [](const ClientWrite& write) { return !write.created; }), read_update);
  add_writes(batch, firm, sql::insert_clients, {"id", "name", "number", "key"},
             select(writes, [](const ClientWrite& write) { return write.created; }), read_creation);
  add_counts(batch, firm, writes);
}

void list_clients(Connection& connection, FirmId firm, const std::function<void(const Client&)>& each) {
  std::vector<Client> clients;
  Batch batch(connection);
  batch.add({.sql = "select company_id, display_name, client_number, type, lead_accountant, status"
                    " from clients where firm_id = :firm order by company_id",
             .parameters = {{"firm", firm}},
             .columns = client_columns,
             .each = [&](std::span<const Cell> cells) { clients.push_back(client_of(cells)); }});
  batch.run("reading the register");
  for (const Client& client : clients) each(client);
}

}  // namespace clientsync
