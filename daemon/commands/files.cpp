#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <iostream>

#include "daemon/commands/common.hpp"
#include "daemon/import/by_hand.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// What a command says of one file.
struct Answer {
  std::filesystem::path file;
  std::string inbox;
  Processed processed;
  bool checked_only = false;

  [[nodiscard]] bool rejected() const { return processed.imported && processed.imported->plan.rejected; }
  [[nodiscard]] std::string_view outcome() const {
    if (processed.what == Processed::What::done || processed.what == Processed::What::own_report)
      return "unchanged_drop";
    if (rejected()) return "rejected";
    return checked_only ? "checked" : "imported";
  }
  /// The import that the ledger has; 0: none was recorded.
  [[nodiscard]] ImportId import() const { return checked_only ? 0 : processed.newest_import; }
};

/// One row, or the file as a whole, and what is wrong with it.
struct Fault {
  std::size_t row = 0;
  std::string company_id;
  std::vector<std::string_view> codes;
  std::string message;
};

Fault fault_of(std::size_t row, std::string company_id, std::span<const Problem> problems, Language language) {
  Fault fault{row, std::move(company_id), {}, sentences(problems, language)};
  for (const Problem& problem : problems) fault.codes.push_back(token(code_of(problem.message)));
  return fault;
}

std::vector<Fault> faults_of(const Processed& processed) {
  std::vector<Fault> faults;
  if (!processed.imported) return faults;
  const Imported& imported = *processed.imported;
  for (const Problem& problem : imported.plan.problems) {
    faults.push_back(fault_of(problem.row, "", {&problem, 1}, imported.sheet.language));
  }
  for (const PlannedRow& row : imported.plan.rows) {
    if (row.outcome == RowOutcome::failed)
      faults.push_back(fault_of(row.row, row.company_id, row.problems, imported.sheet.language));
  }
  return faults;
}

boost::json::value text_or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

void print_json(const Answer& answer) {
  const Counts& counts = answer.processed.counts;
  boost::json::array errors;
  for (const Fault& fault : faults_of(answer.processed)) {
    boost::json::array codes(fault.codes.begin(), fault.codes.end());
    errors.push_back({{"row", fault.row == 0 ? boost::json::value(nullptr) : boost::json::value(fault.row)},
                      {"company_id", text_or_null(fault.company_id)},
                      {"codes", std::move(codes)},
                      {"message", fault.message}});
  }
  const boost::json::object object{
      {"import", answer.import() != 0 ? boost::json::value(answer.import()) : boost::json::value(nullptr)},
      {"inbox", answer.inbox},
      {"file", escape(answer.file.filename().string())},
      {"sha256", text_or_null(answer.processed.file.sha256)},
      {"outcome", answer.outcome()},
      {"rows", counts.rows},
      {"updated", counts.updated},
      {"unchanged", counts.unchanged},
      {"created", counts.created},
      {"failed", counts.failed},
      {"errors", std::move(errors)},
      {"report", text_or_null(escape(std::filesystem::path(answer.processed.report_name).filename().string()))}};
  std::cout << boost::json::serialize(object) << "\n";
}

std::string summary(const Answer& answer) {
  if (answer.outcome() == "unchanged_drop") return "done already by import " + std::to_string(answer.import());
  const Counts& counts = answer.processed.counts;
  const std::string rows = counted(counts.rows, "row") + ", " + std::to_string(counts.updated) + " updated, " +
                           std::to_string(counts.unchanged) + " unchanged, " + std::to_string(counts.created) +
                           " created, " + std::to_string(counts.failed) + " failed";
  if (answer.rejected()) return "rejected, nothing is applied" + (counts.rows > 0 ? ": " + rows : std::string());
  return answer.checked_only ? "would be imported: " + rows : "import " + std::to_string(answer.import()) + ": " + rows;
}

void print_table(const Answer& answer) {
  std::cout << escape(answer.file.string()) << ": " << summary(answer) << "\n";
  for (const Fault& fault : faults_of(answer.processed)) {
    std::cout << "  " << (fault.row == 0 ? "file" : "row " + std::to_string(fault.row));
    if (!fault.company_id.empty()) std::cout << "  " << escape(fault.company_id);
    for (const std::string_view code : fault.codes) std::cout << "  " << code;
    std::cout << "\n    " << escape(fault.message) << "\n";
  }
  if (!answer.processed.report_name.empty()) {
    std::cout << "  report: " << escape(std::filesystem::path(answer.processed.report_name).filename().string())
              << "\n";
  }
}

Exit status_of(const Answer& answer) {
  if (!answer.processed.report_error.empty()) return Exit::environment_failed;
  if (answer.rejected()) return Exit::file_rejected;
  return answer.outcome() != "unchanged_drop" && answer.processed.counts.failed > 0 ? Exit::rows_failed
                                                                                    : Exit::all_good;
}

using Take = std::function<Processed(ConnectionPool&, DropLocks&, const InboxConfig&, const std::filesystem::path&)>;

/// Takes each file and tells what became of it; one that fails does not keep the others from being taken.
Exit take_files(const Options& options, const std::vector<std::filesystem::path>& files, bool checked_only,
                const Take& take) {
  if (options.format == Format::csv) throw UsageError("--format csv is not for this command; use table or json");
  const Config config = read_config(options);
  const InboxConfig inbox = chosen_inbox(config, options);
  if (checked_only) require_database(config.database);
  ConnectionPool connections(options_of(config.database));
  connections.use([](Connection& connection) { prepare_schema(connection); });
  DropLocks locks(options_of(config.database), connections.use(ledger_uuid));
  Exit worst = Exit::all_good;
  for (const std::filesystem::path& file : files) {
    try {
      const Answer answer{file, inbox.name, take(connections, locks, inbox, file), checked_only};
      options.format == Format::json ? print_json(answer) : print_table(answer);
      if (!answer.processed.report_error.empty()) {
        std::cerr << "clientsync: imported, but the report is not written: " << answer.processed.report_error << "\n";
      }
      worst = std::max(worst, status_of(answer));
    } catch (const std::exception& error) {
      std::cerr << "clientsync: " << escape(file.string()) << ": " << error.what() << "\n";
      worst = Exit::environment_failed;
    }
  }
  return worst;
}

}  // namespace

Exit import_command(const Options& options, const std::vector<std::filesystem::path>& files) {
  const std::string who = user_name();
  return take_files(
      options, files, false,
      [&who](ConnectionPool& connections, DropLocks& locks, const InboxConfig& inbox,
             const std::filesystem::path& file) { return import_path(connections, locks, inbox, file, who); });
}

Exit check_command(const Options& options, const std::vector<std::filesystem::path>& files) {
  return take_files(options, files, true,
                    [](ConnectionPool& connections, DropLocks&, const InboxConfig& inbox,
                       const std::filesystem::path& file) { return check_path(connections, inbox, file); });
}

}  // namespace clientsync
