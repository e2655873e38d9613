// GET imports and all below it, POST imports/{id}/undo.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "daemon/api/body.hpp"
#include "daemon/api/client_tag.hpp"
#include "daemon/api/entry_answer.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/json/complaints.hpp"
#include "daemon/json/entries.hpp"
#include "daemon/json/json.hpp"
#include "importer/entry.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/entries.hpp"

namespace clientsync {
namespace {

constexpr std::int64_t default_limit = 50;
constexpr std::int64_t most_entries = 500;

std::int64_t number_parameter(const ApiCall& call, std::string_view name, std::int64_t otherwise, std::int64_t most) {
  const auto text = parameter(call, name);
  if (!text) return otherwise;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc() && end == text->data() + text->size() && number > 0 && number <= most) return number;
  throw ApiError{400, "parameter_invalid",
                 "The parameter " + std::string(name) + " is a number from 1 to " + std::to_string(most) + "."};
}

EntryKind kind_named(std::string_view name) {
  constexpr std::array kinds{EntryKind::import, EntryKind::load,   EntryKind::edit,
                             EntryKind::undo,   EntryKind::replay, EntryKind::adopt};
  const auto* const kind = std::ranges::find(kinds, name, [](EntryKind each) { return word_of(each); });
  if (kind != kinds.end()) return *kind;
  throw ApiError{400, "parameter_invalid", "The parameter kind is import, load, edit, undo, replay or adopt."};
}

EntryFilter filter_of(const ApiCall& call) {
  EntryFilter filter;
  if (const auto inbox = parameter(call, "inbox")) filter.inbox = std::string(*inbox);
  if (const auto kind = parameter(call, "kind")) filter.kind = kind_named(*kind);
  filter.limit = static_cast<std::size_t>(number_parameter(call, "limit", default_limit, most_entries));
  filter.before = number_parameter(call, "before", std::numeric_limits<std::int64_t>::max(),
                                   std::numeric_limits<std::int64_t>::max());
  return filter;
}

boost::json::object object_of(const RecordedEntry& entry) {
  boost::json::object object = json_of(entry);
  object["bytes"] = entry.size;
  object["language"] = text_or_null(entry.language);
  return object;
}

/// The name of the entry's file with this suffix in the place of `.csv`.
std::string file_name(const RecordedEntry& entry, std::string_view suffix) {
  std::string name = entry.name.empty() ? "entry-" + std::to_string(entry.id) : file_name_of(entry.name);
  if (name.ends_with(".csv") || name.ends_with(".CSV")) name.resize(name.size() - std::string_view(".csv").size());
  return name.append(suffix);
}

/// The bytes of the input or of the report.
HttpResponse bytes_response(const ApiCall& call, bool report) {
  return call.context.connections.use([&](Connection& connection) {
    const RecordedEntry entry = require_entry(call, connection);
    EntryBytes bytes = read_entry_bytes(connection, entry.id);
    std::optional<std::string>& wanted = report ? bytes.report : bytes.input;
    if (!wanted) throw ApiError{404, "bytes_unknown", "The ledger does not have these bytes, or no longer."};
    return csv_response(*std::move(wanted), file_name(entry, report ? ".errors.csv" : ".csv"));
  });
}

}  // namespace

HttpResponse list_imports(const ApiCall& call) {
  const std::string name = inbox_for(call).rules.firm;
  EntryFilter filter = filter_of(call);
  return call.context.connections.use([&](Connection& connection) {
    const std::optional<Firm> firm = find_firm(connection, name);
    const std::string etag = state_of_ledger(connection, firm, call.request.query + '\n' + name);
    if (names_etag(call.request, "if-none-match", etag)) return not_modified(etag);
    boost::json::array entries;
    if (firm) {
      filter.firm = firm->id;
      list_entries(connection, filter, [&](const RecordedEntry& entry) { entries.push_back(object_of(entry)); });
    }
    HttpResponse response = json_response(boost::json::object{{"firm", name}, {"entries", std::move(entries)}});
    response.headers.push_back({"etag", '"' + etag + '"'});
    return response;
  });
}

HttpResponse show_import(const ApiCall& call) {
  return call.context.connections.use(
      [&](Connection& connection) { return json_response(object_of(require_entry(call, connection))); });
}

HttpResponse show_import_rows(const ApiCall& call) {
  return call.context.connections.use([&](Connection& connection) {
    const RecordedEntry entry = require_entry(call, connection);
    return json_response(
        boost::json::object{{"entry", entry.id}, {"changes", json_of(read_changes_of(connection, entry))}});
  });
}

HttpResponse show_import_errors(const ApiCall& call) {
  return call.context.connections.use([&](Connection& connection) {
    const RecordedEntry entry = require_entry(call, connection);
    return json_response(boost::json::object{{"entry", entry.id},
                                             {"language", text_or_null(entry.language)},
                                             {"errors", json_of(read_complaints(connection, entry.id))}});
  });
}

HttpResponse write_import_input(const ApiCall& call) {
  return bytes_response(call, false);
}

HttpResponse write_import_report(const ApiCall& call) {
  return bytes_response(call, true);
}

HttpResponse undo_import(const ApiCall& call) {
  const boost::json::object body = read_body(call.request, {"dry_run", "plan", "skip_conflicts"});
  const RecordedEntry entry =
      call.context.connections.use([&](Connection& connection) { return require_entry(call, connection); });
  const Decision decision{.apply = !flag_in(body, "dry_run"), .plan = text_in(body, "plan").value_or("")};
  const bool skip_conflicts = flag_in(body, "skip_conflicts");
  const UndoVerdict made =
      undo_entry(call.context.connections, rules_of(call, entry), entry.id, skip_conflicts, author_of(call), decision);
  boost::json::object object = json_of(made, language_for(call.caller, call.request).value_or(Language::en));
  const bool has_conflicts = made.plan.kept > 0 || made.plan.failed > 0;
  if (decision.apply && !made.verdict.stale && has_conflicts && !skip_conflicts)
    throw ApiError{409, "undo_conflicts", "Not all of it can be reversed; nothing was.", std::move(object)};
  return json_response(object);
}

}  // namespace clientsync
