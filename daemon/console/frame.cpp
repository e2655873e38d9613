#include "daemon/console/frame.hpp"

#include <algorithm>
#include <array>

#include "daemon/console/assets.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct NavigationItem {
  const char* page;
  Word text;
  Role role;
};
constexpr std::array<NavigationItem, 5> navigation{{{"clients", "clients", Role::viewer},
                                                    {"upload", "upload", Role::editor},
                                                    {"imports", "imports", Role::viewer},
                                                    {"inboxes", "inboxes", Role::viewer},
                                                    {"people", "people", Role::admin}}};

/// The item of the navigation that a page belongs to.
std::string_view section_of(std::string_view page) {
  if (page == "client" || page == "new-client" || page == "delete-client") return "clients";
  if (page == "entry" || page == "undo") return "imports";
  return page;
}

Html navigation_of(const Visit& visit) {
  Html items;
  for (const NavigationItem& item : navigation) {
    if (!visit.caller.may(item.role)) continue;
    const bool current = section_of(visit.page) == item.page;
    const std::string link = visit.link(item.page);
    items += element("li", {},
                     current ? element("a", {{"href", link}, {"aria-current", "page"}}, visit.text(item.text))
                             : element("a", {{"href", link}}, visit.text(item.text)));
  }
  return element("nav", {{"aria-label", visit.text("navigation")}}, element("ul", {}, items));
}

/// To choose another firm of those that the caller may see.
Html firm_menu(const Visit& visit) {
  if (visit.firms.size() < 2) return {};
  Html options;
  for (const std::string& firm : visit.firms)
    options += element("option", {{"value", firm}, {"selected", firm == visit.firm}}, firm);
  const std::string action = link_to(section_of(visit.page));
  return element("form", {{"method", "get"}, {"action", action}, {"class", "firm-menu"}},
                 element("label", {{"for", "firm-menu"}}, visit.text("firm")),
                 element("select", {{"id", "firm-menu"}, {"name", "firm"}}, options),
                 element("button", {{"class", "secondary"}}, visit.text("show")));
}

Html user_menu(const Visit& visit) {
  return element(
      "details", {{"class", "user-menu"}}, element("summary", {}, text_of_any_direction(visit.caller.name)),
      element("ul", {}, element("li", {}, link_element(visit.link("account"), visit.text("account"))),
              element("li", {},
                      post_form(visit, "./sign-out", element("button", {{"class", "link"}}, visit.text("sign_out"))))));
}

Html head_of(const Visit& visit, std::string_view title) {
  Html head = element("meta", {{"charset", "utf-8"}});
  head += element("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  head += element("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  if (visit.signed_in())
    head += element("meta", {{"name", "form-token"},
                             {"content", visit.caller.form_token},
                             {"data-user", std::to_string(visit.caller.user)}});
  head += element("title", {}, title, " – clientsync");
  head += element("link", {{"rel", "icon"}, {"type", "image/svg+xml"}, {"href", asset_link("icon.svg")}});
  head += element("link", {{"rel", "stylesheet"}, {"href", asset_link("style.css")}});
  if (visit.signed_in()) {
    head += element("script", {{"type", "module"}, {"src", asset_link("app.js")}});
    head += data_block("words", script_words_json(visit.language));
  }
  return element("head", {}, head);
}

Html header_of(const Visit& visit) {
  if (!visit.signed_in()) return element("header", {}, element("span", {{"class", "brand"}}, "clientsync"));
  return element("header", {}, element("a", {{"class", "brand"}, {"href", visit.link("clients")}}, "clientsync"),
                 navigation_of(visit), firm_menu(visit), user_menu(visit));
}

/// After a form was sent and its page redirected to, `done` names the word that says what was done.
Html done_message(const Visit& visit) {
  static constexpr std::array<Word, 14> words{"done_signed_out",       "done_saved",
                                              "done_client_added",     "done_client_deleted",
                                              "done_undone",           "done_user_added",
                                              "done_user_edited",      "done_user_removed",
                                              "done_user_unlocked",    "done_session_ended",
                                              "done_token_removed",    "done_password_changed",
                                              "done_language_changed", "done_nothing_to_change"};
  const std::string_view done = field_of(visit.query, "done");
  for (const Word word : words) {
    if (word.name() == done) return visit.text(word);
  }
  return {};
}

}  // namespace

std::size_t largest_input(const Config& config) {
  std::size_t largest = config.defaults.rules.sheet.max_bytes;
  for (const InboxConfig& inbox : config.inboxes) largest = std::max(largest, inbox.rules.sheet.max_bytes);
  return largest;
}

