#include "tests/support/console.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

/// A console whose user ana has a password.
struct Office : Console {
  Office() {
    static_cast<void>(clientsync::add_user(connections, {.name = "ana", .role = Role::editor, .firms = {"Alfa"}},
                                           "correct horse", "root", now_seconds()));
  }

  HttpResponse sign_in(const std::string& password, Typed more = {}) {
    more.push_back({"name", "ana"});
    more.push_back({"password", password});
    return post({}, "sign-in", more);
  }

  /// Presses the button of a sign-in link.
  HttpResponse follow(const std::string& secret, const std::string& peer) {
    HttpRequest request = request_for(HttpMethod::post, "sign-in");
    request.peer = peer;
    request.body = body_of({{"link", secret}});
    return answer(std::move(request));
  }
};

std::string cookie_of(const HttpResponse& response) {
  return std::string(header_of(response.headers, "set-cookie"));
}

Browser browser_with(const HttpResponse& response) {
  const std::string cookie = cookie_of(response);
  const std::size_t start = cookie.find('=') + 1;
  return {cookie.substr(start, cookie.find(';') - start)};
}

/// What the page's form would send, with what is typed.
Typed hidden_of(const HttpResponse& page, const Typed& typed) {
  Typed all = typed;
  const std::string before = "type=\"hidden\" name=\"";
  for (std::size_t at = page.body.find(before); at != std::string::npos; at = page.body.find(before, at)) {
    at += before.size();
    const std::string name = page.body.substr(at, page.body.find('"', at) - at);
    const std::size_t value = page.body.find("value=\"", at) + 7;
    all.push_back({name, page.body.substr(value, page.body.find('"', value) - value)});
  }
  return all;
}

}  // namespace

TEST_CASE("whoever signs in gets a cookie that scripts and other sites cannot use") {
  Office office;
  const HttpResponse response = office.sign_in("correct horse");
  CHECK(response.status == 303);
  CHECK(location_of(response) == "./clients");
  const std::string cookie = cookie_of(response);
  CHECK(cookie.starts_with("clientsync_session="));
  CHECK(cookie.ends_with("; HttpOnly; SameSite=Strict"));
  CHECK(office.get(browser_with(response), "clients").status == 200);
}

TEST_CASE("over TLS the cookie is sent over TLS alone") {
  Office office;
  HttpRequest request = request_for(HttpMethod::post, "sign-in");
  request.secure = true;
  request.body = body_of({{"name", "ana"}, {"password", "correct horse"}});
  CHECK(cookie_of(office.answer(request)).ends_with("; HttpOnly; SameSite=Strict; Secure"));
}

TEST_CASE("two services on one machine do not sign each other's users out") {
  Office office;
  const std::string form = body_of({{"name", "ana"}, {"password", "correct horse"}});
  HttpRequest request = request_for(HttpMethod::post, "sign-in");
  request.body = form;
  std::erase_if(request.headers, [](const HttpHeader& header) { return header.name == "host"; });
  request.headers.push_back({"host", "localhost:9464"});
  CHECK(cookie_of(office.answer(request)).starts_with("clientsync_session_9464="));
}

TEST_CASE("a wrong password keeps the name that was typed and not the password") {
  Office office;
  const HttpResponse response = office.sign_in("wrong horse");
  CHECK(response.status == 403);
  CHECK(cookie_of(response).empty());
  CHECK(says(response, "The name or the password is wrong."));
  CHECK(says(response, "name=\"name\" type=\"text\" value=\"ana\""));
  CHECK_FALSE(says(response, "wrong horse"));
}

TEST_CASE("whoever tries too often is told how long to wait") {
  Office office;
  HttpResponse response;
  for (int tries = 0; tries < 12 && response.status != 429; ++tries) response = office.sign_in("wrong horse");
  REQUIRE(response.status == 429);
  const std::string wait(header_of(response.headers, "retry-after"));
  CHECK(std::stoi(wait) > 0);
  CHECK(says(response, "Please wait " + wait + (wait == "1" ? " second," : " seconds,")));
}

