#include "importer/import.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "importer/digest.hpp"
#include "importer/plan/list_key.hpp"
#include "importer/report.hpp"
#include "importer/store/clients.hpp"
#include "importer/store/history.hpp"

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

History read_history(Connection& connection, FirmId firm, const LedgerEntry& entry, const std::string& cells,
                     const Sheet& sheet, const Register& current) {
  History history;
  history.first_import = find_first_import(connection, firm, entry, cells);
  const bool has_lines = has_report_lines(sheet);
  if (!history.first_import && !has_lines) return history;
  const std::int64_t since = has_lines ? 0 : history.first_import->number;
  const std::vector<std::string_view> clients = clients_of(sheet, current);
  history.changes = read_changes(connection, firm, clients, since);
  if (has_lines) history.errors = read_last_errors(connection, firm, clients);
  return history;
}

/// A rejected sheet is judged without either.
Background read_background(Connection& connection, FirmId firm, const LedgerEntry& entry, const std::string& cells,
                           const ImportRules& rules, const Sheet& sheet) {
  if (sheet.rejected()) return {};
  Background background{.current = read_register(connection, firm, touched_by(sheet)), .history = {}};
  if (const std::vector<DigitRange> ranges = missing_ranges(sheet, background.current); !ranges.empty())
    add_clients_in(connection, firm, ranges, background.current);
  if (rules.policy.older_files == Policy::OlderFiles::check && !sheet.rows.empty())
    background.history = read_history(connection, firm, entry, cells, sheet, background.current);
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
  const std::optional<ImportId> import = insert_import(connection, entry, cells);
  if (!import) return std::nullopt;
  const FirmId firm = lock_firm(connection, rules.firm);
  return BegunImport{*import, firm, read_background(connection, firm, entry, cells, rules, sheet)};
}

void finish_import(Connection& connection, const BegunImport& begun, const LedgerEntry& entry, const Sheet& sheet,
                   const Judged& judged, std::string_view report_name, std::int64_t finished_at) {
  const Plan& plan = judged.plan;
  write_clients(connection, begun.firm, plan.writes);
  record_changes(connection, begun.import, begun.firm, plan.writes, entry.who, entry.started_at);
  record_errors(connection, begun.import, plan.rows, plan.problems, sheet.language);
  record_bytes(connection, begun.import, entry, judged.report);
  complete_import(connection, begun.import, begun.firm, plan, sheet.language, judged.report, report_name, finished_at);
}

Background read_background(Connection& connection, const LedgerEntry& entry, const ImportRules& rules,
                           const Sheet& sheet) {
  const std::optional<FirmId> firm = find_firm(connection, rules.firm);
  if (!firm) return {};
  return read_background(connection, *firm, entry, cells_sha256(sheet), rules, sheet);
}

}  // namespace clientsync
