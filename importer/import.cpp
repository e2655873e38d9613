#include "importer/import.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "importer/digest.hpp"
#include "importer/plan/list_key.hpp"
#include "importer/report.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/history.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// The digest by which a list is recognised, whatever its name, order and further columns. "" if it has no rows.
std::string cells_sha256(const Sheet& sheet) {
  return sheet.rejected() || sheet.rows.empty() ? std::string() : sha256(list_key(sheet));
}

/// All clients of which the plan may write a field.
std::vector<std::string_view> clients_of(const Sheet& sheet, const Register& current) {
  std::vector<std::string_view> ids = touched_by(sheet).company_ids;
  for (const KnownClient& client : current.clients()) ids.push_back(client.company_id);
  return ids;
}

/// Which past of the clients the plan of a file has to know.
void read_past(Connection& connection, FirmId firm, const Sheet& sheet, Background& background) {
  History& history = background.history;
  const bool has_lines = has_report_lines(sheet);
  if (!history.first_import && !has_lines) return;
  const std::vector<std::string_view> clients = clients_of(sheet, background.current);
  Batch batch(connection);
  read_changes(batch, firm, clients, has_lines ? 0 : history.first_import->number, history.changes);
  if (has_lines) read_last_errors(batch, firm, clients, history.errors);
  batch.run("reading the history of clients");
}

/// Of all clients, since a damaged company ID may mean one that the sheet does not name.
void read_details_of_all(Connection& connection, FirmId firm, Register& current) {
  std::vector<std::string_view> ids;
  for (const KnownClient& client : current.clients()) ids.push_back(client.company_id);
  Batch batch(connection);
  read_details(batch, firm, ids, current);
  batch.run("reading the details of clients");
}

/// A rejected sheet is judged without either.
Background read_background(Connection& connection, const Firm& firm, const LedgerEntry& entry, const std::string& cells,
                           const ImportRules& rules, const Sheet& sheet) {
  if (sheet.rejected()) return {};
  const bool with_history = rules.policy.older_files == Policy::OlderFiles::check && !sheet.rows.empty();
  const Touched touched = touched_by(sheet);
  Background background;
  Batch batch(connection);
  read_register(batch, firm, touched, background.current);
  if (with_history) find_first_import(batch, firm.id, entry, cells, background.history.first_import);
  batch.run("reading the register");
  if (const std::vector<DigitRange> ranges = missing_ranges(sheet, background.current); !ranges.empty())
    add_clients_in(connection, firm.id, ranges, background.current);
  if (rules.sheet.details) read_details_of_all(connection, firm.id, background.current);
  if (with_history) read_past(connection, firm.id, sheet, background);
  return background;
}

/// docs/specification.md §1: every row ends in exactly one way.
void require_sum(const Counts& counts) {
  if (counts.rows != counts.updated + counts.unchanged + counts.created + counts.failed)
    throw std::logic_error("the rows of an import do not add up; nothing was imported");
}

}  // namespace

Judged judge(const Sheet& sheet, const Background& background, const ImportRules& rules) {
  Plan plan = plan_import(sheet, background.current, rules.policy, background.history);
  require_sum(plan.counts);
  const bool wanted = rules.report_always || plan.rejected || plan.counts.failed > 0;
  std::string report = wanted ? render_report(sheet, plan) : std::string();
  return {std::move(plan), std::move(report)};
}

std::optional<BegunImport> begin_import(Connection& connection, const LedgerEntry& entry, const ImportRules& rules,
                                        const Sheet& sheet) {
  const std::string cells = cells_sha256(sheet);
  std::vector<std::optional<LockedReport>> reports(entry.unrecorded.size());
  const auto add_locks = [&](Batch& batch) {
    for (std::size_t i = 0; i < reports.size(); ++i) lock_report(batch, entry.unrecorded[i].import, reports[i]);
  };
  auto begun = begin_entry(connection, entry, cells, rules.firm, add_locks);
  if (!begun) return std::nullopt;
  return BegunImport{std::move(begun->transaction), begun->id, begun->firm.id,
                     read_background(connection, begun->firm, entry, cells, rules, sheet), std::move(reports)};
}

void finish_import(Connection& connection, const BegunImport& begun, const LedgerEntry& entry, const Sheet& sheet,
                   const Judged& judged, std::string_view report_name, std::int64_t finished_at) {
  const Plan& plan = judged.plan;
  Batch batch(connection);
  write_clients(batch, begun.firm, plan.writes);
  record_changes(batch, begun.import, begun.firm, plan.writes);
  record_errors(batch, begun.import, plan.rows, plan.problems, sheet.language);
  record_bytes(batch, begun.import, entry, judged.report);
  complete_import(batch, begun.import, begun.firm, plan.rejected, plan.counts, sheet.language, judged.report,
                  report_name, finished_at);
  if (entry.request) insert_request_key(batch, *entry.request, begun.import, finished_at);
  for (std::size_t i = 0; i < begun.reports.size(); ++i) {
    if (begun.reports[i])
      record_outcome(batch, *begun.reports[i], entry.unrecorded[i].state, entry.unrecorded[i].report_name);
  }
  batch.run("writing import " + std::to_string(begun.import));
}

Background read_background(Connection& connection, const LedgerEntry& entry, const ImportRules& rules,
                           const Sheet& sheet) {
  const std::optional<Firm> firm = find_firm(connection, rules.firm);
  if (!firm) return {};
  return read_background(connection, *firm, entry, cells_sha256(sheet), rules, sheet);
}

}  // namespace clientsync
