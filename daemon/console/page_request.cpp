#include "daemon/console/page_request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "daemon/access/sign_in.hpp"
#include "daemon/console/forgery.hpp"
#include "daemon/console/frame.hpp"
#include "daemon/console/kept_form.hpp"
#include "daemon/console/routes.hpp"
#include "daemon/console/session_cookie.hpp"
#include "daemon/import/import_file.hpp"

namespace clientsync {
namespace {

std::string allowed(const PageRoute& route) {
  if (route.see == nullptr) return "POST";
  return route.send == nullptr ? "GET, HEAD" : "GET, HEAD, POST";
}

HttpResponse refuse_method(const Visit& visit, const PageRoute& route) {
  HttpResponse response = refusal(visit, 405, "not_allowed", visit.text("method_not_allowed"));
  response.headers.push_back({"allow", allowed(route)});
  return response;
}

HttpResponse ask_to_sign_in(const Visit& visit, bool sends) {
  if (sends) return sign_in_again(visit);
  const std::string next = visit.page + (visit.request.query.empty() ? "" : "?" + visit.request.query);
  return redirect_to(link_to("sign-in", std::array{UrlParameter{"next", next}}));
}

/// Finds out which firm the visit is about. Throws ApiError if it is none that the caller may see.
void choose_firm(Visit& visit) {
  visit.firms = firms_of(call_of(visit));
  if (!visit.firms.empty()) visit.firm = visit.firms.front();
  const std::string_view wanted = field_of(visit.query, "firm");
  if (wanted.empty()) return;
  if (std::ranges::find(visit.firms, wanted) == visit.firms.end())
    throw unknown(visit.context.inboxes(), "firm_unknown", "");
  visit.firm = wanted;
}

/// A page for somebody who is signed in.
HttpResponse answer_caller(Visit& visit, PageFunction function, Role role, bool sends) {
  choose_firm(visit);
  if (visit.firms.empty() && find_page(visit.page)->needs_firm)
    throw unknown(visit.context.inboxes(), "firm_unknown", "");
  if (!visit.caller.may(role)) return refusal(visit, 403, "not_allowed", visit.text("role_does_not_suffice"));
  if (sends && !same_secret(field_of(visit.form, "form_token"), visit.caller.form_token))
    return confirm_kept(visit, keep_form(visit), "form_is_old", 403);
  return function(visit);
}

/// Pages check what people typed, so this is about the caller's firms: which of them are configured.
HttpResponse refusal_of(const Visit& visit, const ApiError& error) {
  constexpr unsigned first_fault = 500;
  if (error.status >= first_fault) return refusal(visit, error.status, "does_not_work", visit.text("try_again"));
  const std::string_view sentence = visit.text(visit.firms.empty() ? Word("no_firm_for_you") : Word("no_such_firm"));
  return refusal(visit, error.status, "not_found", sentence);
}

HttpResponse answer_page(Visit& visit) {
  const PageRoute* const route = find_page(visit.page);
  if (route == nullptr) return refusal(visit, 404, "not_found", visit.text("no_such_page"));
  const HttpMethod method = visit.request.method;
  const bool sends = method == HttpMethod::post;
  const PageFunction function = sends ? route->send : is_unsafe(method) ? nullptr : route->see;
  if (function == nullptr) return refuse_method(visit, *route);
  const std::optional<Role> role = sends ? route->to_send : route->to_see;
  if (!role) {
    visit.caller = {};
    return function(visit);
  }
  return visit.signed_in() ? answer_caller(visit, function, *role, sends) : ask_to_sign_in(visit, sends);
}

}  // namespace

HttpResponse answer_page_request(const ApiContext& context, const HttpRequest& request, std::string_view page) {
  if (page.empty()) return redirect_to("./clients");
  Visit visit{.context = context, .request = request, .page = std::string(page)};
  const std::string_view secret = session_secret_of(request);
  if (!secret.empty()) visit.caller = identify_session(context.connections, secret, now_seconds()).value_or(Caller());
  visit.language = language_for(visit.caller, request).value_or(Language::en);
  auto query = parse_form(request.query), form = parse_form(request.body);
  if (!query || !form) return refusal(visit, 400, "not_understood", visit.text("request_is_malformed"));
  visit.query = *std::move(query);
  visit.form = *std::move(form);
  try {
    return answer_page(visit);
  } catch (const ApiError& error) {
    return refusal_of(visit, error);
  }
}

HttpResponse page_refusal(const ApiContext& context, const HttpRequest& request, unsigned status, Word title,
                          Word sentence) {
  Visit visit{.context = context, .request = request, .page = "refused"};
  visit.language = language_for({}, request).value_or(Language::en);
  return refusal(visit, status, title, visit.text(sentence));
}

}  // namespace clientsync
