#include "daemon/console/site.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "daemon/console/assets.hpp"
#include "daemon/console/routes.hpp"
#include "tests/support/console.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

/// A console with something on every page.
struct BusyConsole : Console {
  std::string edit_number, name = "Ana <script>alert(1)</script> \"Lima\" \u202Eevil";

  BusyConsole() {
    add_client("501", name);
    edit_number = std::to_string(
        edit("Alfa", {{.row = 1, .company_id = "501", .number = "<b>7</b>", .type = "</title>", .active = false}}));
  }

  /// One link to each page, with what it needs.
  [[nodiscard]] std::vector<std::string> links() const {
    std::vector<std::string> all;
    for (const PageRoute& route : all_pages) {
      std::string link(route.page);
      if (link.ends_with("client") && link != "new-client") link += "?id=501";
      if (link == "entry" || link == "undo") link += "?n=" + edit_number;
      all.push_back(link);
    }
    return all;
  }
};

std::vector<std::string> matches_in(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match)
    found.push_back((*match)[match->size() - 1].str());
  return found;
}

/// The page's elements with their classes and names, without what is said in a language.
std::string structure_of(const std::string& page) {
  std::string structure;
  for (const std::string& part : matches_in(page, "<([a-z0-9/]+(?: (?:class|name|id|type)=\"[^\"]*\")*)"))
    structure.append(part).append("\n");
  return structure;
}

std::string_view header(const HttpResponse& response, std::string_view name) {
  return header_of(response.headers, name);
}

}  // namespace

TEST_CASE("every page of a user is there") {
  BusyConsole console;
  const Browser admin = console.enter_as(Role::admin, {"Alfa", "Beta"});
  for (const std::string& link : console.links()) {
    INFO(link);
    CHECK(console.get(admin, link).status == (link == "sign-out" ? 405 : 200));
  }
}

TEST_CASE("a page opens what a role may see and take") {
  BusyConsole console;
  std::map<Role, Browser> browsers;
  for (const Role role : all_roles) browsers[role] = console.enter_as(role);
  const std::vector<std::string> links = console.links();
  for (std::size_t i = 0; i < all_pages.size(); ++i) {
    const PageRoute& route = all_pages[i];
    for (const auto& [role, browser] : browsers) {
      INFO(links[i] << " for a " << word_of(role));
      if (route.see != nullptr && route.to_see)
        CHECK(console.get(browser, links[i]).status == (role >= *route.to_see ? 200 : 403));
      if (route.send == nullptr || !route.to_send || route.page == "sign-out") continue;
      CHECK((console.post(browser, links[i], {}).status == 403) == (role < *route.to_send));
    }
  }
}

TEST_CASE("nobody sees or changes anything without signing in") {
  BusyConsole console;
  const std::vector<std::string> links = console.links();
  for (std::size_t i = 0; i < all_pages.size(); ++i) {
    const PageRoute& route = all_pages[i];
    INFO(links[i]);
    if (!route.to_see) continue;
    if (route.see != nullptr) {
      const HttpResponse asked = console.get({}, links[i]);
      CHECK(asked.status == 303);
      CHECK(location_of(asked).starts_with("./sign-in?next="));
    }
    if (route.send != nullptr) CHECK(console.post({}, links[i], {{"display_name", "x"}}).status == 401);
  }
  CHECK(console.get({}, "api/v1/session").status == 401);
  CHECK(console.client("501")->display_name == console.name);
}

