// Words for asking the API without a server: two firms, who asks, and requests.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/api/api.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/text.hpp"
#include "tests/support/sandbox.hpp"
#include "tests/support/store.hpp"

namespace clientsync::testing {

/// A response whose body is JSON, if it has one.
struct ApiAnswer {
  HttpResponse response;
  boost::json::value json;

  [[nodiscard]] unsigned status() const { return response.status; }
  [[nodiscard]] std::string header(std::string_view name) const {
    return std::string(header_of(response.headers, name));
  }
  [[nodiscard]] std::string text(std::string_view member) const {
    const boost::json::value* value = json.as_object().if_contains(member);
    return value == nullptr ? "(none)" : value->is_string() ? std::string(value->as_string()) : serialize(*value);
  }
  [[nodiscard]] std::int64_t number(std::string_view member) const { return json.at(member).to_number<std::int64_t>(); }
  [[nodiscard]] const boost::json::array& array(std::string_view member) const { return json.at(member).as_array(); }
  /// "422 client_number_taken"; only the status if nothing is wrong.
  [[nodiscard]] std::string outcome() const {
    std::string text = std::to_string(response.status);
    if (response.type == "application/problem+json") text += " " + this->text("code");
    return text;
  }
};

struct ApiQuestion {
  HttpMethod method = HttpMethod::get;
  std::string path;  ///< after `/api/v1/`, with the query
  std::string body{};
  std::string type = "application/json";
  std::vector<HttpHeader> headers{};
};

/// An office with the firms `main` (clients 1 and 2) and `other` (client 1), one inbox each.
struct ApiOffice {
  ApiOffice() {
    Client first{.company_id = "1", .display_name = "Alpha", .number = "A1", .type = "LLC", .lead = "Ana"};
    Client second{.company_id = "2", .display_name = "Béta", .number = "B2", .type = "", .lead = "Rui"};
    firm = a_firm(store, {first, second});
    other =
        a_firm(store, {{.company_id = "1", .display_name = "Gamma", .number = "G1", .type = "", .lead = ""}}, "other");
    config.inboxes = {inbox_named("main"), inbox_named("other")};
    config.inboxes[1].path = sandbox.elsewhere();
  }

  ApiAnswer ask(const ApiQuestion& question) { return ask(caller, question); }
  ApiAnswer ask(const Caller& who, const ApiQuestion& question) { return ask(context, who, question); }
  /// Another daemon.
  ApiAnswer ask_in(const ApiContext& daemon, const ApiQuestion& question) { return ask(daemon, caller, question); }
  ApiAnswer get(const std::string& path) { return ask({.path = path}); }
  ApiAnswer post(const std::string& path, const boost::json::value& body) {
    return ask({.method = HttpMethod::post, .path = path, .body = serialize(body)});
  }
  ApiAnswer patch(const std::string& path, const boost::json::value& body, const std::string& if_match = "") {
    ApiQuestion question{.method = HttpMethod::patch, .path = path, .body = serialize(body)};
    if (!if_match.empty()) question.headers.push_back({"if-match", '"' + if_match + '"'});
    return ask(question);
  }
  ApiAnswer remove(const std::string& path) { return ask({.method = HttpMethod::remove, .path = path}); }
  ApiAnswer import(const std::string& csv, const std::string& query = "", std::vector<HttpHeader> headers = {}) {
    return ask({.method = HttpMethod::post,
                .path = "imports" + (query.empty() ? "" : "?" + query),
                .body = csv,
                .type = "text/csv",
                .headers = std::move(headers)});
  }

  [[nodiscard]] std::string entries() { return text_of(store.connection, "select count(*) from imports"); }

  Store store;
  FirmId firm = 0, other = 0;
  ConnectionPool pool{store.options};
  Sandbox sandbox;
  Config config;
  ServiceStatus status;
  bool complete = true;  ///< all inboxes are known
  ApiContext context{config, pool,
                     [this] {
                       return KnownInboxes{config.inboxes, complete};
                     },
                     [this](const StatusFilter& /*filter*/) { return status; }};
  Caller caller{.token = 1, .name = "practice", .role = Role::admin, .all_firms = false, .firms = {"main"}};

 private:
  static ApiAnswer ask(const ApiContext& daemon, const Caller& who, const ApiQuestion& question) {
    HttpRequest request{.method = question.method};
    const std::size_t mark = question.path.find('?');
    if (mark != std::string::npos) request.query = question.path.substr(mark + 1);
    request.headers = question.headers;
    request.headers.push_back({"content-type", question.type});
    request.body = question.body;
    ApiAnswer answer{answer_api(daemon, who, request, std::string_view(question.path).substr(0, mark)), nullptr};
    if (answer.response.type.ends_with("json")) answer.json = boost::json::parse(answer.response.body);
    return answer;
  }

  InboxConfig inbox_named(const std::string& name) const {
    InboxConfig inbox;
    inbox.name = name;
    inbox.path = sandbox.inbox();
    inbox.rules.firm = name;
    return inbox;
  }
};

}  // namespace clientsync::testing
