#include "daemon/json/entries.hpp"

#include <unordered_map>
#include <utility>

#include "daemon/json/json.hpp"
#include "importer/plan/field_changes.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

/// True if the values of the field are names of the client.
bool is_name(ClientField field) {
  return field == ClientField::created || field == ClientField::deleted || field == ClientField::name;
}

std::string_view word_of(FieldOutcome::Kind kind) {
  switch (kind) {
    case FieldOutcome::Kind::reversed:
      return "reversed";
    case FieldOutcome::Kind::kept:
      return "kept";
    case FieldOutcome::Kind::failed:
      break;
  }
  return "failed";
}

boost::json::object json_of(const FieldOutcome& outcome, Language language) {
  boost::json::object field{{"company_id", outcome.company_id},
                            {"display_name", outcome.display_name},
                            {"field", clientsync::word_of(outcome.field)},
                            {"outcome", word_of(outcome.kind)},
                            {"before", value_or_null(outcome.before)},
                            {"written", value_or_null(outcome.written)},
                            {"now", value_or_null(outcome.now)}};
  if (outcome.kept_for != 0) field["entry"] = outcome.kept_for;
  if (outcome.problem) {
    field["code"] = token(code_of(outcome.problem->message));
    field["message"] = sentence(*outcome.problem, language);
  }
  return field;
}

}  // namespace

boost::json::object json_of(const RecordedEntry& entry) {
  boost::json::object object{{"entry", entry.id},
                             {"kind", word_of(entry.kind)},
                             {"original", value_or_null(entry.original)},
                             {"undone_by", value_or_null(entry.undone_by)},
                             {"firm", entry.firm},
                             {"at", time_of(entry.finished_at)},
                             {"who", entry.who},
                             {"source", word_of(entry.source)},
                             {"inbox", text_or_null(entry.inbox)},
                             {"file", text_or_null(escape(file_name_of(entry.name)))},
                             {"sha256", text_or_null(entry.sha256)},
                             {"outcome", entry.rejected ? "rejected" : "imported"}};
  add_counts(object, entry.counts);
  object["restored"] = entry.counts.restored;
  return object;
}

std::vector<ShownChange> changes_of(std::span<const ClientWrite> writes) {
  std::vector<ShownChange> changes;
  for (const ClientWrite& write : writes) {
    const std::string_view name = write.deleted ? write.name_before : write.name_after;
    for_each_change(write, [&](const FieldChange& change) {
      changes.push_back(
          {std::string(write.company_id), std::string(name), change.field, owned(change.before), owned(change.after)});
    });
  }
  return changes;
}

std::vector<ShownChange> read_changes_of(Connection& connection, const RecordedEntry& entry) {
  std::vector<EntryChange> changes;
  Batch batch(connection);
  read_entry_changes(batch, entry.id, changes);
  batch.run("reading the changes of entry " + std::to_string(entry.id));
  Register current;
  if (const std::optional<Firm> firm = find_firm(connection, entry.firm)) {
    Batch reading(connection);
    read_register(reading, *firm, touched_by(changes), current);
    reading.run("reading the register");
  }
  std::unordered_map<std::string, std::string> names;
  for (const EntryChange& change : changes) {
    if (const KnownClient* client = current.find(change.company_id)) {
      names.emplace(change.company_id, client->display_name);
    } else if (is_name(change.field)) {
      names.emplace(change.company_id, change.after ? *change.after : change.before.value_or(""));
    }
  }
  std::vector<ShownChange> shown;
  shown.reserve(changes.size());
  for (EntryChange& change : changes)
    shown.push_back(
        {change.company_id, names[change.company_id], change.field, std::move(change.before), std::move(change.after)});
  return shown;
}

boost::json::array json_of(std::span<const ShownChange> changes) {
  boost::json::array array;
  for (const ShownChange& change : changes) {
    array.push_back({{"company_id", change.company_id},
                     {"display_name", change.name},
                     {"field", word_of(change.field)},
                     {"before", value_or_null(change.before)},
                     {"after", value_or_null(change.after)}});
  }
  return array;
}

boost::json::object json_of(const Verdict& verdict) {
  return {{"entry", value_or_null(verdict.entry)}, {"plan", verdict.plan}, {"stale", verdict.stale}};
}

boost::json::object json_of(const UndoVerdict& made, Language language) {
  boost::json::object object = json_of(made.verdict);
  boost::json::array fields;
  for (const FieldOutcome& outcome : made.plan.outcomes) fields.push_back(json_of(outcome, language));
  object["reversed"] = made.plan.reversed;
  object["kept"] = made.plan.kept;
  object["failed"] = made.plan.failed;
  object["fields"] = std::move(fields);
  return object;
}

}  // namespace clientsync
