// A client with its history, as a form that edits it; adding and deleting clients.
#include <algorithm>
#include <utility>

#include "daemon/api/client_tag.hpp"
#include "daemon/api/entry_answer.hpp"
#include "daemon/console/frame.hpp"
#include "daemon/console/pages.hpp"
#include "daemon/json/complaints.hpp"
#include "daemon/json/json.hpp"
#include "importer/entry.hpp"
#include "importer/store/clients.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// A client of the register, or what is left of one that was deleted.
struct ClientRecord {
  std::optional<Client> client;
  std::vector<ClientChange> history;
};

std::string id_of(const Visit& visit) {
  return std::string(field_of(visit.query, "id"));
}

ClientRecord look_up(const Visit& visit, const std::string& id) {
  return visit.context.connections.use([&](Connection& connection) -> ClientRecord {
    const std::optional<Firm> firm = find_firm(connection, visit.firm);
    if (!firm) return {};
    return {find_client(connection, firm->id, id), read_client_history(connection, firm->id, id)};
  });
}

/// What was typed, or, before anything was, what the client has.
struct TypedClient {
  std::string display_name, number, type, lead;
  bool active = true;
};

TypedClient typed_as(const Client& client) {
  return {client.display_name, client.number.value_or(""), client.type, client.lead, client.active};
}

TypedClient read_typed(const FormFields& form) {
  return {clean(field_of(form, "display_name")), clean(field_of(form, "client_number")), clean(field_of(form, "type")),
          clean(field_of(form, "lead")), field_of(form, "status") != status_word(false)};
}

Html fields_of(const Visit& visit, const TypedClient& typed) {
  Html fields = input_field(
      visit, {.name = "display_name", .label = "field_name", .value = typed.display_name, .required = true});
  fields += input_field(visit, {.name = "client_number", .label = "field_number", .value = typed.number});
  fields += input_field(visit, {.name = "type", .label = "field_type", .value = typed.type});
  fields += input_field(visit, {.name = "lead", .label = "field_lead", .value = typed.lead});
  return fields;
}

Html status_field(const Visit& visit, bool active) {
  std::vector<SelectOption> options;
  for (const bool each : {true, false})
    options.push_back({std::string(status_word(each)), std::string(visit.text(label_of_status(each)))});
  return select_field(
      visit,
      {.name = "status", .label = "field_status", .options = options, .selected = std::string(status_word(active))});
}

Html facts_of(const Visit& visit, const Client& client) {
  Html facts = fact(visit, "field_id", client.company_id);
  facts += fact(visit, "field_name", shown(client.display_name));
  facts += fact(visit, "field_number", shown(client.number));
  facts += fact(visit, "field_type", shown(client.type));
  facts += fact(visit, "field_lead", shown(client.lead));
  facts += fact(visit, "field_status", visit.text(label_of_status(client.active)));
  return element("dl", {{"class", "facts"}}, facts);
}

Html history_of(const Visit& visit, const std::vector<ClientChange>& history) {
  std::vector<std::vector<Html>> rows;
  for (auto change = history.rbegin(); change != history.rend(); ++change) {
    const std::string number = std::to_string(change->entry);
    const bool known = change->entry != 0;
    Html what = known
                    ? link_element(visit.link("entry", {{"n", number}}),
                                   visit.text("kind_n", {{"kind", visit.text(label_of(change->kind))}, {"n", number}}))
                    : Html(visit.text("by_hand"));
    if (const std::string file = file_name_of(change->name); !file.empty()) {
      what += " ";
      what += text_of_any_direction(escape(file));
    }
    rows.push_back({shown_time(change->started_at), what, shown_maker(visit, change->who),
                    visit.text(label_of(change->field)),
                    element("del", {}, shown_value(visit, change->field, change->before)),
                    element("ins", {}, shown_value(visit, change->field, change->after))});
  }
  return table_of(visit, visit.text("history"),
                  {{"when", "time"}, {"entry"}, {"who"}, {"field"}, {"before"}, {"after"}}, rows);
}

Html edit_form(const Visit& visit, const Client& client, const TypedClient& typed) {
  return post_form(visit, visit.link("client", {{"id", client.company_id}}), hidden("state", tag_of(client)),
                   fields_of(visit, typed), status_field(visit, typed.active), button(visit, "save"));
}

HttpResponse client_page(const Visit& visit, const ClientRecord& record, const TypedClient& typed, const Html& message,
                         unsigned status = 200) {
  if (!record.client) {
    Html content = notice(NoticeKind::warning, visit.text("client_was_deleted"));
    content += history_of(visit, record.history);
    return page_of(visit, visit.text("client_n", {{"id", id_of(visit)}}), content);
  }
  const Client& client = *record.client;
  Html content = message;
  if (visit.caller.may(Role::editor)) {
    content += element("p", {{"class", "subtitle"}}, visit.text("field_id"), " ", client.company_id);
    content += edit_form(visit, client, typed);
  } else {
    content += facts_of(visit, client);
  }
  if (visit.caller.may(Role::admin) && !client.active)
    content += element(
        "p", {}, link_element(visit.link("delete-client", {{"id", client.company_id}}), visit.text("delete_client")));
  content += history_of(visit, record.history);
  return page_of(visit, client.display_name, content, status);
}

HttpResponse no_such_client(const Visit& visit) {
  return refusal(visit, 404, "not_found", visit.text("no_such_client"));
}

/// What the rules say against it.
Html complaints_about(const Visit& visit, const Plan& plan) {
  Html items;
  for (const Complaint& complaint : complaints_of(plan, visit.language))
    items += element("li", {{"data-code", complaint.codes}}, complaint.message);
  return notice(NoticeKind::error, element("ul", {}, items));
}

