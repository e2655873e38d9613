// What is true of every import, whatever the bytes were. A rule that is broken is thrown as a sentence, which
// RapidCheck and libFuzzer both show.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/report.hpp"
#include "importer/sheet/sheet.hpp"
#include "importer/text.hpp"
#include "tests/support/builders.hpp"

namespace clientsync::testing {

inline void require(bool holds, const char* rule) {
  if (!holds) throw std::logic_error(rule);
}

/// True for the codes of a file, which reject it whole; the codes of rows follow them.
inline bool rejects_file(Code code) {
  return code <= Code::too_many_changes;
}

inline void require_sheet(const Sheet& sheet, const SheetRules& rules) {
  for (const Problem& problem : sheet.problems) {
    require(rejects_file(code_of(problem.message)), "a file is rejected by problems of files alone");
  }
  require(!sheet.rejected() || sheet.rows.empty(), "a rejected sheet has no rows");
  require(sheet.rows.size() <= rules.max_rows, "a sheet has no more rows than are allowed");
  std::size_t last = 0;
  for (const Row& row : sheet.rows) {
    if (!row.report_line) require(row.row > last, "rows are in the order of the file");
    if (!row.report_line) last = row.row;
    require(row.row > 0 || row.kept(), "each row has a number");
    if (row.shape != nullptr)
      require(row.decoded() == CellViews() && row.cells == CellViews(), "cells that can't be trusted are empty");
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      require(row.cells[i] == clean(row.decoded()[i]), "cells are cleaned");
    }
  }
}

[[nodiscard]] inline Counts count_outcomes(const Plan& plan) {
  const auto count = [&](RowOutcome outcome) {
    return static_cast<std::size_t>(
        std::ranges::count_if(plan.rows, [&](const PlannedRow& row) { return row.outcome == outcome; }));
  };
  return {.rows = plan.rows.size(),
          .updated = count(RowOutcome::updated),
          .unchanged = count(RowOutcome::unchanged),
          .created = count(RowOutcome::created),
          .failed = count(RowOutcome::failed),
          .restored = static_cast<std::size_t>(std::ranges::count_if(plan.rows, &PlannedRow::restored))};
}

inline void require_row(const Row& row, const PlannedRow& planned) {
  require(planned.row == row.row, "each row is planned in its place");
  require((planned.outcome == RowOutcome::failed) == (planned.kept != nullptr || !planned.problems.empty()),
          "failed rows alone have problems");
  require((planned.kept != nullptr) == row.kept(), "a line that was not filled in is kept");
  require(!planned.restored || planned.outcome != RowOutcome::failed, "accepted rows alone are restored");
  for (const Problem& problem : planned.problems) {
    require(problem.row == row.row, "a row's problems name that row");
    require(!rejects_file(code_of(problem.message)), "a row has no problem of a file");
  }
}

/// The accounting of docs/specification.md §1.
inline void require_plan(const Sheet& sheet, const Policy& policy, const Plan& plan) {
  const Counts& counts = plan.counts;
  require(counts == count_outcomes(plan), "the counts are those of the rows");
  require(counts.rows == counts.updated + counts.unchanged + counts.created + counts.failed,
          "rows = updated + unchanged + created + failed");
  require(plan.writes.size() == (plan.rejected ? 0 : counts.updated + counts.created),
          "each updated or created row, and no other, is written");
  const bool all = policy.apply == Policy::Apply::all_or_nothing;
  const bool any = std::ranges::any_of(plan.rows, [](const PlannedRow& row) { return !row.problems.empty(); });
  require(plan.rejected == (!plan.problems.empty() || (all && any)), "a file is rejected for a reason");
  if (!plan.problems.empty()) {
    require(plan.rows.empty(), "a file that a problem rejects has no rows");
    require(!sheet.rejected() || plan.problems == sheet.problems, "a rejected sheet's problems are the plan's");
    for (const Problem& problem : plan.problems) {
      require(rejects_file(code_of(problem.message)), "a plan is rejected by problems of files alone");
    }
    return;
  }
  require(!sheet.rejected(), "a rejected sheet gives a rejected plan");
  require(plan.rows.size() == sheet.rows.size(), "each row has an outcome");
  for (std::size_t i = 0; i < plan.rows.size(); ++i) require_row(sheet.rows[i], plan.rows[i]);
}

inline void require_stored(const ClientWrite& write) {
  if (write.created) require(!write.name_after.empty(), "a new client has a name");
  if (!write.number_after) return;
  const std::string_view number = *write.number_after;
  require(!number.empty() && number == nfc(number) && number == trim(number), "a stored number is clean");
  require(code_points(number) <= 100 && !find_hidden(number), "a stored number can be seen whole");
}