TEST_CASE("the firm of somebody else is unknown") {
  Console console;
  console.add_client("9", "Beta's client", "Beta");
  const ImportId entry = console.edit("Beta", {{.row = 1, .company_id = "9", .number = "1"}});
  const Browser browser = console.enter_as(Role::admin);
  for (const std::string& link :
       {std::string("client?id=9&firm=Beta"), std::string("client?id=9"), "entry?n=" + std::to_string(entry),
        "undo?n=" + std::to_string(entry), std::string("clients?firm=Beta"), std::string("inboxes?firm=Beta"),
        std::string("clients?firm=Gamma"), std::string("entry?n=999"), std::string("entry?n=x")}) {
    INFO(link);
    const HttpResponse response = console.get(browser, link);
    CHECK(response.status == 404);
    CHECK_FALSE(says(response, "Beta&#39;s client"));
  }
  CHECK(console.post(browser, "undo?n=" + std::to_string(entry), {{"plan", "x"}}).status == 404);
  CHECK(console.post(browser, "client?id=9&firm=Beta", {{"display_name", "Mine"}}).status == 404);
  CHECK(console.client("9", "Beta")->display_name == "Beta's client");
}

TEST_CASE("a user none of whose firms is configured is told so on every page about a firm") {
  Console console;
  console.add_client("9", "Gamma's client", "Gamma");
  Browser browser = console.enter_as(Role::admin, {"Gamma"});
  for (const std::string link : {"clients", "client?id=9", "new-client", "delete-client?id=9", "upload", "imports",
                                 "entry?n=1", "undo?n=1", "inboxes", "clients?firm=Gamma"}) {
    INFO(link);
    const HttpResponse page = console.get(browser, link);
    CHECK(page.status == 404);
    CHECK(says(page, "None of your firms is set up here."));
  }
  browser.language = "pt-BR";
  CHECK(says(console.get(browser, "clients"), "Nenhum dos seus escritórios está configurado aqui."));
  for (const std::string link : {"account", "people"}) CHECK(console.get(browser, link).status == 200);
  CHECK(location_of(console.post(browser, "sign-out", {})) == "./sign-in?done=done_signed_out");
}

TEST_CASE("a request that another site makes a browser send changes nothing") {
  BusyConsole console;
  const Browser editor = console.enter_as(Role::editor);
  const Typed typed{{"display_name", "Forged"}, {"form_token", editor.form_token}};
  const auto status_with = [&](std::vector<HttpHeader> headers, const Typed& sent) {
    HttpRequest request = console.from(editor, request_for(HttpMethod::post, "client?id=501"));
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    request.body = body_of(sent);
    return console.answer(std::move(request)).status;
  };
  const Typed without_token{{"display_name", "Forged"}}, wrong_token{{"display_name", "Forged"}, {"form_token", "0"}};
  CHECK(status_with({{"origin", "http://evil.test"}}, typed) == 403);
  CHECK(status_with({{"sec-fetch-site", "cross-site"}}, typed) == 403);
  CHECK(status_with({{"sec-fetch-site", "same-site"}}, typed) == 403);
  CHECK(status_with({{"sec-fetch-site", "same-origin"}}, without_token) == 403);
  CHECK(status_with({{"sec-fetch-site", "same-origin"}}, wrong_token) == 403);
  CHECK(status_with({}, without_token) == 403);
  CHECK(status_with({{"sec-fetch-site", "cross-site"}}, without_token) == 403);
  CHECK(console.client("501")->display_name == console.name);
  CHECK(status_with({{"origin", "http://evil.test"}, {"sec-fetch-site", "none"}}, without_token) == 403);
  // With everything right, only the state is missing.
  CHECK(status_with({{"sec-fetch-site", "same-origin"}}, typed) == 409);
  CHECK(status_with({}, typed) == 409);
}

TEST_CASE("the API takes a session only with its form token") {
  Console console;
  console.add_client("501", "Ana");
  const Browser editor = console.enter_as(Role::editor);
  const auto patch = [&](const std::vector<HttpHeader>& headers) {
    HttpRequest request = console.from(editor, request_for(HttpMethod::patch, "api/v1/clients/501"));
    request.headers.push_back({"content-type", "application/json"});
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    request.body = R"({"client_number":"7"})";
    return console.answer(std::move(request));
  };
  CHECK(patch({}).status == 403);
  CHECK(patch({{"x-form-token", "0"}}).status == 403);
  CHECK(patch({{"x-form-token", editor.form_token}, {"origin", "http://evil.test"}}).status == 403);
  CHECK(patch({{"x-form-token", editor.form_token}, {"sec-fetch-site", "cross-site"}}).status == 403);
  CHECK_FALSE(console.client("501")->number);
  CHECK(patch({{"x-form-token", editor.form_token}, {"sec-fetch-site", "same-origin"}}).status == 200);
  CHECK(console.client("501")->number == "7");
}

