// Type, lead accountant and status of clients, their creation and their deletion, as `write_clients` writes them.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "importer/store/clients.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

namespace {

std::string counts_of(Connection& connection) {
  return text_of(connection, "select client_count, number_count from firms");
}

DatabaseError::Kind fault_of(Store& store, FirmId firm, const ClientWrite& change) {
  Connection connection(store.options);
  const Transaction transaction(connection);
  return error_of([&] { write_clients(connection, firm, std::vector{change}); }).kind();
}

}  // namespace

TEST_CASE("type, lead accountant and status are written alone or with a name and a number", "[clients]") {
  Store store;
  const Client one = a_client("1").numbered("A"), two = a_client("2").numbered("B").typed("company"),
               three = a_client("3").led_by("Ana").inactive();
  const FirmId firm = a_firm(store, {one, two, three});
  CHECK(clients_of(store, firm) == std::vector{one, two, three});
  const Client typed = a_client("1").numbered("A").typed("Ação \"x\" 'y' \\ :type");
  const Client swapped = a_client("2").named("Renamed").numbered("C").led_by("Rui").inactive();
  const Client active = a_client("3").numbered("B").led_by("Ana");
  write(store, firm, {changed(one, typed), changed(two, swapped), changed(three, active)});
  CHECK(clients_of(store, firm) == std::vector{typed, swapped, active});
  CHECK(counts_of(store) == "3 3");
}

TEST_CASE("a deleted client's number is free for others, and its ID too once it is gone", "[clients]") {
  Store store;
  const Client one = a_client("1").numbered("A").inactive(), two = a_client("2").numbered("B").inactive();
  const FirmId firm = a_firm(store, {one, two, a_client("3")});
  write(store, firm,
        {renumbered("3", std::nullopt, "A"), created(a_client("4").numbered("B").typed("company")), deleted(one),
         deleted(two)});
  CHECK(clients_of(store, firm) ==
        std::vector<Client>{a_client("3").numbered("A"), a_client("4").numbered("B").typed("company")});
  CHECK(counts_of(store) == "2 2");
  write(store, firm, {created(a_client("1").numbered("Z"))});
  CHECK(clients_of(store, firm).front() == Client(a_client("1").numbered("Z")));
  CHECK(counts_of(store) == "3 3");
}

TEST_CASE("details that are not as they were read are a conflict", "[clients]") {
  Store store;
  const Client there = a_client("1").numbered("A").typed("company").led_by("Ana").inactive();
  const FirmId firm = a_firm(store, {there});
  for (const Client& read : std::vector<Client>{
           a_client("1").numbered("A").typed("person").led_by("Ana").inactive(),
           a_client("1").numbered("A").typed("company").led_by("Rui").inactive(),
           a_client("1").numbered("A").typed("company").led_by("Ana"),
           a_client("1").numbered("B").typed("company").led_by("Ana").inactive(),
           a_client("1").typed("company").led_by("Ana").inactive(),
           a_client("1").named("Other").numbered("A").typed("company").led_by("Ana").inactive(),
           a_client("2").numbered("A").typed("company").led_by("Ana").inactive(),
       }) {
    CAPTURE(read.company_id, read.display_name, read.number.value_or(""), read.type, read.lead, read.active);
    CHECK(fault_of(store, firm, deleted(read)) == Kind::conflict);
    Client after = read;
    after.type = "trust";
    CHECK(fault_of(store, firm, changed(read, after)) == Kind::conflict);
  }
  CHECK(clients_of(store, firm) == std::vector{there});
}

TEST_CASE("what has no details to write asks nothing about them", "[clients][sqlite]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1").numbered("A"), a_client("2").numbered("B")});
  const auto statements = statements_of(store, [&] {
    write(store, firm, {renumbered("1", "A", "B"), renumbered("2", "B", "A"), created(a_client("3").numbered("C"))});
  });
  CHECK(
      std::ranges::none_of(statements, [](const std::string& sql) { return sql.find("status") != std::string::npos; }));
}

namespace {

using Clients = std::map<std::string, Client>;

/// A client with that ID, and one of the numbers that are left.
Client generated_client(const std::string& id, std::set<std::string>& numbers) {
  Client client = a_client(id).named("Client " + std::to_string(*rc::gen::inRange(0, 2)));
  if (*rc::gen::arbitrary<bool>() && !numbers.empty()) {
    const auto taken = std::next(numbers.begin(), *rc::gen::inRange(0, static_cast<int>(numbers.size())));
    client.number = *taken;
    numbers.erase(taken);
  }
  client.type = *rc::gen::element<std::string>("", "company", "é");
  client.lead = *rc::gen::element<std::string>("", "Ana");
  client.active = *rc::gen::arbitrary<bool>();
  return client;
}

/// The same firm with other clients: some are created, some deleted, some changed.
Clients generated_clients() {
  std::set<std::string> numbers{"1", "01", "A", "B", "C"};
  Clients clients;
  for (const char* id : {"1", "2", "3", "4", "5"}) {
    if (*rc::gen::inRange(0, 4) > 0) clients.emplace(id, generated_client(id, numbers));
  }
  return clients;
}

std::vector<ClientWrite> writes_between(const Clients& before, const Clients& after) {
  std::vector<ClientWrite> writes;
  for (const auto& [id, client] : before) {
    const auto stays = after.find(id);
    if (stays == after.end()) writes.push_back(deleted(client));
    if (stays != after.end() && stays->second != client) writes.push_back(changed(client, stays->second));
  }
  for (const auto& [id, client] : after) {
    if (!before.contains(id)) writes.push_back(created(client));
  }
  return writes;
}

}  // namespace

TEST_CASE("any register becomes any other in one write", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store);
  Clients before;
  CHECK_PROPERTY("clients are as written", [&] {
    const Clients after = generated_clients();
    write(store, firm, writes_between(before, after));
    before = after;
    std::vector<Client> expected;
    std::size_t numbered = 0;
    for (const auto& [id, client] : after) {
      expected.push_back(client);
      if (client.number) ++numbered;
    }
    RC_ASSERT(clients_of(store, firm) == expected);
    RC_ASSERT(counts_of(store) == std::to_string(expected.size()) + " " + std::to_string(numbered));
  });
}
