#include "importer/plan/register.hpp"

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;
using clientsync::testing::a_client;
using clientsync::testing::slice_with;

TEST_CASE("a number's key is what a spreadsheet leaves of it", "[register]") {
  CHECK(number_key("00123") == "123");
  CHECK(number_key("000") == "0");
  CHECK(number_key("0") == "0");
  CHECK(number_key("0A1") == "0A1");
  CHECK(number_key("").empty());
  CHECK(number_key("٠١") == "٠١");
  CHECK_FALSE(all_digits(""));
  CHECK_FALSE(all_digits("1 "));
}

TEST_CASE("a register finds clients by ID, by number and by number with zeros", "[register]") {
  const Register slice = slice_with({a_client("1").numbered("00123"), a_client("2").numbered("0123"), a_client("3"),
                                     a_client("4").numbered("0A"), a_client("5").numbered("123")},
                                    9, 7);
  CHECK(slice.client_count() == 9);
  CHECK(slice.number_count() == 7);
  CHECK(slice.find("3")->company_id == "3");
  CHECK(slice.find("6") == nullptr);
  CHECK(slice.holder("0123")->company_id == "2");
  CHECK(slice.holder("124") == nullptr);
  CHECK(slice.holder_with_zeros("123", nullptr)->company_id == "2");
  CHECK(slice.holder_with_zeros("123", slice.find("2"))->company_id == "1");
  CHECK(slice.holder_with_zeros("00123", nullptr) == nullptr);
  CHECK(slice.holder_with_zeros("A", nullptr) == nullptr);
}

TEST_CASE("a register keeps copies of the details that it is given", "[register]") {
  Register slice = slice_with({a_client("1").typed("LTDA").inactive(), a_client("2")}, 2, 0);
  CHECK(slice.find("1")->details == ClientDetails{"LTDA", "", false});
  CHECK(slice.find("2")->details == ClientDetails());
  {
    const std::string type = "EIRELI", lead = "Bia";
    slice.set_details("2", {type, lead, false});
  }
  CHECK(slice.find("2")->details == ClientDetails{"EIRELI", "Bia", false});
  CHECK(slice.find("1")->details == ClientDetails{"LTDA", "", false});
}

TEST_CASE("clients can be added to a register, which keeps those that it has", "[register]") {
  Register slice = slice_with({a_client("1").numbered("7"), a_client("2")}, 9, 7);
  slice.add({"2", "Other", "9"});
  slice.add({"3", "Caio", "08"});
  slice.add({"4", "Davi", std::nullopt});
  CHECK(slice.clients().size() == 4);
  CHECK(slice.client_count() == 9);
  CHECK(slice.find("2")->display_name == "Client 2");
  CHECK(slice.holder("9") == nullptr);
  CHECK(slice.find("1") == slice.holder("7"));
  CHECK(slice.find("3") == slice.holder("08"));
  CHECK(slice.find("3") == slice.holder_with_zeros("8", nullptr));
  CHECK(slice.find("4")->company_id == "4");
}
