// Words for arranging the store's tests: a database with its tables, firms, imports.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "importer/digest.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/database.hpp"
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

/// The DatabaseError that `work` throws; fails the test where it throws none.
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

inline FirmId a_firm(Connection& connection, const std::vector<Client>& clients = {},
                     const std::string& name = "main") {
  return committed(connection, [&] {
    const FirmId firm = lock_firm(connection, name);
    add_clients(connection, firm, clients);
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

inline ClientWrite renumbered(const std::string& id, std::optional<std::string> before,
                              std::optional<std::string> after) {
  return {id, false, "Client " + id, "Client " + id, std::move(before), std::move(after)};
}

inline void write(Connection& connection, FirmId firm, const std::vector<ClientWrite>& writes) {
  Transaction transaction(connection);
  write_clients(connection, firm, writes);
  transaction.commit();
}

inline LedgerEntry an_entry(const std::string& name = "clients.csv", std::int64_t version = 1) {
  LedgerEntry entry;
  entry.inbox = "main";
  entry.name = name;
  entry.version = version;
  entry.input = "the bytes of " + name + " " + std::to_string(version);
  entry.file = {sha256(entry.input), entry.input.size(), 1'700'000'000};
  entry.who = "clientsync";
  entry.started_at = 1'700'000'001;
  return entry;
}

struct Outcome {
  std::string report = "the report";
  std::string place = "clients.errors.csv";
  Plan plan{};
};

inline Outcome a_rejection(const std::string& report = "why it was rejected") {
  Outcome outcome{report};
  outcome.plan.rejected = true;
  return outcome;
}

/// An import that is committed with its report pending.
inline ImportId imported(Connection& connection, const LedgerEntry& entry, const Outcome& outcome = {}) {
  return committed(connection, [&] {
    const ImportId id = begin_import(connection, entry).value();
    const FirmId firm = lock_firm(connection, "main");
    finish_import(connection, id, firm, outcome.plan, Language::en, outcome.report, outcome.place, 1'700'000'002);
    return id;
  });
}

inline ImportId published(Connection& connection, const LedgerEntry& entry, const Outcome& outcome = {}) {
  const ImportId id = imported(connection, entry, outcome);
  mark_report(connection, id, ReportState::published, outcome.place);
  return id;
}

}  // namespace clientsync::testing
