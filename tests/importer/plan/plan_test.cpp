#include "importer/plan/plan.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::a_client;
using testing::argument;
using testing::codes;
using testing::fates;
using testing::register_of;
using testing::sheet_of;
using testing::sheet_with_ref;
using testing::slice_with;
using testing::write_to;

constexpr const char* long_id = "9130351530529746";

/// Ana has 00123, Bia 5, Caio nothing; all have IDs as accounting systems give them or short ones.
Register three_clients() {
  return register_of({a_client(long_id).named("Ana Lima").numbered("00123"), a_client("2").named("Bia").numbered("5"),
                      a_client("3").named("Caio")});
}

Plan plan_rows(std::string_view rows, const Policy& policy = {}) {
  return plan_import(sheet_of(rows), three_clients(), policy);
}

Plan plan_rows_with_ref(std::string_view rows, const Policy& policy = {}) {
  return plan_import(sheet_with_ref(rows), three_clients(), policy);
}

Policy creating() {
  Policy policy;
  policy.unknown_company = Policy::UnknownCompany::create;
  return policy;
}

Policy naming(Policy::DisplayName rule) {
  Policy policy;
  policy.display_name = rule;
  return policy;
}

Policy blanking(Policy::BlankNumber rule) {
  Policy policy;
  policy.blank_number = rule;
  return policy;
}

Policy rejecting_damaged_ids() {
  Policy policy;
  policy.damaged_ids = Policy::DamagedIds::reject;
  return policy;
}

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

/// The fate of one row that gives Bia (ID 2, number 5) another number.
std::string fate_of_number(std::string_view field, const Policy& policy = {}) {
  return fates(plan_rows("2,Bia," + std::string(field) + "\n", policy));
}

TEST_CASE("a row that changes a number is updated and one that changes nothing is unchanged", "[plan]") {
  const Plan plan = plan_rows("2,Bia,6\n9130351530529746,Ana Lima,00123\n");
  CHECK(fates(plan) == "updated | unchanged");
  CHECK(plan.writes == std::vector{ClientWrite{"2", false, "Bia", "Bia", "5", "6"}});
  CHECK(plan.counts == Counts{2, 1, 1, 0, 0});
  CHECK_FALSE(plan.rejected);
  CHECK(plan.rows.at(0).row == 2);
  CHECK(plan.rows.at(1).row == 3);
  CHECK(plan.rows.at(0).company_id == "2");
}

TEST_CASE("a client gets its first number", "[plan]") {
  const Plan plan = plan_rows("3,Caio,6\n");
  CHECK(fates(plan) == "updated");
  CHECK(plan.writes == std::vector{ClientWrite{"3", false, "Caio", "Caio", std::nullopt, "6"}});
}

TEST_CASE("clients of any status take part", "[plan]") {
  const Register current = register_of(
      {a_client("1").numbered("a").inactive(), a_client("2").numbered("b").inactive(), a_client("3").numbered("c")});
  CHECK(fates(plan_import(sheet_of("1,Client 1,x\n3,Client 3,b\n"), current, {})) == "updated | client_number_taken");
}

TEST_CASE("if the field count is wrong, no other rule is tried", "[plan]") {
  const Plan plan = plan_rows("abc,\n,,,=x\n2,Bia,6\n");
  CHECK(fates(plan) == "field_count | field_count | updated");
  CHECK_FALSE(plan.rows.at(0).ref.has_value());
  CHECK(plan.rows.at(0).company_id.empty());
}

TEST_CASE("a blank company ID fails", "[plan]") {
  CHECK(fates(plan_rows(",Bia,6\n")) == "company_id_blank");
}

TEST_CASE("a company ID in E notation was reformatted", "[plan]") {
  const std::string id = GENERATE("9E+15", "\"9,13035E+15\"", "9.99e+15", "-9.13035E+15", "1.5E-05", "1.5E+150");
  CHECK(fates(plan_rows(id + ",Nobody,6\n")) == "company_id_reformatted");
  CHECK(fates(plan_rows(id + ",Nobody,6\n", creating())) == "company_id_reformatted");
}

TEST_CASE("what only resembles E notation is an invalid company ID", "[plan]") {
  const std::string id = GENERATE("91.3E+15", "9.E+15", "9.1E15", "9.1E+5", "9.1E+1500", "E+15");
  CHECK(fates(plan_rows(id + ",Nobody,6\n")) == "company_id_invalid");
}

TEST_CASE("if exactly one client fits by name and leading digits, that client is meant and the row is accepted",
          "[plan]") {
  const std::string id = GENERATE("9.13035E+15", "\"9,13E+15\"", "9130351530529740");
  for (const Policy& policy : {Policy{}, creating()}) {
    const Plan plan = plan_rows(id + ",Ana  Lima,6\n", policy);
    CHECK(fates(plan) == "updated");
    CHECK(plan.rows.at(0).company_id == long_id);
    CHECK(plan.writes == std::vector{ClientWrite{long_id, false, "Ana Lima", "Ana Lima", "00123", "6"}});
  }
}

TEST_CASE("a restored row counts as restored beside its outcome", "[plan]") {
  const Plan plan = plan_rows("9.13035E+15,Ana Lima,00123\n2,Bia,6\n9.13035E+15,Eva,7\n");
  CHECK(fates(plan) == "unchanged | updated | company_id_reformatted");
  CHECK(plan.counts == Counts{.rows = 3, .updated = 1, .unchanged = 1, .failed = 1, .restored = 1});
  CHECK(plan.rows.at(0).restored);
  CHECK_FALSE(plan.rows.at(1).restored);
}