TEST_CASE("a link signs in once and only after its button is pressed") {
  Office office;
  const User user = find_user(office.connection(), "ana").value();
  const std::string secret = make_sign_in_link(office.connections, user, "root", now_seconds()).value();
  CHECK(says(office.get({}, "sign-in?link=" + secret), "This link signs you in once."));
  CHECK(office.get({}, "sign-in?link=" + secret).status == 200);
  const HttpResponse first = office.follow(secret, "127.0.0.1");
  CHECK(first.status == 303);
  CHECK(office.get(browser_with(first), "clients").status == 200);
  const HttpResponse second = office.follow(secret, "127.0.0.1");
  CHECK(second.status == 403);
  CHECK(says(second, "This link has been used or has expired."));
}

TEST_CASE("a link works from this machine only and is not used up elsewhere") {
  Office office;
  const User user = find_user(office.connection(), "ana").value();
  const std::string secret = make_sign_in_link(office.connections, user, "root", now_seconds()).value();
  const HttpResponse elsewhere = office.follow(secret, "192.0.2.1");
  CHECK(elsewhere.status == 403);
  CHECK(cookie_of(elsewhere).empty());
  CHECK(says(elsewhere, "This link works only in a browser on the machine"));
  CHECK(office.follow(secret, "").status == 303);
}

TEST_CASE("a sign-in leads to the page that was asked for") {
  Office office;
  const std::string asked = location_of(office.get({}, "client?id=a%26b&firm=Alfa"));
  CHECK(asked == "./sign-in?next=client%3fid%3da%2526b%26firm%3dAlfa");
  const std::string next = hidden_value(office.get({}, asked), "next");
  CHECK(next == "client?id=a%26b&amp;firm=Alfa");
  CHECK(location_of(office.sign_in("correct horse", {{"next", "client?id=a%26b&firm=Alfa"}})) ==
        "./client?id=a%26b&firm=Alfa");
}

TEST_CASE("a sign-in never leads to another site") {
  Office office;
  for (const char* const next :
       {"https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "../clients", "clients/../../x",
        "./clients", "nowhere", "api/v1/session", "\r\nset-cookie: a=b"}) {
    INFO(next);
    const HttpResponse page = office.get({}, "sign-in?next=" + escape_field(next));
    CHECK(hidden_value(page, "next") == "clients");
    CHECK(location_of(office.sign_in("correct horse", {{"next", next}})) == "./clients");
  }
}

TEST_CASE("another site can sign nobody in") {
  Office office;
  HttpRequest request = request_for(HttpMethod::post, "sign-in");
  request.headers.push_back({"origin", "http://evil.test"});
  request.body = body_of({{"name", "ana"}, {"password", "correct horse"}});
  const HttpResponse response = office.answer(request);
  CHECK(response.status == 403);
  CHECK(cookie_of(response).empty());
}

TEST_CASE("whoever signs out is out everywhere that the cookie was copied to") {
  Office office;
  const Browser ana = office.enter("ana");
  const HttpResponse response = office.post(ana, "sign-out", {});
  CHECK(response.status == 303);
  CHECK(location_of(response) == "./sign-in?done=done_signed_out");
  CHECK(cookie_of(response) == "clientsync_session=; Max-Age=0; HttpOnly; SameSite=Strict");
  CHECK(office.get(ana, "clients").status == 303);
  CHECK(office.get(ana, "api/v1/session").status == 401);
  CHECK(says(office.get({}, location_of(response)), "You are signed out."));
}

