#include "importer/client_list.hpp"

#include <algorithm>

#include "importer/text.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/texts.hpp"

namespace clientsync {
namespace {

bool finds(const std::string& typed, const Client& client) {
  return matches(client, {.find = fold_for_search(typed)});
}

std::vector<std::string> sorted(std::vector<Client> clients, ClientColumn by) {
  sort_clients(clients, by);
  std::vector<std::string> ids;
  for (const Client& client : clients) ids.push_back(client.company_id);
  return ids;
}

/// The values as they sort by number; "": no number.
std::vector<std::string> sorted_numbers(const std::vector<std::string>& numbers) {
  std::vector<Client> clients;
  for (const std::string& number : numbers) {
    clients.push_back(testing::a_client(std::to_string(clients.size())));
    if (!number.empty()) clients.back().number = number;
  }
  sort_clients(clients, ClientColumn::client_number);
  std::vector<std::string> values;
  for (const Client& client : clients) values.push_back(client.number.value_or(""));
  return values;
}

TEST_CASE("a search ignores case and accents in name and number") {
  const Client client = testing::a_client("1").named("Padaria  SÃO João").numbered("Nº-ÁB 12");
  for (const char* typed : {"são joão", "SAO JOAO", "padaria sao", "Joa\u0303o", "aria", "áb 12", "ab 1", ""})
    CHECK(finds(typed, client));
  for (const char* typed : {"saojoao", "maria", "13"}) CHECK_FALSE(finds(typed, client));
}

TEST_CASE("a search finds neither the company ID nor the other columns") {
  Client client = testing::a_client("4711").named("Alpha");
  client.type = "Corporation";
  client.lead = "Ana";
  for (const char* typed : {"4711", "corp", "ana", "active"}) CHECK_FALSE(finds(typed, client));
}

TEST_CASE("a client is found by its whole name, however that is spelled") {
  CHECK_PROPERTY("any name", [] {
    const std::string name = *any_text();
    const Client client = testing::a_client("1").named(name);
    RC_ASSERT(finds(name, client));
    RC_ASSERT(finds(nfc(name), client));
    RC_ASSERT(finds(fold_for_search(name), client));
  });
}

TEST_CASE("type and lead accountant are compared whole, without case and accents") {
  Client client = testing::a_client("1");
  client.type = "Pessoa Física";
  client.lead = "José";
  CHECK(matches(client, {.type = fold_for_search("pessoa fisica"), .lead = fold_for_search("JOSE")}));
  CHECK_FALSE(matches(client, {.type = fold_for_search("pessoa")}));
  CHECK_FALSE(matches(client, {.lead = fold_for_search("Jose Silva")}));
}

TEST_CASE("an empty type finds the clients without one") {
  Client typed = testing::a_client("1");
  typed.type = "Trust";
  CHECK(matches(testing::a_client("2"), {.type = ""}));
  CHECK_FALSE(matches(typed, {.type = ""}));
}

TEST_CASE("clients are listed by status, and by having no number") {
  const Client active = testing::a_client("1").numbered("A"), inactive = testing::a_client("2").inactive();
  CHECK(matches(active, {.active = true}));
  CHECK_FALSE(matches(inactive, {.active = true}));
  CHECK(matches(inactive, {.active = false, .without_number = true}));
  CHECK_FALSE(matches(active, {.without_number = true}));
}

TEST_CASE("numbers sort as people count, and clients without a number come last") {
  CHECK(sorted_numbers({"10", "9", "", "B-2", "b-10", "A1", "100", "0", "00123", "123", "1.10", "1.9"}) ==
        std::vector<std::string>{"0", "1.9", "1.10", "9", "10", "100", "00123", "123", "A1", "B-2", "b-10", ""});
}

TEST_CASE("a long number sorts after every shorter one") {
  const std::string huge(100, '9'), one_more = "1" + std::string(100, '0');
  CHECK(sorted_numbers({one_more, huge, "5"}) == std::vector<std::string>{"5", huge, one_more});
}

TEST_CASE("names sort without case and accents, equal ones as they were") {
  const std::vector<Client> clients{testing::a_client("1").named("Zeta"), testing::a_client("2").named("água"),
                                    testing::a_client("3").named("Beta"), testing::a_client("4").named("AGUA"),
                                    testing::a_client("5").named("Água")};
  CHECK(sorted(clients, ClientColumn::display_name) == std::vector<std::string>{"2", "4", "5", "3", "1"});
}

TEST_CASE("active clients sort before inactive ones") {
  CHECK(sorted({testing::a_client("1").inactive(), testing::a_client("2")}, ClientColumn::status) ==
        std::vector<std::string>{"2", "1"});
}

}  // namespace
}  // namespace clientsync