TEST_CASE("a row that fails counts as failed alone, though its company ID was restored", "[plan]") {
  const Plan plan = plan_rows("9.13035E+15,Ana Lima,5\n");
  REQUIRE(fates(plan) == "client_number_taken");
  CHECK(plan.rows[0].ref == Ref{long_id, "5"});
  CHECK(plan.counts.restored == 0);
  Policy all;
  all.apply = Policy::Apply::all_or_nothing;
  CHECK(plan_rows("9.13035E+15,Ana Lima,6\n2,Other,6\n", all).counts == Counts{.rows = 2, .failed = 2});
}

TEST_CASE("with damaged_ids reject the row fails, the message names the client's ID, and Ref stays empty", "[plan]") {
  const std::string id = GENERATE("9.13035E+15", "\"9,13E+15\"", "9130351530529740");
  const Plan plan = plan_rows(id + ",Ana  Lima,6\n", rejecting_damaged_ids());
  REQUIRE(fates(plan) == "company_id_reformatted");
  CHECK(plan.rows[0].problems[0].message == Message::company_id_reformatted_fits);
  CHECK(argument(plan.rows[0].problems[0], "id") == long_id);
  CHECK_FALSE(plan.rows[0].ref.has_value());
  CHECK(plan.counts.restored == 0);
}

TEST_CASE("if no client or several fit by name and leading digits, the row fails", "[plan]") {
  const Register twins =
      register_of({a_client("9130351530529746").named("Ana"), a_client("9130351530529747").named("Ana"),
                   a_client("9130351530529748").named("Bia")});
  for (const char* row : {"9.13035E+15,Ana,6\n", "9130351530529740,Ana,6\n", "9130351530529740,Caio,6\n",
                          "9.13035E+15,Caio,6\n", "8.1E+15,Bia,6\n"}) {
    const Plan plan = plan_import(sheet_of(row), twins, {});
    REQUIRE(fates(plan) == "company_id_reformatted");
    CHECK(plan.rows[0].problems[0].message == Message::company_id_reformatted);
    CHECK_FALSE(plan.rows[0].ref.has_value());
  }
  CHECK(fates(plan_import(sheet_of("9.13035E+15,Bia,6\n"), twins, {})) == "updated");
}

TEST_CASE("if one client fits by at least 15 digits but the name differs, the row fails and the message names it",
          "[plan]") {
  const auto [id, message] = GENERATE(table<std::string, Message>(
      {{"9130351530529740", Message::company_id_reformatted_other_name},
       {"9.13035153052974E+15", Message::company_id_reformatted_other_name},
       {"\"9,13035153052975E+15\"", Message::company_id_reformatted_other_name},  // rounded, as LibreOffice does
       {"9.1303515305297E+15", Message::company_id_reformatted},
       {"9130351530529750", Message::company_id_reformatted_other_name},
       {"9130351530529760", Message::company_id_reformatted}}));
  const Policy policy = GENERATE(Policy{}, rejecting_damaged_ids());
  CAPTURE(id);
  const Plan plan = plan_rows(id + ",Ana Limma,6\n", policy);
  REQUIRE(fates(plan) == "company_id_reformatted");
  CHECK(plan.rows[0].problems[0].message == message);
  const bool named = message == Message::company_id_reformatted_other_name;
  CHECK(argument(plan.rows[0].problems[0], "id") == (named ? long_id : ""));
  CHECK(argument(plan.rows[0].problems[0], "name") == (named ? "Ana Lima" : ""));
  CHECK_FALSE(plan.rows[0].ref.has_value());
}

TEST_CASE("rows restored to the same client are rows with the same company ID", "[plan]") {
  CHECK(fates(plan_rows("9.13035E+15,Ana Lima,6\n9.13E+15,Ana Lima,7\n")) ==
        "company_id_duplicate | company_id_duplicate");
  CHECK(fates(plan_rows("9.13035E+15,Ana Lima,6\n9130351530529746,Ana Lima,7\n")) ==
        "company_id_duplicate | company_id_duplicate");
  const Plan plan = plan_rows("9.13035E+15,Ana Lima,6\n9130351530529746,Ana Lima,6\n9.13E+15,Ana Lima,6\n");
  CHECK(fates(plan) == "updated | unchanged | unchanged");
  CHECK(plan.writes.size() == 1);
  CHECK(plan.counts.restored == 2);
}

TEST_CASE("a restored company ID that Ref contradicts is a mismatch", "[plan][ref]") {
  const Plan plan = plan_rows_with_ref("9.13035E+15,Ana Lima,6,id:2 no:6\n");
  REQUIRE(fates(plan) == "company_id_mismatch");
  CHECK(plan.rows[0].ref == Ref{"2", "6"});
}

TEST_CASE("more than fifteen digits that end in zeros were reformatted only while unknown", "[plan]") {
  const Register current =
      register_of({a_client("9130351530529740").named("Ana"), a_client("4130351530529741").named("Eva")});
  CHECK(fates(plan_import(sheet_of("9130351530529740,Ana,6\n"), current, {})) == "updated");
  CHECK(fates(plan_import(sheet_of("8130351530529740,Bia,6\n"), current, {})) == "company_id_reformatted");
  CHECK(fates(plan_import(sheet_of("8130351530529741,Bia,6\n"), current, {})) == "company_id_unknown");
  CHECK(fates(plan_import(sheet_of("813035153052970,Bia,6\n"), current, {})) == "company_id_unknown");
  CHECK(fates(plan_import(sheet_of("81303515305297400000,Bia,6\n"), current, {})) == "company_id_reformatted");
}

TEST_CASE("with create an ID of zeros beyond the fifteenth was reformatted only if a client shares the first fifteen",
          "[plan]") {
  const Register current = register_of({a_client("4130351530529741").named("Eva")});
  CHECK(fates(plan_import(sheet_of("8130351530529740,Bia,6\n"), current, creating())) == "created");
  CHECK(fates(plan_import(sheet_of("4130351530529740,Bia,6\n"), current, creating())) == "company_id_reformatted");
}

