#include "tests/support/console.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

struct Desk : Console {
  Browser editor;
  ImportId entry = 0;

  Desk() {
    add_client("501", "Ana Lima");
    entry = edit("Alfa", {{.row = 1, .company_id = "501", .number = "00123", .type = "LTDA"}});
    editor = enter_as(Role::editor);
  }

  [[nodiscard]] std::string link(const std::string& page) const { return page + "?n=" + std::to_string(entry); }
};

}  // namespace

TEST_CASE("an entry shows who did it and old and new values") {
  Desk desk;
  const HttpResponse page = desk.get(desk.editor, desk.link("entry"));
  CHECK(page.status == 200);
  CHECK(says(page, "<h1 dir=\"auto\">Edit 2</h1>"));
  CHECK(says(page, "<dd><bdi>root</bdi></dd>"));
  CHECK(says(page, "<del><span class=\"none\">–</span></del>"));
  CHECK(says(page, "<ins><bdi>00123</bdi></ins>"));
  CHECK(says(page, "./undo?n=2"));
}

TEST_CASE("an import shows its errors and gives its file and its report") {
  Desk desk;
  LedgerEntry file = an_entry();
  file.inbox = "Alfa";
  file.input = "Company ID,Display name,Client number\n501,Ana Lima,7\n999,Nobody,8\n";
  file.file = {sha256(file.input), file.input.size(), 1};
  ImportRules rules;
  rules.firm = "Alfa";
  const auto imported = import_file(desk.connection(), file, rules);
  const HttpResponse page = desk.get(desk.editor, "entry?n=" + std::to_string(imported->import));
  CHECK(says(page, "Errors: 1"));
  CHECK(says(page, "<code>company_id_unknown</code>"));
  CHECK(says(page, "href=\"./api/v1/imports/3/input\""));
  CHECK(says(page, "href=\"./api/v1/imports/3/report\""));
  CHECK(desk.get(desk.editor, "api/v1/imports/3/input").body == file.input);
}

TEST_CASE("an import through the console or the API gives its report too") {
  Desk desk;
  const std::string secret =
      std::get<NewToken>(
          add_token(desk.connections, {.name = "script", .role = Role::editor, .firm = "Alfa"}, "root", 1))
          .secret;
  HttpRequest request = request_for(HttpMethod::post, "api/v1/imports?name=x.csv");
  request.headers.push_back({"authorization", "Bearer " + secret});
  request.headers.push_back({"content-type", "text/csv"});
  request.body = "Company ID,Display name,Client number\n999,Nobody,8\n";
  const HttpResponse imported = desk.answer(std::move(request));
  REQUIRE(imported.status == 200);
  const HttpResponse page = desk.get(desk.editor, "entry?n=3");
  CHECK(says(page, "Errors: 1"));
  CHECK(says(page, "href=\"./api/v1/imports/3/report\""));
  CHECK(says(desk.get(desk.editor, "api/v1/imports/3/report"), "company_id_unknown"));
}

TEST_CASE("an undo is shown before it is written") {
  Desk desk;
  const HttpResponse preview = desk.get(desk.editor, desk.link("undo"));
  CHECK(preview.status == 200);
  CHECK(says(preview, "2 reversed, 0 kept, 0 failed"));
  CHECK(desk.client("501")->number == "00123");
  const HttpResponse done =
      desk.post(desk.editor, desk.link("undo"), {{"plan", hidden_value(preview, "plan")}, {"skip_conflicts", ""}});
  CHECK(location_of(done) == "./entry?n=3&done=done_undone");
  CHECK_FALSE(desk.client("501")->number);
  CHECK(says(desk.get(desk.editor, "entry?n=3"), "<dt>Undoes</dt>"));
  const HttpResponse undone = desk.get(desk.editor, desk.link("entry"));
  CHECK(says(undone, "<dt>Undone by</dt>"));
  CHECK_FALSE(says(undone, "./undo?n=2"));
}

TEST_CASE("an undo whose plan is out of date is shown anew and not written") {
  Desk desk;
  const std::string plan = hidden_value(desk.get(desk.editor, desk.link("undo")), "plan");
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .lead = "Maria", .active = false}});
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .number = "9"}});
  const HttpResponse stale = desk.post(desk.editor, desk.link("undo"), {{"plan", plan}});
  CHECK(stale.status == 409);
  CHECK(says(stale, "so nothing was written"));
  CHECK(desk.client("501")->type == "LTDA");
}

