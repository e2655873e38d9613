// Words for arranging the store's tests: a database with its tables, firms, imports.
#pragma once

#include <soci/soci.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "importer/digest.hpp"
#include "importer/import.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/database.hpp"
#include "importer/store/entries.hpp"
#include "importer/store/ledger.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/database.hpp"

namespace clientsync::testing {

/// A database of its own with all tables, and one connection to it with the rights that the service has.
struct Store {
  TestDatabase database;
  DatabaseOptions options = with_tables(database);
  Connection connection{options};

  operator Connection&() { return connection; }
  [[nodiscard]] soci::session& session() { return connection.session(); }

 private:
  static DatabaseOptions with_tables(const TestDatabase& database) {
    database.make_tables();
    return database.runtime();
  }
};

/// The DatabaseError that `work` throws; fails the test if it throws none.
inline DatabaseError error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const DatabaseError& error) {
    return error;
  }
  FAIL("no DatabaseError was thrown");
  throw std::logic_error("not reached");
}

/// Runs `work` in a transaction that is committed.
template <class Work>
auto committed(Connection& connection, Work&& work) {
  Transaction transaction(connection);
  auto value = work();
  transaction.commit();
  return value;
}

// The store's functions, each in a batch of its own.

inline FirmId lock_firm(Connection& connection, std::string_view name) {
  std::optional<Firm> firm;
  Batch batch(connection);
  clientsync::lock_firm(batch, name, firm);
  batch.run("locking the firm");
  return firm ? firm->id : create_firm(connection, name).id;
}

inline Register read_register(Connection& connection, FirmId id, const Touched& touched) {
  Firm firm{.id = id};
  Register slice;
  Batch batch(connection);
  batch.add({.sql = "select client_count, number_count from firms where id = :firm",
             .parameters = {{"firm", id}},
             .columns = 2,
             .each = [&](std::span<const Cell> cells) {
               firm.client_count = static_cast<std::size_t>(number_in(cells[0]));
               firm.number_count = static_cast<std::size_t>(number_in(cells[1]));
             }});
  batch.run("reading the counts of a firm");
  clientsync::read_register(batch, firm, touched, slice);
  batch.run("reading the register");
  return slice;
}

inline void write_clients(Connection& connection, FirmId firm, std::span<const ClientWrite> writes) {
  Batch batch(connection);
  clientsync::write_clients(batch, firm, writes);
  batch.run("writing clients");
}

inline std::optional<ImportId> insert_import(Connection& connection, const LedgerEntry& entry,
                                             const std::string& cells_sha256 = "") {
  std::optional<ImportId> import;
  Batch batch(connection);
  clientsync::insert_import(batch, entry, cells_sha256, import);
  batch.run("beginning an import");
  return import;
}

inline void record_errors(Connection& connection, ImportId import, std::span<const PlannedRow> rows,
                          std::span<const Problem> problems, Language language) {
  Batch batch(connection);
  clientsync::record_errors(batch, import, rows, problems, language);
  batch.run("recording errors");
}

inline void record_changes(Connection& connection, ImportId import, FirmId firm, std::span<const ClientWrite> writes) {
  Batch batch(connection);
  clientsync::record_changes(batch, import, firm, writes);
  batch.run("recording changes");
}

inline void record_bytes(Connection& connection, ImportId import, const LedgerEntry& entry, std::string_view report) {
  Batch batch(connection);
  clientsync::record_bytes(batch, import, entry, report);
  batch.run("recording bytes");
}

inline std::vector<EntryChange> read_entry_changes(Connection& connection, ImportId entry) {
  std::vector<EntryChange> changes;
  Batch batch(connection);
  clientsync::read_entry_changes(batch, entry, changes);
  batch.run("reading changes");
  return changes;
}

inline void complete_import(Connection& connection, ImportId import, FirmId firm, const Plan& plan, Language language,
                            std::string_view report, std::string_view report_name, std::int64_t finished_at) {
  Batch batch(connection);
  clientsync::complete_import(batch, import, firm, plan.rejected, plan.counts, language, report, report_name,
                              finished_at);
  batch.run("completing import " + std::to_string(import));
}

/// A view that stays valid until the program ends.
inline std::string_view lasting(std::string text) {
  static std::set<std::string> texts;
  return *texts.insert(std::move(text)).first;
}

inline std::optional<std::string_view> lasting(std::optional<std::string> text) {
  return text ? std::optional(lasting(*std::move(text))) : std::nullopt;
}

inline ClientWrite created(const Client& client) {
  return {.company_id = lasting(client.company_id),
          .created = true,
          .name_after = lasting(client.display_name),
          .number_after = lasting(client.number),
          .details_after = {lasting(client.type), lasting(client.lead), client.active}};
}

/// A firm with these clients.
inline FirmId a_firm(Connection& connection, const std::vector<Client>& clients = {},
                     const std::string& name = "main") {
  return committed(connection, [&] {
    const FirmId firm = lock_firm(connection, name);
    std::vector<ClientWrite> writes;
    writes.reserve(clients.size());
    for (const Client& client : clients) writes.push_back(created(client));
    write_clients(connection, firm, writes);
    return firm;
  });
}

inline std::vector<Client> clients_of(Connection& connection, FirmId firm) {
  std::vector<Client> clients;
  list_clients(connection, firm, [&](const Client& client) { clients.push_back(client); });
  return clients;
}

