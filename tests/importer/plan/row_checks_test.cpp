// What a row alone is told if a spreadsheet or a hurried person changed it (docs/specification.md §4.2).
#include "importer/plan/row_checks.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::a_client;
using testing::argument;
using testing::fates;
using testing::register_of;
using testing::sheet_of_cells;

constexpr const char* jose_id = "9130351530529746";

Register two_clients() {
  return register_of(
      {a_client(jose_id).named("José Lima").numbered("1050"), a_client("2").named("Bia").numbered("007")});
}

/// The plan of one row.
Plan plan_row(const std::string& id, const std::string& name, const std::string& number, const Policy& policy = {}) {
  const testing::Cells row{id, name, number};
  return plan_import(sheet_of_cells({&row, 1}), two_clients(), policy);
}

Plan plan_number(const std::string& present, const std::string& number, const Policy& policy = {}) {
  const testing::Cells row{"1", "Client 1", number};
  return plan_import(sheet_of_cells({&row, 1}), register_of({a_client("1").numbered(present)}), policy);
}

/// The message of the row's only problem.
Message message_of(const Plan& plan) {
  REQUIRE(plan.rows.at(0).problems.size() == 1);
  return plan.rows[0].problems[0].message;
}

}  // namespace

TEST_CASE("a number that a spreadsheet made of the client's present one was reformatted", "[rows]") {
  const auto [present, number] = GENERATE(table<std::string, std::string>({{"3-12", "12-Mar"},
                                                                           {"1-2", "1/2/2026"},
                                                                           {"2024-03", "Mar-24"},
                                                                           {"10.10", "10.1"},
                                                                           {"1043", "1043.0"},
                                                                           {"1044", "1,044"},
                                                                           {"1050", "R$ 1.050,00"},
                                                                           {"12E5", "1200000"},
                                                                           {"5%", "5.00%"}}));
  CAPTURE(present, number);
  const Plan plan = plan_number(present, number);
  REQUIRE(fates(plan) == "client_number_reformatted");
  CHECK(message_of(plan) == Message::client_number_reformatted);
  CHECK(argument(plan.rows[0].problems[0], "number") == present);
  Policy accept;
  accept.damaged_numbers = Policy::DamagedNumbers::accept;
  CHECK(fates(plan_number(present, number, accept)) == "updated");
  CHECK(fates(plan_number(number, number)) == "unchanged");
}

TEST_CASE("a date with a month's name was reformatted whatever the present number is", "[rows]") {
  for (const std::string number : {"12-Mar", "mar/24"}) {
    CHECK(message_of(plan_number("1042", number)) == Message::client_number_date);
    Policy create;
    create.unknown_company = Policy::UnknownCompany::create;
    CHECK(message_of(plan_row("99", "Davi", number, create)) == Message::client_number_date);
  }
  CHECK(fates(plan_number("1042", "01/02/2026")) == "updated");
  CHECK(fates(plan_number("1042", "MAR-24")) == "updated");
}

TEST_CASE("white space other than a plain space in a number is named", "[rows]") {
  const Plan plan = plan_row("2", "Bia", "10\u00a042");
  REQUIRE(fates(plan) == "client_number_invalid");
  CHECK(sentence(plan.rows[0].problems[0], Language::en) ==
        "The client number \"10\u00a042\" holds a no-break space (U+00A0) at position 3. Delete the number and type it "
        "again, without that character.");
  CHECK(fates(plan_row("2", "Bia", "10\u300042")) == "client_number_invalid");
  for (const auto& [number, name] : {std::pair{"10\u202e42", "a mark of the direction of text (U+202E)"},
                                     std::pair{"10\u202842", "a line break (U+2028)"}}) {
    const Plan other = plan_row("2", "Bia", number);
    CHECK(sentence(other.rows.at(0).problems.at(0), Language::en).find(name) != std::string::npos);
  }
  CHECK(fates(plan_row("2", "Bia", "10 42")) == "updated");
}

TEST_CASE("a no-break space between the thousands of the present number tells of the spreadsheet too", "[rows]") {
  CHECK(fates(plan_row(jose_id, "José Lima", "1\u00a0050")) == "client_number_reformatted client_number_invalid");
}

TEST_CASE("a number that is typed as text is never reformatted", "[rows]") {
  CHECK_PROPERTY("the client's present number", [] {
    const std::string number = *rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-/.,EMarfev%$R:"))));
    RC_PRE(number.size() <= 20 && number.front() != '=' && trim(number) == number);
    RC_ASSERT(fates(plan_number(number, number)) == "unchanged");
  });
}

TEST_CASE("a company ID that became an amount is restored if one client fits", "[rows]") {
  const std::string id = GENERATE("9130351530529746.00", "9,130,351,530,529,746", "9.130.351.530.529.746,00",
                                  "9130351530529740.00", "R$ 9.130.351.530.529.746,00");
  const Plan restored = plan_row(id, "José Lima", "6");
  CHECK(fates(restored) == "updated");
  CHECK(restored.counts.restored == 1);
  CHECK(restored.rows[0].company_id == jose_id);
  const Plan other = plan_row(id, "José Limma", "6");
  CHECK(message_of(other) == Message::company_id_reformatted_other_name);
  CHECK(argument(other.rows[0].problems[0], "name") == "José Lima");
  Policy reject;
  reject.damaged_ids = Policy::DamagedIds::reject;
  CHECK(message_of(plan_row(id, "José Lima", "6", reject)) == Message::company_id_reformatted_fits);
}