HttpResponse page_of(const Visit& visit, std::string_view title, const Html& content, unsigned status) {
  const Html body = element("body", {{"data-largest", std::to_string(largest_input(visit.context.config))}},
                            element("a", {{"class", "skip"}, {"href", "#main"}}, visit.text("skip_to_content")),
                            header_of(visit), element("p", {{"id", "status"}, {"role", "status"}}, done_message(visit)),
                            element("main", {{"id", "main"}, {"tabindex", "-1"}, {"class", visit.page}},
                                    element("h1", {{"dir", "auto"}}, title), content));
  const Html html = element("html", {{"lang", tag(visit.language)}}, head_of(visit, title), body);
  return {.status = status, .type = "text/html; charset=utf-8", .body = "<!DOCTYPE html>\n" + html.markup() + "\n"};
}

HttpResponse redirect_to(std::string link) {
  return {.status = 303, .headers = {{"location", std::move(link)}}};
}

HttpResponse refusal(const Visit& visit, unsigned status, Word title, std::string_view sentence) {
  Html content = notice(NoticeKind::error, sentence);
  if (visit.signed_in())
    content += element("p", {}, link_element(visit.link("clients"), visit.text("back_to_clients")));
  return page_of(visit, visit.text(title), content, status);
}

std::string wait_message(const Visit& visit, std::int64_t seconds) {
  return counted(visit, static_cast<std::size_t>(seconds), "too_many_attempts_one", "too_many_attempts");
}

HttpResponse with_retry_after(HttpResponse response, std::int64_t seconds) {
  response.headers.push_back({"retry-after", std::to_string(seconds)});
  return response;
}

Html notice(NoticeKind kind, const Html& message) {
  const bool is_error = kind == NoticeKind::error;
  const char* const names = is_error ? "notice error" : kind == NoticeKind::warning ? "notice warning" : "notice done";
  return element("div", {{"class", names}, {"role", is_error ? "alert" : "status"}}, message);
}

Html hidden(HtmlName name, std::string_view value) {
  return hidden_field(name.text, value);
}

Html hidden_field(std::string_view name, std::string_view value) {
  return element("input", {{"type", "hidden"}, {"name", name}, {"value", value}});
}

Html form_token_of(const Visit& visit) {
  return visit.signed_in() ? hidden("form_token", visit.caller.form_token) : Html();
}

Html input_field(const Visit& visit, const InputField& field) {
  const std::string id = std::string(field.form.text) + "-" + std::string(field.name.text), hint_id = id + "-hint";
  Html whole = element("label", {{"for", id}}, visit.text(field.label));
  whole += element("input", {{"id", id},
                             {"name", field.name.text},
                             {"type", field.type.text},
                             {"value", field.value},
                             {"autocomplete", field.autocomplete.text},
                             {"spellcheck", "false"},
                             field.hint.empty() ? HtmlAttribute("aria-describedby", false)
                                                : HtmlAttribute("aria-describedby", hint_id),
                             {"required", field.required}});
  if (!field.hint.empty()) whole += element("p", {{"class", "hint"}, {"id", hint_id}}, field.hint);
  return element("div", {{"class", "field"}}, whole);
}

Html select_field(const Visit& visit, const SelectField& field) {
  const std::string id = std::string(field.form.text) + "-" + std::string(field.name.text);
  Html items;
  for (const SelectOption& option : field.options)
    items += element("option", {{"value", option.value}, {"selected", option.value == field.selected}}, option.text);
  return element("div", {{"class", "field"}}, element("label", {{"for", id}}, visit.text(field.label)),
                 element("select", {{"id", id}, {"name", field.name.text}}, items));
}

Html check_box(HtmlName name, std::string_view value, const Html& label, bool checked) {
  return element("label", {{"class", "check"}},
                 element("input", {{"type", "checkbox"}, {"name", name.text}, {"value", value}, {"checked", checked}}),
                 label);
}

Html button(const Visit& visit, Word label, HtmlName kind) {
  return element("button", {{"class", kind.text}}, visit.text(label));
}

Html table_of(const Visit& visit, std::string_view caption, const std::vector<TableHeading>& headings,
              const std::vector<std::vector<Html>>& rows) {
  Html head, body;
  for (const TableHeading& heading : headings)
    head += element("th", {{"scope", "col"}, {"class", heading.kind.text}}, visit.text(heading.text));
  for (const std::vector<Html>& row : rows) {
    Html cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto& [label, kind] = headings[i];
      const std::string_view text = visit.text(label);
      cells += i == 0 ? element("th", {{"scope", "row"}, {"class", kind.text}, {"data-label", text}}, row[i])
                      : element("td", {{"class", kind.text}, {"data-label", text}}, row[i]);
    }
    body += element("tr", {}, cells);
  }
  return element("div", {{"class", "table"}, {"role", "region"}, {"aria-label", caption}, {"tabindex", "0"}},
                 element("table", {}, element("caption", {}, caption), element("thead", {}, element("tr", {}, head)),
                         element("tbody", {}, body)));
}

