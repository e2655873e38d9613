#include "importer/store/clients.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using Kind = DatabaseError::Kind;

namespace {

std::set<std::string> ids_of(const Register& slice) {
  std::set<std::string> ids;
  for (const KnownClient& client : slice.clients()) ids.emplace(client.company_id);
  return ids;
}

std::set<std::string> ids_in(Connection& connection, FirmId firm, const std::vector<DigitRange>& ranges) {
  Register slice;
  add_clients_in(connection, firm, ranges, slice);
  return ids_of(slice);
}

}  // namespace

namespace {

/// Twenty more clients, with numbers, so that looking one up is cheaper than reading them all.
std::vector<Client> among_others(std::vector<Client> clients) {
  for (int i = 0; i < 20; ++i)
    clients.push_back(a_client("other" + std::to_string(i)).numbered("of " + std::to_string(i)));
  return clients;
}

}  // namespace

TEST_CASE("clients come back as they were added, by company ID", "[clients]") {
  Store store;
  const Client full =
      a_client("10").named("Ação & Cia \"Ω\" \\ 'x' :firm").numbered("00123").typed("company").led_by("Zoë").inactive();
  const Client bare = a_client("9130351530529746");
  const FirmId firm = a_firm(store, {bare, full});
  CHECK(clients_of(store, firm) == std::vector{full, bare});
  CHECK(text_of(store, "select number_key from clients where company_id = '10'") == "123");
}

TEST_CASE("what a listing's reader throws comes out as it is", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1")});
  CHECK_THROWS_AS(list_clients(store, firm, [](const Client&) { throw std::out_of_range("mine"); }), std::out_of_range);
  CHECK_FALSE(store.connection.poisoned());
}

TEST_CASE("a long listing of clients is of one moment", "[clients]") {
  Store store;
  std::vector<Client> clients;
  for (int i = 100'000; i < 110'001; ++i) clients.push_back(a_client(std::to_string(i)));
  const FirmId firm = a_firm(store, clients);
  Connection other(store.options);
  std::vector<Client> listed;
  list_clients(store, firm, [&](const Client& client) {
    if (listed.empty()) write(other, firm, {renumbered("110000", std::nullopt, "A"), created(a_client("2"))});
    listed.push_back(client);
  });
  CHECK(listed == clients);
  CHECK(clients_of(store, firm).size() == clients.size() + 1);
  CHECK(find_client(store, firm, "110000") == Client(a_client("110000").numbered("A")));
  CHECK(find_client(store, firm, "1") == std::nullopt);
  CHECK(find_client(store, firm + 1, "110000") == std::nullopt);
}

TEST_CASE("a slice gets the details of the clients that are asked for", "[clients]") {
  Store store;
  const Client typed = a_client("1").typed("company").led_by("Ana").inactive();
  const FirmId firm = a_firm(store, {typed, a_client("2").typed("person")});
  a_firm(store, {a_client("1").typed("of another firm")}, "second");
  Register slice = read_register(store, firm, Touched{{"1", "2"}, {}});
  const std::vector<std::string_view> ids{"1", "unknown", "1"};
  Batch batch(store);
  read_details(batch, firm, ids, slice);
  batch.run("reading details");
  CHECK(slice.find("1")->details == ClientDetails{"company", "Ana", false});
  CHECK(slice.find("2")->details == ClientDetails{});
}

TEST_CASE("a firm's register is its own", "[clients]") {
  Store store;
  const FirmId first = a_firm(store, {a_client("1").numbered("A")}, "first");
  const FirmId second = a_firm(store, {a_client("1").numbered("A"), a_client("2").numbered("B")}, "second");
  CHECK(first != second);
  CHECK(find_firm(store, "second").value().id == second);
  CHECK_FALSE(find_firm(store, "third"));
  const Register slice = read_register(store, first, Touched{{"1", "2"}, {"A", "B"}});
  CHECK(ids_of(slice) == std::set<std::string>{"1"});
  CHECK(ids_in(store, first, {{"0", "9"}}) == std::set<std::string>{"1"});
  CHECK(slice.client_count() == 1);
}

TEST_CASE("a slice has the clients asked for by ID and by number", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, among_others({a_client("1").numbered("00123"), a_client("2").numbered("123"),
                                                  a_client("3").numbered("B"), a_client("9130351530529746")}));
  const auto slice = [&](const Touched& touched) { return ids_of(read_register(store, firm, touched)); };
  CHECK(slice({{"3", "3", "unknown"}, {}}) == std::set<std::string>{"3"});
  CHECK(slice({{}, {"123"}}) == std::set<std::string>{"1", "2"});
  CHECK(slice({{}, {"B"}}) == std::set<std::string>{"3"});
  CHECK(slice({{"1"}, {"123"}}) == std::set<std::string>{"1", "2"});
}

TEST_CASE("a slice has all clients of a firm that has few", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1").numbered("A"), a_client("2"), a_client("3").numbered("00123")});
  const Register slice = read_register(store, firm, Touched{{"2"}, {"123"}});
  CHECK(ids_of(slice) == std::set<std::string>{"1", "2", "3"});
  CHECK(slice.holder("A")->company_id == "1");
}

