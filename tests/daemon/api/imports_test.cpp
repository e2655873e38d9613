#include <future>
#include <set>
#include <string>
#include <vector>

#include "importer/digest.hpp"
#include "tests/support/api.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;
using clientsync::testing::ApiAnswer;
using clientsync::testing::ApiOffice;
using clientsync::testing::ApiQuestion;

namespace {

using Json = boost::json::object;

const std::string heading = "Company ID,Display name,Client number\n";

Json upload(const std::string& csv, const Json& more = {}) {
  Json body{{"name", "june.csv"}, {"file", base64(csv)}};
  for (const auto& [key, value] : more) body[key] = value;
  return body;
}

Json correction(int row, const char* column, const char* text) {
  return {{"row", row}, {"column", column}, {"text", text}};
}

Caller a_person() {
  return {.user = 1, .name = "maria", .role = Role::editor, .firms = {"main"}, .session = "x", .form_token = "y"};
}

}  // namespace

TEST_CASE("Bytes that are posted become an import by the same rules as a file") {
  ApiOffice office;
  const ApiAnswer done = office.import(heading + "1,Alpha,X1\n77,Nobody,X2\n", "name=june.csv");
  REQUIRE(done.outcome() == "200");
  CHECK(done.text("outcome") == "imported");
  CHECK(done.number("rows") == 2);
  CHECK(done.number("updated") == 1);
  CHECK(done.number("failed") == 1);
  CHECK(done.array("errors").at(0).at("codes") == boost::json::array{"company_id_unknown"});
  CHECK(office.get("clients/1").text("client_number") == "X1");

  const std::string path = "imports/" + done.text("entry");
  const ApiAnswer entry = office.get(path);
  CHECK(entry.text("file") == "june.csv");
  CHECK(entry.text("inbox") == "null");
  CHECK(entry.text("who") == "practice");
  CHECK(entry.text("source") == "api");
  CHECK(office.get(path + "/rows").array("changes").at(0).at("after") == "X1");
  CHECK(office.get(path + "/errors").array("errors") == done.array("errors"));
  CHECK(office.get(path + "/input").response.body == heading + "1,Alpha,X1\n77,Nobody,X2\n");
  const ApiAnswer report = office.get(path + "/report");
  CHECK(report.header("content-disposition") == "attachment; filename*=UTF-8''june.errors.csv");
  CHECK(report.response.body.find("77,Nobody,X2,3,company_id_unknown") != std::string::npos);
}

TEST_CASE("A dry run shows every row and stores nothing") {
  ApiOffice office;
  const std::string before = office.entries();
  const ApiAnswer shown = office.import(heading + "1,Alpha,X1\n2,Beta,B2\n2,Béta,B2\n", "dry_run=true");
  REQUIRE(shown.outcome() == "200");
  CHECK(shown.text("outcome") == "checked");
  CHECK(shown.text("entry") == "null");
  CHECK(shown.number("row_count") == 3);
  CHECK(shown.text("headings") == R"(["Company ID","Display name","Client number"])");
  const auto& rows = shown.array("rows");
  CHECK(rows.at(0).at("row") == 2);
  CHECK(rows.at(0).at("outcome") == "updated");
  CHECK(serialize(rows.at(0).at("changes")) == R"([{"field":"number","before":"A1","after":"X1"}])");
  CHECK(rows.at(1).at("outcome") == "failed");
  CHECK(serialize(rows.at(1).at("fix")) == R"({"column":"display_name","text":"Béta"})");
  CHECK(rows.at(2).at("outcome") == "unchanged");
  CHECK(office.entries() == before);
}

TEST_CASE("A file is applied as it was shown, or shown anew") {
  ApiOffice office;
  const std::string csv = heading + "1,Alpha,X1\n";
  const std::string plan = office.post("imports", upload(csv, {{"dry_run", true}})).text("plan");
  CHECK(office.patch("clients/1", Json{{"client_number", "A7"}}).outcome() == "200");
  const ApiAnswer stale = office.post("imports", upload(csv, {{"plan", plan}}));
  CHECK(stale.outcome() == "200");
  CHECK(stale.text("stale") == "true");
  CHECK(stale.text("entry") == "null");
  CHECK(stale.array("rows").at(0).at("changes").at(0).at("before") == "A7");
  const ApiAnswer done = office.post("imports", upload(csv, {{"plan", stale.text("plan")}}));
  CHECK(done.number("updated") == 1);
}