TEST_CASE("a token opens the API and no page") {
  Console console;
  const auto added =
      add_token(console.connections, {.name = "script", .role = Role::viewer, .firm = "Alfa"}, "root", 1);
  const std::string secret = std::get<NewToken>(added).secret;
  const auto ask = [&](const std::string& target, const std::vector<HttpHeader>& headers) {
    HttpRequest request = request_for(HttpMethod::get, target);
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    return console.answer(std::move(request)).status;
  };
  CHECK(ask("api/v1/clients", {{"authorization", "Bearer " + secret}}) == 200);
  CHECK(ask("api/v1/clients", {{"authorization", "Bearer cs_wrong"}}) == 401);
  CHECK(ask("api/v1/clients", {{"cookie", "clientsync_session=" + secret}}) == 401);
  CHECK(ask("api/v1/clients?token=" + secret, {}) == 401);
  CHECK(ask("clients", {{"authorization", "Bearer " + secret}}) == 303);
}

TEST_CASE("every response forbids what the console does not need") {
  BusyConsole console;
  const Browser admin = console.enter_as(Role::admin);
  std::vector<HttpResponse> responses{console.get({}, ""),
                                      console.get({}, "nowhere"),
                                      console.get({}, "api/v1/session"),
                                      console.get(admin, "api/v1/session"),
                                      console.get(admin, asset_link("app.js")),
                                      console.post(admin, "clients", {}),
                                      console.post(admin, "client?id=501", {})};
  for (const std::string& link : console.links()) responses.push_back(console.get(admin, link));
  for (const HttpResponse& response : responses) {
    INFO(response.status << " " << response.body.substr(0, 300));
    CHECK(header(response, "content-security-policy") ==
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
          "trusted-types 'none'");
    CHECK(header(response, "x-content-type-options") == "nosniff");
    CHECK(header(response, "referrer-policy") == "no-referrer");
    CHECK(header(response, "cross-origin-opener-policy") == "same-origin");
    const bool is_asset = response.type.starts_with("text/javascript");
    CHECK(header(response, "cache-control") == (is_asset ? "public, max-age=31536000, immutable" : "no-store"));
  }
}

TEST_CASE("a file can be judged by the rules of each inbox of the firm") {
  Console console;
  const Browser editor = console.enter_as(Role::editor);
  CHECK_FALSE(says(console.get(editor, "upload"), "inbox-menu"));
  console.add_inbox("Vendors", "Alfa");
  const HttpResponse page = console.get(editor, "upload?inbox=Vendors");
  CHECK(says(page, R"(<option value="Vendors" selected)"));
  CHECK(says(page, R"(data-inbox="Vendors")"));
  CHECK_FALSE(says(page, R"(value="Beta")"));
}

TEST_CASE("text of the register can be no part of a page but text") {
  BusyConsole console;
  const Browser admin = console.enter_as(Role::admin);
  for (const std::string& link : console.links()) {
    const std::string page = console.get(admin, link).body;
    INFO(link << "\n" << page);
    CHECK(page.find("<script>alert") == std::string::npos);
    CHECK(page.find("<b>7") == std::string::npos);
    CHECK(page.find("</title></") == std::string::npos);
    CHECK(matches_in(page, "<script[^>]*>[^<{]").empty());
    CHECK(matches_in(page, " (on[a-z]+|style)=").empty());
  }
  const std::string page = console.get(admin, "client?id=501").body;
  CHECK(page.find("Ana &lt;script&gt;alert(1)&lt;/script&gt; &quot;Lima&quot; \u202Eevil") != std::string::npos);
  CHECK(page.find("<h1 dir=\"auto\">Ana") != std::string::npos);
  CHECK(page.find("<bdi>Ana") != std::string::npos);
}

