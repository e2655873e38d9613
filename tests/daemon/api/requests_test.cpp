#include <future>
#include <mutex>
#include <string>

#include "tests/support/api.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;
using clientsync::testing::ApiAnswer;
using clientsync::testing::ApiOffice;

namespace {

using Json = boost::json::object;

}  // namespace

TEST_CASE("Paths and methods that the API does not have are told so") {
  ApiOffice office;
  CHECK(office.get("").outcome() == "404 route_unknown");
  CHECK(office.get("clients/").outcome() == "404 route_unknown");
  CHECK(office.get("clients/1/2").outcome() == "404 route_unknown");
  CHECK(office.get("clients/%zz").outcome() == "404 route_unknown");
  const ApiAnswer wrong = office.remove("clients");
  CHECK(wrong.outcome() == "405 method_not_allowed");
  CHECK(wrong.header("allow") == "GET, POST");
  CHECK(office.ask({.method = HttpMethod::head, .path = "clients"}).status() == 200);
}

TEST_CASE("A role may do what is its own and what those before it may") {
  ApiOffice office;
  const std::string before = office.entries();
  office.caller.role = Role::viewer;
  CHECK(office.get("clients").outcome() == "200");
  CHECK(office.get("imports").outcome() == "200");
  CHECK(office.patch("clients/1", Json{{"type", "x"}}).outcome() == "403 role_insufficient");
  CHECK(office.post("clients", Json{{"company_id", "3"}, {"display_name", "x"}}).outcome() == "403 role_insufficient");
  CHECK(office.post("clients/edits", Json{}).outcome() == "403 role_insufficient");
  CHECK(office.import("whatever").outcome() == "403 role_insufficient");
  CHECK(office.post("imports/1/undo", Json{}).outcome() == "403 role_insufficient");
  office.caller.role = Role::editor;
  CHECK(office.remove("clients/1").outcome() == "403 role_insufficient");
  CHECK(office.entries() == before);
}

TEST_CASE("Parameters that a route does not know are refused, so that none is overlooked") {
  ApiOffice office;
  const std::string before = office.entries();
  CHECK(office.import("Company ID,Display name,Client number\n1,Alpha,X1\n", "dryrun=true").outcome() ==
        "400 parameter_unknown");
  CHECK(office.import("", "dry_run=yes").outcome() == "400 parameter_invalid");
  CHECK(office.get("clients?find=a&find=b").outcome() == "400 parameter_invalid");
  CHECK(office.get("clients?find=%ff").outcome() == "400 parameter_invalid");
  CHECK(office.entries() == before);
}

TEST_CASE("A body that is not the JSON that a route wants is a 400 that says why") {
  ApiOffice office;
  const std::string before = office.entries();
  const auto post = [&](const std::string& path, const std::string& body) {
    return office.ask({.method = HttpMethod::post, .path = path, .body = body}).outcome();
  };
  for (const std::string body :
       {"{", "[]", "null", "1", "\"x\"", "{\"edits\":1}", "{\"edits\":[1]}", "{\"edits\":[{}]}", "{\"edits\":[]}",
        "{\"edits\":[{\"company_id\":1}]}", "{\"edits\":[{\"company_id\":\"1\",\"colour\":\"red\"}]}",
        "{\"edits\":[{\"company_id\":\"1\"}],\"dry_run\":\"yes\"}", "{\"edits\":[{\"company_id\":\"\\u0000\"}]}",
        "{\"edits\":[{\"company_id\":\"\xff\"}]}", "{} {}", "{\"plan\":\"\\ud800\"}"})
    CHECK(post("clients/edits", body) == "400 body_invalid");
  for (const std::string body :
       {"{}", "{\"file\":1}", "{\"file\":\"*\"}", "{\"file\":\"\",\"corrections\":{}}",
        "{\"file\":\"\",\"corrections\":[{\"row\":0,\"column\":\"client_number\",\"text\":\"\"}]}",
        "{\"file\":\"\",\"corrections\":[{\"row\":1.5,\"column\":\"client_number\",\"text\":\"\"}]}",
        "{\"file\":\"\",\"corrections\":[{\"row\":2,\"column\":\"type\",\"text\":\"\"}]}", "{\"file\":\"\",\"x\":1}"})
    CHECK(post("imports", body) == "400 body_invalid");
  CHECK(post("imports", std::string(100, '[')) == "400 body_invalid");
  CHECK(post("imports", R"({"file":"","name":"../x"})") == "400 name_invalid");
  CHECK(office.ask({.method = HttpMethod::post, .path = "clients", .body = "{}", .type = "text/plain"}).outcome() ==
        "415 media_type_unsupported");
  CHECK(
      office
          .ask(
              {.method = HttpMethod::post, .path = "imports", .body = "x", .type = "application/x-www-form-urlencoded"})
          .outcome() == "415 media_type_unsupported");
  CHECK(office.entries() == before);
}