EditVerdict edit_client(const Visit& visit, const Edit& edit, const Decision& decision) {
  return edit_clients(visit.context.connections, inbox_for(call_of(visit)).rules, {edit}, author_of(call_of(visit)),
                      decision);
}

Edit edit_with(const std::string& id, const TypedClient& typed) {
  return {.kind = Edit::Kind::change,
          .row = 1,
          .company_id = id,
          .display_name = typed.display_name,
          .number = typed.number,
          .type = typed.type,
          .lead = typed.lead,
          .active = typed.active};
}

/// Somebody changed the client since the form was shown: what was typed stays, and is judged against what is there now.
HttpResponse show_conflict(const Visit& visit, const TypedClient& typed) {
  const ClientRecord now = look_up(visit, id_of(visit));
  if (!now.client) return client_page(visit, now, typed, {});
  Html message = element("p", {}, visit.text("client_has_changed"));
  message += facts_of(visit, *now.client);
  return client_page(visit, now, typed, notice(NoticeKind::warning, message), 409);
}

}  // namespace

HttpResponse show_client(const Visit& visit) {
  const ClientRecord record = look_up(visit, id_of(visit));
  if (!record.client && record.history.empty()) return no_such_client(visit);
  return client_page(visit, record, record.client ? typed_as(*record.client) : TypedClient(), {});
}

HttpResponse save_client(const Visit& visit) {
  const std::string id = id_of(visit);
  const TypedClient typed = read_typed(visit.form);
  const Edit edit = edit_with(id, typed);
  // The plan comes before the look at the client: so the plan that is written is one of the state that the form showed.
  const EditVerdict shown = edit_client(visit, edit, {});
  const ClientRecord record = look_up(visit, id);
  if (!record.client && record.history.empty()) return no_such_client(visit);
  if (!record.client || tag_of(*record.client) != field_of(visit.form, "state")) return show_conflict(visit, typed);
  if (shown.plan.rejected) return client_page(visit, record, typed, complaints_about(visit, shown.plan), 422);
  if (shown.plan.writes.empty())
    return redirect_to(visit.link("client", {{"id", id}, {"done", "done_nothing_to_change"}}));
  const EditVerdict made = edit_client(visit, edit, {.apply = true, .plan = shown.verdict.plan});
  if (!made.verdict.entry) return show_conflict(visit, typed);
  return redirect_to(visit.link("client", {{"id", id}, {"done", "done_saved"}}));
}

namespace {

HttpResponse new_client_page(const Visit& visit, const std::string& id, const TypedClient& typed, const Html& message,
                             unsigned status = 200) {
  Html content = message;
  content += post_form(visit, visit.link("new-client"),
                       input_field(visit, {.name = "company_id",
                                           .label = "field_id",
                                           .value = id,
                                           .required = true,
                                           .hint = std::string(visit.text("hint_id"))}),
                       fields_of(visit, typed), button(visit, "add_client"));
  return page_of(visit, visit.text("add_client"), content, status);
}

}  // namespace

HttpResponse show_new_client(const Visit& visit) {
  return new_client_page(visit, "", {}, {});
}

HttpResponse add_client(const Visit& visit) {
  const std::string id = clean(field_of(visit.form, "company_id"));
  const TypedClient typed = read_typed(visit.form);
  Edit edit = edit_with(id, typed);
  edit.kind = Edit::Kind::add;
  for (std::optional<std::string>* field : {&edit.number, &edit.type, &edit.lead}) {
    if (field->value().empty()) field->reset();
  }
  const EditVerdict made = edit_client(visit, edit, {.apply = true});
  if (!made.verdict.entry) return new_client_page(visit, id, typed, complaints_about(visit, made.plan), 422);
  return redirect_to(visit.link("client", {{"id", id}, {"done", "done_client_added"}}));
}

namespace {

HttpResponse delete_page(const Visit& visit, const Client& client, const Html& message, unsigned status = 200) {
  Html content = message;
  content += element("p", {}, visit.text("delete_client_question"));
  content += facts_of(visit, client);
  content += post_form(visit, visit.link("delete-client", {{"id", client.company_id}}), hidden("state", tag_of(client)),
                       button(visit, "delete_client", "danger"), " ",
                       link_element(visit.link("client", {{"id", client.company_id}}), visit.text("cancel")));
  return page_of(visit, visit.text("delete_client"), content, status);
}

/// Somebody changed the client since the question was asked.
HttpResponse ask_anew(const Visit& visit) {
  const ClientRecord now = look_up(visit, id_of(visit));
  if (!now.client) return no_such_client(visit);
  return delete_page(visit, *now.client, notice(NoticeKind::warning, visit.text("client_to_delete_has_changed")), 409);
}

}  // namespace

HttpResponse show_delete_client(const Visit& visit) {
  const ClientRecord record = look_up(visit, id_of(visit));
  return record.client ? delete_page(visit, *record.client, {}) : no_such_client(visit);
}

HttpResponse delete_client(const Visit& visit) {
  const Edit edit{.kind = Edit::Kind::remove, .row = 1, .company_id = id_of(visit)};
  // In this order for the reason that save_client gives.
  const EditVerdict shown = edit_client(visit, edit, {});
  const ClientRecord record = look_up(visit, id_of(visit));
  if (!record.client) return no_such_client(visit);
  if (tag_of(*record.client) != field_of(visit.form, "state")) return ask_anew(visit);
  if (shown.plan.rejected) return delete_page(visit, *record.client, complaints_about(visit, shown.plan), 422);
  const EditVerdict made = edit_client(visit, edit, {.apply = true, .plan = shown.verdict.plan});
  if (!made.verdict.entry) return ask_anew(visit);
  return redirect_to(visit.link("clients", {{"done", "done_client_deleted"}}));
}

}  // namespace clientsync