TEST_CASE("all URLs of a page are relative and lead to the console") {
  BusyConsole console;
  const Browser admin = console.enter_as(Role::admin, {"Alfa", "Beta"});
  for (const std::string& link : console.links()) {
    for (const std::string& url : matches_in(console.get(admin, link).body, "(?:href|src|action)=\"([^\"]*)\"")) {
      INFO(link << ": " << url);
      if (url == "#main") continue;
      REQUIRE(url.starts_with("./"));
      const std::string target = url.substr(2, url.find_first_of("?&") - 2);
      CHECK((find_page(target) != nullptr || find_asset("/" + target) != nullptr || target.starts_with("api/v1/")));
    }
  }
}

TEST_CASE("the console works under any prefix that a proxy keeps or strips") {
  Console console;
  const Browser viewer = console.enter_as(Role::viewer);
  for (const std::string prefix : {"", "office/", "a/b/c/"}) {
    CHECK(console.get(viewer, prefix + "clients").status == 200);
    CHECK(console.get(viewer, prefix + "api/v1/session").status == 200);
    CHECK(console.get(viewer, prefix + asset_link("app.js").substr(2)).status == 200);
    const HttpResponse start = console.get(viewer, prefix);
    CHECK(start.status == 303);
    CHECK(location_of(start) == "./clients");
  }
}

TEST_CASE("every page has the same structure in both languages") {
  BusyConsole console;
  Browser admin = console.enter_as(Role::admin, {"Alfa", "Beta"});
  for (const std::string& link : console.links()) {
    admin.language = "en";
    const std::string english = console.get(admin, link).body;
    admin.language = "pt-BR,en;q=0.5";
    const std::string portuguese = console.get(admin, link).body;
    INFO(link);
    CHECK(english.find("<html lang=\"en\">") != std::string::npos);
    CHECK(portuguese.find("<html lang=\"pt-BR\">") != std::string::npos);
    CHECK(structure_of(english) == structure_of(portuguese));
    CHECK(english.substr(english.find("<main")) != portuguese.substr(portuguese.find("<main")));
  }
}

TEST_CASE("every control of a page has a name and every table a caption and headings") {
  BusyConsole console;
  const Browser admin = console.enter_as(Role::admin, {"Alfa", "Beta"});
  std::vector<std::string> links = console.links();
  links.push_back("people?user=1");
  for (const std::string& link : links) {
    const std::string page = console.get(admin, link).body;
    INFO(link);
    std::set<std::string> ids;
    for (const std::string& id : matches_in(page, " id=\"([^\"]*)\"")) CHECK(ids.insert(id).second);
    for (const std::string& target : matches_in(page, " (?:for|aria-describedby)=\"([^\"]*)\""))
      CHECK(ids.contains(target));
    for (const std::string& field : matches_in(page, "<((?:input|select)[^>]*)>")) {
      INFO(field);
      if (field.find("type=\"hidden\"") != std::string::npos || field.find("checkbox") != std::string::npos) continue;
      const std::vector<std::string> id = matches_in(field, " id=\"([^\"]*)\"");
      REQUIRE(id.size() == 1);
      CHECK(page.find("<label for=\"" + id[0] + "\"") != std::string::npos);
    }
    CHECK(matches_in(page, "(<table>)").size() == matches_in(page, "(<table><caption>[^<])").size());
    CHECK(matches_in(page, "(<th)[ >]").size() == matches_in(page, "(<th scope=)").size());
    CHECK(matches_in(page, "(<h1)").size() == 1);
    CHECK(matches_in(page, "(<main id=\"main\")").size() == 1);
  }
}

