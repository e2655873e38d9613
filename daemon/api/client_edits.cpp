// POST clients, clients/edits; PATCH and DELETE clients/{id}.
#include <algorithm>
#include <utility>

#include "daemon/api/body.hpp"
#include "daemon/api/client_tag.hpp"
#include "daemon/api/entry_answer.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/json/clients.hpp"
#include "daemon/json/complaints.hpp"
#include "daemon/json/entries.hpp"
#include "importer/entry.hpp"
#include "importer/store/clients.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr std::size_t most_edits = 2000;

/// Reads the fields that are there; null clears one.
void read_fields(const boost::json::object& object, Edit& edit) {
  const auto read = [&](std::string_view member, std::optional<std::string>& to) {
    if (object.contains(member)) to = clean(text_in(object, member).value_or(""));
  };
  read("display_name", edit.display_name);
  read("client_number", edit.number);
  read("type", edit.type);
  read("lead", edit.lead);
  const std::optional<std::string> status = text_in(object, "status");
  if (status) edit.active = read_status(*status);
  if (status && !edit.active)
    throw ApiError{422, std::string(token(Code::status_invalid)), "The status is active or inactive."};
}

Language language_of_messages(const ApiCall& call, const InboxConfig& inbox) {
  return language_for(call.caller, call.request).value_or(inbox.rules.sheet.language);
}

/// 422 with all that the rules say, the first of it as the reason. Of several edits those that are right are in the
/// list too, because they were not applied.
ApiError refusal_of(const Plan& plan, Language language) {
  const std::vector<Complaint> complaints = complaints_of(plan, language);
  const auto first = std::ranges::find_if(
      complaints, [](const Complaint& complaint) { return complaint.codes != token(Code::not_applied); });
  const Complaint& reason = first == complaints.end() ? complaints.front() : *first;
  return {422, reason.codes.substr(0, reason.codes.find(' ')), reason.message, {{"errors", json_of(complaints)}}};
}

HttpResponse answer_edits(const ApiCall& call, const InboxConfig& inbox, const EditVerdict& made,
                          unsigned status = 200) {
  if (made.plan.rejected) throw refusal_of(made.plan, language_of_messages(call, inbox));
  boost::json::object object = json_of(made.verdict);
  object["changes"] = json_of(changes_of(made.plan.writes));
  return json_response(object, status);
}

std::optional<Client> read_client(const ApiCall& call, const InboxConfig& inbox) {
  return call.context.connections.use([&](Connection& connection) {
    const std::optional<Firm> firm = find_firm(connection, inbox.rules.firm);
    return firm ? find_client(connection, firm->id, call.id) : std::nullopt;
  });
}

Client require_client(const ApiCall& call, const InboxConfig& inbox) {
  std::optional<Client> client = read_client(call, inbox);
  if (!client) throw client_unknown();
  return *std::move(client);
}

ApiError changed_since(const Client& client) {
  boost::json::object object = json_of(client);
  object["etag"] = tag_of(client);
  return {412, "client_changed", "The client has changed since you saw it.", {{"client", std::move(object)}}};
}

/// The plan of the edit, shown before the client is found to be as the caller saw it. The plan names all that its
/// client has, so if it can be written then, nobody has changed the client meanwhile.
Decision decision_for(const ApiCall& call, const InboxConfig& inbox, const Edit& edit) {
  if (header_of(call.request.headers, "if-match").empty()) return {.apply = true};
  const EditVerdict shown = edit_clients(call.context.connections, inbox.rules, {edit}, author_of(call), {});
  const Client client = require_client(call, inbox);
  if (!names_etag(call.request, "if-match", tag_of(client))) throw changed_since(client);
  return {.apply = true, .plan = shown.verdict.plan};
}

HttpResponse edit_one(const ApiCall& call, const InboxConfig& inbox, const Edit& edit) {
  static_cast<void>(require_client(call, inbox));
  const Decision decision = decision_for(call, inbox, edit);
  const EditVerdict made = edit_clients(call.context.connections, inbox.rules, {edit}, author_of(call), decision);
  if (made.verdict.stale) throw changed_since(require_client(call, inbox));
  HttpResponse response = answer_edits(call, inbox, made);
  if (const auto client = read_client(call, inbox)) response.headers.push_back({"etag", '"' + tag_of(*client) + '"'});
  return response;
}

}  // namespace

HttpResponse add_client(const ApiCall& call) {
  const InboxConfig inbox = inbox_for(call);
  const boost::json::object body =
      read_body(call.request, {"company_id", "display_name", "client_number", "type", "lead", "status"});
  Edit edit{.kind = Edit::Kind::add, .row = 1, .company_id = clean(required_text_in(body, "company_id"))};
  read_fields(body, edit);
  if (!edit.display_name) edit.display_name = "";
  if (edit.number && edit.number->empty()) edit.number.reset();
  const EditVerdict made =
      edit_clients(call.context.connections, inbox.rules, {edit}, author_of(call), {.apply = true});
  return answer_edits(call, inbox, made, 201);
}

HttpResponse edit_client(const ApiCall& call) {
  const InboxConfig inbox = inbox_for(call);
  const boost::json::object body = read_body(call.request, {"display_name", "client_number", "type", "lead", "status"});
  Edit edit{.row = 1, .company_id = call.id};
  read_fields(body, edit);
  return edit_one(call, inbox, edit);
}

HttpResponse delete_client(const ApiCall& call) {
  return edit_one(call, inbox_for(call), {.kind = Edit::Kind::remove, .row = 1, .company_id = call.id});
}

HttpResponse edit_many_clients(const ApiCall& call) {
  const InboxConfig inbox = inbox_for(call);
  const boost::json::object body = read_body(call.request, {"edits", "dry_run", "plan"});
  const boost::json::array* given = array_in(body, "edits");
  if (given == nullptr || given->empty() || given->size() > most_edits)
    throw ApiError{400, "body_invalid", "edits has to be an array of 1 to 2000 edits."};
  std::vector<Edit> edits;
  for (const boost::json::value& each : *given) {
    const boost::json::object& object =
        object_in(each, "An edit", {"company_id", "display_name", "client_number", "type", "lead", "status"});
    Edit edit{.row = edits.size() + 1, .company_id = clean(required_text_in(object, "company_id"))};
    read_fields(object, edit);
    edits.push_back(std::move(edit));
  }
  const Decision decision{.apply = !flag_in(body, "dry_run"), .plan = text_in(body, "plan").value_or("")};
  const EditVerdict made = edit_clients(call.context.connections, inbox.rules, edits, author_of(call), decision);
  return answer_edits(call, inbox, made);
}

}  // namespace clientsync