TEST_CASE("a company ID is 1 to 19 ASCII digits", "[plan]") {
  const std::string bad = GENERATE("abc", "12 3", "-5", "12345678901234567891", "１２", "=1+1", "1.5");
  CHECK(fates(plan_rows(bad + ",Nobody,6\n")) == "company_id_invalid");
  CHECK(fates(plan_rows("1234567890123456789,Nobody,6\n")) == "company_id_unknown");
  CHECK(fates(plan_rows("0,Nobody,6\n")) == "company_id_unknown");
}

TEST_CASE("company_id text takes up to 64 printable characters", "[plan]") {
  Policy text;
  text.company_id = Policy::CompanyId::text;
  const Register current = register_of({a_client("C-7 é").named("Ana"), a_client(times(64, "é")).named("Bia")});
  CHECK(fates(plan_import(sheet_of("C-7 é,Ana,1\n" + times(64, "é") + ",Bia,2\n"), current, text)) ==
        "updated | updated");
  CHECK(fates(plan_import(sheet_of(times(65, "x") + ",Ana,1\n"), current, text)) == "company_id_invalid");
  CHECK(fates(plan_import(sheet_of("\"C\n7\",Ana,1\n"), current, text)) == "company_id_invalid");
  CHECK(fates(plan_import(sheet_of("C\u200b7,Ana,1\n"), current, text)) == "company_id_invalid");
  CHECK(fates(plan_import(sheet_of("c-7 é,Ana,1\n"), current, text)) == "company_id_unknown");
}

TEST_CASE("a company that the register does not have fails or is created", "[plan]") {
  CHECK(fates(plan_rows("99,Davi,6\n")) == "company_id_unknown");
  const Plan plan = plan_rows("99,Davi Reis,6\n", creating());
  CHECK(fates(plan) == "created");
  CHECK(plan.writes == std::vector{ClientWrite{"99", true, "", "Davi Reis", std::nullopt, "6"}});
  CHECK(plan.counts == Counts{1, 0, 0, 1, 0});
}

TEST_CASE("comparisons with the register need a known client", "[plan]") {
  CHECK(fates(plan_rows("99,Nobody,123\n")) == "company_id_unknown");
  CHECK(fates(plan_rows("99,,\n")) == "company_id_unknown client_number_blank");
  CHECK(fates(plan_rows("99,,1E+05\n")) == "company_id_unknown client_number_reformatted");
}

TEST_CASE("a display name is checked if it would be written", "[plan]") {
  const std::string long_name = times(201, "é");
  const Policy update = naming(Policy::DisplayName::update);
  for (const auto& [name, code] : {std::pair<std::string, std::string>{"", "display_name_blank"},
                                   {"\"A\tB\"", "display_name_invalid"},
                                   {"\"A\nB\"", "display_name_invalid"},
                                   {long_name, "display_name_invalid"}}) {
    CHECK(fates(plan_rows("99," + name + ",6\n", creating())) == code);
    CHECK(fates(plan_rows("2," + name + ",6\n", update)) == code);
    CHECK(fates(plan_rows("2," + name + ",6\n")) == "display_name_changed");
    CHECK(fates(plan_rows("2," + name + ",6\n", creating())) == "display_name_changed");
    CHECK(fates(plan_rows("2," + name + ",6\n", naming(Policy::DisplayName::ignore))) == "updated");
  }
  CHECK(fates(plan_rows("99," + times(200, "é") + ",6\n", creating())) == "created");
}

TEST_CASE("a display name that differs from the register's fails and the message shows the register's", "[plan]") {
  const Plan plan = plan_rows("2,Beatriz,6\n");
  REQUIRE(fates(plan) == "display_name_changed");
  CHECK(argument(plan.rows[0].problems[0], "name") == "Bia");
  CHECK(argument(plan.rows[0].problems[0], "value") == "Beatriz");
  CHECK(fates(plan_rows("2,bia,6\n")) == "display_name_changed");
}

TEST_CASE("display names are compared as NFC with white space folded", "[plan]") {
  const Register current = register_of({a_client("1").named("Jos\u00e9 da  Silva")});
  CHECK(fates(plan_import(sheet_of("1,\" Jose\u0301\u00a0da\nSilva \",6\n"), current, {})) == "updated");
}

TEST_CASE("display_name ignore keeps the name and update writes it", "[plan]") {
  const Plan ignored = plan_rows("2,Beatriz,6\n", naming(Policy::DisplayName::ignore));
  REQUIRE(write_to(ignored, "2") != nullptr);
  CHECK(write_to(ignored, "2")->name_after == "Bia");
  CHECK(fates(plan_rows("2,Beatriz,5\n", naming(Policy::DisplayName::ignore))) == "unchanged");
  const Plan updated = plan_rows("2,Beatriz,5\n", naming(Policy::DisplayName::update));
  CHECK(fates(updated) == "updated");
  CHECK(updated.writes == std::vector{ClientWrite{"2", false, "Bia", "Beatriz", "5", "5"}});
}

TEST_CASE("a blank number is rejected or kept or clears the client's", "[plan]") {
  CHECK(fates(plan_rows("2,Bia,\n")) == "client_number_blank");
  CHECK(fates(plan_rows("2,Bia,\n3,Caio,\n", blanking(Policy::BlankNumber::keep))) == "unchanged | unchanged");
  const Plan cleared = plan_rows("2,Bia,\n3,Caio,\n", blanking(Policy::BlankNumber::clear));
  CHECK(fates(cleared) == "updated | unchanged");
  CHECK(cleared.writes == std::vector{ClientWrite{"2", false, "Bia", "Bia", "5", std::nullopt}});
}

