#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <system_error>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/named_file.hpp"
#include "daemon/commands/past_import.hpp"
#include "daemon/commands/sources.hpp"
#include "daemon/explain/explanation.hpp"
#include "daemon/explain/file_facts.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/inbox/not_taken.hpp"
#include "daemon/json/inboxes.hpp"
#include "daemon/json/json.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// What is printed of one file.
struct Explained {
  std::filesystem::path file;
  std::string inbox{};  ///< empty: it is in none
  Explanation explanation;
  ServiceAnswer service{};  ///< of a file of an inbox
  LedgerFacts ledger;
};

/// A path without `.`, `..` and a slash at its end, whose directory has no links if it is there.
std::filesystem::path whole_path(const std::filesystem::path& file) {
  std::filesystem::path path = std::filesystem::absolute(file).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  std::error_code missing;
  const std::filesystem::path folder = std::filesystem::canonical(path.parent_path(), missing);
  return missing ? path : folder / path.filename();
}

bool is_folder_of(const InboxConfig& inbox, const std::filesystem::path& folder) {
  std::error_code missing;
  const bool same = std::filesystem::equivalent(folder, inbox.path, missing);
  return missing ? folder == inbox.path.lexically_normal() : same;
}

/// What concerns the inbox as a whole, among what the service says.
std::optional<ToldFault> fault_of(const ServiceStatus& status, const std::string& inbox) {
  const auto fault = std::ranges::find_if(status.faults, [&](const ToldFault& each) {
    const bool of_database = each.inbox.empty() && each.event.starts_with("database.");
    const bool of_inbox = each.inbox == inbox && each.file.empty() && each.event != "inbox.fault";
    return !each.warning && each.event != "report.pending" && (of_database || of_inbox);
  });
  return fault == status.faults.end() ? std::nullopt : std::optional(*fault);
}

ServiceView view_of(const ServiceAnswer& answer, const std::string& inbox) {
  ServiceView view{.state = answer.state, .fault = fault_of(answer.status, inbox)};
  if (answer.status.inboxes.empty()) return view;
  view.watches = true;
  const auto& files = answer.status.inboxes.front().files;
  if (!files.empty()) view.waiting = files.front();
  return view;
}

Explained explain_drop(const Config& config, const LedgerSource& ledger, const InboxConfig& inbox,
                       const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  // Asked first: what the service does meanwhile shows in the ledger, so that a file which it imports is told as done.
  ServiceAnswer service = ask_service(config, {.inbox = inbox.name, .file = name});
  FileFacts facts = find_facts(ledger.pool.get(), ledger.fault, config, inbox, name);
  Explanation explanation = explain(facts, inbox, view_of(service, inbox.name));
  return {file, inbox.name, std::move(explanation), std::move(service), std::move(facts.ledger)};
}

/// Why a file that is in no inbox is in none.
std::string why_in_no_inbox(const AllInboxes& all, const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  for (const NotTaken& each : all.not_taken) {
    if (each.path == folder) return "its folder is not an inbox: " + each.why;
  }
  for (const InboxConfig& inbox : all.inboxes) {
    std::error_code missing;
    const std::filesystem::path below = folder.lexically_relative(std::filesystem::canonical(inbox.path, missing));
    if (!missing && !below.empty() && *below.begin() != ".." && *below.begin() != ".")
      return "it is in a folder in the inbox " + inbox.name + ", and only files directly in an inbox are taken";
  }
  return "it is in no inbox";
}

/// What `import` would do.
std::string what_import_would_do(const std::filesystem::path& file) {
  std::error_code missing;
  const auto type = std::filesystem::symlink_status(file, missing).type();
  if (type == std::filesystem::file_type::not_found) return "there is no such file now";
  if (type != std::filesystem::file_type::regular)
    return "clientsync import does not take it: it is not a regular file";
  if (std::filesystem::hard_link_count(file, missing) > 1 && !missing)
    return "clientsync import does not take it: it has a second hard link";
  return "clientsync import would import it, whatever its name";
}

Explained explain_elsewhere(const LedgerSource& ledger, const AllInboxes& all, const std::filesystem::path& file) {
  Explained explained{.file = file,
                      .explanation = {.answer = Answer::elsewhere,
                                      .reason = "elsewhere",
                                      .why = why_in_no_inbox(all, file) + "; " + what_import_would_do(file)},
                      .ledger = {.fault = ledger.fault}};
  if (!ledger.pool) return explained;
  try {
    explained.ledger.history = ledger.pool->use(
        [&](Connection& connection) { return read_file_history(connection, "", file.string(), most_told_imports); });
  } catch (const DatabaseError& error) {
    explained.ledger.fault = error.what();
  }
  return explained;
}

Explained explain_named(const Config& config, const AllInboxes& all, const LedgerSource& ledger,
                        const std::filesystem::path& named) {
  const std::filesystem::path file = whole_path(named);
  const auto inbox = std::ranges::find_if(
      all.inboxes, [&](const InboxConfig& each) { return is_folder_of(each, file.parent_path()); });
  Explained explained =
      inbox == all.inboxes.end() ? explain_elsewhere(ledger, all, file) : explain_drop(config, ledger, *inbox, file);
  explained.file = named;
  return explained;
}