TEST_CASE("the clients in ranges have IDs of the same length", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1"), a_client("3"), a_client("9130351530529746"),
                                     a_client("9130351530529747").inactive(), a_client("913035153052974")});
  const auto in = [&](const std::vector<DigitRange>& ranges) { return ids_in(store, firm, ranges); };
  CHECK(in({{"9130350000000000", "9130359999999999"}}) ==
        std::set<std::string>{"9130351530529746", "9130351530529747"});
  CHECK(in({{"0", "2"}, {"3", "9"}, {"9130351530529747", "9130351530529747"}}) ==
        std::set<std::string>{"1", "3", "9130351530529747"});
  CHECK(in({{"4", "9"}}).empty());
}

TEST_CASE("the firm's counts come though no client is asked for or found", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, among_others({a_client("1").numbered("A"), a_client("2")}));
  for (const Touched& touched : {Touched{}, Touched{{"unknown"}, {"unknown"}}}) {
    const Register slice = read_register(store, firm, touched);
    CHECK(slice.clients().empty());
    CHECK(slice.client_count() == 22);
    CHECK(slice.number_count() == 21);
  }
  CHECK(read_register(store, a_firm(store, {}, "empty"), {}).client_count() == 0);
}

TEST_CASE("a full register is read and written whole", "[clients]") {
  Store store;
  std::vector<Client> clients;
  std::vector<ClientWrite> writes;
  Touched touched;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = std::to_string(9130351530520000 + i);
    clients.push_back(a_client(id).numbered("N" + std::to_string(i)));
    touched.company_ids.push_back(lasting(id));
    touched.number_keys.push_back(lasting("N" + std::to_string(i)));
    writes.push_back(renumbered(id, "N" + std::to_string(i), "N" + std::to_string((i + 1) % 2000)));
  }
  const FirmId firm = a_firm(store, clients);
  CHECK(read_register(store, firm, touched).clients().size() == 2000);
  write(store, firm, writes);
  CHECK(numbers_of(store, firm).at("9130351530520000") == "N1");
}

TEST_CASE("clients may swap, chain and rotate their numbers", "[clients]") {
  Store store;
  const FirmId firm = a_firm(
      store, {a_client("1").numbered("A"), a_client("2").numbered("B"), a_client("3").numbered("C"), a_client("4")});
  const auto numbers = [&] { return numbers_of(store, firm); };
  SECTION("swap") {
    write(store, firm, {renumbered("1", "A", "B"), renumbered("2", "B", "A")});
    CHECK(numbers() == std::map<std::string, std::string>{{"1", "B"}, {"2", "A"}, {"3", "C"}});
  }
  SECTION("chain") {
    write(store, firm, {renumbered("4", std::nullopt, "A"), renumbered("1", "A", "B"), renumbered("2", "B", "Z")});
    CHECK(numbers() == std::map<std::string, std::string>{{"1", "B"}, {"2", "Z"}, {"3", "C"}, {"4", "A"}});
  }
  SECTION("cycle") {
    write(store, firm, {renumbered("1", "A", "B"), renumbered("2", "B", "C"), renumbered("3", "C", "A")});
    CHECK(numbers() == std::map<std::string, std::string>{{"1", "B"}, {"2", "C"}, {"3", "A"}});
  }
  SECTION("clear, and give to a new client") {
    write(store, firm, {renumbered("1", "A", std::nullopt), {"5", true, "", "Fifth", std::nullopt, "A"}});
    CHECK(numbers() == std::map<std::string, std::string>{{"2", "B"}, {"3", "C"}, {"5", "A"}});
    CHECK(clients_of(store, firm).back() == Client{"5", "Fifth", "A", "", "", true});
  }
}

TEST_CASE("a name changes without its number, and a number's key with the number", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1").numbered("A"), a_client("2")});
  write(store, firm, {{"1", false, "Client 1", "Renamed", "A", "A"}, renumbered("2", std::nullopt, "0042")});
  const Register slice = read_register(store, firm, Touched{{"1"}, {"42"}});
  CHECK(slice.find("1")->display_name == "Renamed");
  CHECK(slice.find("1")->number == "A");
  CHECK(slice.find("2")->number == "0042");
}

TEST_CASE("any exchange of numbers ends with the numbers that were meant", "[clients]") {
  Store store;
  const std::size_t size = 6;
  std::vector<Client> clients;
  for (std::size_t i = 0; i < size; ++i) clients.push_back(a_client(std::to_string(i)));
  const FirmId firm = a_firm(store, clients);
  CHECK_PROPERTY("numbers are as written", [&] {
    const auto before = numbers_of(store, firm);
    const auto order = *rc::gen::unique<std::vector<int>>(size, rc::gen::inRange(0, 12));
    std::map<std::string, std::string> after = before;
    std::vector<ClientWrite> writes;
    for (std::size_t i = 0; i < size; ++i) {
      const std::string id = std::to_string(i);
      const auto had = before.find(id);
      const auto old = had == before.end() ? std::nullopt : std::optional(had->second);
      const auto next = *rc::gen::arbitrary<bool>() ? std::optional("N" + std::to_string(order[i])) : std::nullopt;
      if (next) after[id] = *next;
      if (!next) after.erase(id);
      writes.push_back(renumbered(id, old, next));
    }
    write(store, firm, writes);
    RC_ASSERT(numbers_of(store, firm) == after);
  });
}