TEST_CASE("a created client may be without a number unless blanks are rejected", "[plan]") {
  Policy policy = creating();
  CHECK(fates(plan_rows("98,Davi,\n", policy)) == "client_number_blank");
  policy.blank_number = GENERATE(Policy::BlankNumber::keep, Policy::BlankNumber::clear);
  const Plan plan = plan_rows("98,Davi,\n99,Eva,\n", policy);
  CHECK(fates(plan) == "created | created");
  REQUIRE(write_to(plan, "98") != nullptr);
  CHECK_FALSE(write_to(plan, "98")->number_after.has_value());
}

TEST_CASE("a kept number still counts as held and a cleared one is free", "[plan]") {
  CHECK(fates(plan_rows("2,Bia,\n3,Caio,5\n", blanking(Policy::BlankNumber::keep))) ==
        "unchanged | client_number_duplicate");
  CHECK(fates(plan_rows("2,Bia,\n3,Caio,5\n", blanking(Policy::BlankNumber::clear))) == "updated | updated");
}

TEST_CASE("a formula or a spreadsheet's error is no number", "[plan]") {
  const std::string bad = GENERATE("=1+1", "'=1+1", "=A2", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!",
                                   "#NULL!", "#N/D", "#VALOR!", "#NOME?", "#NÚM!", "#NULO!", "#", "########");
  CHECK(fate_of_number(bad) == "client_number_formula");
}

TEST_CASE("what only resembles a formula or an error is a number", "[plan]") {
  const std::string good = GENERATE("#1", "A=1", "-5", "+5", "@home", "'-5", "=\"00777\"", "N/A");
  CHECK(fate_of_number(good) == "updated");
}

TEST_CASE("a number in E notation was reformatted unless it is the client's present one", "[plan]") {
  const std::string number = GENERATE("1.23457E+11", "\"1,23457E+11\"", "1e+05", "-1E+05", "1E-10", "1E+123");
  CHECK(fate_of_number(number) == "client_number_reformatted");
  Policy accept;
  accept.damaged_numbers = Policy::DamagedNumbers::accept;
  CHECK(fate_of_number(number, accept) == "updated");
  const Register current = register_of({a_client("1").numbered("1E+05")});
  CHECK(fates(plan_import(sheet_of("1,Client 1,1E+05\n"), current, {})) == "unchanged");
  CHECK(fates(plan_import(sheet_of("1,Client 1,1E+06\n"), current, {})) == "client_number_reformatted");
}

TEST_CASE("a number that lost the leading zeros of the client's present one was reformatted", "[plan]") {
  const auto [present, number, fate] =
      GENERATE(table<std::string, std::string, std::string>({{"00123", "123", "client_number_reformatted"},
                                                             {"00123", "0123", "client_number_reformatted"},
                                                             {"000", "0", "client_number_reformatted"},
                                                             {"0", "000", "updated"},
                                                             {"123", "00123", "updated"},
                                                             {"00123", "1230", "updated"},
                                                             {"00A", "A", "updated"},
                                                             {"00123", "00123", "unchanged"}}));
  const Register current = register_of({a_client("1").numbered(present)});
  const Sheet sheet = sheet_of("1,Client 1," + number + "\n");
  CHECK(fates(plan_import(sheet, current, {})) == fate);
  Policy accept;
  accept.damaged_numbers = Policy::DamagedNumbers::accept;
  CHECK(fates(plan_import(sheet, current, accept)) == (fate == "unchanged" ? "unchanged" : "updated"));
}

TEST_CASE("a number that another client holds with leading zeros was reformatted", "[plan]") {
  const Plan plan = plan_rows("2,Bia,123\n");
  REQUIRE(fates(plan) == "client_number_reformatted");
  CHECK(plan.rows[0].problems[0].message == Message::client_number_zeros_lost_other);
  CHECK(argument(plan.rows[0].problems[0], "number") == "00123");
  CHECK(argument(plan.rows[0].problems[0], "name") == "Ana Lima");
  const Register both = register_of({a_client("1").numbered("00123"), a_client("2").numbered("123")});
  CHECK(fates(plan_import(sheet_of("2,Client 2,123\n"), both, {})) == "unchanged");
}

TEST_CASE("a number has at most 100 code points", "[plan]") {
  CHECK(fate_of_number(times(100, "é")) == "updated");
  CHECK(fate_of_number(times(101, "é")) == "client_number_too_long");
}

TEST_CASE("a control or invisible or bidi character or a line break inside a number is named with its position",
          "[plan]") {
  const auto [number, code_point] = GENERATE(table<std::string, std::string>({{"é\u200b1", "U+200B"},
                                                                              {"1\t1", "U+0009"},
                                                                              {"11\u202e2", "U+202E"},
                                                                              {"11\u00ad2", "U+00AD"},
                                                                              {"\"1\n2\"", "U+000A"},
                                                                              {"1\u20282", "U+2028"}}));
  const Plan plan = plan_rows("2,Bia," + number + "\n");
  REQUIRE(fates(plan) == "client_number_invalid");
  CHECK(argument(plan.rows[0].problems[0], "character") == code_point);
  if (code_point == "U+200B" || code_point == "U+0009") CHECK(argument(plan.rows[0].problems[0], "position") == "2");
}

TEST_CASE("every rule that fails is reported but of one group only the first", "[plan]") {
  const std::string number = "=1\u200b" + times(101, "x");
  CHECK(fates(plan_rows("2,Beatriz," + number + "\n")) ==
        "display_name_changed client_number_formula client_number_too_long client_number_invalid");
  CHECK(fates(plan_rows("abc,," + number + "\n", creating())) ==
        "company_id_invalid display_name_blank client_number_formula client_number_too_long client_number_invalid");
  CHECK(fates(plan_rows(",,\"\"\n,,x\n")) == "company_id_blank");
}