/// The clients of a whole register after the writes, applied as the database does: first releases the numbers that
/// others take, then sets all.
[[nodiscard]] inline std::vector<Client> applied(const Register& whole, const std::vector<ClientWrite>& writes) {
  std::map<std::string, Client> clients;
  for (const KnownClient& client : whole.clients()) {
    Client copy = a_client(std::string(client.company_id)).named(std::string(client.display_name));
    copy.number = client.number;
    clients.emplace(client.company_id, std::move(copy));
  }
  std::set<std::string_view> written;
  for (const ClientWrite& write : writes) {
    require(written.insert(write.company_id).second, "each client is written once");
    require_stored(write);
    const std::string id(write.company_id);
    const auto [client, is_new] = clients.try_emplace(id, a_client(id).named(""));
    require(is_new == write.created, "new clients are created, others are updated");
    require(client->second.display_name == write.name_before && client->second.number == write.number_before,
            "a write knows what it replaces");
    client->second.display_name = write.name_after;
    if (write.release_first) client->second.number.reset();
  }
  std::set<std::string> numbers;
  for (const auto& [id, client] : clients) {
    if (client.number) numbers.insert(*client.number);
  }
  for (const ClientWrite& write : writes) {
    std::optional<std::string>& number = clients.at(std::string(write.company_id)).number;
    if (number) numbers.erase(*number);
    if (write.number_after) require(numbers.emplace(*write.number_after).second, "numbers are unique");
    number = write.number_after;
  }
  std::vector<Client> after;
  for (const auto& [id, client] : clients) after.push_back(client);
  return after;
}

/// A report has one row for each problem of the file and each failed row.
inline void require_report(const Sheet& sheet, const Plan& plan, SheetRules rules, std::string_view report) {
  require(report.starts_with("\xEF\xBB\xBF"), "a report has a byte order mark");
  const auto decoded = decode(report, FallbackEncoding::reject);
  require(decoded.has_value(), "a report is UTF-8");
  rules.max_rows += plan.problems.size();
  const Sheet again = read_sheet(report, rules);
  require(!again.rejected(), "a report can be dropped again");
  require(again.rows.size() == plan.problems.size() + plan.counts.failed, "a report has a line for each problem");
  require(again.dialect == sheet.dialect, "a report has the dialect of its input");
  require(again.language == sheet.language, "a report has the language of its input");
  CsvReader reader(*decoded, sheet.dialect.delimiter);
  if (sheet.dialect.sep_line) require(reader.next().has_value(), "a report has the sep= line of its input");
  while (const auto record = reader.next()) {
    require(record->fields.size() == all_columns.size() + all_report_columns.size(), "a report has seven columns");
    for (const Field& field : record->fields) {
      const std::string text = field.text();
      require(!needs_guard(text) || text.starts_with('\''), "no cell of a report runs in a spreadsheet");
    }
  }
  require(!reader.error(), "a report is well-formed");
}

/// What came of a file.
struct Outcome {
  Sheet sheet;
  Plan plan;
  std::vector<Client> clients;  ///< of the register afterwards
  std::string report;
};

/// Judges a sheet, which was read by `rules`, against a whole register, and requires that every rule holds at every
/// step.
[[nodiscard]] inline Outcome judge(Sheet sheet, const SheetRules& rules, const Register& whole, const Policy& policy) {
  require_sheet(sheet, rules);
  Plan plan = plan_import(sheet, slice_of(whole, sheet), policy);
  const Plan same = plan_import(sheet, whole, policy);
  require(plan.rows == same.rows && plan.writes == same.writes && plan.problems == same.problems,
          "what a sheet touches is all that its plan needs");
  require_plan(sheet, policy, plan);
  std::vector<Client> clients = applied(whole, plan.writes);
  require(clients.size() <= std::max(policy.max_clients, whole.client_count()),
          "a register holds no more than allowed");
  std::string report = render_report(sheet, plan);
  require_report(sheet, plan, rules, report);
  return {std::move(sheet), std::move(plan), std::move(clients), std::move(report)};
}

/// Settings for a byte of random input.
[[nodiscard]] inline SheetRules rules_of(unsigned char choice) {
  SheetRules rules;
  if (choice & 1) rules.max_rows = 3;
  if (choice & 2) rules.fallback = FallbackEncoding::reject;
  if (choice & 8) rules.spelling = HeaderSpelling::forgiving;
  if (choice & 16) rules.language = Language::pt_br;
  if (choice & 4) rules.headers = {{{"Código"}, {"Client", "Cliente;Nome"}, {"=No", "Matter"}}};
  return rules;
}

[[nodiscard]] inline Policy policy_of(unsigned char choice, unsigned char limits) {
  Policy policy;
  if (choice & 1) policy.unknown_company = Policy::UnknownCompany::create;
  policy.display_name = static_cast<Policy::DisplayName>((choice >> 1 & 3) % 3);
  policy.blank_number = static_cast<Policy::BlankNumber>((choice >> 3 & 3) % 3);
  if (choice & 32) policy.company_id = Policy::CompanyId::text;
  if (choice & 64) policy.damaged_numbers = Policy::DamagedNumbers::accept;
  if (choice & 128) policy.apply = Policy::Apply::all_or_nothing;
  if (limits & 32) policy.damaged_ids = Policy::DamagedIds::reject;
  if (limits & 64) policy.max_changes_percent = 20;
  if (limits & 128) policy.max_clients = 12;
  return policy;
}

}  // namespace clientsync::testing
