#include "importer/import.hpp"

#include <stdexcept>
#include <utility>

#include "importer/report.hpp"
#include "importer/store/clients.hpp"

namespace clientsync {
namespace {

Register slice_for(Connection& connection, FirmId firm, const Sheet& sheet) {
  return sheet.rejected() ? Register() : read_register(connection, firm, touched_by(sheet));
}

/// docs/specification.md §1: every row ends in exactly one way.
void verify_counts(const Plan& plan) {
  const Counts& counts = plan.counts;
  if (counts.rows != counts.updated + counts.unchanged + counts.created + counts.failed) {
    throw std::logic_error("the rows of an import do not add up; nothing was imported");
  }
}

std::string report_for(const Sheet& sheet, const Plan& plan, const ImportRules& rules) {
  const bool wanted = rules.report_always || plan.rejected || plan.counts.failed > 0;
  return wanted ? render_report(sheet, plan) : std::string();
}

}  // namespace

Imported check_sheet(Connection& connection, Sheet sheet, const ImportRules& rules) {
  const std::optional<FirmId> firm = find_firm(connection, rules.firm);
  const Register current = firm ? slice_for(connection, *firm, sheet) : Register();
  Plan plan = plan_import(sheet, current, rules.policy);
  std::string report = report_for(sheet, plan, rules);
  return {0, std::move(sheet), std::move(plan), std::move(report)};
}

std::optional<Imported> import_sheet(Connection& connection, Sheet sheet, const LedgerEntry& entry,
                                     const ImportRules& rules, const std::function<std::string(bool rejected)>& place,
                                     const std::function<std::int64_t()>& now) {
  Transaction transaction(connection);
  const std::optional<ImportId> import = begin_import(connection, entry);
  if (!import) return std::nullopt;
  const FirmId firm = lock_firm(connection, rules.firm);
  const Register current = slice_for(connection, firm, sheet);
  Plan plan = plan_import(sheet, current, rules.policy);
  verify_counts(plan);
  std::string report = report_for(sheet, plan, rules);
  write_clients(connection, firm, plan.writes);
  record_changes(connection, *import, firm, plan.writes, entry.who, entry.started_at);
  record_errors(connection, *import, plan.rows, plan.problems, sheet.language);
  finish_import(connection, *import, firm, plan, sheet.language, report, place(plan.rejected), now());
  transaction.commit();
  return Imported{*import, std::move(sheet), std::move(plan), std::move(report)};
}

}  // namespace clientsync
