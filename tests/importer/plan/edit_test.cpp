#include "importer/plan/edit.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::a_client;
using testing::argument;
using testing::fates;
using testing::register_of;
using testing::write_to;
using Kind = Edit::Kind;

/// Ana has 10, Bia 20 and is inactive, Caio nothing.
Register three_clients() {
  return register_of({a_client("1").named("Ana").numbered("10").typed("LTDA").led_by("Rui"),
                      a_client("2").named("Bia").numbered("20").inactive(), a_client("3").named("Caio")});
}

Plan plan(std::vector<Edit> edits, const Policy& policy = {}) {
  for (std::size_t i = 0; i < edits.size(); ++i) edits[i].row = i + 1;
  return plan_edits(std::move(edits), three_clients(), policy);
}

Edit number_edit(std::string id, std::string number) {
  return {.company_id = std::move(id), .number = std::move(number)};
}

Edit addition(std::string id, std::string name) {
  return {.kind = Kind::add, .company_id = std::move(id), .display_name = std::move(name)};
}

Edit removal(std::string id) {
  return {.kind = Kind::remove, .company_id = std::move(id)};
}

}  // namespace

TEST_CASE("an edit changes what it gives and leaves the rest", "[edit]") {
  const Plan planned = plan({{.company_id = "1", .lead = "Eva", .active = false}});
  REQUIRE(fates(planned) == "updated");
  CHECK(planned.writes.at(0) == ClientWrite{.company_id = "1",
                                            .name_before = "Ana",
                                            .name_after = "Ana",
                                            .number_before = "10",
                                            .number_after = "10",
                                            .details_before = {"LTDA", "Rui", true},
                                            .details_after = {"LTDA", "Eva", false}});
  CHECK(fates(plan({{.company_id = "2", .display_name = "Bia", .number = "20", .active = false}})) == "unchanged");
  CHECK(fates(plan({{.company_id = "3"}})) == "unchanged");
}

TEST_CASE("an empty value clears number, type or lead accountant", "[edit]") {
  const Plan planned = plan({{.company_id = "1", .number = "", .type = "", .lead = ""}});
  REQUIRE(fates(planned) == "updated");
  CHECK(planned.writes.at(0).number_after == std::nullopt);
  CHECK(planned.writes.at(0).details_after == ClientDetails());
}

TEST_CASE("a client is added with what is given, and is active otherwise", "[edit]") {
  Edit with_details = addition("5", "Eva");
  with_details.number = "50";
  with_details.type = "LTDA";
  with_details.active = false;
  const Plan planned = plan({addition("4", "Davi"), with_details});
  REQUIRE(fates(planned) == "created | created");
  CHECK(planned.writes.at(0) == ClientWrite{.company_id = "4", .created = true, .name_after = "Davi"});
  CHECK(write_to(planned, "5")->number_after == "50");
  CHECK(write_to(planned, "5")->details_after == ClientDetails{"LTDA", "", false});
}

TEST_CASE("a client that exists can't be added, and one that does not can't be edited or deleted", "[edit]") {
  const Plan exists = plan({addition("1", "Other")});
  CHECK(fates(exists) == "client_exists");
  CHECK(argument(exists.rows.at(0).problems[0], "name") == "Ana");
  CHECK(fates(plan({number_edit("9", "90")})) == "company_id_unknown");
  CHECK(fates(plan({removal("9")})) == "company_id_unknown");
  CHECK(fates(plan({removal("")})) == "company_id_blank");
}

TEST_CASE("an inactive client is deleted with all that it has", "[edit]") {
  const Plan planned = plan({removal("2")});
  REQUIRE(fates(planned) == "updated");
  CHECK(planned.writes.at(0) == ClientWrite{.company_id = "2",
                                            .name_before = "Bia",
                                            .number_before = "20",
                                            .deleted = true,
                                            .details_before = {"", "", false}});
}

TEST_CASE("an active client can't be deleted", "[edit]") {
  const Plan planned = plan({removal("1")});
  CHECK(fates(planned) == "client_active");
  CHECK(argument(planned.rows.at(0).problems[0], "id") == "1");
  CHECK(planned.writes.empty());
}