TEST_CASE("a client that is not as it was read is a conflict", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1").numbered("A"), a_client("2").numbered("B"), a_client("3")});
  const auto writing = [&](const ClientWrite& change) {
    Connection connection(store.options);
    const Transaction transaction(connection);
    return error_of([&] { write_clients(connection, firm, std::vector{change}); }).kind();
  };
  CHECK(writing(renumbered("1", "Z", "C")) == Kind::conflict);
  CHECK(writing(renumbered("1", std::nullopt, "C")) == Kind::conflict);
  CHECK(writing(renumbered("3", "Z", "Z")) == Kind::conflict);
  CHECK(writing(renumbered("4", std::nullopt, "C")) == Kind::conflict);
  CHECK(writing(renumbered("1", "A", "B")) == Kind::conflict);
  CHECK(writing({"1", false, "Its name before", "Its name before", "A", "C"}) == Kind::conflict);
  CHECK(writing({"1", true, "", "Twin", std::nullopt, "C"}) == Kind::conflict);
  CHECK(writing({"5", true, "", "Fifth", std::nullopt, "A"}) == Kind::conflict);
  CHECK(numbers_of(store, firm) == std::map<std::string, std::string>{{"1", "A"}, {"2", "B"}});
}

TEST_CASE("an import of a firm waits for another of that firm", "[clients]") {
  Store store;
  const FirmId firm = a_firm(store, {a_client("1")});
  std::optional<Transaction> first(std::in_place, store.connection);
  (void)lock_firm(store, "main");
  std::string seen = "nothing";
  std::atomic<bool> locked{false};
  std::thread second([&] {
    try {
      Connection other(store.options);
      const Transaction transaction(other);
      (void)lock_firm(other, "main");
      locked = true;
      seen = text_of(other, "select client_number from clients where company_id = '1'");
    } catch (const std::exception& error) {
      seen = error.what();
    }
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK_FALSE(locked);
  write_clients(store, firm, std::vector{renumbered("1", std::nullopt, "A")});
  first->commit();
  second.join();
  CHECK(seen == "A");
}

TEST_CASE("firms are imported side by side", "[clients][server]") {
  Store store;
  const FirmId first = a_firm(store, {a_client("1")}, "first");
  const FirmId second = a_firm(store, {a_client("1")}, "second");
  Connection other(store.options);
  Transaction one(store);
  Transaction two(other);
  CHECK(lock_firm(store, "first") == first);
  CHECK(lock_firm(other, "second") == second);
  write_clients(store, first, std::vector{renumbered("1", std::nullopt, "A")});
  write_clients(other, second, std::vector{renumbered("1", std::nullopt, "B")});
  CHECK(lock_firm(other, "third") != second);
  two.commit();
  one.commit();
  CHECK(numbers_of(store, first).at("1") == "A");
  CHECK(numbers_of(store, second).at("1") == "B");
}

TEST_CASE("what differs in case, accents, white space or form is different", "[clients]") {
  Store store;
  const std::vector<std::string> numbers{"a",  "A",  "\u00E9", "e\u0301", "e",          "\u00C9",
                                         "a ", " a", "\u00DF", "ss",      "\U0001F600", "\U0001F601"};
  std::vector<Client> clients;
  std::vector<ClientWrite> writes;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    clients.push_back(a_client("id" + numbers[i]).numbered(numbers[i]));
    const std::string& next = numbers[(i + 1) % numbers.size()];
    writes.push_back(renumbered("id" + numbers[i], numbers[i], next));
  }
  const FirmId firm = a_firm(store, clients);
  for (const std::string& number : numbers) {
    CHECK(ids_of(read_register(store, firm, {{"id" + number}, {}})) == std::set{"id" + number});
    CHECK(ids_of(read_register(store, firm, {{}, {number}})) == std::set{"id" + number});
    CHECK_FALSE(find_firm(store, number));
    a_firm(store, {}, number);
  }
  for (ClientWrite& change : writes)
    change.name_before = change.name_after = lasting("Client " + std::string(change.company_id));
  write(store, firm, writes);
  std::map<std::string, std::string> expected;
  for (const ClientWrite& change : writes) expected[std::string(change.company_id)] = *change.number_after;
  CHECK(numbers_of(store, firm) == expected);
  std::vector<std::string> order;
  for (const Client& client : clients_of(store, firm)) order.push_back(client.company_id);
  CHECK(std::is_sorted(order.begin(), order.end()));
}