TEST_CASE("Cells that were corrected are judged anew, and the ledger keeps the corrected file") {
  ApiOffice office;
  const std::string csv = "sep=;\nCompany ID;Display name;Client number;Note\r\n1;Wrong;X1;\"a;b\"\r\n2;Béta;A1;\r\n";
  const boost::json::array corrections{correction(2, "display_name", "Alpha"), correction(3, "client_number", "Y\"2")};
  const ApiAnswer shown = office.post("imports", upload(csv, {{"corrections", corrections}, {"dry_run", true}}));
  REQUIRE(shown.outcome() == "200");
  CHECK(serialize(shown.array("rows").at(0).at("corrected")) == R"(["display_name"])");
  CHECK(shown.number("updated") == 2);
  const ApiAnswer done =
      office.post("imports", upload(csv, {{"corrections", corrections}, {"plan", shown.text("plan")}}));
  CHECK(
      office.get("imports/" + done.text("entry") + "/input").response.body ==
      "\xEF\xBB\xBFsep=;\nCompany ID;Display name;Client number;Note\r\n1;Alpha;X1;\"a;b\"\r\n2;Béta;\"Y\"\"2\";\r\n");
  CHECK(office.post("imports", upload(csv, {{"corrections", boost::json::array{correction(9, "company_id", "1")}}}))
            .outcome() == "422 correction_unknown");
}

TEST_CASE("Corrections make no file larger than the limit, though its encoding may") {
  ApiOffice office;
  const std::string latin = heading + "1,Alpha\xE9\xE9\xE9\xE9\xE9\xE9,X1\n";
  office.config.inboxes.at(0).rules.sheet.max_bytes = latin.size();
  const auto outcome = [&](const std::string& csv, const std::string& name) {
    const boost::json::array corrections{correction(2, "display_name", name.c_str())};
    const ApiAnswer shown = office.post("imports", upload(csv, {{"corrections", corrections}, {"dry_run", true}}));
    return shown.text("outcome") + (shown.text("outcome") == "rejected" ? " " + shown.text("problems") : "");
  };
  CHECK(outcome(latin, "Alphaéééééé") == "checked");
  CHECK(outcome(latin, "Alpha") == "checked");
  CHECK(outcome(latin, "Alphaéééééé and more").find("file_too_large") != std::string::npos);
  CHECK(outcome(heading + "1,Alpha,X1\n", std::string(100, 'a')).find("file_too_large") != std::string::npos);
}

TEST_CASE("Rows of a report are corrected where they stand, though they are cited as in the first file") {
  ApiOffice office;
  const std::string report =
      "Company ID,Display name,Client number,Row,Error code,Error,Ref\n77,Alpha,X1,40,company_id_unknown,unknown,\n";
  const ApiAnswer shown = office.post(
      "imports",
      upload(report, {{"corrections", boost::json::array{correction(2, "company_id", "1")}}, {"dry_run", true}}));
  REQUIRE(shown.outcome() == "200");
  CHECK(shown.array("rows").at(0).at("row") == 2);
  CHECK(shown.array("rows").at(0).at("outcome") == "updated");
}

TEST_CASE("A rejected file leaves an entry if a script sends it, and none if people see the answer") {
  ApiOffice office;
  const std::string before = office.entries();
  const ApiAnswer shown = office.import("no header\n", "dry_run=true");
  CHECK(shown.outcome() == "200");
  CHECK(shown.text("outcome") == "rejected");
  CHECK(shown.array("problems").at(0).at("codes") == boost::json::array{"header_missing"});
  const ApiAnswer people =
      office.ask(a_person(), {.method = HttpMethod::post, .path = "imports", .body = serialize(upload("no header\n"))});
  CHECK(people.outcome() == "422 file_rejected");
  CHECK(people.text("outcome") == "rejected");
  CHECK(office.entries() == before);
  const ApiAnswer script = office.import("no header\n");
  CHECK(script.outcome() == "422 file_rejected");
  CHECK(office.get("imports/" + script.text("entry")).text("outcome") == "rejected");
}