TEST_CASE("Ref decides if the company ID is blank or what a spreadsheet makes of Ref's", "[plan][ref]") {
  const std::string id =
      GENERATE("", "9.13035E+15", "\"9,13035E+15\"", "9.13E+15", "9130351530529740", "\"9,130,351,530,529,740.00\"");
  const Plan plan = plan_rows_with_ref(id + ",Ana Lima,6,id:9130351530529746 no:7\n");
  CHECK(fates(plan) == "updated");
  CHECK(plan.writes == std::vector{ClientWrite{long_id, false, "Ana Lima", "Ana Lima", "00123", "6"}});
  CHECK(plan.rows.at(0).company_id == long_id);
  CHECK(plan.counts.restored == 1);
}

TEST_CASE("Ref decides though damaged_ids are rejected", "[plan][ref]") {
  CHECK(fates(plan_rows_with_ref("9.13035E+15,Ana Lima,6,id:9130351530529746 no:6\n", rejecting_damaged_ids())) ==
        "updated");
}

TEST_CASE("Ref decides if two clients would fit", "[plan][ref]") {
  const Register twins =
      register_of({a_client("9130351530529746").named("Ana"), a_client("9130351530529747").named("Ana")});
  const Plan plan = plan_import(sheet_with_ref("9.13035E+15,Ana,6,id:9130351530529747 no:6\n"), twins, {});
  CHECK(fates(plan) == "updated");
  CHECK(write_to(plan, "9130351530529747") != nullptr);
}

TEST_CASE("Ref decides if a spreadsheet rounded the company ID up", "[plan][ref]") {
  const Register current = register_of({a_client("9130357999999999").named("Ana")});
  const std::string id = GENERATE("9.13036E+15", "9130358000000000");
  CHECK(fates(plan_import(sheet_with_ref(id + ",Ana,6,id:9130357999999999 no:6\n"), current, {})) == "updated");
}

TEST_CASE("Ref decides if the company ID lost its zeros", "[plan][ref]") {
  const Register current = register_of({a_client("00123").named("Ana"), a_client("123").named("Bia")});
  const Plan plan = plan_import(sheet_with_ref("123,Ana,6,id:00123\n"), current, {});
  CHECK(fates(plan) == "updated");
  CHECK(write_to(plan, "00123") != nullptr);
}

TEST_CASE("whoever types the client's present number over what a spreadsheet made of it has corrected the row",
          "[plan][ref]") {
  const Register current =
      register_of({a_client("1").named("Ana").numbered("1043"), a_client("2").named("Bia").numbered("77")});
  CHECK(fates(plan_import(sheet_with_ref("1,Ana,1043,\"id:1 no:1,043.00\"\n"), current, {})) == "unchanged");
  CHECK(fates(plan_import(sheet_with_ref("2,Bia,77,id:2 no:00077\n"), current, {})) == "updated");
}

TEST_CASE("if Ref decides and the name does not fit, the row fails for its name, or Ref does not decide",
          "[plan][ref]") {
  Policy ignore;
  ignore.display_name = Policy::DisplayName::ignore;
  for (const std::string id : {"", "9.13035E+15", "9130351530529740"}) {
    CAPTURE(id);
    const std::string row = id + ",Bia,6,id:9130351530529746\n";
    CHECK(fates(plan_rows_with_ref(row)) == "display_name_changed");
    CHECK(fates(plan_rows_with_ref(row, ignore)) == (id.empty() ? "company_id_blank" : "company_id_reformatted"));
  }
  CHECK(fates(plan_rows_with_ref(",Davi,6,id:99\n", creating())) == "company_id_blank");
}

TEST_CASE("any other disagreement of the company ID with Ref is a mismatch", "[plan][ref]") {
  const Plan plan = plan_rows_with_ref("2,Bia,6,id:3 no:6\n");
  REQUIRE(fates(plan) == "company_id_mismatch");
  CHECK(argument(plan.rows[0].problems[0], "id") == "3");
  CHECK(fates(plan_rows_with_ref("99,Caio,6,id:3 no:6\n")) == "company_id_mismatch");
  CHECK(fates(plan_rows_with_ref("abc,Caio,6,id:3 no:6\n")) == "company_id_invalid");
  CHECK(fates(plan_rows_with_ref("8.5E+15,Ana Lima,6,id:9130351530529746\n")) == "company_id_reformatted");
  CHECK(fates(plan_rows_with_ref("2,Bia,6,id:2 no:6\n")) == "updated");
}

TEST_CASE("if the number is what a spreadsheet makes of Ref's, Ref's is meant", "[plan][ref]") {
  const auto [number, meant] = GENERATE(table<std::string, std::string>({{"77", "0077"},
                                                                         {"1.23457E+11", "123456789012"},
                                                                         {"\"1,23457E+11\"", "123456789012"},
                                                                         {"1-Feb-26", "1-2"},
                                                                         {"1234567890123450", "1234567890123456"}}));
  const Plan plan = plan_rows_with_ref("2,Bia," + number + ",id:2 no:" + meant + "\n");
  CHECK(fates(plan) == "updated");
  REQUIRE(write_to(plan, "2") != nullptr);
  CHECK(write_to(plan, "2")->number_after == meant);
  CHECK(plan.counts.restored == 1);
}

TEST_CASE("a number that a person mended beats Ref's", "[plan][ref]") {
  const Plan plan = plan_rows_with_ref("2,Bia,78,id:2 no:0077\n");
  REQUIRE(write_to(plan, "2") != nullptr);
  CHECK(write_to(plan, "2")->number_after == "78");
  CHECK(plan.counts.restored == 0);
  CHECK(fates(plan_rows_with_ref("9130351530529746,Ana Lima,00123,id:9130351530529746 no:123\n")) == "unchanged");
}

