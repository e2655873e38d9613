#include "daemon/api/api.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <span>

#include "daemon/api/routes.hpp"
#include "daemon/http/form.hpp"
#include "daemon/log.hpp"
#include "importer/store/database.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct Route {
  HttpMethod method;
  std::string_view pattern;     ///< of the path; `{id}` stands for one segment
  Role role;                    ///< who may, and whoever may more
  std::string_view parameters;  ///< that the query may have, separated by spaces
  HttpResponse (*answer)(const ApiCall&);
};

constexpr std::string_view client_filters = "firm find type lead status without_number sort";
constexpr std::string_view csv_filters = "firm find type lead status without_number sort columns language";

/// tests/openapi_test.py compares this table with docs/openapi.yaml.
constexpr std::array routes{
    Route{HttpMethod::get, "session", Role::viewer, "", answer_session},
    Route{HttpMethod::patch, "session", Role::viewer, "", edit_session},
    Route{HttpMethod::remove, "session", Role::viewer, "", end_own_session},
    Route{HttpMethod::get, "clients", Role::viewer, client_filters, list_clients},
    Route{HttpMethod::get, "clients.csv", Role::viewer, csv_filters, write_client_csv},
    Route{HttpMethod::post, "clients", Role::editor, "firm inbox", add_client},
    Route{HttpMethod::post, "clients/edits", Role::editor, "firm inbox", edit_many_clients},
    Route{HttpMethod::get, "clients/{id}", Role::viewer, "firm", show_client},
    Route{HttpMethod::patch, "clients/{id}", Role::editor, "firm inbox", edit_client},
    Route{HttpMethod::remove, "clients/{id}", Role::admin, "firm inbox", delete_client},
    Route{HttpMethod::get, "imports", Role::viewer, "firm inbox kind limit before", list_imports},
    Route{HttpMethod::post, "imports", Role::editor, "firm inbox name dry_run", import_upload},
    Route{HttpMethod::get, "imports/{id}", Role::viewer, "", show_import},
    Route{HttpMethod::get, "imports/{id}/rows", Role::viewer, "", show_import_rows},
    Route{HttpMethod::get, "imports/{id}/errors", Role::viewer, "", show_import_errors},
    Route{HttpMethod::get, "imports/{id}/input", Role::viewer, "", write_import_input},
    Route{HttpMethod::get, "imports/{id}/report", Role::viewer, "", write_import_report},
    Route{HttpMethod::post, "imports/{id}/undo", Role::editor, "", undo_import},
    Route{HttpMethod::get, "inboxes", Role::viewer, "firm inbox", list_inboxes},
    Route{HttpMethod::get, "events", Role::viewer, "", open_events},
};

std::string_view word_of(HttpMethod method) {
  constexpr std::array<std::string_view, 5> words{"GET", "HEAD", "POST", "PATCH", "DELETE"};
  return words[static_cast<std::size_t>(method)];
}

/// What stands for `{id}` in a path of this pattern, "" without one; nullopt: the path is of another pattern.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  constexpr std::string_view variable = "{id}";
  const std::size_t at = pattern.find(variable);
  if (at == std::string_view::npos) return pattern == path ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = pattern.substr(0, at), after = pattern.substr(at + variable.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after))
    return std::nullopt;
  const std::string_view id = path.substr(before.size(), path.size() - before.size() - after.size());
  return id.find('/') == std::string_view::npos ? std::optional(id) : std::nullopt;
}

struct Found {
  const Route* route = nullptr;
  std::string_view id;
};

/// HEAD is answered as GET; the server leaves out the body.
Found find_route(HttpMethod method, std::string_view path) {
  std::string allowed;
  for (const Route& route : routes) {
    const auto id = match(route.pattern, path);
    if (!id) continue;
    if (route.method == method || (route.method == HttpMethod::get && method == HttpMethod::head)) return {&route, *id};
    allowed.append(allowed.empty() ? "" : ", ").append(word_of(route.method));
  }
  if (allowed.empty()) throw ApiError{404, "route_unknown", "The API has nothing at this path."};
  throw ApiError{405, "method_not_allowed", "Here the API takes: " + allowed + ".", {{"allow", allowed}}};
}

/// True if `word` is one of those in `list`, which are separated by spaces.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

/// Unknown ones are refused: whoever writes `dryrun=true` does not want an import.
FormFields read_parameters(std::string_view query, std::string_view known) {
  std::optional<FormFields> fields = parse_form(query);
  if (!fields) throw ApiError{400, "parameter_invalid", "The query cannot be read: it is not well-formed UTF-8."};
  for (const FormField& field : *fields) {
    if (!has_word(known, field.name))
      throw ApiError{400, "parameter_unknown", "There is no parameter " + escape(field.name) + " here."};
    if (std::ranges::count(*fields, field.name, &FormField::name) > 1)
      throw ApiError{400, "parameter_invalid", "The parameter " + field.name + " is given twice."};
  }
  return *std::move(fields);
}

ApiError error_of(const DatabaseError& error) {
  if (error.kind() == DatabaseError::Kind::conflict)
    return {503, "busy", "Others write to the register at this moment; try again."};
  return {503, "unavailable", "The database does not answer."};
}

HttpResponse answer(const ApiContext& context, const Caller& caller, const HttpRequest& request,
                    std::string_view path) {
  const Found found = find_route(request.method, path);
  if (!caller.may(found.route->role)) throw ApiError{403, "role_insufficient", "Your role does not allow this."};
  std::optional<std::string> id = unescape_segment(found.id);
  if (!id) throw ApiError{404, "route_unknown", "The API has nothing at this path."};
  const ApiCall call{context, caller, request, read_parameters(request.query, found.route->parameters), *std::move(id)};
  return found.route->answer(call);
}

}  // namespace

HttpResponse answer_api(const ApiContext& context, const Caller& caller, const HttpRequest& request,
                        std::string_view path) {
  ApiError failed;
  const auto say = [&](const std::exception& error) {
    log(LogLevel::error, "api.failed", {{"path", request.path}, {"why", error.what()}});
  };
  try {
    return answer(context, caller, request, path);
  } catch (const ApiError& error) {
    failed = error;
  } catch (const DatabaseError& error) {
    say(error);
    failed = error_of(error);
  } catch (const std::exception& error) {
    say(error);
    failed = {500, "internal", "Something failed that should not; the log says what."};
  }
  HttpResponse response = problem_response(failed);
  if (failed.status == 503) response.headers.push_back({"retry-after", "5"});
  if (failed.status == 405) response.headers.push_back({"allow", std::string(failed.members["allow"].as_string())});
  return response;
}

}  // namespace clientsync
