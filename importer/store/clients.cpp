#include "importer/store/clients.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "importer/store/clients_sql.hpp"
#include "importer/store/snapshot.hpp"

namespace clientsync {
namespace {

using Kind = DatabaseError::Kind;

constexpr std::size_t known_columns = 3, client_columns = 6;

KnownClient known_client(std::span<const Cell> cells) {
  return {cells[0].value(), cells[1].value(), cells[2]};
}

Client client_of(std::span<const Cell> cells) {
  const KnownClient known = known_client(cells);
  return {std::string(known.company_id), std::string(known.display_name), text_in(known.number),
          std::string(cells[3].value()), std::string(cells[4].value()),   cells[5] == status_word(true)};
}

void add_query(Batch& batch, FirmId firm, const Sql& sql, Rows rows, Register& slice) {
  if (rows.count == 0) return;
  batch.add({.sql = sql(batch.connection()),
             .parameters = {{"firm", firm}},
             .rows = std::move(rows),
             .columns = known_columns,
             .each = [&slice](std::span<const Cell> cells) { slice.add(known_client(cells)); }});
}

void add_all(Batch& batch, FirmId firm, Register& slice) {
  batch.add({.sql = sql::read_all_clients,
             .parameters = {{"firm", firm}},
             .columns = known_columns,
             .each = [&slice](std::span<const Cell> cells) { slice.add(known_client(cells)); }});
}

void add_firm(Batch& batch, const char* sql, std::string_view name, std::optional<Firm>& firm) {
  batch.add({.sql = sql, .parameters = {{"name", name}}, .columns = 3, .each = [&firm](std::span<const Cell> cells) {
               firm = {.id = number_in(cells[0]),
                       .client_count = static_cast<std::size_t>(number_in(cells[1])),
                       .number_count = static_cast<std::size_t>(number_in(cells[2]))};
             }});
}

/// The key that a number is stored with: NULL if it is the number itself.
Value key_of(const std::optional<std::string_view>& number) {
  if (!number || number_key(*number) == *number) return nullptr;
  return number_key(*number);
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
  values[0] = write.company_id;
  values[1] = value_of(write.number_before);
}

void read_update(const ClientWrite& write, std::span<Value> values) {
  values[0] = write.company_id;
  values[1] = write.name_before;
  values[2] = write.name_before == write.name_after ? Value(nullptr) : Value(write.name_after);
  values[3] = value_of(write.number_after);
  values[4] = key_of(write.number_after);
  values[5] = write.release_first ? Value(nullptr) : value_of(write.number_before);
}

void read_creation(const ClientWrite& write, std::span<Value> values) {
  values[0] = write.company_id;
  values[1] = write.name_after;
  values[2] = value_of(write.number_after);
  values[3] = key_of(write.number_after);
}

void set_details(const ClientDetails& details, std::span<Value> values) {
  values[0] = details.type;
  values[1] = details.lead;
  values[2] = status_word(details.active);
}

void read_details_update(const ClientWrite& write, std::span<Value> values) {
  values[0] = write.company_id;
  values[1] = write.name_after;
  values[2] = value_of(write.number_after);
  set_details(write.details_before, values.subspan(3));
  set_details(write.details_after, values.subspan(6));
}

void read_deletion(const ClientWrite& write, std::span<Value> values) {
  values[0] = write.company_id;
  values[1] = write.name_before;
  values[2] = value_of(write.number_before);
  set_details(write.details_before, values.subspan(3));
}

bool changes_details(const ClientWrite& write) {
  return !write.deleted && write.details_before != write.details_after;
}

/// True if the client stays, and more than its details may change.
bool changes_client(const ClientWrite& write) {
  const bool details_alone =
      changes_details(write) && write.name_before == write.name_after && write.number_before == write.number_after;
  return !write.created && !write.deleted && !details_alone;
}

void add_counts(Batch& batch, FirmId firm, std::span<const ClientWrite> writes) {
  std::int64_t created = 0, numbered = 0;
  for (const ClientWrite& write : writes) {
    created += (write.created ? 1 : 0) - (write.deleted ? 1 : 0);
    numbered += (write.number_after ? 1 : 0) - (write.number_before ? 1 : 0);
  }
  if (created == 0 && numbered == 0) return;
  batch.add({.sql = sql::update_counts,
             .parameters = {{"created", created}, {"numbered", numbered}, {"firm", firm}},
             .hits = 1});
}

}  // namespace

std::optional<Firm> find_firm(Connection& connection, std::string_view name) {
  std::optional<Firm> firm;
  Batch batch(connection);
  add_firm(batch, sql::find_firm, name, firm);
  batch.run("looking up a firm");
  return firm;
}

void lock_firm(Batch& batch, std::string_view name, std::optional<Firm>& firm) {
  add_firm(batch, sql::lock_firm(batch.connection()), name, firm);
}

Firm create_firm(Connection& connection, std::string_view name) {
  std::optional<Firm> firm;
  Batch batch(connection);
  batch.add({.sql = sql::insert_firm(connection), .parameters = {{"name", name}}});
  lock_firm(batch, name, firm);
  batch.run("locking the firm");
  if (!firm) throw DatabaseError(Kind::conflict, "the firm was removed at the same moment");
  return *firm;
}

void read_register(Batch& batch, const Firm& firm, const Touched& touched, Register& slice) {
  // To look a client up costs more than twice as much as to read the next one.
  constexpr std::size_t rows_for_lookup = 2;
  slice.set_counts(firm.client_count, firm.number_count);
  const std::size_t lookups = touched.company_ids.size() + touched.number_keys.size();
  if (firm.client_count <= rows_for_lookup * lookups) return add_all(batch, firm.id, slice);
  std::vector<std::string_view> texts, digits;
  for (const std::string_view key : touched.number_keys) (all_digits(key) ? digits : texts).push_back(key);
  add_query(batch, firm.id, sql::read_clients_by_id, distinct_rows("value", touched.company_ids), slice);
  add_query(batch, firm.id, sql::read_clients_by_number, distinct_rows("value", std::move(texts)), slice);
  add_query(batch, firm.id, sql::read_clients_by_digits, distinct_rows("value", std::move(digits)), slice);
}

void add_clients_in(Connection& connection, FirmId firm, std::span<const DigitRange> ranges, Register& slice) {
  const auto read = [ranges](std::size_t row, std::span<Value> values) {
    values[0] = std::string_view(ranges[row].low);
    values[1] = std::string_view(ranges[row].high);
  };
  Batch batch(connection);
  add_query(batch, firm, sql::read_clients_in, {.fields = {"low", "high"}, .count = ranges.size(), .read = read},
            slice);
  batch.run("reading the clients of damaged company IDs");
}

void read_details(Batch& batch, FirmId firm, std::span<const std::string_view> company_ids, Register& slice) {
  batch.add({.sql = sql::read_details(batch.connection()),
             .parameters = {{"firm", firm}},
             .rows = distinct_rows("value", {company_ids.begin(), company_ids.end()}),
             .columns = 4,
             .each = [&slice](std::span<const Cell> cells) {
               slice.set_details(cells[0].value(), {cells[1].value(), cells[2].value(), cells[3] == status_word(true)});
             }});
}

void write_clients(Batch& batch, FirmId firm, std::span<const ClientWrite> writes) {
  add_writes(batch, firm, sql::delete_clients, {"id", "name", "number", "type", "lead", "status"},
             select(writes, [](const ClientWrite& write) { return write.deleted; }), read_deletion);
  add_writes(batch, firm, sql::release_numbers, {"id", "before"},
             select(writes, [](const ClientWrite& write) { return write.release_first && !write.deleted; }),
             read_release);
  add_writes(batch, firm, sql::update_clients, {"id", "called", "name", "number", "key", "kept"},
             select(writes, changes_client), read_update);
  add_writes(batch, firm, sql::insert_clients, {"id", "name", "number", "key"},
             select(writes, [](const ClientWrite& write) { return write.created; }), read_creation);
  add_writes(batch, firm, sql::update_details,
             {"id", "name", "number", "type_before", "lead_before", "status_before", "type", "lead", "status"},
             select(writes, changes_details), read_details_update);
  add_counts(batch, firm, writes);
}

void list_clients(Connection& connection, FirmId firm, const std::function<void(const Client&)>& each) {
  const auto next = [firm](const Client* last, std::size_t size, std::vector<Client>& page) {
    return Statement{.sql = sql::list_clients,
                     .parameters = {{"firm", firm},
                                    {"after", last != nullptr ? Value(last->company_id) : Value(std::string())},
                                    {"most", static_cast<std::int64_t>(size)}},
                     .columns = client_columns,
                     .each = [&page](std::span<const Cell> cells) { page.push_back(client_of(cells)); }};
  };
  read_in_pages<Client>(connection, "reading the register", std::numeric_limits<std::size_t>::max(), next, each);
}

std::optional<Client> find_client(Connection& connection, FirmId firm, std::string_view company_id) {
  std::optional<Client> found;
  Batch batch(connection);
  batch.add({.sql = sql::find_client,
             .parameters = {{"firm", firm}, {"id", company_id}},
             .columns = client_columns,
             .each = [&found](std::span<const Cell> cells) { found = client_of(cells); }});
  batch.run("looking up a client");
  return found;
}

}  // namespace clientsync
