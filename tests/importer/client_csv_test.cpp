#include "importer/client_csv.hpp"

#include <algorithm>
#include <set>

#include "importer/plan/plan.hpp"
#include "importer/sheet/sheet.hpp"
#include "importer/text.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/texts.hpp"

namespace clientsync {
namespace {

const std::vector<ClientColumn> all_of_them(all_client_columns.begin(), all_client_columns.end());

std::string file_of(const std::vector<Client>& clients, const ClientCsv& form) {
  std::string file = csv_head(form);
  for (const Client& client : clients) file += csv_record(client, form);
  return file;
}

/// A value as a register can hold it: what a cell of an import was cleaned to.
std::string any_value() {
  const std::string text = *any_text();
  return clean(*rc::gen::arbitrary<bool>() ? text : "=\"=\"\"" + text + "\"\"\"");
}

Client any_client(std::size_t index, std::set<std::string>& numbers) {
  Client client = testing::a_client(*rc::gen::elementOf(std::vector<std::string>{"", "9130351530", "1"}) +
                                    std::to_string(100 + index));
  client.display_name = any_value();
  // What the checks of an import let into a register.
  std::string number = any_value();
  const bool possible = !number.empty() && number.front() != '=' && number.find_first_not_of('#') != number.npos &&
                        code_points(number) <= 100 && !find_hidden_or_odd_space(number);
  if (possible && numbers.insert(number).second) client.number = number;
  client.type = any_value();
  client.lead = any_value();
  client.active = *rc::gen::arbitrary<bool>();
  return client;
}

std::vector<Client> any_clients() {
  std::set<std::string> numbers;
  std::vector<Client> clients;
  for (std::size_t count = *rc::gen::inRange<std::size_t>(0, 12); clients.size() < count;)
    clients.push_back(any_client(clients.size(), numbers));
  return clients;
}

TEST_CASE("a register's CSV has a byte order mark, CRLF and the headers of its language") {
  Client client = testing::a_client("9130351530529746").named("Padaria, São João").numbered("00123");
  client.type = "Trust";
  client.lead = "Ana";
  client.active = false;
  CHECK(file_of({client}, {.language = Language::en, .columns = all_of_them, .ref = true}) ==
        "\xEF\xBB\xBF"
        "Company ID,Display name,Client number,Type,Lead accountant,Status,Ref\r\n"
        "9130351530529746,\"Padaria, São João\",00123,Trust,Ana,inactive,id:9130351530529746 no:00123\r\n");
  CHECK(file_of({client}, {.language = Language::pt_br, .columns = all_of_them}) ==
        "\xEF\xBB\xBF"
        "ID da empresa,Nome de exibição,Número do cliente,Tipo,Contador responsável,Situação\r\n"
        "9130351530529746,\"Padaria, São João\",00123,Trust,Ana,inativo\r\n");
}

TEST_CASE("a client without a number has an empty cell, and no number in its Ref") {
  const ClientCsv form{.language = Language::en, .columns = {ClientColumn::client_number}, .ref = true};
  CHECK(csv_record(testing::a_client("7"), form) == ",id:7\r\n");
}

TEST_CASE("a cell that a spreadsheet would run has a guard") {
  const ClientCsv form{.language = Language::en, .columns = {ClientColumn::display_name}};
  CHECK(csv_record(testing::a_client("7").named("=1+1"), form) == "'=1+1\r\n");
  CHECK(csv_record(testing::a_client("7").named("'-x"), form) == "''-x\r\n");
}

TEST_CASE("a value that looks wrapped is wrapped once more") {
  const ClientCsv form{.language = Language::en, .columns = {ClientColumn::display_name}};
  CHECK(csv_record(testing::a_client("7").named("=\"x\""), form) == "\"'=\"\"=\"\"\"\"x\"\"\"\"\"\"\"\r\n");
}

TEST_CASE("what was exported and is imported again changes nothing") {
  CHECK_PROPERTY("any register in any language, with and without Ref", [] {
    const std::vector<Client> clients = any_clients();
    const ClientCsv form{
        .language = *rc::gen::elementOf(all_languages), .columns = all_of_them, .ref = *rc::gen::arbitrary<bool>()};
    const Sheet sheet = read_sheet(file_of(clients, form), SheetRules{});
    RC_ASSERT(sheet.problems.empty());
    Policy policy;
    policy.display_name = *rc::gen::element(Policy::DisplayName::check, Policy::DisplayName::ignore);
    policy.blank_number = *rc::gen::element(Policy::BlankNumber::keep, Policy::BlankNumber::clear);
    const Plan plan = plan_import(sheet, testing::register_of(clients), policy);
    RC_ASSERT(plan.rows.size() == clients.size());
    RC_ASSERT(plan.counts.unchanged == clients.size());
    RC_ASSERT(plan.counts.restored == 0U);
  });
}

TEST_CASE("an import reads each cell of an export as the register's value") {
  CHECK_PROPERTY("any register", [] {
    const std::vector<Client> clients = any_clients();
    const Sheet sheet =
        read_sheet(file_of(clients, {.language = Language::en, .columns = all_of_them, .ref = true}), SheetRules{});
    RC_ASSERT(sheet.rows.size() == clients.size());
    for (std::size_t i = 0; i < clients.size(); ++i) {
      RC_ASSERT(sheet.rows[i].cells ==
                (std::array<std::string_view, 3>{clients[i].company_id, clients[i].display_name,
                                                 value_of(clients[i], ClientColumn::client_number)}));
    }
  });
}

}  // namespace
}  // namespace clientsync