TEST_CASE("A file over the limit and a document are rejected as in a folder") {
  ApiOffice office;
  office.config.inboxes[0].rules.sheet.max_bytes = 200;
  std::string csv = heading;
  while (csv.size() <= 200) csv += "1,Alpha,X1\n";
  CHECK(office.import(csv).array("errors").at(0).at("codes") == boost::json::array{"file_too_large"});
  CHECK(office.import("whatever", "name=clients.xlsx").array("errors").at(0).at("codes") ==
        boost::json::array{"not_csv"});
}

TEST_CASE("A person's import has the person as who and the console as source") {
  ApiOffice office;
  const ApiAnswer done = office.ask(
      a_person(), {.method = HttpMethod::post, .path = "imports", .body = serialize(upload(heading + "1,Alpha,X1\n"))});
  const ApiAnswer entry = office.get("imports/" + done.text("entry"));
  CHECK(entry.text("who") == "maria");
  CHECK(entry.text("source") == "console");
}

TEST_CASE("A request that is repeated with its key is answered again and imports nothing") {
  ApiOffice office;
  const std::vector<HttpHeader> key{{"idempotency-key", "june-1"}};
  const ApiAnswer first = office.import(heading + "1,Alpha,X1\n77,Nobody,X2\n", "name=june.csv", key);
  const std::string entries = office.entries();
  const ApiAnswer again = office.import(heading + "1,Alpha,X1\n77,Nobody,X2\n", "name=june.csv", key);
  CHECK(first.header("idempotent-replay").empty());
  CHECK(again.header("idempotent-replay") == "true");
  CHECK(again.response.body == first.response.body);
  CHECK(again.status() == first.status());
  CHECK(office.entries() == entries);

  CHECK(office.import(heading + "1,Alpha,X3\n", "name=june.csv", key).outcome() == "422 key_reused");
  CHECK(office.import(heading + "1,Alpha,X1\n77,Nobody,X2\n", "name=july.csv", key).outcome() == "422 key_reused");
  CHECK(office.entries() == entries);
}

TEST_CASE("A key is the token's own, a dry run does not use it up, and a rejection is remembered") {
  ApiOffice office;
  const std::vector<HttpHeader> key{{"idempotency-key", "k"}};
  const std::string csv = heading + "1,Alpha,X1\n";
  CHECK(office.import(csv, "dry_run=true", key).text("entry") == "null");
  CHECK(office.import("no header\n", "", key).outcome() == "422 file_rejected");
  const ApiAnswer again = office.import("no header\n", "", key);
  CHECK(again.outcome() == "422 file_rejected");
  CHECK(again.header("idempotent-replay") == "true");
  office.caller.token = 2;
  CHECK(office.import(csv, "", key).number("updated") == 1);
  CHECK(office.import(csv, "", {{"idempotency-key", std::string(201, 'k')}}).outcome() == "400 key_invalid");
  CHECK(office.import(csv, "", {{"idempotency-key", "a b"}}).outcome() == "400 key_invalid");
}

TEST_CASE("A key that is in progress is refused until its request is answered") {
  ApiOffice office;
  const std::vector<HttpHeader> key{{"idempotency-key", "k"}};
  const std::string csv = heading + "1,Alpha,X1\n";
  {
    const KeysInProgress::Hold hold(*office.context.keys, "token 1 " + sha256("main") + " k");
    CHECK(office.import(csv, "", key).outcome() == "409 key_in_progress");
    CHECK(office.import(csv, "", {{"idempotency-key", "another"}}).outcome() == "200");
  }
  CHECK(office.import(csv, "", key).outcome() == "200");
}

