#include <string>

#include "tests/support/api.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;
using clientsync::testing::ApiAnswer;
using clientsync::testing::ApiOffice;

namespace {

using Json = boost::json::object;

std::string ids_of(const ApiAnswer& answer) {
  std::string ids;
  for (const auto& client : answer.array("clients"))
    ids += (ids.empty() ? "" : " ") + std::string(client.at("company_id").as_string());
  return ids;
}

}  // namespace

TEST_CASE("The list of clients has the firm's clients and all values that filters can have") {
  ApiOffice office;
  const ApiAnswer answer = office.get("clients");
  REQUIRE(answer.outcome() == "200");
  CHECK(answer.text("firm") == "main");
  CHECK(answer.number("total") == 2);
  CHECK(answer.text("types") == R"(["LLC"])");
  CHECK(answer.text("leads") == R"(["Ana","Rui"])");
  const auto& first = answer.array("clients").at(0);
  CHECK(first.at("display_name") == "Alpha");
  CHECK(first.at("client_number") == "A1");
  CHECK(first.at("status") == "active");
}

TEST_CASE("The list of clients is filtered and sorted as the command's") {
  ApiOffice office;
  CHECK(ids_of(office.get("clients?find=beta")) == "2");
  CHECK(ids_of(office.get("clients?find=a1")) == "1");
  CHECK(ids_of(office.get("clients?type=")) == "2");
  CHECK(ids_of(office.get("clients?lead=ana&status=active")) == "1");
  CHECK(ids_of(office.get("clients?status=inactive")).empty());
  CHECK(ids_of(office.get("clients?without_number=true")).empty());
  CHECK(ids_of(office.get("clients?sort=-display_name")) == "2 1");
  CHECK(office.get("clients?sort=colour").outcome() == "400 parameter_invalid");
  CHECK(office.get("clients?status=gone").outcome() == "400 parameter_invalid");
}

TEST_CASE("The list of clients has an ETag that stands until an entry changes the register") {
  ApiOffice office;
  const std::string etag = office.get("clients").header("etag");
  const auto again = [&] { return office.ask({.path = "clients", .headers = {{"if-none-match", etag}}}).status(); };
  REQUIRE_FALSE(etag.empty());
  CHECK(again() == 304);
  CHECK(office.ask({.path = "clients?find=a", .headers = {{"if-none-match", etag}}}).status() == 200);
  CHECK(office.patch("clients/1", Json{{"type", "PF"}}).outcome() == "200");
  CHECK(again() == 200);
}

TEST_CASE("The CSV of clients is what an export writes, or the columns that are named") {
  ApiOffice office;
  const ApiAnswer whole = office.get("clients.csv");
  CHECK(whole.response.type == "text/csv; charset=utf-8");
  CHECK(whole.header("content-disposition") == "attachment; filename*=UTF-8''clients.csv");
  CHECK(whole.response.body ==
        "\xEF\xBB\xBF"
        "Company ID,Display name,Client number,Type,Lead accountant,Status,Ref\r\n"
        "1,Alpha,A1,LLC,Ana,active,id:1 no:A1\r\n2,Béta,B2,,Rui,active,id:2 no:B2\r\n");
  CHECK(office.get("clients.csv?columns=client_number,display_name&find=beta&language=pt-BR").response.body ==
        "\xEF\xBB\xBF"
        "Número do cliente,Nome de exibição\r\nB2,Béta\r\n");
  CHECK(office.get("clients.csv?columns=client_number,,").outcome() == "400 parameter_invalid");
}

TEST_CASE("A client is shown with its history, also if it was deleted") {
  ApiOffice office;
  CHECK(office.patch("clients/1", Json{{"client_number", "A9"}, {"status", "inactive"}}).outcome() == "200");
  const ApiAnswer shown = office.get("clients/1");
  CHECK(shown.text("client_number") == "A9");
  CHECK(shown.text("deleted") == "false");
  CHECK(shown.header("etag") == '"' + shown.text("etag") + '"');
  const auto& change = shown.array("history").at(0);
  CHECK(change.at("before") == "A1");
  CHECK(change.at("after") == "A9");
  CHECK(change.at("who") == "practice");
  CHECK(change.at("source") == "api");
  CHECK(office.remove("clients/1").outcome() == "200");
  CHECK(office.get("clients/1").text("deleted") == "true");
  CHECK(office.get("clients/77").outcome() == "404 client_unknown");
}

TEST_CASE("A client is added, and the answer names its entry") {
  ApiOffice office;
  const ApiAnswer added =
      office.post("clients", Json{{"company_id", " 3 "}, {"display_name", "Gama"}, {"client_number", nullptr}});
  REQUIRE(added.outcome() == "201");
  CHECK(added.number("entry") > 0);
  CHECK(added.array("changes").at(0).at("after") == "Gama");
  CHECK(office.get("clients/3").text("client_number") == "null");
  CHECK(office.post("clients", Json{{"company_id", "3"}, {"display_name", "Gama"}}).outcome() == "422 client_exists");
  CHECK(office.post("clients", Json{{"company_id", "4"}}).outcome() == "422 display_name_blank");
  CHECK(office.post("clients", Json{{"display_name", "Delta"}}).outcome() == "400 body_invalid");
}

