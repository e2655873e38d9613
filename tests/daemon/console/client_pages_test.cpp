#include "tests/support/console.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

/// A console with a client and an editor who looks at it.
struct Desk : Console {
  Browser editor;

  Desk() {
    add_client("501", "Ana Lima");
    edit("Alfa", {{.row = 1, .company_id = "501", .number = "00123", .type = "LTDA", .lead = "Maria"}});
    editor = enter_as(Role::editor);
  }

  /// What the client's form has.
  Typed form(const std::string& number, const std::string& name = "Ana Lima") {
    return {{"state", hidden_value(get(editor, "client?id=501"), "state")},
            {"display_name", name},
            {"client_number", number},
            {"type", "LTDA"},
            {"lead", "Maria"},
            {"status", "active"}};
  }
};

}  // namespace

TEST_CASE("a client's page shows what the client has and where it came from") {
  Desk desk;
  const HttpResponse page = desk.get(desk.editor, "client?id=501");
  CHECK(says(page, "name=\"client_number\" type=\"text\" value=\"00123\""));
  CHECK(says(page, ">Edit 2</a>"));
  CHECK(says(page, "<ins><bdi>00123</bdi></ins>"));
  CHECK(says(page, "<time datetime=\"2023-11-14T22:13:20Z\">2023-11-14 22:13 UTC</time>"));
}

TEST_CASE("a viewer sees a client without a form") {
  Desk desk;
  const HttpResponse page = desk.get(desk.enter_as(Role::viewer), "client?id=501");
  CHECK(says(page, "<dd><bdi>00123</bdi></dd>"));
  CHECK_FALSE(says(page, "name=\"client_number\""));
}

TEST_CASE("saving a client is an entry of the user who saved it") {
  Desk desk;
  const HttpResponse saved = desk.post(desk.editor, "client?id=501", desk.form("00124", "Ana  Lima Ltda "));
  CHECK(saved.status == 303);
  CHECK(location_of(saved) == "./client?id=501&done=done_saved");
  CHECK(desk.client("501")->number == "00124");
  CHECK(desk.client("501")->display_name == "Ana  Lima Ltda");
  const HttpResponse page = desk.get(desk.editor, location_of(saved));
  CHECK(says(page, "<p id=\"status\" role=\"status\">Saved.</p>"));
  CHECK(says(page, "<bdi>editor</bdi></td>"));
  const auto entry = read_entry(desk.connection(), 3);
  CHECK(entry->who == "editor");
  CHECK(entry->source == EntrySource::console);
}

TEST_CASE("saving what the client has already leaves no entry") {
  Desk desk;
  const HttpResponse saved = desk.post(desk.editor, "client?id=501", desk.form("00123"));
  CHECK(location_of(saved) == "./client?id=501&done=done_nothing_to_change");
  CHECK_FALSE(read_entry(desk.connection(), 3));
}

TEST_CASE("what the rules refuse is told and what was typed stays") {
  Desk desk;
  desk.add_client("502", "Bruno");
  desk.edit("Alfa", {{.row = 1, .company_id = "502", .number = "7"}});
  const HttpResponse refused = desk.post(desk.editor, "client?id=501", desk.form("7"));
  CHECK(refused.status == 422);
  CHECK(says(refused, "data-code=\"client_number_taken\""));
  CHECK(says(refused, "name=\"client_number\" type=\"text\" value=\"7\""));
  CHECK(desk.client("501")->number == "00123");
}

TEST_CASE("the second of two who edit a client sees what the first did") {
  Desk desk;
  Typed first = desk.form("1"), second = desk.form("2");
  CHECK(desk.post(desk.editor, "client?id=501", first).status == 303);
  const HttpResponse conflict = desk.post(desk.editor, "client?id=501", second);
  CHECK(conflict.status == 409);
  CHECK(says(conflict, "Somebody else has changed this client"));
  CHECK(says(conflict, "<dd><bdi>1</bdi></dd>"));
  CHECK(says(conflict, "name=\"client_number\" type=\"text\" value=\"2\""));
  CHECK(desk.client("501")->number == "1");
  second.front().value = hidden_value(conflict, "state");
  CHECK(desk.post(desk.editor, "client?id=501", second).status == 303);
  CHECK(desk.client("501")->number == "2");
}

TEST_CASE("a client can be added") {
  Desk desk;
  const HttpResponse added = desk.post(desk.editor, "new-client", {{"company_id", " 777 "}, {"display_name", "Zoé"}});
  CHECK(location_of(added) == "./client?id=777&done=done_client_added");
  CHECK(desk.client("777")->display_name == "Zoé");
  CHECK_FALSE(desk.client("777")->number);
  const HttpResponse again = desk.post(desk.editor, "new-client", {{"company_id", "777"}, {"display_name", "Other"}});
  CHECK(again.status == 422);
  CHECK(says(again, "data-code=\"client_exists\""));
  CHECK(says(again, "value=\"Other\""));
}

TEST_CASE("only inactive clients can be deleted and an admin confirms it") {
  Desk desk;
  const Browser admin = desk.enter_as(Role::admin);
  CHECK_FALSE(says(desk.get(admin, "client?id=501"), "./delete-client"));
  const auto question = [&] {
    return Typed{{"state", hidden_value(desk.get(admin, "delete-client?id=501"), "state")}};
  };
  CHECK(desk.post(admin, "delete-client?id=501", question()).status == 422);
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .active = false}});
  CHECK(says(desk.get(admin, "client?id=501"), "./delete-client?id=501"));
  CHECK(says(desk.get(admin, "delete-client?id=501"), "can be undone"));
  CHECK(desk.client("501"));
  CHECK(location_of(desk.post(admin, "delete-client?id=501", question())) == "./clients?done=done_client_deleted");
  CHECK_FALSE(desk.client("501"));
  const HttpResponse left = desk.get(admin, "client?id=501");
  CHECK(left.status == 200);
  CHECK(says(left, "This client was deleted."));
}

TEST_CASE("only the client that the question showed is deleted") {
  Desk desk;
  const Browser admin = desk.enter_as(Role::admin);
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .active = false}});
  const std::string state = hidden_value(desk.get(admin, "delete-client?id=501"), "state");
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .number = "777"}});
  for (const Typed& typed : {Typed{{"state", state}}, Typed{}}) {
    const HttpResponse conflict = desk.post(admin, "delete-client?id=501", typed);
    CHECK(conflict.status == 409);
    CHECK(says(conflict, "<dd><bdi>777</bdi></dd>"));
    CHECK(says(conflict, "so it was not deleted"));
    CHECK(hidden_value(conflict, "state") != state);
  }
  CHECK(desk.client("501"));
}

TEST_CASE("text that was typed is cleaned as an import cleans it") {
  Desk desk;
  CHECK(desk.post(desk.editor, "client?id=501", desk.form("=\"00555\"")).status == 303);
  CHECK(desk.client("501")->number == "00555");
}
