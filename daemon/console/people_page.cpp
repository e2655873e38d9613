// Users, their sessions, and tokens: for admins.
#include <algorithm>
#include <array>
#include <charconv>

#include "daemon/access/administration.hpp"
#include "daemon/console/frame.hpp"
#include "daemon/console/pages.hpp"
#include "daemon/import/import_file.hpp"

namespace clientsync {
namespace {

Grant grant_of(const User& user) {
  return {user.role, user.all_firms, user.firms};
}

Grant grant_of(const Token& token) {
  return {token.role, false, {token.firm}};
}

struct People {
  std::vector<User> users;
  std::vector<Token> tokens;
  std::optional<User> opened{};  ///< whose form and sessions are shown
  std::vector<Session> sessions{};
};

/// nullopt: the field is no number, or is not there.
std::optional<std::int64_t> number_in(const FormFields& fields, std::string_view name) {
  const std::string_view text = field_of(fields, name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Those whom the caller may change.
People read_people(const Visit& visit) {
  return visit.context.connections.use([&](Connection& connection) {
    People people{list_users(connection), list_tokens(connection)};
    std::erase_if(people.users, [&](const User& user) { return !may_grant(visit.caller, grant_of(user)); });
    std::erase_if(people.tokens, [&](const Token& token) { return !may_grant(visit.caller, grant_of(token)); });
    const auto opened = std::ranges::find(people.users, number_in(visit.query, "user"), &User::id);
    if (opened == people.users.end()) return people;
    people.opened = *opened;
    people.sessions = list_sessions(connection, opened->id);
    return people;
  });
}

Html users_table(const Visit& visit, const std::vector<User>& users) {
  std::vector<std::vector<Html>> rows;
  rows.reserve(users.size());
  for (const User& user : users) {
    const std::string id = std::to_string(user.id);
    rows.push_back({link_element(visit.link("people", {{"user", id}}), text_of_any_direction(user.name)),
                    visit.text(label_of(user.role)),
                    text_of_any_direction(user.all_firms ? std::string(visit.text("all_firms")) : firms_of(user)),
                    shown_time(user.created_at)});
  }
  return table_of(visit, visit.text("users"), {{"user_name"}, {"role"}, {"firms"}, {"since", "time"}}, rows);
}

Html role_field(const Visit& visit, Role selected, HtmlName form) {
  std::vector<SelectOption> options;
  options.reserve(all_roles.size());
  for (const Role role : all_roles)
    options.push_back({std::string(word_of(role)), std::string(visit.text(label_of(role)))});
  return select_field(
      visit,
      {.name = "role", .label = "role", .options = options, .selected = std::string(word_of(selected)), .form = form});
}

Html firms_field(const Visit& visit, const Grant& grant) {
  Html boxes;
  if (visit.caller.all_firms) boxes += check_box("all_firms", "yes", visit.text("all_firms"), grant.all_firms);
  for (const std::string& firm : visit.firms) {
    const bool checked = std::ranges::find(grant.firms, firm) != grant.firms.end();
    boxes += check_box("firm", firm, text_of_any_direction(firm), checked);
  }
  return element("fieldset", {}, element("legend", {}, visit.text("firms")), boxes);
}

Html new_password_field(const Visit& visit, HtmlName form) {
  return input_field(visit, {.name = "new_password",
                             .label = "new_password",
                             .type = "password",
                             .autocomplete = "new-password",
                             .required = true,
                             .hint = std::string(visit.text("hint_password")),
                             .form = form});
}

/// A form that does one thing to a token, or adds a user or a token.
template <class... Children>
Html action_form(const Visit& visit, std::string_view action, std::string_view id, const Children&... children) {
  return post_form(visit, visit.link("people"), hidden("action", action), hidden("id", id), children...);
}

/// A form that does one thing to a user. The page that answers it shows the user's section again if it refuses.
template <class... Children>
Html user_form(const Visit& visit, std::string_view action, std::string_view id, const Children&... children) {
  return post_form(visit, visit.link("people", {{"user", id}}), hidden("action", action), hidden("id", id),
                   children...);
}

/// What can be done with one user.
Html user_section(const Visit& visit, const User& user, const std::vector<Session>& sessions) {
  const std::string id = std::to_string(user.id);
  Html content = user_form(visit, "edit_user", id, role_field(visit, user.role, "user"),
                           firms_field(visit, grant_of(user)), button(visit, "save"));
  content += user_form(visit, "set_password", id, new_password_field(visit, "user"),
                       button(visit, "set_password", "secondary"));
  content += user_form(visit, "unlock_user", id, button(visit, "unlock_user", "secondary"));
  content += user_form(visit, "remove_user", id, hidden("name", user.name), button(visit, "remove_user", "danger"));
  content += sessions_table(visit, sessions, [&](const Session& session) {
    return user_form(visit, "end_session", id, hidden("session", session.secret_hash),
                     button(visit, "end_session", "secondary"));
  });
  return section_of(user.name, content);
}

Html add_user_section(const Visit& visit) {
  const FormFields& form = visit.form;
  const bool again = field_of(form, "action") == "add_user";
  const Html fields = input_field(visit, {.name = "name",
                                          .label = "user_name",
                                          .value = again ? std::string(field_of(form, "name")) : "",
                                          .required = true,
                                          .hint = std::string(visit.text("hint_user_name")),
                                          .form = "new-user"});
  return section_of(visit.text("add_user"),
                    action_form(visit, "add_user", "", fields, new_password_field(visit, "new-user"),
                                role_field(visit, Role::viewer, "new-user"), firms_field(visit, {.role = Role::viewer}),
                                button(visit, "add_user")));
}

Html tokens_section(const Visit& visit, const std::vector<Token>& tokens) {
  std::vector<std::vector<Html>> rows;
  rows.reserve(tokens.size());
  for (const Token& token : tokens) {
    rows.push_back({text_of_any_direction(token.name), visit.text(label_of(token.role)),
                    text_of_any_direction(token.firm), shown_time(token.created_at), shown(token.created_by),
                    token.expires_at == 0 ? Html(visit.text("never")) : shown_time(token.expires_at),
                    shown_time(token.used_at),
                    action_form(visit, "remove_token", std::to_string(token.id), hidden("name", token.name),
                                button(visit, "remove_token", "danger"))});
  }
  Html content = element("p", {}, visit.text("tokens_are_for"));
  content += table_of(visit, visit.text("tokens"),
                      {{"token_name"},
                       {"role"},
                       {"firm"},
                       {"since", "time"},
                       {"created_by"},
                       {"expires", "time"},
                       {"last_used", "time"},
                       {"action", "action"}},
                      rows);
  std::vector<SelectOption> firms;
  firms.reserve(visit.firms.size());
  for (const std::string& firm : visit.firms) firms.push_back({firm, firm});
  content += action_form(
      visit, "add_token", "",
      input_field(visit, {.name = "name", .label = "token_name", .required = true, .form = "token"}),
      role_field(visit, Role::editor, "token"),
      select_field(visit, {.name = "firm", .label = "firm", .options = firms, .selected = visit.firm, .form = "token"}),
      input_field(
          visit,
          {.name = "days", .label = "expires_in_days", .value = "365", .hint = std::string(visit.text("hint_days"))}),
      button(visit, "add_token"));
  return section_of(visit.text("tokens"), content);
}

HttpResponse people_page(const Visit& visit, const Html& message, unsigned status = 200) {
  const People people = read_people(visit);
  Html content = message;
  content += users_table(visit, people.users);
  if (people.opened) content += user_section(visit, *people.opened, people.sessions);
  content += add_user_section(visit);
  content += tokens_section(visit, people.tokens);
  return page_of(visit, visit.text("people"), content, status);
}

HttpResponse complain(const Visit& visit, Word what) {
  return people_page(visit, notice(NoticeKind::error, visit.text(what)), 422);
}

HttpResponse done(const Visit& visit, std::string_view what) {
  return redirect_to(visit.link("people", {{"done", what}}));
}

/// What a form grants. An admin of some firms can give those alone.
Grant read_grant(const Visit& visit) {
  Grant grant{.all_firms = field_of(visit.form, "all_firms") == "yes"};
  for (const Role role : all_roles) {
    if (word_of(role) == field_of(visit.form, "role")) grant.role = role;
  }
  for (const FormField& field : visit.form) {
    if (field.name == "firm" && !grant.all_firms) grant.firms.push_back(field.value);
  }
  return grant;
}

HttpResponse add_user_of_form(const Visit& visit) {
  const Grant grant = read_grant(visit);
  if (!may_grant(visit.caller, grant)) return complain(visit, "not_your_firm");
  const auto added = add_user(visit.context.connections,
                              {.name = std::string(field_of(visit.form, "name")),
                               .role = grant.role,
                               .all_firms = grant.all_firms,
                               .firms = grant.firms},
                              field_of(visit.form, "new_password"), visit.caller.name, now_seconds());
  if (const auto* problem = std::get_if<UserProblem>(&added)) {
    static constexpr std::array<Word, 3> words{"bad_user_name", "user_name_taken", "user_without_firm"};
    return complain(visit, words.at(index_of(*problem)));
  }
  if (const auto* problem = std::get_if<PasswordProblem>(&added)) return complain(visit, label_of(*problem));
  return done(visit, "done_user_added");
}

HttpResponse edit_user_of_form(const Visit& visit, const User& user) {
  const Grant grant = read_grant(visit);
  if (!may_grant(visit.caller, grant)) return complain(visit, "not_your_firm");
  if (!grant.all_firms && grant.firms.empty()) return complain(visit, "user_without_firm");
  return edit_user(visit.context.connections, user, grant, visit.caller.name) ? done(visit, "done_user_edited")
                                                                              : complain(visit, "user_is_gone");
}

HttpResponse set_password_of_form(const Visit& visit, const User& user) {
  const auto problem = set_password(visit.context.connections, user, field_of(visit.form, "new_password"),
                                    visit.caller.name, now_seconds());
  return problem ? complain(visit, label_of(*problem)) : done(visit, "done_password_changed");
}

HttpResponse change_user(const Visit& visit, const User& user) {
  ConnectionPool& connections = visit.context.connections;
  const std::string_view action = field_of(visit.form, "action");
  if (action == "edit_user") return edit_user_of_form(visit, user);
  if (action == "set_password") return set_password_of_form(visit, user);
  if (action == "unlock_user") {
    unlock_user(connections, user, visit.caller.name);
    return done(visit, "done_user_unlocked");
  }
  if (action == "end_session") {
    static_cast<void>(end_session(connections, user, field_of(visit.form, "session"), visit.caller.name));
    return done(visit, "done_session_ended");
  }
  if (action != "remove_user") return complain(visit, "unknown_action");
  if (!is_confirmed(visit)) return confirm(visit, "remove_user_question");
  static_cast<void>(remove_user(connections, user, visit.caller.name));
  return done(visit, "done_user_removed");
}

constexpr std::int64_t seconds_a_day = 86'400;

/// The secret of a token is shown in the answer to the form, and never again.
HttpResponse add_token_of_form(const Visit& visit) {
  const Grant grant = read_grant(visit);
  if (grant.all_firms || grant.firms.size() != 1 || !may_grant(visit.caller, grant))
    return complain(visit, "not_your_firm");
  const std::optional<std::int64_t> days = number_in(visit.form, "days");
  constexpr std::int64_t most_days = 36'500;
  if (!days || *days < 0 || *days > most_days) return complain(visit, "bad_days");
  const std::int64_t now = now_seconds();
  const auto added = add_token(visit.context.connections,
                               {.name = std::string(field_of(visit.form, "name")),
                                .role = grant.role,
                                .firm = grant.firms.front(),
                                .expires_at = *days == 0 ? 0 : now + *days * seconds_a_day},
                               visit.caller.name, now);
  if (std::holds_alternative<TokenProblem>(added)) return complain(visit, "bad_token_name");
  Html message = element("p", {}, visit.text("token_is_shown_once"));
  message += element("p", {}, element("code", {{"id", "new-token"}}, std::get<NewToken>(added).secret));
  return people_page(visit, notice(NoticeKind::done, message));
}

HttpResponse remove_token_of_form(const Visit& visit, const Token& token) {
  if (!is_confirmed(visit)) return confirm(visit, "remove_token_question");
  static_cast<void>(remove_token(visit.context.connections, token, visit.caller.name));
  return done(visit, "done_token_removed");
}

}  // namespace

HttpResponse show_people(const Visit& visit) {
  return people_page(visit, {});
}

HttpResponse change_people(const Visit& visit) {
  const std::string_view action = field_of(visit.form, "action");
  if (action == "add_user") return add_user_of_form(visit);
  if (action == "add_token") return add_token_of_form(visit);
  const People people = read_people(visit);
  const std::optional<std::int64_t> id = number_in(visit.form, "id");
  if (action == "remove_token") {
    const auto token = std::ranges::find(people.tokens, id, &Token::id);
    return token == people.tokens.end() ? complain(visit, "token_is_gone") : remove_token_of_form(visit, *token);
  }
  const auto user = std::ranges::find(people.users, id, &User::id);
  return user == people.users.end() ? complain(visit, "user_is_gone") : change_user(visit, *user);
}

}  // namespace clientsync
