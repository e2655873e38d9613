// Signing in, by name and password or by a link, and out. Whoever sent a form after the session had ended signs in
// here, and what was typed is kept.
#include <array>
#include <utility>
#include <variant>

#include "daemon/access/sign_in.hpp"
#include "daemon/console/frame.hpp"
#include "daemon/console/kept_form.hpp"
#include "daemon/console/pages.hpp"
#include "daemon/console/session_cookie.hpp"
#include "daemon/http/forwarded.hpp"
#include "daemon/import/import_file.hpp"

namespace clientsync {
namespace {

Html password_form(const Visit& visit, std::string_view name, const KeptForm& kept) {
  return element("form", {{"method", "post"}, {"action", "./sign-in"}}, fields_of(kept), hidden("next", next_of(visit)),
                 input_field(visit, {.name = "name",
                                     .label = "user_name",
                                     .value = std::string(name),
                                     .autocomplete = "username",
                                     .required = true}),
                 input_field(visit, {.name = "password",
                                     .label = "password",
                                     .type = "password",
                                     .autocomplete = "current-password",
                                     .required = true}),
                 button(visit, "sign_in"));
}

/// A browser that looks at links before anybody follows them must not use up this one, so it takes a button.
Html link_form(const Visit& visit, std::string_view secret) {
  return element("form", {{"method", "post"}, {"action", "./sign-in"}}, hidden("link", secret),
                 element("p", {}, visit.text("sign_in_by_link")), button(visit, "sign_in"));
}

HttpResponse refuse(const Visit& visit, const SignInRefusal& refused) {
  const bool throttled = refused.retry_after > 0;
  Html content = notice(NoticeKind::error, throttled ? wait_message(visit, refused.retry_after)
                                                     : std::string(visit.text("sign_in_refused")));
  content += password_form(visit, field_of(visit.form, "name"), kept_of(visit.form));
  HttpResponse response = page_of(visit, visit.text("sign_in"), content, throttled ? 429 : 403);
  return throttled ? with_retry_after(std::move(response), refused.retry_after) : response;
}

HttpResponse welcome(const Visit& visit, const SignedIn& signed_in) {
  const KeptForm kept = kept_of(visit.form);
  Visit welcomed = visit;
  welcomed.caller = signed_in.caller;
  HttpResponse response =
      kept.fields.empty() ? redirect_to("./" + next_of(visit)) : confirm_kept(welcomed, kept, "kept_form_waits");
  response.headers.push_back(session_cookie(signed_in.secret, visit.request));
  return response;
}

/// Links are for this machine (docs/specification.md §11). One that is tried elsewhere is not used up.
HttpResponse sign_in_with_link(const Visit& visit, std::string_view secret) {
  const auto refuse_with = [&](Word why) {
    Html content = notice(NoticeKind::error, visit.text(why));
    content += password_form(visit, "", {});
    return page_of(visit, visit.text("sign_in"), content, 403);
  };
  if (!is_from_here(visit.request, *visit.context.config.http)) return refuse_with("link_is_for_its_machine");
  const auto signed_in = sign_in_by_link(visit.context.connections, secret, visitor_of(visit.request), now_seconds());
  return signed_in ? welcome(visit, *signed_in) : refuse_with("link_is_used_up");
}

}  // namespace

HttpResponse show_sign_in(const Visit& visit) {
  const std::string_view secret = field_of(visit.query, "link");
  Html form = secret.empty() ? password_form(visit, "", {}) : link_form(visit, secret);
  return page_of(visit, visit.text("sign_in"), form);
}

HttpResponse sign_in_again(const Visit& visit) {
  Html content = notice(NoticeKind::warning, visit.text("session_has_ended"));
  content += password_form(visit, "", keep_form(visit));
  return page_of(visit, visit.text("sign_in"), content, 401);
}

HttpResponse sign_in_with_form(const Visit& visit) {
  if (const std::string_view secret = field_of(visit.form, "link"); !secret.empty())
    return sign_in_with_link(visit, secret);
  const auto outcome = sign_in(visit.context.connections, field_of(visit.form, "name"),
                               field_of(visit.form, "password"), visitor_of(visit.request), now_seconds());
  if (const auto* refused = std::get_if<SignInRefusal>(&outcome)) return refuse(visit, *refused);
  return welcome(visit, std::get<SignedIn>(outcome));
}

HttpResponse leave(const Visit& visit) {
  sign_out(visit.context.connections, visit.caller);
  HttpResponse response = redirect_to(link_to("sign-in", std::array{UrlParameter{"done", "done_signed_out"}}));
  response.headers.push_back(no_session_cookie(visit.request));
  return response;
}

}  // namespace clientsync
