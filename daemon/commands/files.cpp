#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <iostream>
#include <sstream>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/complaints.hpp"
#include "daemon/commands/named_file.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/inbox/ownership.hpp"
#include "daemon/json/json.hpp"
#include "daemon/service/outcomes.hpp"
#include "importer/import.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// What a command prints about one file.
struct Answer {
  std::filesystem::path file;
  std::string inbox;
  FileOutcome outcome;
  bool checked_only = false;

  [[nodiscard]] bool is_done() const {
    return outcome.kind == FileOutcome::Kind::done || outcome.kind == FileOutcome::Kind::own_report;
  }
  [[nodiscard]] bool is_rejected() const { return outcome.imported && outcome.imported->plan.rejected; }
  [[nodiscard]] std::string_view word() const {
    if (is_done()) return "unchanged_drop";
    if (outcome.kind == FileOutcome::Kind::not_taken) return "not_taken";
    if (is_rejected()) return "rejected";
    return checked_only ? "checked" : "imported";
  }
  /// The import in the ledger; 0: none was recorded.
  [[nodiscard]] ImportId import() const { return checked_only && !is_done() ? 0 : outcome.newest_import; }
};

std::vector<Complaint> complaints_of(const FileOutcome& outcome) {
  if (!outcome.imported) return {};
  return complaints_of(outcome.imported->plan, outcome.imported->language);
}

void print_json(const Answer& answer) {
  boost::json::object object{
      {"import", answer.import() != 0 ? boost::json::value(answer.import()) : boost::json::value(nullptr)},
      {"inbox", answer.inbox},
      {"file", escape(answer.file.filename().string())},
      {"sha256", text_or_null(answer.outcome.file.sha256)},
      {"outcome", answer.word()}};
  add_counts(object, answer.outcome.counts);
  object["restored"] = answer.outcome.counts.restored;
  object["errors"] = json_of(complaints_of(answer.outcome));
  object["report"] = text_or_null(escape(file_name_of(answer.outcome.report_name)));
  std::cout << boost::json::serialize(object) << "\n";
}

std::string summary(const Answer& answer) {
  if (answer.outcome.kind == FileOutcome::Kind::own_report)
    return "a report as clientsync wrote it; there is nothing to import";
  if (answer.outcome.kind == FileOutcome::Kind::not_taken)
    return "the service does not take a file of this name: it is hidden or temporary, or no pattern of the inbox "
           "matches it";
  if (answer.is_done()) return "already done by import " + std::to_string(answer.import());
  const Counts& counts = answer.outcome.counts;
  const std::string rows = counted(counts.rows, "row") + ", " + outcomes(counts);
  if (answer.is_rejected()) return "rejected, nothing is applied" + (counts.rows > 0 ? ": " + rows : std::string());
  return answer.checked_only ? "would be imported: " + rows : "import " + std::to_string(answer.import()) + ": " + rows;
}

void print_table(const Answer& answer) {
  std::cout << escape(answer.file.string()) << ": " << summary(answer) << "\n";
  print_complaints(complaints_of(answer.outcome));
  if (!answer.outcome.report_name.empty()) {
    std::cout << "  report: " << escape(file_name_of(answer.outcome.report_name)) << "\n";
  }
}

using Take = std::function<FileOutcome(ConnectionPool&, const InboxConfig&, const std::filesystem::path&)>;

/// Takes each file and prints the outcome. If one fails, the others are taken all the same.
ExitStatus take_files(const Options& options, const std::vector<std::filesystem::path>& files, bool checked_only,
                      const Take& take) {
  refuse_csv(options);
  const Config config = read_config(options);
  const InboxConfig inbox = chosen_inbox(config, options);
  if (checked_only) require_database(config.database);
  ConnectionPool connections(config.database);
  connections.use([](Connection& connection) { prepare_schema(connection); });
  ExitStatus worst = ExitStatus::all_good;
  for (const std::filesystem::path& file : files) {
    try {
      const Answer answer{file, inbox.name, take(connections, inbox, file), checked_only};
      options.format == Format::json ? print_json(answer) : print_table(answer);
      if (!answer.outcome.report_error.empty())
        std::cerr << "clientsync: imported, but the report could not be written: " << answer.outcome.report_error
                  << "\n";
      worst = std::max(worst, status_of(answer.outcome));
    } catch (const std::exception& error) {
      std::cerr << "clientsync: " << escape(file.string()) << ": " << error.what() << "\n";
      worst = ExitStatus::environment_failed;
    }
  }
  return worst;
}

/// Throws std::runtime_error if the mark of an inbox is of another ledger or inbox.
void require_own(const MarkSight& sight, const Mark& mark, const InboxConfig& inbox) {
  if (sight.state != MarkSight::State::foreign) return;
  throw std::runtime_error("the inbox is marked as another one: its hidden file " + mark_name + " says " +
                           escape(sight.found) + "; expected " + describe(mark) +
                           "; to take the inbox over, run `clientsync inbox adopt " + inbox.name + "`");
}

