// A report means what its input meant, however often it is dropped again. The first three bytes choose settings and
// dialect. After them, the bytes 0 and 1 end a cell and a record, and the byte 2 stands for a word that the next byte
// chooses.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/firm.hpp"
#include "tests/support/invariants.hpp"

using namespace clientsync;
using testing::Outcome;
using testing::require;

namespace {

/// Cells that mean something to the register. A fuzzer would take long to find them.
std::vector<std::string> words_of(const Register& firm) {
  std::vector<std::string> words{"id:",   " no:",        "9.13035E+15", "9130351530529740", "=\"",    "\"",     "'=",
                                 "'",     "\t",          "\r\n",        "\u00a0",           "\u200b", "\u0301", "#N/A",
                                 "1E+10", "9.13035E+15", "99",          "1-Feb-26",         "sep=",   ","};
  for (const KnownClient& client : firm.clients()) {
    words.emplace_back(client.company_id);
    words.emplace_back(client.display_name);
    if (client.number) words.emplace_back(*client.number);
    words.push_back(write_ref({client.company_id, client.number}));
  }
  return words;
}

using Cells = std::vector<std::string>;

std::vector<Cells> records_of(std::string_view bytes) {
  static const std::vector<std::string> words = words_of(testing::small_firm());
  std::vector<Cells> records{{""}};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\0') {
      records.back().emplace_back();
    } else if (bytes[i] == '\1') {
      records.push_back({""});
    } else if (bytes[i] == '\2' && i + 1 < bytes.size()) {
      records.back().back() += words[static_cast<unsigned char>(bytes[++i]) % words.size()];
    } else {
      records.back().back() += bytes[i];
    }
  }
  return records;
}

std::string file_of(const std::vector<Cells>& records, const Dialect& dialect, bool is_report) {
  std::string file;
  if (dialect.sep_line) {
    const std::array line{std::string("sep=") + dialect.delimiter};
    write_record(file, line, Dialect{.delimiter = '\0', .line_end = dialect.line_end});
  }
  Cells header{"Company ID", "Display name", "Client number", "Ref"};
  if (is_report) header.insert(header.end(), {"Error code", "Error", "Row"});
  write_record(file, header, dialect);
  for (const Cells& record : records) write_record(file, record, dialect);
  return file;
}

/// The report of `before`, dropped again as it is and judged against the register `whole`.
Outcome drop_again(const Outcome& before, const Register& whole, const Policy& policy) {
  const SheetRules rules;
  Outcome again = testing::judge(read_sheet(before.report, rules), rules, whole, policy);
  require(again.plan.writes.empty(), "a report dropped unmended applies nothing");
  require(again.plan.counts.failed == again.sheet.rows.size(), "a report dropped unmended fails again");
  std::size_t line = before.plan.problems.size();
  for (std::size_t i = 0; i < before.plan.rows.size(); ++i) {
    if (before.plan.rows[i].outcome != RowOutcome::failed) continue;
    require(again.sheet.rows[line].cells == before.sheet.rows[i].cells, "a report's cells mean what its input's meant");
    require(testing::value_of(again.sheet.rows[line].ref) == before.plan.rows[i].ref,
            "a report's Ref is read as it was meant");
    ++line;
  }
  return again;
}

void require_same_cells(const Sheet& a, const Sheet& b) {
  require(a.rows.size() == b.rows.size(), "the report of a report has as many rows");
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    require(a.rows[i].decoded() == b.rows[i].decoded(), "the report of a report has its very cells");
    require(testing::value_of(a.rows[i].ref) == testing::value_of(b.rows[i].ref), "the report of a report has its Ref");
    require(a.rows[i].row == b.rows[i].row, "the report of a report has its Row");
  }
}

/// True if the report has lines that were not filled in, which do not stop its other lines under all_or_nothing.
bool sets_rows_free(const Plan& plan, const Policy& policy) {
  return policy.apply == Policy::Apply::all_or_nothing && std::ranges::any_of(plan.rows, [](const PlannedRow& row) {
           return error_codes(row) == token(Code::field_count) || row.kept != nullptr;
         });
}

void drop_unmended(const Outcome& first, const Register& whole, const Policy& policy) {
  if (sets_rows_free(first.plan, policy)) return;
  const Outcome second = drop_again(first, whole, policy);
  const Outcome third = drop_again(second, whole, policy);
  require_same_cells(read_sheet(third.report, SheetRules{}), third.sheet);
}

/// True if the import itself changed what a failed row was compared with, names or numbers: such a row may pass later.
bool moved_the_measure(const Plan& plan) {
  const auto is_reformatted = [](const Problem& problem) {
    return code_of(problem.message) == Code::client_number_reformatted;
  };
  const auto is_new_name = [](const ClientWrite& write) { return write.name_before != write.name_after; };
  return std::ranges::any_of(plan.writes, is_new_name) || std::ranges::any_of(plan.rows, [&](const PlannedRow& row) {
           return std::ranges::any_of(row.problems, is_reformatted);
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const SheetRules rules = testing::rules_of(data[0] & 3);
  const Policy policy = testing::policy_of(data[1], data[0]);
  const bool sep_line = data[2] & 1;
  const Dialect dialect{.delimiter = sep_line && (data[2] & 128) ? '^' : std::string_view(",;\t|")[data[2] / 2 % 4],
                        .line_end = static_cast<LineEnd>(data[2] / 8 % 3),
                        .sep_line = sep_line};
  const std::string file =
      file_of(records_of({reinterpret_cast<const char*>(data) + 3, size - 3}), dialect, data[0] & 16);
  const Register& firm = testing::small_firm();
  const Outcome first = testing::judge(read_sheet(file, rules), rules, firm, policy);
  drop_unmended(first, firm, policy);
  if (!moved_the_measure(first.plan)) drop_unmended(first, testing::register_of(first.clients), policy);
  return 0;
}