TEST_CASE("The session tells who asks and which firms there are") {
  ApiOffice office;
  const ApiAnswer script = office.get("session");
  CHECK(script.text("kind") == "token");
  CHECK(script.text("name") == "practice");
  CHECK(script.text("role") == "admin");
  CHECK(script.text("firms") == R"(["main"])");
  CHECK(script.text("language") == "null");
  CHECK(script.text("preferences") == "{}");
  CHECK(office.patch("session", Json{{"language", "en"}}).outcome() == "403 session_required");
  office.caller = {.user = 7, .name = "maria", .role = Role::viewer, .all_firms = true};
  CHECK(office.get("session").text("firms") == R"(["main","other"])");
  const ApiAnswer edited = office.patch(
      "session", Json{{"language", "pt-BR"}, {"preferences", Json{{"columns", boost::json::array{"type"}}}}});
  CHECK(edited.text("language") == "pt-BR");
  CHECK(edited.text("preferences") == R"({"columns":["type"]})");
  CHECK(office.patch("session", Json{{"language", "xx"}}).outcome() == "400 body_invalid");
  CHECK(office.patch("session", Json{{"preferences", 1}}).outcome() == "400 body_invalid");
}

TEST_CASE("Inboxes show what waits and what is not taken, of the caller's firms alone") {
  ApiOffice office;
  office.sandbox.write("photo.jpg", "x");
  office.status.inboxes = {
      {.name = "main", .waiting = 1, .files = {{.name = "june.csv", .bytes = 3, .reason = "settling"}}},
      {.name = "other"}};
  office.status.faults = {{.event = "inbox.stalled", .inbox = "other"}, {.event = "database.slow", .inbox = ""}};
  const ApiAnswer answer = office.get("inboxes");
  REQUIRE(answer.array("inboxes").size() == 1);
  const auto& inbox = answer.array("inboxes").at(0);
  CHECK(inbox.at("inbox") == "main");
  CHECK(inbox.at("files").at(0).at("file") == "june.csv");
  CHECK(inbox.at("not_taken_files").at(0).at("file") == "photo.jpg");
  CHECK(answer.array("faults").size() == 1);
  CHECK(office.get("inboxes?inbox=other").outcome() == "404 inbox_unknown");
}

TEST_CASE("As long as a root is to be listed, an inbox or firm that is not known may be there yet") {
  ApiOffice office;
  CHECK(office.get("clients?firm=late").outcome() == "404 firm_unknown");
  office.complete = false;
  office.caller.firms = {"main", "late"};
  CHECK(office.get("clients?firm=late").outcome() == "503 unavailable");
  CHECK(office.get("inboxes?inbox=late").outcome() == "503 unavailable");
  CHECK(office.get("clients?firm=main").outcome() == "200");
}

TEST_CASE("While a look into a folder hangs, inboxes show what the service says of them") {
  ApiOffice office;
  office.sandbox.write("photo.jpg", "x");
  office.status.inboxes = {{.name = "main", .waiting = 1}};
  const std::unique_lock hangs(*office.context.folders);
  const auto answer = std::async(std::launch::async, [&] { return office.get("inboxes"); }).get();
  const auto& inbox = answer.array("inboxes").at(0);
  CHECK(inbox.at("waiting") == 1);
  CHECK(inbox.at("not_taken_files").as_array().empty());
  CHECK(answer.array("faults").at(0).at("event") == "inbox.unavailable");
}

TEST_CASE("If the service does not answer, inboxes show what folders and ledger say") {
  ApiOffice office;
  ApiContext silent{
      office.config, office.pool, office.context.inboxes,
      [](const StatusFilter& /*filter*/) -> ServiceStatus { throw std::runtime_error("the service does not answer"); }};
  const HttpResponse response = answer_api(silent, office.caller, {}, "inboxes");
  CHECK(response.status == 200);
  CHECK(boost::json::parse(response.body).at("service") == false);
}

TEST_CASE("If the database is away, a request is answered with 503 and may be tried again") {
  ApiOffice office;
  ConnectionPool away({.connection = "dbname=/nowhere/clientsync.db"});
  const ApiContext context{office.config, away, office.context.inboxes, {}};
  const HttpResponse response = answer_api(context, office.caller, {}, "clients");
  CHECK(response.status == 503);
  CHECK(header_of(response.headers, "retry-after") == "5");
}

TEST_CASE("Events keep the connection") {
  ApiOffice office;
  CHECK(office.get("events").response.events);
}
