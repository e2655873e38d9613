#include "tests/support/console.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

struct Office : Console {
  Browser admin = enter_as(Role::admin);

  std::optional<User> user(const std::string& name) { return find_user(connection(), name); }
  HttpResponse send(const std::string& action, const std::string& name, Typed typed = {}) {
    typed.push_back({"action", action});
    typed.push_back({"id", std::to_string(user(name) ? user(name)->id : 0)});
    return post(admin, "people", typed);
  }
};

}  // namespace

TEST_CASE("an admin adds a user who can sign in") {
  Office office;
  const HttpResponse added = office.post(office.admin, "people",
                                         {{"action", "add_user"},
                                          {"name", "Ana"},
                                          {"new_password", "correct horse"},
                                          {"role", "editor"},
                                          {"firm", "Alfa"}});
  CHECK(location_of(added) == "./people?done=done_user_added");
  CHECK(office.user("ana")->role == Role::editor);
  CHECK(office.user("ana")->firms == std::vector<std::string>{"Alfa"});
  CHECK(office.post({}, "sign-in", {{"name", "ana"}, {"password", "correct horse"}}).status == 303);
}

TEST_CASE("what is wrong with a new user is told") {
  Office office;
  const auto told = [&](const std::string& name, const std::string& password, const std::string& firm) {
    const HttpResponse page = office.post(
        office.admin, "people",
        {{"action", "add_user"}, {"name", name}, {"new_password", password}, {"role", "viewer"}, {"firm", firm}});
    CHECK(page.status == 422);
    CHECK_FALSE(says(page, password));
    return page.body;
  };
  CHECK(told("ana b", "correct horse", "Alfa").find("A user name has") != std::string::npos);
  CHECK(told("ana", "short pw", "Alfa").find("needs at least 10") != std::string::npos);
  CHECK(told("admin", "correct horse", "Alfa").find("There is a user of this name already.") != std::string::npos);
  CHECK(told("ana", "correct horse", "Beta").find("only for firms for which you have them") != std::string::npos);
  CHECK_FALSE(office.user("ana"));
}

TEST_CASE("an admin of one firm has no say in others") {
  Office office;
  office.add_user("beta", Role::viewer, {"Beta"});
  office.add_user("both", Role::viewer, {"Alfa", "Beta"});
  office.add_user("mine", Role::viewer);
  const HttpResponse page = office.get(office.admin, "people");
  CHECK(says(page, ">mine<"));
  CHECK_FALSE(says(page, ">beta<"));
  CHECK_FALSE(says(page, ">both<"));
  for (const char* const name : {"beta", "both"}) {
    for (const char* const action : {"edit_user", "set_password", "unlock_user", "end_session", "remove_user"}) {
      CHECK(office.send(action, name, {{"role", "admin"}, {"firm", "Alfa"}, {"confirmed", "yes"}}).status == 422);
    }
    CHECK(office.user(name)->role == Role::viewer);
  }
  CHECK(office.send("edit_user", "mine", {{"role", "admin"}, {"all_firms", "yes"}}).status == 422);
  CHECK(office.user("mine")->role == Role::viewer);
}

TEST_CASE("a user's role and firms can be changed") {
  Office office;
  office.add_user("ana", Role::viewer);
  CHECK(location_of(office.send("edit_user", "ana", {{"role", "editor"}, {"firm", "Alfa"}})) ==
        "./people?done=done_user_edited");
  CHECK(office.user("ana")->role == Role::editor);
  CHECK(office.send("edit_user", "ana", {{"role", "editor"}}).status == 422);
}

TEST_CASE("a user is removed after the removal was confirmed") {
  Office office;
  office.add_user("ana", Role::viewer);
  const Browser ana = office.enter("ana");
  const HttpResponse question = office.send("remove_user", "ana", {{"name", "ana"}});
  CHECK(question.status == 200);
  CHECK(says(question, "Remove the user ana?"));
  CHECK(hidden_value(question, "confirmed") == "yes");
  CHECK(office.user("ana"));
  CHECK(location_of(office.send("remove_user", "ana", {{"confirmed", "yes"}})) == "./people?done=done_user_removed");
  CHECK_FALSE(office.user("ana"));
  CHECK(office.get(ana, "clients").status == 303);
}

TEST_CASE("an admin sees a user's sessions and ends one") {
  Office office;
  office.add_user("ana", Role::viewer);
  const Browser ana = office.enter("ana");
  const std::string id = std::to_string(office.user("ana")->id);
  const HttpResponse page = office.get(office.admin, "people?user=" + id);
  const std::string session = hidden_value(page, "session");
  CHECK_FALSE(session.empty());
  CHECK(session != ana.secret);
  CHECK(location_of(office.send("end_session", "ana", {{"session", session}})) == "./people?done=done_session_ended");
  CHECK(office.get(ana, "clients").status == 303);
}

