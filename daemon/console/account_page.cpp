// A user's own language, password and sessions.
#include <algorithm>

#include "daemon/access/administration.hpp"
#include "daemon/access/sign_in.hpp"
#include "daemon/console/frame.hpp"
#include "daemon/console/pages.hpp"
#include "daemon/console/session_cookie.hpp"
#include "daemon/import/import_file.hpp"
#include "importer/store/sessions.hpp"
#include "importer/store/users.hpp"

namespace clientsync {
namespace {

template <class... Children>
Html action_form(const Visit& visit, std::string_view action, const Children&... children) {
  return post_form(visit, visit.link("account"), hidden("action", action), children...);
}

Html language_form(const Visit& visit) {
  std::vector<SelectOption> options{{"", std::string(visit.text("language_of_browser"))},
                                    {std::string(tag(Language::en)), "English"},
                                    {std::string(tag(Language::pt_br)), "Português (Brasil)"}};
  const auto chosen = visit.caller.language;
  return action_form(visit, "language",
                     select_field(visit, {.name = "language",
                                          .label = "language",
                                          .options = options,
                                          .selected = chosen ? std::string(tag(*chosen)) : ""}),
                     button(visit, "save"));
}

Html password_form(const Visit& visit) {
  return action_form(visit, "password",
                     input_field(visit, {.name = "old_password",
                                         .label = "old_password",
                                         .type = "password",
                                         .autocomplete = "current-password",
                                         .required = true}),
                     input_field(visit, {.name = "new_password",
                                         .label = "new_password",
                                         .type = "password",
                                         .autocomplete = "new-password",
                                         .required = true,
                                         .hint = std::string(visit.text("hint_password"))}),
                     button(visit, "set_password"));
}

Html own_sessions(const Visit& visit) {
  const std::vector<Session> sessions = visit.context.connections.use(
      [&](Connection& connection) { return list_sessions(connection, visit.caller.user); });
  return sessions_table(visit, sessions, [&](const Session& session) {
    const bool here = session.secret_hash == visit.caller.session;
    return here ? Html(visit.text("this_session"))
                : action_form(visit, "end_session", hidden("session", session.secret_hash),
                              button(visit, "end_session", "secondary"));
  });
}

HttpResponse account_page(const Visit& visit, const Html& message, unsigned status = 200) {
  Html content = message;
  content += section_of(visit.text("language"), language_form(visit));
  content += section_of(visit.text("password"), password_form(visit));
  content += section_of(visit.text("sessions"), own_sessions(visit));
  return page_of(visit, visit.text("account"), content, status);
}

HttpResponse done(const Visit& visit, std::string_view what) {
  return redirect_to(visit.link("account", {{"done", what}}));
}

HttpResponse complain(const Visit& visit, std::string_view what, unsigned status = 422) {
  return account_page(visit, notice(NoticeKind::error, what), status);
}

HttpResponse save_language(const Visit& visit) {
  const auto language = read_tag(field_of(visit.form, "language"));
  visit.context.connections.use(
      [&](Connection& connection) { update_language(connection, visit.caller.user, language); });
  return done(visit, "done_language_changed");
}

HttpResponse save_password(const Visit& visit) {
  const auto changed = change_password(visit.context.connections, visit.caller, field_of(visit.form, "old_password"),
                                       field_of(visit.form, "new_password"), visitor_of(visit.request), now_seconds());
  if (const auto* problem = std::get_if<PasswordProblem>(&changed))
    return complain(visit, visit.text(label_of(*problem)));
  if (const auto* refused = std::get_if<SignInRefusal>(&changed)) {
    if (refused->retry_after == 0) return complain(visit, visit.text("old_password_is_wrong"), 403);
    return with_retry_after(complain(visit, wait_message(visit, refused->retry_after), 429), refused->retry_after);
  }
  HttpResponse response = done(visit, "done_password_changed");
  response.headers.push_back(session_cookie(std::get<SignedIn>(changed).secret, visit.request));
  return response;
}

HttpResponse end_own_session(const Visit& visit) {
  const std::string secret_hash(field_of(visit.form, "session"));
  const User user{.id = visit.caller.user, .name = visit.caller.name};
  static_cast<void>(end_session(visit.context.connections, user, secret_hash, visit.caller.name));
  return done(visit, "done_session_ended");
}

}  // namespace

HttpResponse show_account(const Visit& visit) {
  return account_page(visit, {});
}

HttpResponse change_account(const Visit& visit) {
  const std::string_view action = field_of(visit.form, "action");
  if (action == "language") return save_language(visit);
  if (action == "password") return save_password(visit);
  if (action == "end_session") return end_own_session(visit);
  return complain(visit, visit.text("unknown_action"));
}

}  // namespace clientsync