TEST_CASE("lost zeros that Ref restores are no change", "[plan][ref]") {
  CHECK(fates(plan_rows_with_ref("9.13035E+15,Ana Lima,123,id:9130351530529746 no:00123\n")) == "unchanged");
  CHECK(fates(plan_rows_with_ref("9130351530529746,Ana Lima,123,id:9130351530529746 no:123\n")) ==
        "client_number_reformatted");
}

TEST_CASE("Ref keeps the number that was meant for the next report", "[plan][ref]") {
  const Plan plan = plan_rows_with_ref("2,Other,77,id:2 no:0077\n");
  REQUIRE(fates(plan) == "display_name_changed");
  CHECK(plan.rows[0].ref == Ref{"2", "0077"});
}

TEST_CASE("Ref is filled in if the client is known", "[plan][ref]") {
  CHECK(plan_rows("2,Beatriz,00123\n").rows.at(0).ref == Ref{"2", "00123"});
  CHECK_FALSE(plan_rows("99,Beatriz,7\n").rows.at(0).ref.has_value());
  CHECK_FALSE(plan_rows(",Bia,7\n").rows.at(0).ref.has_value());
  const Plan blank = plan_rows("2,Bia,\n");
  REQUIRE(blank.rows.at(0).ref.has_value());
  CHECK(blank.rows[0].ref->company_id == "2");
}

TEST_CASE("rows of one company that would write different values all fail and name the others' rows", "[plan]") {
  const Plan plan = plan_rows("2,Bia,6\n3,Caio,8\n2,Bia,7\n2,Bia,6\n");
  CHECK(fates(plan) == "company_id_duplicate | updated | company_id_duplicate | company_id_duplicate");
  CHECK(argument(plan.rows.at(0).problems.at(0), "rows") == "4, 5");
  CHECK(argument(plan.rows.at(2).problems.at(0), "rows") == "2, 5");
  CHECK(fates(plan_rows("2,Bia,6\n2,Beatriz,6\n", naming(Policy::DisplayName::update))) ==
        "company_id_duplicate | company_id_duplicate");
  CHECK(fates(plan_rows("98,Davi,6\n98,Eva,6\n", creating())) == "company_id_duplicate | company_id_duplicate");
}

TEST_CASE("rows that would write the same share the first one's fate", "[plan]") {
  const Plan plan = plan_rows("2,Bia,6\n2, Bia ,6\n");
  CHECK(fates(plan) == "updated | unchanged");
  CHECK(plan.writes.size() == 1);
  CHECK(plan.counts == Counts{2, 1, 1, 0, 0});
  CHECK(fates(plan_rows("98,Davi,6\n98,Davi,6\n", creating())) == "created | unchanged");
  CHECK(fates(plan_rows("2,Bia,00123\n2,Bia,00123\n")) == "client_number_taken | client_number_taken");
  CHECK(fates(plan_rows("2,Bia,6\n3,Caio,6\n3,Caio,6\n")) ==
        "client_number_duplicate | client_number_duplicate | client_number_duplicate");
  CHECK(fates(plan_rows("2,Bia,6\n2,Beatriz,6\n", naming(Policy::DisplayName::ignore))) == "updated | unchanged");
}

TEST_CASE("a row that failed one rule does not count in the next", "[plan]") {
  CHECK(fates(plan_rows("2,Bia,6\n2,Beatriz,7\n")) == "updated | display_name_changed");
  CHECK(fates(plan_rows("2,Bia,6\n2,Bia,7\n3,Caio,6\n")) == "company_id_duplicate | company_id_duplicate | updated");
  CHECK(fates(plan_rows("2,Bia,6\n99,Davi,6\n")) == "updated | company_id_unknown");
  Policy full = creating();
  full.max_clients = 3;
  CHECK(fates(plan_rows("2,Bia,6\n99,Davi,6\n", full)) == "updated | register_full");
}

TEST_CASE("creations that exceed the places left all fail", "[plan]") {
  Policy policy = creating();
  policy.max_clients = 4;
  CHECK(fates(plan_rows("98,Davi,6\n98,Davi,6\n2,Bia,8\n", policy)) == "created | unchanged | updated");
  CHECK(fates(plan_rows("98,Davi,6\n99,Eva,7\n2,Bia,8\n", policy)) == "register_full | register_full | updated");
  CHECK(fates(plan_rows("98,Davi,6\n99,Eva,\n", policy)) == "created | client_number_blank");
  CHECK(fates(plan_rows("98,Davi,6\n99,Eva,7\n99,Eva,8\n", policy)) ==
        "created | company_id_duplicate | company_id_duplicate");
  policy.max_clients = 2;
  CHECK(fates(plan_rows("98,Davi,6\n2,Bia,8\n", policy)) == "register_full | updated");
  policy.max_clients = 10;
  const Register firm_of_ten = slice_with({a_client("1")}, 10, 0);
  CHECK(fates(plan_import(sheet_of("98,Davi,6\n"), firm_of_ten, policy)) == "register_full");
}

TEST_CASE("the same number for several companies fails on all rows", "[plan]") {
  const Plan plan = plan_rows("2,Bia,6\n3,Caio,6\n");
  REQUIRE(fates(plan) == "client_number_duplicate | client_number_duplicate");
  CHECK(argument(plan.rows[0].problems[0], "rows") == "3");
  CHECK(argument(plan.rows[1].problems[0], "rows") == "2");
  CHECK(plan.writes.empty());
}

TEST_CASE("all fail but for one whose company has that number already", "[plan]") {
  CHECK(fates(plan_rows("3,Caio,5\n2,Bia,5\n9130351530529746,Ana Lima,5\n")) ==
        "client_number_duplicate | unchanged | client_number_duplicate");
}