std::string_view headline(Answer answer) {
  switch (answer) {
    case Answer::will_be_imported:
      return "will be imported";
    case Answer::will_be_rejected:
      return "will be rejected";
    case Answer::not_taken:
      return "is not taken";
    case Answer::done:
      return "is done";
    case Answer::own_report:
      return "is not taken";
    case Answer::gone:
      return "is not there";
    case Answer::elsewhere:
      return "is not for the service";
    case Answer::unknown:
      break;
  }
  return "cannot be told";
}

/// The first import of its bytes, unless the history of the name has it.
std::optional<LedgerEntryName> old_import(const LedgerFacts& ledger) {
  const auto& first = ledger.first_import;
  if (ledger.own_report || !first ||
      std::ranges::find(ledger.history.imports, first->number, &PastImport::id) != ledger.history.imports.end())
    return std::nullopt;
  return first;
}

void print_table(const Explained& explained) {
  const auto& [answer, reason, why, since, next, import] = explained.explanation;
  std::cout << escape(explained.file.string()) << ": " << headline(answer) << ": " << why << "\n";
  if (!since.empty())
    std::cout << "  waits since " << since << (next.empty() ? "" : ", and is tried at " + next + " or later") << "\n";
  if (!explained.inbox.empty()) {
    std::cout << "  inbox " << explained.inbox << "\n";
    std::cout << "  " << sentence(explained.service) << "\n";
  }
  if (!explained.ledger.fault.empty())
    std::cout << "  the ledger cannot be asked: " << escape(explained.ledger.fault) << "\n";
  if (const auto old = old_import(explained.ledger)) {
    std::cout << "  the same bytes were imported before: import " << old->number << ", " << old->date << ", "
              << old->file << "; a row that would undo a later change fails with superseded\n";
  }
  const FileHistory& history = explained.ledger.history;
  for (const PastImport& each : history.imports) std::cout << "  " << describe(each) << "\n";
  if (history.count > history.imports.size())
    std::cout << "  and " << history.count - history.imports.size() << " older imports\n";
}

void print_json(const Explained& explained) {
  const auto& [answer, reason, why, since, next, import] = explained.explanation;
  boost::json::array history;
  for (const PastImport& each : explained.ledger.history.imports) history.push_back(json_of(each));
  boost::json::value same_bytes(nullptr);
  if (const auto old = old_import(explained.ledger))
    same_bytes = boost::json::object{{"import", old->number}, {"file", old->file}, {"date", old->date}};
  const boost::json::object object{
      {"file", escape(explained.file.string())},
      {"inbox", text_or_null(escape(explained.inbox))},
      {"answer", word_of(answer)},
      {"reason", text_or_null(escape(reason))},
      {"why", why},
      {"since", text_or_null(escape(since))},
      {"next", text_or_null(escape(next))},
      {"import", import == 0 ? boost::json::value(nullptr) : boost::json::value(import)},
      {"service",
       explained.inbox.empty() ? boost::json::value(nullptr) : boost::json::value(word_of(explained.service.state))},
      {"ledger_error", text_or_null(escape(explained.ledger.fault))},
      {"same_bytes", std::move(same_bytes)},
      {"imports", explained.ledger.history.count},
      {"history", std::move(history)}};
  std::cout << boost::json::serialize(object) << "\n";
}

struct ExplainArguments {
  std::vector<std::filesystem::path> files;
};

ExitStatus explain_files(const Options& options, const ExplainArguments& arguments) {
  refuse_csv(options);
  const Config config = read_config(options);
  const AllInboxes all = all_inboxes(config);
  const LedgerSource ledger = open_ledger(config);
  ExitStatus status = ExitStatus::all_good;
  for (const std::filesystem::path& file : arguments.files) {
    const Explained explained = explain_named(config, all, ledger, file);
    options.format == Format::json ? print_json(explained) : print_table(explained);
    if (explained.explanation.answer == Answer::unknown || !explained.ledger.fault.empty())
      status = ExitStatus::environment_failed;
  }
  for (const std::string& fault : all.faults) {
    std::cerr << "clientsync: cannot read a root: " << fault << "; mount it or create it\n";
    status = ExitStatus::environment_failed;
  }
  return status;
}

}  // namespace

void add_explain(CLI::App& app, CommandLine& line) {
  const auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* explain =
      app.add_subcommand("explain", "Say why files are or are not imported, and what became of earlier ones");
  explain->add_option("FILE", arguments->files, "Files, which need not exist any more")->required();
  add_examples(*explain,
               "  clientsync explain /srv/clientsync/inbox/clients.csv\n"
               "  clientsync explain --format json /srv/clientsync/inbox/*",
               "Changes nothing, and judges no rows: clientsync check does that.");
  on_command<ExplainArguments>(*explain, line, arguments, explain_files);
}

}  // namespace clientsync
