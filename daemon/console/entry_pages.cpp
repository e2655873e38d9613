// An entry of the ledger with what it changed and what failed, and its undo.
#include <algorithm>
#include <charconv>
#include <utility>

#include "daemon/api/entry_answer.hpp"
#include "daemon/console/frame.hpp"
#include "daemon/console/pages.hpp"
#include "daemon/json/complaints.hpp"
#include "daemon/json/entries.hpp"
#include "daemon/json/json.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// So many rows of a table are shown; the downloads have all of them.
constexpr std::size_t most_rows = 2000;

struct EntryRecord {
  RecordedEntry entry;
  std::vector<ShownChange> changes;
  std::vector<Complaint> errors;
};

ImportId number_of(const Visit& visit) {
  const std::string_view text = field_of(visit.query, "n");
  ImportId number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

/// nullopt too if it is of a firm that the caller may not see.
std::optional<RecordedEntry> read_visible_entry(const Visit& visit, Connection& connection) {
  std::optional<RecordedEntry> entry = read_entry(connection, number_of(visit));
  if (entry && !visit.caller.may_see(entry->firm)) entry.reset();
  return entry;
}

/// The visit as one about the entry's firm, whatever its link said, so that links to clients lead to those of the
/// entry.
Visit about_firm_of(const RecordedEntry& entry, Visit visit) {
  if (std::ranges::find(visit.firms, entry.firm) != visit.firms.end()) visit.firm = entry.firm;
  return visit;
}

HttpResponse no_such_entry(const Visit& visit) {
  return refusal(visit, 404, "not_found", visit.text("no_such_entry"));
}

/// "import 12", as a link.
Html entry_link(const Visit& visit, ImportId entry) {
  const std::string number = std::to_string(entry);
  return link_element(visit.link("entry", {{"n", number}}), visit.text("entry_n", {{"n", number}}));
}

Html client_link(const Visit& visit, std::string_view id) {
  return link_element(visit.link("client", {{"id", id}}), id);
}

Html outcome_of(const Visit& visit, const RecordedEntry& entry) {
  const Counts& counts = entry.counts;
  Html items;
  const auto add = [&](std::size_t count, Word one, Word several) {
    if (count > 0) items += element("li", {}, counted(visit, count, one, several));
  };
  if (entry.rejected) items += element("li", {{"class", "error"}}, visit.text("rejected"));
  add(counts.updated, "updated_count_one", "updated_count");
  add(counts.created, "created_count_one", "created_count");
  add(counts.unchanged, "unchanged_count", "unchanged_count");
  add(counts.failed, "failed_count", "failed_count");
  add(counts.restored, "restored_count_one", "restored_count");
  if (items.empty()) return visit.text("no_change");
  return element("ul", {{"class", "counts"}}, items);
}

Html facts_of(const Visit& visit, const RecordedEntry& entry) {
  Html facts;
  const auto add = [&](Word label, const Html& value) { facts += fact(visit, label, value); };
  add("outcome", outcome_of(visit, entry));
  add("when", shown_time(entry.finished_at));
  add("who", shown_maker(visit, entry.who));
  add("source", visit.text(label_of(entry.source)));
  if (!entry.inbox.empty()) add("inbox", entry.inbox);
  if (!entry.name.empty()) add("file", text_of_any_direction(escape(file_name_of(entry.name))));
  if (entry.original)
    add(entry.kind == EntryKind::undo ? Word("undoes") : Word("repeats"), entry_link(visit, *entry.original));
  if (entry.undone_by) add("undone_by_entry", entry_link(visit, *entry.undone_by));
  return element("dl", {{"class", "facts"}}, facts);
}

/// What can be done with the entry: downloads, and its undo.
Html actions_of(const Visit& visit, const EntryRecord& record) {
  const RecordedEntry& entry = record.entry;
  const std::string number = std::to_string(entry.id);
  Html items;
  const auto add = [&](std::string_view link, Word word) {
    items += element("li", {}, link_element(link, visit.text(word)));
  };
  if (!entry.sha256.empty()) add("./api/v1/imports/" + number + "/input", "download_input");
  if (!record.errors.empty()) add("./api/v1/imports/" + number + "/report", "download_report");
  if (visit.caller.may(Role::editor) && !record.changes.empty() && !entry.undone_by)
    add(visit.link("undo", {{"n", number}}), "undo_entry");
  return items.empty() ? Html() : element("ul", {{"class", "actions"}}, items);
}

Html changes_table(const Visit& visit, const std::vector<ShownChange>& changes) {
  std::vector<std::vector<Html>> rows;
  for (const ShownChange& change : changes) {
    if (rows.size() == most_rows) break;
    rows.push_back({client_link(visit, change.company_id), shown(change.name), visit.text(label_of(change.field)),
                    element("del", {}, shown_value(visit, change.field, change.before)),
                    element("ins", {}, shown_value(visit, change.field, change.after))});
  }
  return table_of(visit, visit.text("changes_n", {{"n", std::to_string(changes.size())}}),
                  {{"field_id", "id"}, {"field_name"}, {"field"}, {"before"}, {"after"}}, rows);
}

Html errors_table(const Visit& visit, const std::vector<Complaint>& errors) {
  std::vector<std::vector<Html>> rows;
  for (const Complaint& error : errors) {
    if (rows.size() == most_rows) break;
    rows.push_back({error.row == 0 ? Html(visit.text("whole_file")) : Html(std::to_string(error.row)),
                    shown(error.company_id), text_of_any_direction(error.message), element("code", {}, error.codes)});
  }
  return table_of(visit, visit.text("errors_n", {{"n", std::to_string(errors.size())}}),
                  {{"row", "number"}, {"field_id", "id"}, {"error"}, {"error_code"}}, rows);
}

std::string title_of(const Visit& visit, const RecordedEntry& entry) {
  return visit.text("kind_n", {{"kind", visit.text(label_of(entry.kind))}, {"n", std::to_string(entry.id)}});
}

}  // namespace