TEST_CASE("What the rules refuse is a 422 with their codes and messages, and nothing is written") {
  ApiOffice office;
  const std::string before = office.entries();
  const ApiAnswer taken = office.patch("clients/1", Json{{"client_number", "B2"}});
  CHECK(taken.outcome() == "422 client_number_taken");
  CHECK(taken.array("errors").at(0).at("company_id") == "1");
  CHECK(taken.text("detail").find("B2") != std::string::npos);
  CHECK(office.patch("clients/1", Json{{"status", "gone"}}).outcome() == "422 status_invalid");
  CHECK(office.patch("clients/77", Json{{"type", "x"}}).outcome() == "404 client_unknown");
  CHECK(office.remove("clients/1").outcome() == "422 client_active");
  CHECK(office.entries() == before);
}

TEST_CASE("Messages are in the language of the user, or else of the browser") {
  ApiOffice office;
  const auto taken_in = [&](const std::string& accepted) {
    return office
        .ask({.method = HttpMethod::patch,
              .path = "clients/1",
              .body = R"({"client_number":"B2"})",
              .headers = {{"accept-language", accepted}}})
        .text("detail");
  };
  CHECK(taken_in("fr, pt;q=0.8, en;q=0.5").find("cliente") != std::string::npos);
  CHECK(taken_in("pt;q=0.1, en-GB").find("client ") != std::string::npos);
  office.caller.language = Language::pt_br;
  CHECK(taken_in("en").find("cliente") != std::string::npos);
}

TEST_CASE("An edit that changes nothing leaves no entry") {
  ApiOffice office;
  const std::string before = office.entries();
  CHECK(office.patch("clients/1", Json{{"client_number", "A1"}}).text("entry") == "null");
  CHECK(office.entries() == before);
}

TEST_CASE("An edit with the ETag of a client that has changed since is refused and shows the client") {
  ApiOffice office;
  const std::string seen = office.get("clients").array("clients").at(0).at("etag").as_string().c_str();
  const ApiAnswer first = office.patch("clients/1", Json{{"lead", "Zoe"}}, seen);
  REQUIRE(first.outcome() == "200");
  const ApiAnswer second = office.patch("clients/1", Json{{"client_number", "A9"}}, seen);
  CHECK(second.outcome() == "412 client_changed");
  CHECK(second.json.at("client").at("lead") == "Zoe");
  CHECK(
      office.patch("clients/1", Json{{"client_number", "A9"}}, second.json.at("client").at("etag").as_string().c_str())
          .outcome() == "200");
  std::string etag = first.header("etag");
  CHECK(etag.size() > 2);
}

TEST_CASE("Several edits are one entry, so that numbers can be swapped, or nothing") {
  ApiOffice office;
  const auto edit = [](const char* id, const char* number) {
    return Json{{"company_id", id}, {"client_number", number}};
  };
  const boost::json::array swap{edit("1", "B2"), edit("2", "A1")};
  const ApiAnswer shown = office.post("clients/edits", Json{{"edits", swap}, {"dry_run", true}});
  CHECK(shown.text("entry") == "null");
  CHECK(shown.array("changes").size() == 2);
  const ApiAnswer done = office.post("clients/edits", Json{{"edits", swap}, {"plan", shown.text("plan")}});
  CHECK(done.number("entry") > 0);
  CHECK(done.text("plan") == shown.text("plan"));
  CHECK(office.post("clients/edits", Json{{"edits", swap}, {"plan", "0"}}).text("stale") == "true");
  const boost::json::array wrong{edit("1", "Z1"), edit("77", "Z2")};
  CHECK(office.post("clients/edits", Json{{"edits", wrong}}).outcome() == "422 company_id_unknown");
  CHECK(office.get("clients/1").text("client_number") == "B2");
  CHECK(office.post("clients/edits", Json{{"edits", boost::json::array()}}).outcome() == "400 body_invalid");
}

TEST_CASE("A firm that the caller may not see is as unknown as one that is not there") {
  ApiOffice office;
  const std::string mine = office.get("clients?firm=other").response.body;
  CHECK(office.get("clients?firm=other").outcome() == "404 firm_unknown");
  CHECK(office.get("clients?firm=nowhere").response.body == mine);
  CHECK(office.patch("clients/1?firm=other", Json{{"type", "x"}}).outcome() == "404 firm_unknown");
  CHECK(office.patch("clients/1?inbox=other", Json{{"type", "x"}}).outcome() == "404 inbox_unknown");
  CHECK(office.remove("clients/1?firm=other").outcome() == "404 firm_unknown");
  office.caller.all_firms = true;
  CHECK(office.get("clients").outcome() == "400 firm_required");
  CHECK(office.get("clients?firm=other").number("total") == 1);
}