TEST_CASE("Daemons that get the same request with its key at once import it once") {
  ApiOffice office;
  const std::string before = office.entries();
  for (int round = 0; round < 10; ++round) {
    const std::string number = std::to_string(round);
    const std::string csv = heading + "1,Alpha,R" + number + "\n";
    std::vector<std::future<ApiAnswer>> answers;
    for (int daemon = 0; daemon < 4; ++daemon) {
      answers.push_back(std::async(std::launch::async, [&] {
        ConnectionPool pool(office.store.options);
        const ApiContext context{office.config, pool, office.context.inboxes, {}};
        return office.ask_in(context, {.method = HttpMethod::post,
                                       .path = "imports",
                                       .body = csv,
                                       .type = "text/csv",
                                       .headers = {{"idempotency-key", "round-" + number}}});
      }));
    }
    std::set<std::string> entries;
    for (auto& answer : answers) {
      const ApiAnswer got = answer.get();
      CHECK(got.outcome() == "200");
      entries.insert(got.text("entry"));
    }
    CHECK(entries.size() == 1);
  }
  CHECK(std::stoi(office.entries()) == std::stoi(before) + 10);
}

TEST_CASE("The ledger is listed in pages, the newest first, with an ETag") {
  ApiOffice office;
  for (const char* number : {"X1", "X2", "X3"})
    CHECK(office.import(heading + "1,Alpha," + number + "\n").status() == 200);
  CHECK(office.patch("clients/1", Json{{"type", "PF"}}).status() == 200);
  const ApiAnswer page = office.get("imports?kind=import&limit=2");
  REQUIRE(page.array("entries").size() == 2);
  const std::int64_t last = page.array("entries").at(1).at("entry").as_int64();
  const ApiAnswer next = office.get("imports?kind=import&limit=2&before=" + std::to_string(last));
  CHECK(next.array("entries").size() == 1);
  CHECK(next.array("entries").at(0).at("entry").as_int64() < last);
  const std::string etag = page.header("etag");
  const ApiQuestion again{.path = "imports?kind=import&limit=2", .headers = {{"if-none-match", etag}}};
  CHECK(office.ask(again).status() == 304);
  CHECK(office
            .post("imports/" + serialize(page.array("entries").at(0).at("entry")) + "/undo",
                  Json{{"skip_conflicts", true}})
            .status() == 200);
  CHECK(office.ask(again).status() == 200);
  CHECK(office.get("imports?limit=0").outcome() == "400 parameter_invalid");
  CHECK(office.get("imports?kind=theft").outcome() == "400 parameter_invalid");
}

TEST_CASE("An undo is shown, applied as it was shown, and refused if something would be kept") {
  ApiOffice office;
  const std::string first = office.import(heading + "1,Alpha,X1\n2,Béta,Y1\n").text("entry");
  const std::string path = "imports/" + first + "/undo";
  const ApiAnswer shown = office.post(path, Json{{"dry_run", true}});
  CHECK(shown.number("reversed") == 2);
  CHECK(shown.text("entry") == "null");
  CHECK(office.patch("clients/2", Json{{"client_number", "Y2"}}).status() == 200);
  CHECK(office.post(path, Json{{"plan", shown.text("plan")}}).text("stale") == "true");
  const ApiAnswer refused = office.post(path, Json{});
  CHECK(refused.outcome() == "409 undo_conflicts");
  CHECK(refused.number("kept") == 1);
  const ApiAnswer done = office.post(path, Json{{"skip_conflicts", true}});
  CHECK(done.outcome() == "200");
  CHECK(done.number("entry") > 0);
  CHECK(office.get("clients/1").text("client_number") == "A1");
  CHECK(office.get("clients/2").text("client_number") == "Y2");
  CHECK(office.get("imports/" + first).text("undone_by") == done.text("entry"));
}

TEST_CASE("An entry of another firm is as unknown as one that is not there") {
  ApiOffice office;
  const std::string entry = office.import(heading + "1,Alpha,X1\n").text("entry");
  office.caller.firms = {"other"};
  for (const std::string below : {"", "/rows", "/errors", "/input", "/report"})
    CHECK(office.get("imports/" + entry + below).response.body == office.get("imports/999" + below).response.body);
  CHECK(office.get("imports/" + entry).outcome() == "404 entry_unknown");
  CHECK(office.post("imports/" + entry + "/undo", Json{}).outcome() == "404 entry_unknown");
  CHECK(office.get("imports/x").outcome() == "404 entry_unknown");
  CHECK(office.get("imports").array("entries").empty());
}
