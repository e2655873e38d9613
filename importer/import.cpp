#include "importer/import.hpp"

#include <stdexcept>
#include <utility>

#include "importer/report.hpp"
#include "importer/store/clients.hpp"

namespace clientsync {
namespace {

/// A rejected sheet is judged without the register.
Register read_touched(Connection& connection, FirmId firm, const Sheet& sheet) {
  return sheet.rejected() ? Register() : read_register(connection, firm, touched_by(sheet));
}

/// docs/specification.md §1: every row ends in exactly one way.
void require_sum(const Counts& counts) {
  if (counts.rows != counts.updated + counts.unchanged + counts.created + counts.failed)
    throw std::logic_error("the rows of an import do not add up; nothing was imported");
}

}  // namespace

Judged judge(const Sheet& sheet, const Register& current, const ImportRules& rules) {
  Plan plan = plan_import(sheet, current, rules.policy);
  require_sum(plan.counts);
  const bool wanted = rules.report_always || plan.rejected || plan.counts.failed > 0;
  std::string report = wanted ? render_report(sheet, plan) : std::string();
  return {std::move(plan), std::move(report)};
}

std::optional<BegunImport> begin_import(Connection& connection, const LedgerEntry& entry, const std::string& firm,
                                        const Sheet& sheet) {
  const std::optional<ImportId> import = insert_import(connection, entry);
  if (!import) return std::nullopt;
  const FirmId firm_id = lock_firm(connection, firm);
  return BegunImport{*import, firm_id, read_touched(connection, firm_id, sheet)};
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

Register read_current(Connection& connection, const std::string& firm, const Sheet& sheet) {
  const std::optional<FirmId> firm_id = find_firm(connection, firm);
  return firm_id ? read_touched(connection, *firm_id, sheet) : Register();
}

}  // namespace clientsync