Html section_of(std::string_view heading, const Html& content) {
  return element("section", {}, element("h2", {{"dir", "auto"}}, heading), content);
}

Html fact(const Visit& visit, Word label, const Html& value) {
  return element("div", {}, element("dt", {}, visit.text(label)), element("dd", {}, value));
}

Html sessions_table(const Visit& visit, const std::vector<Session>& sessions,
                    const std::function<Html(const Session&)>& action_of) {
  std::vector<std::vector<Html>> rows;
  rows.reserve(sessions.size());
  for (const Session& session : sessions) {
    rows.push_back({shown_time(session.seen_at), shown_time(session.created_at), shown(session.address),
                    shown(session.agent), action_of(session)});
  }
  return table_of(visit, visit.text("sessions"),
                  {{"last_seen", "time"}, {"since", "time"}, {"address"}, {"browser"}, {"action", "action"}}, rows);
}

Html shown(const std::optional<std::string>& value) {
  return value && !value->empty() ? text_of_any_direction(*value) : element("span", {{"class", "none"}}, "–");
}

Html text_of_any_direction(std::string_view text) {
  return element("bdi", {}, text);
}

Html shown_value(const Visit& visit, ClientField field, const std::optional<std::string>& value) {
  if (field != ClientField::status || !value) return shown(value);
  return text_of_any_direction(visit.text(label_of_status(*value == status_word(true))));
}

Html shown_maker(const Visit& visit, const std::string& who) {
  return text_of_any_direction(who == "unknown" ? visit.text("nobody_known") : who);
}

std::string counted(const Visit& visit, std::size_t n, Word one, Word several) {
  return visit.text(n == 1 ? one : several, {{"n", std::to_string(n)}});
}

Html shown_time(std::int64_t seconds) {
  if (seconds == 0) return shown(std::nullopt);
  return shown_moment(utc_timestamp(std::chrono::system_clock::time_point(std::chrono::seconds(seconds))));
}

Html shown_moment(const std::string& stamp) {
  if (stamp.size() < std::string_view("2026-11-23T10:15").size()) return shown(std::nullopt);
  return element("time", {{"datetime", stamp}}, stamp.substr(0, 10) + " " + stamp.substr(11, 5) + " UTC");
}

Html link_element(std::string_view link, const Html& content) {
  return element("a", {{"href", link}}, content);
}

Word label_of(EntryKind kind) {
  static constexpr std::array<Word, 6> words{"kind_import", "kind_load",   "kind_edit",
                                             "kind_undo",   "kind_replay", "kind_adopt"};
  return words.at(index_of(kind));
}

Word label_of(EntrySource source) {
  static constexpr std::array<Word, 4> words{"source_folder", "source_command", "source_console", "source_api"};
  return words.at(index_of(source));
}

Word label_of(ClientField field) {
  static constexpr std::array<Word, 7> words{"field_created", "field_deleted", "field_name",  "field_number",
                                             "field_type",    "field_lead",    "field_status"};
  return words.at(index_of(field));
}

Word label_of(Role role) {
  static constexpr std::array<Word, 3> words{"role_viewer", "role_editor", "role_admin"};
  return words.at(index_of(role));
}

Word label_of_status(bool active) {
  return active ? Word("active") : Word("inactive");
}

Word label_of(PasswordProblem problem) {
  static constexpr std::array<Word, 4> words{"password_too_short", "password_too_long", "password_is_name",
                                             "password_not_text"};
  return words.at(index_of(problem));
}

bool is_confirmed(const Visit& visit) {
  return field_of(visit.form, "confirmed") == "yes";
}

HttpResponse confirm(const Visit& visit, Word question) {
  Html fields = hidden("confirmed", "yes");
  for (const FormField& field : visit.form) {
    if (field.name == "form_token") continue;
    fields += hidden_field(field.name, field.value);
  }
  const std::string name(field_of(visit.form, "name"));
  Html content = element("p", {}, visit.text(question, {{"name", name}}));
  content += post_form(visit, visit.link(visit.page), fields, button(visit, "yes_do_it", "danger"), " ",
                       link_element(visit.link(visit.page), visit.text("cancel")));
  return page_of(visit, visit.text("please_confirm"), content);
}

}  // namespace clientsync