TEST_CASE("a token is shown once and opens the API until it is removed") {
  Office office;
  const HttpResponse added =
      office.post(office.admin, "people",
                  {{"action", "add_token"}, {"name", "zapier"}, {"role", "viewer"}, {"firm", "Alfa"}, {"days", "30"}});
  CHECK(added.status == 200);
  const std::size_t start = added.body.find("cs_");
  REQUIRE(start != std::string::npos);
  const std::string secret = added.body.substr(start, added.body.find('<', start) - start);
  CHECK_FALSE(says(office.get(office.admin, "people"), secret));
  const auto ask = [&] {
    HttpRequest request = request_for(HttpMethod::get, "api/v1/clients");
    request.headers.push_back({"authorization", "Bearer " + secret});
    return office.answer(request).status;
  };
  CHECK(ask() == 200);
  const Typed removal{{"action", "remove_token"}, {"id", "1"}, {"name", "zapier"}};
  CHECK(says(office.post(office.admin, "people", removal), "Remove the token zapier?"));
  CHECK(ask() == 200);
  Typed confirmed = removal;
  confirmed.push_back({"confirmed", "yes"});
  CHECK(location_of(office.post(office.admin, "people", confirmed)) == "./people?done=done_token_removed");
  CHECK(ask() == 401);
}

TEST_CASE("a token is of a firm of the admin and expires after so many days") {
  Office office;
  const auto status = [&](const std::string& firm, const std::string& days) {
    return office
        .post(office.admin, "people",
              {{"action", "add_token"}, {"name", "x"}, {"role", "viewer"}, {"firm", firm}, {"days", days}})
        .status;
  };
  CHECK(status("Beta", "30") == 422);
  for (const char* const days : {"", "1 year", "-1", "1.5", "99999999", "99999999999999999999"}) {
    INFO(days);
    CHECK(status("Alfa", days) == 422);
  }
  CHECK(list_tokens(office.connection()).empty());
}

TEST_CASE("a token that was given 0 days never expires") {
  Office office;
  const HttpResponse added =
      office.post(office.admin, "people",
                  {{"action", "add_token"}, {"name", "x"}, {"role", "viewer"}, {"firm", "Alfa"}, {"days", "0"}});
  CHECK(added.status == 200);
  CHECK(list_tokens(office.connection()).at(0).expires_at == 0);
}

TEST_CASE("users change their language and their sessions") {
  Office office;
  office.add_user("ana", Role::viewer);
  const Browser here = office.enter("ana"), there = office.enter("ana");
  CHECK(says(office.get(here, "account"), "This session"));
  CHECK(location_of(office.post(here, "account", {{"action", "language"}, {"language", "pt-BR"}})) ==
        "./account?done=done_language_changed");
  CHECK(says(office.get(there, "account"), "<html lang=\"pt-BR\">"));
  CHECK(office.post(here, "account", {{"action", "language"}, {"language", ""}}).status == 303);
  CHECK(says(office.get(there, "account"), "<html lang=\"en\">"));
  const std::string session = hidden_value(office.get(here, "account"), "session");
  CHECK(location_of(office.post(here, "account", {{"action", "end_session"}, {"session", session}})) ==
        "./account?done=done_session_ended");
  CHECK(office.get(here, "clients").status == 200);
  CHECK(office.get(there, "clients").status == 303);
}

TEST_CASE("a user who changes the password stays signed in here alone") {
  Office office;
  static_cast<void>(clientsync::add_user(office.connections, {.name = "ana", .role = Role::viewer, .firms = {"Alfa"}},
                                         "correct horse", "root", now_seconds()));
  const Browser here = office.enter("ana"), there = office.enter("ana");
  const auto change = [&](const std::string& old_password, const std::string& new_password) {
    return office.post(here, "account",
                       {{"action", "password"}, {"old_password", old_password}, {"new_password", new_password}});
  };
  CHECK(says(change("wrong horse", "battery staple"), "The current password is wrong."));
  CHECK(says(change("correct horse", "short"), "needs at least 10"));
  const HttpResponse changed = change("correct horse", "battery staple");
  CHECK(location_of(changed) == "./account?done=done_password_changed");
  const std::string cookie(header_of(changed.headers, "set-cookie"));
  CHECK(cookie.starts_with("clientsync_session="));
  CHECK(office.get(here, "clients").status == 303);
  CHECK(office.get(there, "clients").status == 303);
  const std::size_t start = cookie.find('=') + 1;
  CHECK(office.get({cookie.substr(start, cookie.find(';') - start)}, "clients").status == 200);
}

TEST_CASE("what is wrong with a change of a user is told above the form of the user") {
  Office office;
  office.add_user("vera", Role::viewer);
  const std::string link = "people?user=" + std::to_string(office.user("vera")->id);
  const HttpResponse page = office.get(office.admin, link);
  CHECK(says(page, "<form method=\"post\" action=\"./" + link + "\">"));
  const HttpResponse refused = office.post(
      office.admin, link,
      {{"action", "set_password"}, {"id", std::to_string(office.user("vera")->id)}, {"new_password", "short pw"}});
  CHECK(refused.status == 422);
  CHECK(says(refused, "needs at least 10"));
  CHECK(says(refused, "<h2 dir=\"auto\">vera</h2>"));
}