TEST_CASE("a page that there is not is 404 and a method that it does not take 405") {
  Console console;
  const Browser viewer = console.enter_as(Role::viewer);
  CHECK(console.get(viewer, "nowhere").status == 404);
  CHECK(console.get(viewer, "assets-0123456789abcdef/app.js").status == 404);
  const HttpResponse sent = console.post(viewer, "clients", {});
  CHECK(sent.status == 405);
  CHECK(header(sent, "allow") == "GET, HEAD");
  CHECK(header(console.get(viewer, "sign-out"), "allow") == "POST");
  CHECK(console.answer(console.from(viewer, request_for(HttpMethod::remove, "clients"))).status == 405);
}

TEST_CASE("a query or form that cannot be read is refused") {
  Console console;
  const Browser viewer = console.enter_as(Role::viewer);
  CHECK(console.get(viewer, "client?id=%zz").status == 400);
  CHECK(console.get(viewer, "client?id=%ff").status == 400);
}

TEST_CASE("whoever may see no firm that is configured gets a page all the same") {
  BusyConsole console;
  for (const Role role : all_roles) {
    const Browser browser = console.enter_as(role, {"Gone"});
    for (const std::string& link : console.links()) {
      if (link == "sign-out") continue;
      INFO(link << " for a " << word_of(role));
      for (const HttpResponse& page : {console.get(browser, link), console.post(browser, link, {{"state", "x"}})}) {
        CHECK(page.status < 500);
        CHECK_FALSE(says(page, "501"));
      }
    }
  }
  console.add_user("nora", Role::editor, {"Gone"});
  const Browser nora = console.enter("nora");
  const HttpResponse refused = console.post(nora, "new-client", {{"company_id", "7"}, {"display_name", "x"}});
  CHECK(refused.status == 404);
  CHECK(says(refused, "None of your firms is set up here."));
  CHECK(says(refused, "<summary><bdi>nora</bdi>"));
}

TEST_CASE("a firm in a root that is to be listed may be there yet") {
  Console console;
  console.known = [] { return KnownInboxes{.inboxes = {}, .complete = false}; };
  const Browser editor = console.enter_as(Role::editor);
  CHECK(console.get(editor, "clients?firm=Alfa").status == 503);
  CHECK(console.post(editor, "new-client", {{"company_id", "7"}, {"display_name", "x"}}).status == 503);
  CHECK(console.get(editor, "account").status == 200);
}

TEST_CASE("whatever is thrown ends the request alone") {
  Console console;
  const Browser editor = console.enter_as(Role::editor);
  console.known = []() -> KnownInboxes { throw 7; };
  CHECK(says(console.get(editor, "clients"), "Something went wrong."));
  CHECK(console.get(editor, "api/v1/clients").status == 500);
}

TEST_CASE("a database that is away is told in words") {
  Console console;
  const Browser viewer = console.enter_as(Role::viewer);
  Connection(console.database().owner()).session() << "drop table sessions";
  const HttpResponse page = console.get(viewer, "clients");
  CHECK(page.status >= 500);
  CHECK(says(page, "does not work at the moment"));
  CHECK(console.get(viewer, "api/v1/session").status >= 500);
}

TEST_CASE("a body is as large as what it is for") {
  Console console;
  const Site& site = console.site();
  CHECK(site.largest_body(request_for(HttpMethod::get, "clients")) == 0);
  CHECK(site.largest_body(request_for(HttpMethod::post, "client?id=1")) == (std::size_t{16} << 10));
  CHECK(site.largest_body(request_for(HttpMethod::post, "api/v1/imports")) > std::size_t{1} << 20);
  CHECK(site.largest_body(request_for(HttpMethod::post, "api/v1/clients/edits")) > std::size_t{1} << 20);
  CHECK(site.largest_body(request_for(HttpMethod::post, "api/v1/clients")) == (std::size_t{16} << 10));
}
