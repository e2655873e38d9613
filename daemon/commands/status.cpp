#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <ranges>

#include "daemon/commands/command_line.hpp"
#include "daemon/commands/past_import.hpp"
#include "daemon/commands/sources.hpp"
#include "daemon/explain/inbox_view.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/json/inboxes.hpp"
#include "daemon/json/json.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

struct WholeStatus {
  ServiceAnswer service{};
  std::string database_fault{};  ///< empty: it works
  std::vector<ToldFault> faults{};
  std::vector<InboxView> inboxes{};

  [[nodiscard]] bool all_good() const {
    return service.state != ServiceView::State::silent && database_fault.empty() &&
           std::ranges::all_of(faults, &ToldFault::warning);
  }
};

std::vector<InboxConfig> chosen_inboxes(const Config& config, const Options& options, const AllInboxes& all) {
  if (options.inbox.empty()) return all.inboxes;
  return {chosen_inbox(config, options)};
}

InboxView view_of(const InboxConfig& inbox, const LedgerSource& ledger, WholeStatus& whole) {
  const ServiceStatus* told = whole.service.state == ServiceView::State::answers ? &whole.service.status : nullptr;
  try {
    return look_at_inbox(ledger.pool.get(), inbox, told, whole.faults);
  } catch (const DatabaseError& error) {
    whole.database_fault = error.what();
    return look_at_inbox(nullptr, inbox, told, whole.faults);
  }
}

WholeStatus find_status(const Config& config, const Options& options) {
  const AllInboxes all = all_inboxes(config);
  const std::vector<InboxConfig> inboxes = chosen_inboxes(config, options, all);
  WholeStatus whole{.service = ask_service(config, {.inbox = options.inbox})};
  const LedgerSource ledger = open_ledger(config);
  whole.database_fault = ledger.fault;
  std::ranges::copy_if(whole.service.status.faults, std::back_inserter(whole.faults), [&](const ToldFault& fault) {
    return options.inbox.empty() || fault.inbox.empty() || fault.inbox == options.inbox;
  });
  if (whole.service.state != ServiceView::State::answers) {
    for (const std::string& fault : all.faults) whole.faults.push_back({.event = "root.unavailable", .why = fault});
  }
  for (const InboxConfig& inbox : inboxes) whole.inboxes.push_back(view_of(inbox, ledger, whole));
  return whole;
}

std::string line_of(const ToldFault& fault) {
  std::string line = fault.event;
  if (!fault.inbox.empty()) line += ", inbox " + escape(fault.inbox);
  if (!fault.file.empty()) line += ", file " + escape(fault.file);
  if (!fault.since.empty()) line += ", since " + fault.since;
  return line + (fault.warning ? " (a warning)" : "") + ": " + escape(fault.why);
}

void print_count(std::string_view what, std::size_t shown, std::size_t count) {
  std::cout << "  " << what << " " << count;
  if (shown < count) std::cout << ", of which " << shown << " are shown";
  std::cout << "\n";
}

void print_table(const WholeStatus& whole, const InboxView& view) {
  const InboxStatus& status = view.status;
  const InboxFacts& facts = view.facts;
  std::cout << "\ninbox " << status.name << "\n  folder " << escape(status.path) << "\n  firm " << escape(status.firm)
            << "\n";
  if (view.watched)
    std::cout << "  watched " << (status.watch.empty() ? "no, it is not open" : "by " + status.watch) << "\n";
  const auto fault = std::ranges::find_if(
      whole.faults, [&](const ToldFault& each) { return each.inbox == status.name && each.file.empty(); });
  std::cout << "  state " << (fault == whole.faults.end() ? "works" : line_of(*fault)) << "\n";
  print_count("waiting", status.files.size(), status.waiting);
  for (const WaitingFile& file : status.files) {
    std::cout << "    " << escape(file.name) << ": " << escape(file.why);
    if (!file.since.empty()) std::cout << "; since " << file.since;
    if (!file.next.empty()) std::cout << "; next at " << file.next;
    std::cout << "\n";
  }
  if (facts.fault && view.watched) {
    std::cout << "  not taken unknown: " << escape(facts.fault->why) << "\n";
  } else {
    print_count("not taken", facts.passed_over.size(), facts.passed_over_count);
  }
  for (const PassedOver& each : facts.passed_over)
    std::cout << "    " << escape(each.name) << ": " << escape(each.why) << "\n";
  if (!whole.database_fault.empty()) return;
  std::cout << "  last import "
            << (facts.last_import ? escape(facts.last_import->name) + ", " + describe(*facts.last_import) : "none")
            << "\n"
            << "  reports to be published " << facts.unpublished.size() << "\n";
  for (const PastImport& each : facts.unpublished)
    std::cout << "    " << escape(each.name) << ", " << describe(each) << "\n";
}

void print_table(const WholeStatus& whole) {
  std::cout << sentence(whole.service) << "\n";
  std::cout << "database "
            << (whole.database_fault.empty() ? "works" : "cannot be used: " + escape(whole.database_fault)) << "\n";
  std::cout << "faults " << whole.faults.size() << "\n";
  for (const ToldFault& fault : whole.faults) std::cout << "  " << line_of(fault) << "\n";
  for (const InboxView& inbox : whole.inboxes) print_table(whole, inbox);
}

void print_json(const WholeStatus& whole) {
  boost::json::array faults, inboxes;
  for (const ToldFault& fault : whole.faults) faults.push_back(object_of(fault));
  for (const InboxView& inbox : whole.inboxes) inboxes.push_back(json_of(inbox));
  const boost::json::object object{
      {"service",
       {{"state", word_of(whole.service.state)},
        {"at", text_or_null(escape(whole.service.where))},
        {"version", text_or_null(escape(whole.service.status.version))},
        {"error", text_or_null(escape(whole.service.error))}}},
      {"database", {{"works", whole.database_fault.empty()}, {"error", text_or_null(escape(whole.database_fault))}}},
      {"faults", std::move(faults)},
      {"inboxes", std::move(inboxes)}};
  std::cout << boost::json::serialize(object) << "\n";
}

ExitStatus print_status(const Options& options) {
  refuse_csv(options);
  const WholeStatus whole = find_status(read_config(options), options);
  options.format == Format::json ? print_json(whole) : print_table(whole);
  return whole.all_good() ? ExitStatus::all_good : ExitStatus::environment_failed;
}

}  // namespace

void add_status(CLI::App& app, CommandLine& line) {
  CLI::App* status =
      app.add_subcommand("status", "Print what waits in each inbox and why, what is not taken, and what does not work");
  add_examples(
      *status,
      "  clientsync status\n"
      "  clientsync status --inbox main --format json",
      "Asks the running service at http.listen, the folders and the ledger. The exit status is 4 if something does\n"
      "not work.");
  on_command(*status, line, print_status);
}

}  // namespace clientsync