TEST_CASE("what was typed when the session had ended can be sent after signing in again") {
  Office office;
  office.add_client("501", "Ana Lima");
  Browser ana = office.enter("ana");
  const std::string state = hidden_value(office.get(ana, "client?id=501"), "state");
  static_cast<void>(office.post(ana, "sign-out", {}));
  const HttpResponse ended =
      office.post(ana, "client?id=501",
                  {{"display_name", "Ana Lima"}, {"client_number", "00\"7"}, {"status", "active"}, {"state", state}});
  CHECK(ended.status == 401);
  CHECK(says(ended, "Your session has ended. Sign in again: what you typed is kept."));
  CHECK(hidden_value(ended, "kept.client_number") == "00&quot;7");
  CHECK(hidden_value(ended, "kept.form_token").empty());

  const HttpResponse again = office.sign_in("correct horse", {{"kept_target", "client?id=501"},
                                                              {"kept.display_name", "Ana Lima"},
                                                              {"kept.client_number", "00\"7"},
                                                              {"kept.status", "active"},
                                                              {"kept.state", state}});
  CHECK(again.status == 200);
  CHECK(says(again, "action=\"./client?id=501\""));
  CHECK(says(again, "<dt>Client number</dt><dd><bdi>00&quot;7</bdi></dd>"));
  CHECK(says(again, "<dt>Status</dt><dd><bdi>Active</bdi></dd>"));
  CHECK_FALSE(office.client("501")->number);

  const HttpResponse sent = office.answer([&] {
    HttpRequest request = Console::from(browser_with(again), request_for(HttpMethod::post, "client?id=501"));
    request.body = body_of(hidden_of(again, {{"client_number", "00\"7"}}));
    return request;
  }());
  CHECK(sent.status == 303);
  CHECK(office.client("501")->number == "00\"7");
}

TEST_CASE("a form that is kept goes to a page of the console alone") {
  Office office;
  for (const char* const target : {"https://evil.test/", "//evil.test", "nowhere", "../client"}) {
    const HttpResponse response =
        office.sign_in("correct horse", {{"kept_target", target}, {"kept.display_name", "x"}});
    CHECK(response.status == 303);
    CHECK(location_of(response) == "./clients");
  }
}

TEST_CASE("a form of an old page is shown again and not taken") {
  Office office;
  office.add_client("501", "Ana Lima");
  Browser ana = office.enter("ana");
  ana.form_token = office.enter("ana").form_token;
  const HttpResponse response = office.post(ana, "client?id=501", {{"display_name", "Ana L."}, {"password", "secret"}});
  CHECK(response.status == 403);
  CHECK(says(response, "was out of date, so nothing was changed"));
  CHECK(hidden_value(response, "display_name") == "Ana L.");
  CHECK_FALSE(says(response, "secret"));
  CHECK(office.client("501")->display_name == "Ana Lima");
}

TEST_CASE("what was typed is told in the words of the page that it was typed on") {
  Office office;
  office.add_user("admin", Role::admin);
  Browser admin = office.enter("admin");
  admin.language = "pt-BR";
  admin.form_token = "0";
  const auto told = [&](const Typed& typed) { return office.post(admin, "people", typed); };
  const HttpResponse token = told(
      {{"action", "add_token"}, {"id", ""}, {"name", "zapier"}, {"role", "editor"}, {"firm", "Alfa"}, {"days", "30"}});
  CHECK(says(token, "<dt>Ação</dt><dd><bdi>Criar token</bdi></dd>"));
  CHECK(says(token, "<dt>Nome do token</dt><dd><bdi>zapier</bdi></dd>"));
  CHECK(says(token, "<dt>Perfil</dt><dd><bdi>Editor: envia, edita, reverte</bdi></dd>"));
  CHECK(says(token, "<dt>Escritório</dt><dd><bdi>Alfa</bdi></dd>"));
  CHECK(says(token, "<dt>Expira em quantos dias</dt><dd><bdi>30</bdi></dd>"));
  const HttpResponse user = told({{"action", "edit_user"}, {"id", "7"}, {"role", "viewer"}, {"all_firms", "yes"}});
  CHECK(says(user, "<dt>Todos os escritórios</dt><dd><bdi>Sim</bdi></dd>"));
  CHECK_FALSE(says(user, "<bdi>7</bdi>"));
  CHECK(says(told({{"action", "add_user"}, {"name", "vera"}}), "<dt>Nome de usuário</dt><dd><bdi>vera</bdi></dd>"));
}
