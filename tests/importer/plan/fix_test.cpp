#include "importer/plan/fix.hpp"

#include <optional>
#include <string>

#include "importer/sheet/correction.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

const std::vector<Client> office{a_client("9130351530529746").named("Ana Lima").numbered("00123"),
                                 a_client("2").named("Béta").numbered("B2")};

std::optional<Fix> fix_in(const std::string& csv, const Policy& policy = {}) {
  const Sheet sheet = read_sheet(csv, {});
  const Plan plan = plan_import(sheet, register_of(office), policy);
  return fix_of(plan.rows.at(0));
}

std::string file_of(const std::string& row) {
  return std::string(english_header) + row + "\n";
}

}  // namespace

TEST_CASE("A name that differs is fixed by the register's") {
  CHECK(fix_in(file_of("2,Beta,X")) == Fix{Column::display_name, "Béta"});
  CHECK(fix_in(file_of("2,,X")) == Fix{Column::display_name, "Béta"});
}

TEST_CASE("What a spreadsheet damaged is fixed by what was meant") {
  CHECK(fix_in(file_of("9130351530529746,Ana Lima,123")) == Fix{Column::client_number, "00123"});
  CHECK(fix_in(file_of("9.13035E+15,Ana Lima,X"), {.damaged_ids = Policy::DamagedIds::reject}) ==
        Fix{Column::company_id, "9130351530529746"});
  CHECK(fix_in(std::string(english_header_with_ref) + "2,Ana Lima,X,id:9130351530529746 no:00123\n") ==
        Fix{Column::company_id, "9130351530529746"});
}

TEST_CASE("What a person has to know has no fix") {
  for (const char* row : {"77,Nobody,X", "2,Béta,", "2,Béta,00123", "2,Béta,#N/A", "2,B2,Béta", "2", "2,Béta,X"})
    CHECK(fix_in(file_of(row)) == std::nullopt);
}

TEST_CASE("A fix makes its problem go away") {
  const Policy strict{.damaged_ids = Policy::DamagedIds::reject};
  for (const char* row : {"2,Beta,X", "9130351530529746,Ana Lima,123", "9.13035E+15,Ana Lima,X"}) {
    const std::string file = file_of(row);
    const std::optional<Fix> fix = fix_in(file, strict);
    REQUIRE(fix);
    const std::vector<CellCorrection> corrections{{2, fix->column, fix->text}};
    const Plan plan = plan_import(read_sheet(correct_cells(file, corrections, {}), {}), register_of(office), strict);
    CHECK(plan.counts.failed == 0);
  }
}