HttpResponse show_entry(const Visit& asked) {
  const auto record = asked.context.connections.use([&](Connection& connection) -> std::optional<EntryRecord> {
    std::optional<RecordedEntry> entry = read_visible_entry(asked, connection);
    if (!entry) return std::nullopt;
    std::vector<ShownChange> changes = read_changes_of(connection, *entry);
    return EntryRecord{*std::move(entry), std::move(changes), read_complaints(connection, number_of(asked))};
  });
  if (!record) return no_such_entry(asked);
  const Visit visit = about_firm_of(record->entry, asked);
  Html content = facts_of(visit, record->entry);
  content += actions_of(visit, *record);
  if (!record->errors.empty()) content += errors_table(visit, record->errors);
  if (!record->changes.empty()) content += changes_table(visit, record->changes);
  if (std::max(record->changes.size(), record->errors.size()) > most_rows)
    content += element("p", {}, visit.text("first_rows_shown", {{"n", std::to_string(most_rows)}}));
  return page_of(visit, title_of(visit, record->entry), content);
}

namespace {

Html shown_value(const Visit& visit, ClientField field, std::optional<std::string_view> value) {
  return shown_value(visit, field, value ? std::optional<std::string>(*value) : std::nullopt);
}

Html fate_of(const Visit& visit, const FieldOutcome& outcome) {
  const std::string entry = std::to_string(outcome.kept_for);
  switch (outcome.kind) {
    case FieldOutcome::Kind::reversed:
      if (outcome.field == ClientField::created) return visit.text("undo_deletes");
      if (outcome.field == ClientField::deleted) return visit.text("undo_brings_back");
      return element("ins", {}, shown_value(visit, outcome.field, outcome.before));
    case FieldOutcome::Kind::kept:
      if (outcome.already_reversed) return visit.text("kept_undone", {{"n", entry}});
      if (outcome.kept_for == 0) return visit.text("kept_changed");
      return visit.text("kept_changed_by", {{"n", entry}});
    case FieldOutcome::Kind::failed:
      break;
  }
  return text_of_any_direction(outcome.problem ? sentence(*outcome.problem, visit.language) : "");
}

Word word_of(FieldOutcome::Kind kind) {
  static constexpr std::array<Word, 3> words{"reversed", "kept", "failed"};
  return words.at(index_of(kind));
}

Html outcomes_table(const Visit& visit, const UndoPlan& plan) {
  std::vector<std::vector<Html>> rows;
  for (const FieldOutcome& outcome : plan.outcomes) {
    if (rows.size() == most_rows) break;
    rows.push_back({client_link(visit, outcome.company_id), text_of_any_direction(outcome.display_name),
                    visit.text(label_of(outcome.field)), shown_value(visit, outcome.field, outcome.now),
                    visit.text(word_of(outcome.kind)), fate_of(visit, outcome)});
  }
  return table_of(visit, visit.text("undo_outcomes"),
                  {{"field_id", "id"}, {"field_name"}, {"field"}, {"now"}, {"outcome"}, {"after_undo"}}, rows);
}

Html undo_form(const Visit& visit, const UndoVerdict& made, bool skip_conflicts) {
  const UndoPlan& plan = made.plan;
  const std::string number = std::to_string(number_of(visit));
  const Html cancel = link_element(visit.link("entry", {{"n", number}}), visit.text("cancel"));
  if (plan.reversed == 0) return element("p", {}, visit.text("nothing_to_undo"), " ", cancel);
  if (plan.kept + plan.failed > 0 && !skip_conflicts) {
    const std::string rest = visit.link("undo", {{"n", number}, {"skip_conflicts", "yes"}});
    Html both = element("p", {}, visit.text("undo_conflicts"));
    both += element("ul", {{"class", "actions"}}, element("li", {}, link_element(rest, visit.text("undo_the_rest"))),
                    element("li", {}, cancel));
    return both;
  }
  return post_form(visit, visit.link("undo", {{"n", number}}), hidden("plan", made.verdict.plan),
                   hidden("skip_conflicts", skip_conflicts ? "yes" : ""), button(visit, "undo_now", "danger"), " ",
                   cancel);
}

HttpResponse undo_page(const Visit& visit, const UndoVerdict& made, bool skip_conflicts) {
  const UndoPlan& plan = made.plan;
  Html content;
  if (made.verdict.stale) content += notice(NoticeKind::warning, visit.text("plan_is_stale"));
  content += element("p", {}, counted(visit, plan.reversed, "reversed_count_one", "reversed_count"), ", ",
                     counted(visit, plan.kept, "kept_count_one", "kept_count"), ", ",
                     counted(visit, plan.failed, "failed_count", "failed_count"));
  content += undo_form(visit, made, skip_conflicts);
  if (!plan.outcomes.empty()) content += outcomes_table(visit, plan);
  return page_of(visit, visit.text("undo_n", {{"n", std::to_string(number_of(visit))}}), content,
                 made.verdict.stale ? 409 : 200);
}

/// nullopt: the firm has no inbox any more.
std::optional<ImportRules> find_rules(const Visit& visit, const RecordedEntry& entry) {
  try {
    return rules_of(call_of(visit), entry);
  } catch (const ApiError&) {
    return std::nullopt;
  }
}

/// Shows or writes the undo.
HttpResponse answer_undo(const Visit& asked, bool skip_conflicts, const Decision& decision) {
  const std::optional<RecordedEntry> entry =
      asked.context.connections.use([&](Connection& connection) { return read_visible_entry(asked, connection); });
  if (!entry) return no_such_entry(asked);
  const Visit visit = about_firm_of(*entry, asked);
  const std::optional<ImportRules> rules = find_rules(visit, *entry);
  if (!rules) return refusal(visit, 422, "undo_impossible", visit.text("firm_is_not_configured"));
  const UndoVerdict made =
      undo_entry(visit.context.connections, *rules, entry->id, skip_conflicts, author_of(call_of(visit)), decision);
  if (!made.verdict.entry) return undo_page(visit, made, skip_conflicts);
  return redirect_to(visit.link("entry", {{"n", std::to_string(*made.verdict.entry)}, {"done", "done_undone"}}));
}

}  // namespace

HttpResponse show_undo(const Visit& visit) {
  return answer_undo(visit, field_of(visit.query, "skip_conflicts") == "yes", {});
}

HttpResponse undo(const Visit& visit) {
  const std::string plan(field_of(visit.form, "plan"));
  return answer_undo(visit, field_of(visit.form, "skip_conflicts") == "yes", {.apply = !plan.empty(), .plan = plan});
}

}  // namespace clientsync
