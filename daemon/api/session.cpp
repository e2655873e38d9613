// GET, PATCH and DELETE session; GET events.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>

#include "daemon/access/sign_in.hpp"
#include "daemon/api/body.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/json/json.hpp"
#include "importer/store/users.hpp"

namespace clientsync {
namespace {

/// Longer ones would not fit a column that all databases have.
constexpr std::size_t longest_preferences = 16000;

boost::json::value preferences_of(const Caller& caller) {
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(caller.preferences, error);
  return error ? boost::json::value(boost::json::object()) : value;
}

void require_person(const ApiCall& call) {
  if (call.caller.user == 0)
    throw ApiError{403, "session_required", "Only people who have signed in have a session; this is a token."};
}

std::optional<Language> language_named(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (const auto language = read_tag(name)) return language;
  throw ApiError{400, "body_invalid", "language is en, pt-BR or null."};
}

}  // namespace

HttpResponse answer_session(const ApiCall& call) {
  const Caller& caller = call.caller;
  boost::json::array firms;
  for (const std::string& firm : firms_of(call)) firms.emplace_back(firm);
  return json_response(boost::json::object{
      {"name", caller.name},
      {"kind", caller.user != 0 ? "user" : "token"},
      {"role", word_of(caller.role)},
      {"firms", std::move(firms)},
      {"language", caller.language ? boost::json::value(tag(*caller.language)) : boost::json::value(nullptr)},
      {"preferences", preferences_of(caller)}});
}

HttpResponse edit_session(const ApiCall& call) {
  require_person(call);
  const boost::json::object body = read_body(call.request, {"language", "preferences"});
  Caller caller = call.caller;
  const bool has_language = body.contains("language");
  if (has_language) caller.language = language_named(text_in(body, "language").value_or(""));
  const boost::json::value* preferences = body.if_contains("preferences");
  if (preferences != nullptr) {
    if (!preferences->is_object()) throw ApiError{400, "body_invalid", "preferences has to be an object."};
    caller.preferences = boost::json::serialize(*preferences);
    if (caller.preferences.size() > longest_preferences)
      throw ApiError{400, "body_invalid", "preferences is too long."};
  }
  call.context.connections.use([&](Connection& connection) {
    if (has_language) update_language(connection, caller.user, caller.language);
    if (preferences != nullptr) update_preferences(connection, caller.user, caller.preferences);
  });
  return answer_session({call.context, caller, call.request});
}

HttpResponse end_own_session(const ApiCall& call) {
  require_person(call);
  sign_out(call.context.connections, call.caller);
  return {.status = 204};
}

HttpResponse open_events(const ApiCall& /*call*/) {
  return {.status = 200, .type = "text/event-stream", .events = true};
}

}  // namespace clientsync