TEST_CASE("where company IDs are text an amount was reformatted only if a client fits", "[rows]") {
  Policy policy;
  policy.company_id = Policy::CompanyId::text;
  policy.unknown_company = Policy::UnknownCompany::create;
  CHECK(fates(plan_row("110.042.490.114", "Davi", "6", policy)) == "created");
  CHECK(fates(plan_row("9130351530529746.00", "Other", "6", policy)) == "company_id_reformatted");
  CHECK(fates(plan_row("110.042.490.114", "Davi", "6")) == "company_id_reformatted");
}

TEST_CASE("a total without a valid company ID is told to be deleted", "[rows]") {
  CHECK(plan_row("", "Total: 2", "").rows.at(0).problems.at(0).message == Message::company_id_blank_total);
  CHECK(message_of(plan_row("Total geral", "", "2")) == Message::company_id_invalid_total);
  CHECK(message_of(plan_row("1.8E+16", "Soma", "2")) == Message::company_id_reformatted_total);
  CHECK(message_of(plan_row("99", "Total", "2")) == Message::company_id_unknown);
  CHECK(message_of(plan_row("2", "Total", "2")) == Message::display_name_changed);
  for (const Message message :
       {Message::company_id_blank_total, Message::company_id_invalid_total, Message::company_id_reformatted_total}) {
    const Problem problem{message, 2, {{"value", "Total"}}};
    CHECK(sentence(problem, Language::en).ends_with("delete this row if it is a total."));
    CHECK(sentence(problem, Language::pt_br).ends_with("exclua esta linha se for um total."));
  }
}

TEST_CASE("cells in swapped columns are recognised", "[rows]") {
  Policy create;
  create.unknown_company = Policy::UnknownCompany::create;
  for (const Policy& policy : {Policy{}, create}) {
    CHECK(message_of(plan_row("1050", "José Lima", jose_id, policy)) == Message::company_id_unknown_swapped);
    CHECK(message_of(plan_row("7", "x", "2", policy)) == Message::company_id_unknown_swapped);
    CHECK(message_of(plan_row("A-1", "José Lima", jose_id, policy)) == Message::company_id_invalid_swapped);
    CHECK(message_of(plan_row("José Lima", jose_id, "1050", policy)) == Message::company_id_invalid_swapped);
  }
  CHECK(message_of(plan_row("2", "007", "Bia")) == Message::display_name_changed_swapped);
  CHECK(message_of(plan_row("99", "Davi", jose_id)) == Message::company_id_unknown);
  CHECK(message_of(plan_row("99", "2", "6")) == Message::company_id_unknown);
  CHECK(fates(plan_row("99", "Davi", jose_id, create)) == "created");
}

TEST_CASE("an ID that nobody asked the register for is not recognised in another column", "[rows]") {
  Policy policy;
  policy.unknown_company = Policy::UnknownCompany::create;
  policy.company_id = Policy::CompanyId::text;
  const std::string long_id = "1234567890123456789012345";
  const testing::Cells row{"Foo", long_id, "zz"};
  const Register slice = register_of({a_client("2").named("Bia")});
  const Register whole = register_of({a_client("2").named("Bia"), a_client(long_id).named("Foo")});
  CHECK(fates(plan_import(sheet_of_cells({&row, 1}), slice, policy)) == "created");
  CHECK(fates(plan_import(sheet_of_cells({&row, 1}), whole, policy)) == "created");
}

TEST_CASE("a name that is blank or whose accents are damaged has a sentence of its own", "[rows]") {
  const Plan blank = plan_row("2", "", "6");
  CHECK(message_of(blank) == Message::display_name_changed_blank);
  CHECK(sentence(blank.rows[0].problems[0], Language::en) ==
        "The display name is blank. Enter the register's name, \"Bia\".");
  for (const std::string name : {"JosÃ© Lima", "Jos? Lima", "Jos\uFFFD Lima"})
    CHECK(message_of(plan_row(jose_id, name, "6")) == Message::display_name_changed_accents);
  CHECK(message_of(plan_row(jose_id, "Jose Lima", "6")) == Message::display_name_changed);
}

TEST_CASE("nothing is superseded, neither in an old file nor in an old report, if older files are accepted", "[rows]") {
  const Register current = register_of({a_client("1").numbered("20")});
  const PastChange change{.company_id = "1",
                          .field = ClientField::number,
                          .before = "10",
                          .after = "20",
                          .entry = {.number = 2, .file = "april.csv", .date = "2026-04-30"}};
  const History history{.first_import = LedgerEntryName{.number = 1, .file = "march.csv", .date = "2026-03-31"},
                        .changes = {change},
                        .errors = {}};
  const Sheet list = testing::sheet_of("1,Client 1,10\n");
  const Sheet report = read_sheet(
      "Company ID,Display name,Client number,Row,Error code,Error,Ref\n1,Client 1,10,2,superseded,Old.,id:1 no:10\n",
      {});
  Policy policy;
  CHECK(fates(plan_import(list, current, policy, history)) == "superseded");
  CHECK(fates(plan_import(report, current, policy, {.first_import = {}, .changes = {change}, .errors = {}})) ==
        "superseded");
  policy.older_files = Policy::OlderFiles::accept;
  CHECK(fates(plan_import(list, current, policy, history)) == "updated");
  CHECK(fates(plan_import(report, current, policy, {.first_import = {}, .changes = {change}, .errors = {}})) ==
        "updated");
}

}  // namespace clientsync