/// Why a file that somebody named could not be taken; nullopt if it could.
std::optional<ReadFault> fault_of(FileOutcome::Kind kind) {
  switch (kind) {
    case FileOutcome::Kind::unreadable:
      return ReadFault::unreadable;
    case FileOutcome::Kind::withdrawn:
      return ReadFault::gone;
    case FileOutcome::Kind::not_a_file:
      return ReadFault::not_a_file;
    case FileOutcome::Kind::settling:
    case FileOutcome::Kind::needs_patience:
      return ReadFault::changed;
    case FileOutcome::Kind::imported:
    case FileOutcome::Kind::done:
    case FileOutcome::Kind::own_report:
    case FileOutcome::Kind::not_taken:
      break;
  }
  return std::nullopt;
}

/// Imports a file of the inbox. If the service imports it at the same moment, the next attempt finds it done.
FileOutcome import_from_inbox(ConnectionPool& connections, const InboxConfig& inbox, const Directory& directory,
                              const Attempt& attempt) {
  constexpr int max_attempts = 5;
  const Mark mark{connections.use(ledger_uuid), inbox.name};
  require_own(claim_inbox(directory, mark), mark, inbox);
  FileOutcome outcome;
  std::vector<ReportOutcome> unrecorded;
  for (int attempts = 0; attempts < max_attempts; ++attempts) {
    outcome = import_file(connections, nullptr, inbox, directory, attempt, unrecorded);
    if (outcome.kind != FileOutcome::Kind::settling) break;
  }
  if (const auto fault = fault_of(outcome.kind)) throw read_error(*fault, directory.path() / attempt.name);
  return outcome;
}

bool is_in_inbox(const Directory& directory, const InboxConfig& inbox) {
  std::error_code ignored;
  return std::filesystem::equivalent(directory.path(), inbox.path, ignored);
}

FileOutcome import_named(ConnectionPool& connections, const InboxConfig& inbox, const std::filesystem::path& file,
                         const std::string& who) {
  const Directory directory = directory_of(file);
  const Attempt attempt{.name = file.filename().string(), .any_name = true, .patient = true, .who = who};
  if (is_in_inbox(directory, inbox)) return import_from_inbox(connections, inbox, directory, attempt);
  const LedgerFolder folder{directory, "", directory.path().string() + "/"};
  require_recordable(folder.ledger_name(attempt.name));
  const InputFile input = read_named_file(directory, file, inbox.rules.sheet.max_bytes);
  const Sheet sheet = sheet_of(attempt.name, input.file, inbox.rules.sheet);
  return import_elsewhere(connections, folder, attempt, input, sheet, inbox.rules);
}

FileOutcome check_named(ConnectionPool& connections, const InboxConfig& inbox, const std::filesystem::path& file) {
  const Directory directory = directory_of(file);
  const std::string name = file.filename().string();
  if (is_in_inbox(directory, inbox)) {
    const Mark mark{connections.use(ledger_uuid), inbox.name};
    require_own(look_at_mark(directory, mark), mark, inbox);
    FileOutcome outcome = check_file(connections, inbox, directory, name);
    if (const auto fault = fault_of(outcome.kind)) throw read_error(*fault, file);
    return outcome;
  }
  const InputFile input = read_named_file(directory, file, inbox.rules.sheet.max_bytes);
  return check_elsewhere(connections, input, sheet_of(name, input.file, inbox.rules.sheet), inbox.rules);
}

struct FileArguments {
  std::vector<std::filesystem::path> files;
};

ExitStatus import_files(const Options& options, const FileArguments& arguments) {
  const std::string who = user_name();
  return take_files(options, arguments.files, false,
                    [&who](ConnectionPool& connections, const InboxConfig& inbox, const std::filesystem::path& file) {
                      return import_named(connections, inbox, file, who);
                    });
}

ExitStatus check_files(const Options& options, const FileArguments& arguments) {
  return take_files(options, arguments.files, true, check_named);
}

}  // namespace

void add_files(CLI::App& app, CommandLine& line) {
  const auto arguments = std::make_shared<FileArguments>();
  CLI::App* now = app.add_subcommand("import", "Import files now and write the report next to each");
  now->add_option("FILE", arguments->files, "CSV files")->required();
  add_examples(*now,
               "  clientsync import clients.csv\n"
               "  clientsync --inbox main import /tmp/june/*.csv");
  on_command<FileArguments>(*now, line, arguments, import_files);

  CLI::App* check = app.add_subcommand("check", "Show what an import of the files would do; changes nothing");
  check->add_option("FILE", arguments->files, "CSV files")->required();
  add_examples(*check,
               "  clientsync check clients.csv\n"
               "  clientsync check clients.csv --format json");
  on_command<FileArguments>(*check, line, arguments, check_files);
}

}  // namespace clientsync