TEST_CASE("what later entries changed is kept unless only the rest is undone") {
  Desk desk;
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .number = "9"}});
  const HttpResponse preview = desk.get(desk.editor, desk.link("undo"));
  CHECK(says(preview, "1 reversed, 1 kept, 0 failed"));
  CHECK(says(preview, "Entry 3 has changed it since."));
  CHECK(hidden_value(preview, "plan").empty());
  const HttpResponse rest = desk.get(desk.editor, desk.link("undo") + "&skip_conflicts=yes");
  const HttpResponse done =
      desk.post(desk.editor, desk.link("undo"), {{"plan", hidden_value(rest, "plan")}, {"skip_conflicts", "yes"}});
  CHECK(location_of(done) == "./entry?n=4&done=done_undone");
  CHECK(desk.client("501")->type.empty());
  CHECK(desk.client("501")->number == "9");
}

TEST_CASE("an undo without a plan is only shown") {
  Desk desk;
  CHECK(desk.post(desk.editor, desk.link("undo"), {}).status == 200);
  CHECK(desk.client("501")->number == "00123");
}

TEST_CASE("an entry counts one thing as one") {
  Desk desk;
  Browser office = desk.editor;
  office.language = "pt-BR";
  CHECK(says(desk.get(office, desk.link("entry")), "<li>1 atualizado</li>"));
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .number = "9"}});
  CHECK(says(desk.get(office, desk.link("undo")), "1 revertido, 1 mantido, 0 com erro"));
}

TEST_CASE("a status is told in the words of the list of clients") {
  Desk desk;
  const ImportId entry = desk.edit("Alfa", {{.row = 1, .company_id = "501", .active = false}});
  const std::string number = std::to_string(entry);
  Browser office = desk.editor;
  office.language = "pt-BR";
  for (const std::string& link : {"entry?n=" + number, std::string("client?id=501")}) {
    INFO(link);
    const HttpResponse page = desk.get(office, link);
    CHECK(says(page, "<del><bdi>Ativo</bdi></del>"));
    CHECK(says(page, "<ins><bdi>Inativo</bdi></ins>"));
  }
  const HttpResponse undo = desk.get(office, "undo?n=" + number);
  CHECK(says(undo, "<bdi>Inativo</bdi>"));
  CHECK(says(undo, "<ins><bdi>Ativo</bdi></ins>"));
  CHECK(says(desk.get(desk.editor, "entry?n=" + number), "<ins><bdi>Inactive</bdi></ins>"));
  CHECK(says(desk.get(office, "client?id=501"), ">Inativo</option>"));
}

TEST_CASE("whoever is not known is told in the language of the page") {
  Desk desk;
  ImportRules rules;
  rules.firm = "Alfa";
  const auto entry = edit_clients(desk.connections, rules, {{.row = 1, .company_id = "501", .number = "9"}},
                                  {.who = "unknown", .now = 1'700'000'000}, {.apply = true})
                         .verdict.entry;
  Browser office = desk.editor;
  office.language = "pt-BR";
  CHECK(says(desk.get(office, "entry?n=" + std::to_string(entry.value())), "<dd><bdi>desconhecido</bdi></dd>"));
  CHECK(says(desk.get(office, "client?id=501"), "<bdi>desconhecido</bdi></td>"));
}

TEST_CASE("the page of an entry is about the firm of the entry") {
  Desk desk;
  desk.add_user("both", Role::editor, {"Alfa", "Beta"});
  const Browser both = desk.enter("both");
  for (const std::string page : {"entry", "undo"}) {
    INFO(page);
    const HttpResponse response = desk.get(both, desk.link(page) + "&firm=Beta");
    CHECK(response.status == 200);
    CHECK(says(response, "./client?id=501&amp;firm=Alfa"));
    CHECK_FALSE(says(response, "firm=Beta"));
  }
}

TEST_CASE("the links below an undo with conflicts stand apart") {
  Desk desk;
  desk.edit("Alfa", {{.row = 1, .company_id = "501", .number = "9"}});
  const HttpResponse preview = desk.get(desk.editor, desk.link("undo"));
  CHECK(says(preview, "<li><a href=\"./undo?n=2&amp;skip_conflicts=yes\">Show how to undo the rest</a></li>"));
  CHECK(says(preview, "<li><a href=\"./entry?n=2\">Cancel</a></li>"));
}