TEST_CASE("edits are planned together, so that clients can swap numbers", "[edit]") {
  const Plan planned = plan({number_edit("1", "20"), number_edit("2", "10")});
  REQUIRE(fates(planned) == "updated | updated");
  CHECK(planned.writes.at(0).release_first);
  CHECK(planned.writes.at(1).release_first);
}

TEST_CASE("the number of a deleted client is free for another", "[edit]") {
  Edit added = addition("4", "Davi");
  added.number = "20";
  const Plan planned = plan({added, removal("2")});
  REQUIRE(fates(planned) == "created | updated");
  CHECK(write_to(planned, "2")->release_first);
}

TEST_CASE("a deleted client leaves room for a new one", "[edit]") {
  CHECK(fates(plan({addition("4", "Davi")}, {.max_clients = 3})) == "register_full");
  CHECK(fates(plan({addition("4", "Davi"), removal("2")}, {.max_clients = 3})) == "created | updated");
}

TEST_CASE("if one edit fails, none is applied", "[edit]") {
  const Plan planned = plan({number_edit("1", "11"), number_edit("3", "20")});
  CHECK(planned.rejected);
  CHECK(planned.writes.empty());
  CHECK(fates(planned) == "not_applied | client_number_taken");
  CHECK(planned.rows.at(0).problems.at(0).message == Message::not_applied_edit);
  CHECK(argument(planned.rows.at(1).problems[0], "name") == "Bia");
}

TEST_CASE("typed values are not checked for what spreadsheets do", "[edit]") {
  for (const std::string number : {"1.20E+06", "12-Mar", "010", "1"}) {
    CAPTURE(number);
    CHECK(fates(plan({number_edit("1", number)})) == "updated");
  }
  Edit rounded = addition("9130351530529740", "Davi");
  CHECK(fates(plan({rounded})) == "created");
  CHECK(fates(plan({addition("9.13035E+15", "Davi")})) == "company_id_invalid");
}

TEST_CASE("typed values follow the other rules of an import", "[edit]") {
  CHECK(fates(plan({number_edit("1", "=A1")})) == "client_number_formula");
  CHECK(fates(plan({number_edit("1", "1\u200B0")})) == "client_number_invalid");
  CHECK(fates(plan({number_edit("1", std::string(101, '7'))})) == "client_number_too_long");
  CHECK(fates(plan({{.company_id = "1", .display_name = ""}})) == "display_name_blank");
  CHECK(fates(plan({{.company_id = "1", .display_name = "A\tB"}})) == "display_name_invalid");
  CHECK(fates(plan({{.company_id = "1", .type = "A\tB", .lead = std::string(201, 'x')}})) ==
        "type_invalid lead_invalid");
  CHECK(fates(plan({addition("A", "Ana")})) == "company_id_invalid");
  CHECK(fates(plan({addition("A", "Ana")}, {.company_id = Policy::CompanyId::text})) == "created");
  CHECK(fates(plan({number_edit("1", "7"), number_edit("3", "7")})) ==
        "client_number_duplicate | client_number_duplicate");
}

TEST_CASE("several edits of one client must say the same", "[edit]") {
  CHECK(fates(plan({number_edit("1", "7"), number_edit("1", "7")})) == "updated | unchanged");
  CHECK(fates(plan({number_edit("1", "7"), number_edit("1", "8")})) == "company_id_duplicate | company_id_duplicate");
  CHECK(fates(plan({number_edit("2", "7"), removal("2")})) == "company_id_duplicate | company_id_duplicate");
}

TEST_CASE("limits.changes does not hold back what is typed", "[edit]") {
  CHECK(fates(plan({number_edit("1", "7")}, {.max_changes_percent = 1})) == "updated");
}

TEST_CASE("edits touch their clients and the holders of their numbers", "[edit]") {
  const std::vector<Edit> edits{number_edit("1", "0020"), {.company_id = "2", .type = "LTDA"}};
  const Touched touched = touched_by(edits);
  CHECK(std::ranges::count(touched.company_ids, "1") == 1);
  CHECK(std::ranges::count(touched.company_ids, "2") == 1);
  CHECK(touched.number_keys == std::vector<std::string_view>{"20"});
}

}  // namespace clientsync