inline std::map<std::string, std::string> numbers_of(Connection& connection, FirmId firm) {
  std::map<std::string, std::string> numbers;
  for (const Client& client : clients_of(connection, firm)) {
    if (client.number) numbers[client.company_id] = *client.number;
  }
  return numbers;
}

inline ClientWrite deleted(const Client& client) {
  return {.company_id = lasting(client.company_id),
          .name_before = lasting(client.display_name),
          .number_before = lasting(client.number),
          .deleted = true,
          .details_before = {lasting(client.type), lasting(client.lead), client.active}};
}

/// The client `before` becomes the client `after`, which has the same company ID.
inline ClientWrite changed(const Client& before, const Client& after) {
  ClientWrite write = created(after);
  const ClientWrite old = deleted(before);
  write.created = false;
  write.name_before = old.name_before;
  write.number_before = old.number_before;
  write.details_before = old.details_before;
  return write;
}

inline ClientWrite renumbered(const std::string& id, std::optional<std::string> before,
                              std::optional<std::string> after) {
  const std::string_view name = lasting("Client " + id);
  return {lasting(id), false, name, name, lasting(std::move(before)), lasting(std::move(after))};
}

inline void write(Connection& connection, FirmId firm, const std::vector<ClientWrite>& writes) {
  std::vector<ClientWrite> ordered = writes;
  for (ClientWrite& one : ordered) {
    one.release_first = one.number_before && std::ranges::any_of(writes, [&](const ClientWrite& other) {
                          return other.company_id != one.company_id && other.number_after == one.number_before;
                        });
  }
  Transaction transaction(connection);
  write_clients(connection, firm, ordered);
  transaction.commit();
}

inline LedgerEntry an_entry(const std::string& name = "clients.csv", std::int64_t version = 1) {
  LedgerEntry entry;
  entry.inbox = "main";
  entry.name = name;
  entry.version = version;
  entry.input = lasting("the bytes of " + name + " " + std::to_string(version));
  entry.file = {sha256(entry.input), entry.input.size(), 1'700'000'000};
  entry.who = "clientsync";
  entry.started_at = 1'700'000'001;
  return entry;
}

struct ImportOutcome {
  std::string report = "the report";
  std::string place = "clients.errors.csv";
  Plan plan{};
};

inline ImportOutcome a_rejection(const std::string& report = "why it was rejected") {
  ImportOutcome outcome{report};
  outcome.plan.rejected = true;
  return outcome;
}

/// An import that is committed with its report pending.
inline ImportId imported(Connection& connection, const LedgerEntry& entry, const ImportOutcome& outcome = {}) {
  return committed(connection, [&] {
    const ImportId id = insert_import(connection, entry, "").value();
    const FirmId firm = lock_firm(connection, "main");
    record_bytes(connection, id, entry, outcome.report);
    complete_import(connection, id, firm, outcome.plan, Language::en, outcome.report, outcome.place, 1'700'000'002);
    return id;
  });
}

inline void mark(Connection& connection, ImportId import, ReportState state, std::string_view report_name = "") {
  PendingReportLock(connection, import).mark(state, report_name);
}

inline ImportId published(Connection& connection, const LedgerEntry& entry, const ImportOutcome& outcome = {}) {
  const ImportId id = imported(connection, entry, outcome);
  mark(connection, id, ReportState::published, outcome.place);
  return id;
}

/// A file that is imported as the daemon imports it, with its report pending for clients.errors.csv.
struct Imported {
  ImportId import = 0;
  Plan plan;
  std::string report;
};

/// nullopt if another import has the entry's version.
inline std::optional<Imported> import_file(Connection& connection, const LedgerEntry& entry, const ImportRules& rules) {
  const Sheet sheet = read_sheet(entry.input, rules.sheet);
  auto begun = begin_import(connection, entry, rules, sheet);
  if (!begun) return std::nullopt;
  Judged judged = judge(sheet, begun->background, rules);
  finish_import(connection, *begun, entry, sheet, judged, "clients.errors.csv", 1'700'000'002);
  begun->transaction.commit();
  return Imported{begun->import, std::move(judged.plan), std::move(judged.report)};
}

inline std::optional<LedgerRow> newest_import(Connection& connection, const std::string& name = "clients.csv",
                                              const std::string& inbox = "main") {
  return look_up_name(connection, inbox, name).newest;
}

/// The input whose report is at a place.
inline std::optional<std::string> owner_of(Connection& connection, const std::string& place = "clients.errors.csv",
                                           const std::string& inbox = "main") {
  return look_up_name(connection, inbox, place).report_of;
}

inline std::optional<std::string> stored_bytes(Connection& connection, ImportId import, const std::string& column) {
  const std::string text =
      text_of(connection, "select " + column + " from import_bytes where import_id = " + std::to_string(import));
  return text == "-" || text.empty() ? std::nullopt : std::optional(unbase64(text));
}

inline std::optional<std::string> input_bytes(Connection& connection, ImportId import) {
  return stored_bytes(connection, import, "input");
}

inline std::optional<std::string> report_bytes(Connection& connection, ImportId import) {
  return stored_bytes(connection, import, "report");
}

}  // namespace clientsync::testing
