// What `clients load` makes of a sheet (docs/specification.md §8): type, lead accountant and status beside the rest.
#include <string>
#include <string_view>

#include "importer/plan/plan.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::a_client;
using testing::argument;
using testing::fates;
using testing::register_of;
using testing::write_to;

/// Ana is inactive and has all details, Bia none.
Register two_clients() {
  return register_of(
      {a_client("1").named("Ana").numbered("10").typed("LTDA").led_by("Rui").inactive(), a_client("2").named("Bia")});
}

Policy loading(Policy::ExistingClients existing) {
  Policy policy;
  policy.unknown_company = Policy::UnknownCompany::create;
  policy.existing_clients = existing;
  policy.display_name = Policy::DisplayName::update;
  policy.blank_number = Policy::BlankNumber::keep;
  return policy;
}

Plan load(std::string_view rows, Policy::ExistingClients existing = Policy::ExistingClients::write) {
  SheetRules rules;
  rules.details = true;
  const std::string header = "Company ID,Display name,Client number,Type,Lead accountant,Status\n";
  return plan_import(read_sheet(header + std::string(rows), rules), two_clients(), loading(existing));
}

}  // namespace

TEST_CASE("a new client has the details of its row, or none and is active", "[load]") {
  const Plan plan = load("3,Caio,30,LTDA,Rui,inativo\n4,Davi,,,,\n");
  REQUIRE(fates(plan) == "created | created");
  CHECK(write_to(plan, "3")->details_after == ClientDetails{"LTDA", "Rui", false});
  CHECK(write_to(plan, "3")->details_before == ClientDetails());
  CHECK(write_to(plan, "4")->details_after == ClientDetails());
}

TEST_CASE("a blank cell keeps the client's detail", "[load]") {
  const Plan plan = load("1,Ana,10,EIRELI,,\n2,Bia,,,,\n");
  REQUIRE(fates(plan) == "updated | unchanged");
  CHECK(write_to(plan, "1")->details_before == ClientDetails{"LTDA", "Rui", false});
  CHECK(write_to(plan, "1")->details_after == ClientDetails{"EIRELI", "Rui", false});
  CHECK(fates(load("1,Ana,10,LTDA,Rui,INACTIVE\n")) == "unchanged");
}

TEST_CASE("without --update a client of the register keeps its details", "[load]") {
  CHECK(fates(load("1,Ana,10,EIRELI,,active\n", Policy::ExistingClients::keep)) == "unchanged");
}

TEST_CASE("an import leaves details alone", "[load]") {
  const Plan plan = plan_import(testing::sheet_of("1,Ana,11\n"), two_clients(), {});
  REQUIRE(fates(plan) == "updated");
  CHECK(write_to(plan, "1")->details_after == write_to(plan, "1")->details_before);
}

TEST_CASE("a detail that is too long, holds a control character or is no status fails", "[load]") {
  const std::string longest(200, 'x');
  CHECK(fates(load("2,Bia,," + longest + "," + longest + ",active\n")) == "updated");
  const Plan plan = load("2,Bia,," + longest + "x," + longest + "x,closed\n1,Ana,10,\"a\nb\",\"c\td\",\n");
  CHECK(fates(plan) == "type_invalid lead_invalid status_invalid | type_invalid lead_invalid");
  CHECK(argument(plan.rows[0].problems[0], "length") == "201");
  CHECK(argument(plan.rows[0].problems[2], "value") == "closed");
  CHECK(argument(plan.rows[1].problems[1], "character") == "U+0009");
}

TEST_CASE("rows of one client with different details write different values", "[load]") {
  CHECK(fates(load("3,Caio,,LTDA,,\n3,Caio,,EIRELI,,\n")) == "company_id_duplicate | company_id_duplicate");
  CHECK(fates(load("3,Caio,,LTDA,,\n3,Caio,,LTDA,,\n")) == "created | unchanged");
}

}  // namespace clientsync