TEST_CASE("a number that a client outside the accepted rows holds is taken", "[plan]") {
  const Plan plan = plan_rows("3,Caio,5\n");
  REQUIRE(fates(plan) == "client_number_taken");
  CHECK(argument(plan.rows[0].problems[0], "id") == "2");
  CHECK(argument(plan.rows[0].problems[0], "name") == "Bia");
  CHECK(argument(plan.rows[0].problems[0], "value") == "5");
  CHECK(plan.rows[0].problems[0].message == Message::client_number_taken);
  CHECK(fates(plan_rows("99,Davi,5\n", creating())) == "client_number_taken");
}

TEST_CASE("numbers are compared as NFC text and case-sensitively", "[plan]") {
  const Register current = register_of({a_client("1").numbered("Caf\u00e9"), a_client("2"), a_client("3")});
  CHECK(fates(plan_import(sheet_of("2,Client 2,Cafe\u0301\n3,Client 3,caf\u00e9\n"), current, {})) ==
        "client_number_taken | updated");
  CHECK(fates(plan_import(sheet_of("2,Client 2,a1\n3,Client 3,A1\n"), current, {})) == "updated | updated");
  CHECK(fates(plan_import(sheet_of("2,Client 2,n\u0303\n3,Client 3,\u00f1\n"), current, {})) ==
        "client_number_duplicate | client_number_duplicate");
}

/// Clients 1, 2, 3, 4 with the numbers a, b, c, d.
Plan plan_letters(std::string_view rows, const Policy& policy = {}) {
  const Register current = register_of({a_client("1").numbered("a"), a_client("2").numbered("b"),
                                        a_client("3").numbered("c"), a_client("4").numbered("d")});
  return plan_import(sheet_of(rows), current, policy);
}

TEST_CASE("two clients may swap their numbers", "[plan]") {
  const Plan plan = plan_letters("1,Client 1,b\n2,Client 2,a\n");
  CHECK(fates(plan) == "updated | updated");
  CHECK(plan.writes.size() == 2);
}

TEST_CASE("chains and cycles of any length work", "[plan]") {
  CHECK(fates(plan_letters("1,Client 1,b\n2,Client 2,c\n3,Client 3,a\n")) == "updated | updated | updated");
  CHECK(fates(plan_letters("1,Client 1,b\n2,Client 2,c\n3,Client 3,x\n")) == "updated | updated | updated");
  CHECK(fates(plan_letters("3,Client 3,x\n2,Client 2,c\n1,Client 1,b\n")) == "updated | updated | updated");
  CHECK(fates(plan_letters("1,Client 1,b\n2,Client 2,\n", blanking(Policy::BlankNumber::clear))) ==
        "updated | updated");
  CHECK(fates(plan_letters("9,Client 9,a\n1,Client 1,b\n2,Client 2,x\n", creating())) == "created | updated | updated");
}

TEST_CASE("a number is released before the writes if, and only if, another write takes it", "[plan]") {
  const auto released = [](std::string_view rows, const Policy& policy = {}) {
    std::string ids;
    for (const ClientWrite& write : plan_letters(rows, policy).writes) {
      if (write.release_first) ids += write.company_id;
    }
    return ids;
  };
  CHECK(released("1,Client 1,x\n2,Client 2,y\n").empty());
  CHECK(released("1,Client 1,b\n2,Client 2,a\n") == "12");
  CHECK(released("1,Client 1,b\n2,Client 2,c\n3,Client 3,x\n") == "23");
  CHECK(released("1,Client 1,b\n2,Client 2,c\n3,Client 3,a\n") == "123");
  CHECK(released("9,Client 9,a\n1,Client 1,x\n2,Client 2,y\n", creating()) == "1");
  CHECK(released("1,Client 1,\n2,Client 2,a\n", blanking(Policy::BlankNumber::clear)) == "1");
  CHECK(released("1,Other,a\n2,Client 2,x\n", naming(Policy::DisplayName::update)).empty());
}

TEST_CASE("a row that fails keeps its old number and breaks the chain before it", "[plan]") {
  const Plan plan = plan_letters("1,Client 1,b\n2,Client 2,c\n3,Other,x\n4,Client 4,y\n");
  REQUIRE(fates(plan) == "client_number_taken | client_number_taken | display_name_changed | updated");
  CHECK(argument(plan.rows[0].problems[0], "id") == "2");
  CHECK(argument(plan.rows[1].problems[0], "id") == "3");
  CHECK(plan.rows[0].problems[0].message == Message::client_number_taken_row);
  CHECK(argument(plan.rows[0].problems[0], "row") == "3");
  CHECK(argument(plan.rows[1].problems[0], "row") == "4");
  CHECK(fates(plan_letters("1,Client 1,b\n2,Client 2,a\n2,Client 2,x\n")) ==
        "client_number_taken | company_id_duplicate | company_id_duplicate");
  CHECK(fates(plan_letters("1,Client 1,b\n2,Client 2,x\n3,Client 3,x\n")) ==
        "client_number_taken | client_number_duplicate | client_number_duplicate");
}

TEST_CASE("row order never changes an outcome", "[plan]") {
  std::vector<std::string> rows{"1,Client 1,b\n", "2,Client 2,a\n", "3,Client 3,d\n", "4,Other,x\n", "5,Client 5,e\n"};
  std::sort(rows.begin(), rows.end());
  do {
    std::string text;
    for (const std::string& row : rows) text += row;
    const Plan plan = plan_letters(text, creating());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const RowOutcome expected = rows[i][0] < '3'   ? RowOutcome::updated
                                  : rows[i][0] < '5' ? RowOutcome::failed
                                                     : RowOutcome::created;
      CHECK(plan.rows.at(i).outcome == expected);
    }
  } while (std::next_permutation(rows.begin(), rows.end()));
}

