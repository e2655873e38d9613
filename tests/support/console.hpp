// A console for two firms, Alfa and Beta, asked as browsers ask it.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/access/administration.hpp"
#include "daemon/access/sign_in.hpp"
#include "daemon/console/site.hpp"
#include "daemon/http/form.hpp"
#include "daemon/import/import_file.hpp"
#include "importer/entry.hpp"
#include "tests/support/store.hpp"

namespace clientsync::testing {

/// Somebody's browser.
struct Browser {
  std::string secret{};      ///< of the session, as its cookie has it; "": not signed in
  std::string form_token{};  ///< as its pages have it
  std::string language = "en";
};

using Typed = std::vector<FormField>;

inline std::string body_of(const Typed& typed) {
  std::string body;
  for (const auto& [name, value] : typed)
    body.append(body.empty() ? "" : "&").append(escape_field(name)).append("=").append(escape_field(value));
  return body;
}

/// "./client?id=7" as a browser on a page of the console asks for it.
inline HttpRequest request_for(HttpMethod method, std::string target) {
  if (target.starts_with("./")) target.erase(0, 2);
  const std::size_t query = std::min(target.find('?'), target.size());
  HttpRequest request{.method = method, .path = "/" + target.substr(0, query), .peer = "192.0.2.1"};
  if (query < target.size()) request.query = target.substr(query + 1);
  request.headers = {{"host", "office.test"}, {"user-agent", "Firefox"}};
  return request;
}

class Console {
 public:
  Console() {
    for (const char* const firm : {"Alfa", "Beta"}) add_inbox(firm, firm);
    config_.http = HttpConfig{.address = "192.0.2.10", .console = true};
    site_ =
        std::make_unique<Site>(ApiContext{.config = config_,
                                          .connections = connections,
                                          .inboxes = [this] { return known ? known() : KnownInboxes{config_.inboxes}; },
                                          .status = [](const auto&) { return ServiceStatus{.version = "1"}; }});
  }

  void add_inbox(const std::string& name, const std::string& firm) {
    InboxConfig inbox;
    inbox.name = name;
    inbox.path = folder_.path() / name;
    inbox.rules.firm = firm;
    std::filesystem::create_directories(inbox.path);
    config_.inboxes.push_back(std::move(inbox));
  }

  /// A user who has no password, and so can come in by `enter` alone.
  UserId add_user(const std::string& name, Role role, std::vector<std::string> firms = {"Alfa"}) {
    return insert_user(store_, {.name = name, .role = role, .firms = std::move(firms)}, "none").value();
  }

  Browser enter(const std::string& name) {
    const User user = find_user(store_, name).value();
    const auto link = make_sign_in_link(connections, user, "root", now_seconds());
    const auto signed_in = sign_in_by_link(connections, link.value(), {}, now_seconds());
    return {signed_in.value().secret, signed_in.value().caller.form_token};
  }
  Browser enter_as(Role role, std::vector<std::string> firms = {"Alfa"}) {
    const std::string name(word_of(role));
    if (!find_user(store_, name)) add_user(name, role, std::move(firms));
    return enter(name);
  }

  HttpResponse answer(HttpRequest request) {
    std::promise<HttpResponse> promise;
    site_->answer(std::move(request), [&](HttpResponse response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }

  HttpResponse get(const Browser& browser, const std::string& target) {
    return answer(from(browser, request_for(HttpMethod::get, target)));
  }

  /// A form that a page of the console has, with its token.
  HttpResponse post(const Browser& browser, const std::string& target, Typed typed) {
    HttpRequest request = from(browser, request_for(HttpMethod::post, target));
    request.headers.push_back({"origin", "https://office.test"});
    request.headers.push_back({"sec-fetch-site", "same-origin"});
    if (!browser.form_token.empty()) typed.push_back({"form_token", browser.form_token});
    request.body = body_of(typed);
    return answer(std::move(request));
  }

  static HttpRequest from(const Browser& browser, HttpRequest request) {
    request.headers.push_back({"accept-language", browser.language});
    if (!browser.secret.empty()) request.headers.push_back({"cookie", "a=b; clientsync_session=" + browser.secret});
    return request;
  }

  ImportId edit(const std::string& firm, const std::vector<Edit>& edits) {
    ImportRules rules;
    rules.firm = firm;
    return edit_clients(connections, rules, edits, {.who = "root", .now = 1'700'000'000}, {.apply = true})
        .verdict.entry.value();
  }
  void add_client(const std::string& id, const std::string& name, const std::string& firm = "Alfa") {
    edit(firm, {{.kind = Edit::Kind::add, .row = 1, .company_id = id, .display_name = name}});
  }
  std::optional<Client> client(const std::string& id, const std::string& firm = "Alfa") {
    const auto found = find_firm(store_, firm);
    return found ? find_client(store_, found->id, id) : std::nullopt;
  }

  [[nodiscard]] Connection& connection() { return store_; }
  [[nodiscard]] const TestDatabase& database() const { return store_.database; }
  [[nodiscard]] Site& site() { return *site_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  Store store_;
  TemporaryDirectory folder_;
  Config config_;

 public:
  ConnectionPool connections{store_.options};
  std::function<KnownInboxes()> known;  ///< instead of the configured ones

 private:
  std::unique_ptr<Site> site_;
};

inline bool says(const HttpResponse& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

/// Whether a page says it, and what it is if not.
inline std::string location_of(const HttpResponse& response) {
  return std::string(header_of(response.headers, "location"));
}

/// The value of a hidden field of a page's forms.
inline std::string hidden_value(const HttpResponse& response, const std::string& name) {
  const std::string before = "name=\"" + name + "\" value=\"";
  const std::size_t at = response.body.find(before);
  if (at == std::string::npos) return {};
  const std::size_t start = at + before.size();
  return response.body.substr(start, response.body.find('"', start) - start);
}

}  // namespace clientsync::testing