TEST_CASE("under all_or_nothing one failed row rejects the file", "[plan]") {
  Policy policy;
  policy.apply = Policy::Apply::all_or_nothing;
  const Plan plan = plan_rows("2,Bia,6\n3,Other,7\n9130351530529746,Ana Lima,00123\n", policy);
  CHECK(fates(plan) == "not_applied | display_name_changed | not_applied");
  CHECK(plan.rejected);
  CHECK(plan.problems.empty());
  CHECK(plan.writes.empty());
  CHECK(plan.counts == Counts{3, 0, 0, 0, 3});
  const Plan clean = plan_rows("2,Bia,6\n3,Caio,7\n", policy);
  CHECK(fates(clean) == "updated | updated");
  CHECK_FALSE(clean.rejected);
}

TEST_CASE("a file that would change more of the firm's existing numbers than the limit is rejected", "[plan]") {
  Policy policy;
  policy.max_changes_percent = 50;
  CHECK(fates(plan_letters("1,Client 1,x\n2,Client 2,y\n3,Client 3,c\n", policy)) == "updated | updated | unchanged");
  const Plan plan = plan_letters("1,Client 1,x\n2,Client 2,y\n3,Client 3,z\n", policy);
  CHECK(codes(plan.problems) == "too_many_changes");
  CHECK(plan.rejected);
  CHECK(plan.writes.empty());
  CHECK(plan.counts == Counts{});
  CHECK(argument(plan.problems.at(0), "changes") == "3");
  CHECK(argument(plan.problems.at(0), "numbers") == "4");
  CHECK_FALSE(plan_letters("1,Client 1,x\n2,Client 2,y\n3,Other,z\n", policy).rejected);
}

TEST_CASE("only existing numbers of the whole firm count as changes", "[plan]") {
  Policy policy = creating();
  policy.max_changes_percent = 0;
  CHECK_FALSE(plan_rows("3,Caio,6\n99,Davi,7\n2,Bia,5\n", policy).rejected);
  CHECK(plan_rows("2,Bia,6\n", policy).rejected);
  policy.blank_number = Policy::BlankNumber::clear;
  CHECK(plan_rows("2,Bia,\n", policy).rejected);
  policy.max_changes_percent = 33;
  const Sheet one_change = sheet_of("1,Client 1,x\n");
  CHECK(plan_import(one_change, slice_with({a_client("1").numbered("a")}, 3, 3), policy).rejected);
  CHECK_FALSE(plan_import(one_change, slice_with({a_client("1").numbered("a")}, 9, 4), policy).rejected);
}

TEST_CASE("the part of the register that a sheet touches is all that its plan needs", "[plan]") {
  const std::string row =
      GENERATE("2,Bia,123,", "2,Bia,00123,", "9.13035E+15,Ana Lima,7,", "9130351530529740,Ana Lima,7,",
               "9130351530529740,Eva,7,", ",Ana Lima,7,id:9130351530529746", "2,Bia,123,id:2 no:00123",
               "2,Bia,7,id:3 no:7", "3,Caio,5,", "99,Eva,5,", "9.1303515305297E+15,Ana Lima,7,",
               "9.13035E+15,Ana Lima,123,id:9130351530529746 no:00123", "\"9,130,351,530,529,746\",Ana Lima,7,",
               "9130351530529740.00,Eva,7,", "5,Bia,2,", "00123,x,9130351530529746,", "Bia,2,5,", "Bia,3,2,");
  const Sheet sheet = sheet_with_ref(row + "\n");
  const Register whole = three_clients();
  const Register part = testing::slice_of(whole, sheet);
  for (const Policy& policy : {Policy{}, creating(), rejecting_damaged_ids()}) {
    const Plan plan = plan_import(sheet, whole, policy);
    const Plan sliced = plan_import(sheet, part, policy);
    CAPTURE(row, fates(plan), fates(sliced));
    CHECK(sliced.rows == plan.rows);
    CHECK(sliced.writes == plan.writes);
  }
}

TEST_CASE("ranges are missing only for damaged company IDs that the register does not have", "[plan]") {
  const Register whole = register_of({a_client("9130351530529740"), a_client("9130351530529746")});
  const auto missing = [&](std::string_view rows) { return missing_ranges(sheet_of(rows), whole); };
  CHECK(missing("9130351530529740,Ana,1\n9130351530529746,Bia,2\n99,Caio,3\n").empty());
  CHECK(missing("9130351530529750,Ana,1\n") == std::vector{DigitRange{"9130351530529745", "9130351530529759"}});
  CHECK(missing("9.13035E+15,Ana,1\n9130351530529750,Bia,2\n7.0E+01,Caio,3\n") ==
        std::vector{DigitRange{"70", "70"}, DigitRange{"9130345000000000", "9130354999999999"}});
}

TEST_CASE("a sheet touches the clients that hold its Refs' numbers", "[plan][ref]") {
  const Register whole = register_of({a_client("1"), a_client("2").numbered("123456789012")});
  const Sheet sheet = sheet_with_ref("1,Client 1,1.23457E+11,id:1 no:123456789012\n");
  CHECK(fates(plan_import(sheet, testing::slice_of(whole, sheet), {})) == "client_number_taken");
}

TEST_CASE("a rejected sheet gives a rejected plan that applies nothing", "[plan]") {
  const Plan plan = plan_import(read_sheet("Company ID,Display name\n2,Bia\n", SheetRules{}), three_clients(), {});
  CHECK(plan.rejected);
  CHECK(codes(plan.problems) == "header_missing");
  CHECK(plan.writes.empty());
  CHECK(plan.counts == Counts{});
}

TEST_CASE("a sheet without rows plans nothing", "[plan]") {
  Policy policy;
  policy.max_changes_percent = 0;
  policy.apply = Policy::Apply::all_or_nothing;
  const Plan plan = plan_rows("", policy);
  CHECK(plan.rows.empty());
  CHECK(plan.writes.empty());
  CHECK_FALSE(plan.rejected);
  CHECK(plan.counts == Counts{});
}

}  // namespace
}  // namespace clientsync
