#include "daemon/report/recover.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <vector>

#include "daemon/files/read_file.hpp"
#include "daemon/files/temporary.hpp"
#include "daemon/log.hpp"
#include "daemon/report/report_name.hpp"
#include "importer/digest.hpp"
#include "importer/store/ledger_reports.hpp"

namespace clientsync {
namespace {

/// The newest report of each name comes first. An older one that reached its place before it could be recorded is known
/// as ours, and is replaced, only while it is pending.
std::vector<PendingReport> pending_in_order(Connection& connection, const LedgerFolder& folder) {
  std::vector<PendingReport> all = pending_reports(connection, folder.inbox);
  std::map<std::string, ImportId> newest;
  for (const PendingReport& pending : all) newest[pending.name] = pending.import;
  std::stable_partition(all.begin(), all.end(),
                        [&](const PendingReport& one) { return newest.at(one.name) == one.import; });
  return all;
}

/// True if that report stands at its intended place, and not another input's with the same bytes.
bool stands(Connection& connection, const LedgerFolder& folder, const PendingReport& pending) {
  const std::string place = pending.report_name.substr(folder.prefix.size());
  const auto file = read_file(folder.directory, place, max_report_bytes);
  if (!file || file->bytes != pending.report) return false;
  const auto there = publication_of(connection, folder.inbox, pending.report_name, sha256(file->bytes));
  return there && there->name == pending.name;
}

/// False if the report has to wait.
bool publish(Connection& connection, const LedgerFolder& folder, const PendingReport& pending) {
  const LedgerName known = look_up_name(connection, folder.inbox, pending.name);
  if (known.newest && known.newest->id != pending.import) {
    // The newer report of the name could not be published: it comes first.
    if (known.newest->report_state == ReportState::pending) return false;
    // A daemon that stood still has put this report over the newer one, which the mark makes pending again.
    if (!pending.report.empty() && stands(connection, folder, pending)) {
      PendingReportLock lock(connection, pending.import);
      if (lock.held()) lock.mark(ReportState::published, pending.report_name);
      return false;
    }
  }
  const std::string name = pending.name.substr(folder.prefix.size());
  const auto input = folder.directory.look(name);
  NewFile file(folder.directory);
  const auto place = publish_report(
      connection, folder, file,
      {.import = pending.import,
       .subject = {.name = name, .input_sha256 = pending.input_sha256, .edited_report = known.report_of.has_value()},
       .rejected = pending.rejected,
       .intended_place = pending.report_name.substr(folder.prefix.size()),
       .report = pending.report,
       .mode = input && input->type == FileType::regular ? input->mode : default_report_mode});
  if (place && !place->empty())
    log(LogLevel::info, "report.published",
        {{"inbox", folder.inbox}, {"file", name}, {"import", std::to_string(pending.import)}, {"report", *place}});
  return place.has_value();
}

/// Makes it a visible file again, which the ledger knows as an edited report.
std::optional<std::string> show(Connection& connection, const LedgerFolder& folder, const Stray& stray) {
  const std::size_t longest = folder.directory.longest_name();
  const auto name_at = [&](unsigned n) {
    if (stray.place.empty()) return "recovered-" + std::to_string(n) + ".csv";
    return recovered_place(stray.place, n, longest);
  };
  const auto announce = [&](const std::string& name) {
    if (!stray.place.empty())
      record_late_save(connection, folder.inbox, folder.ledger_name(stray.place), stray.sha256,
                       folder.ledger_name(name));
  };
  return show_again(folder.directory, stray, name_at, announce);
}

}  // namespace

bool publish_pending(Connection& connection, const LedgerFolder& folder, const std::optional<std::string>& name) {
  bool all = true;
  std::exception_ptr first_error;
  for (const PendingReport& pending : pending_in_order(connection, folder)) {
    if (name && pending.name != folder.ledger_name(*name)) continue;
    try {
      all = publish(connection, folder, pending) && all;
    } catch (const DatabaseError&) {
      throw;
    } catch (const std::exception&) {
      if (!first_error) first_error = std::current_exception();
    }
  }
  if (first_error) std::rethrow_exception(first_error);
  return all;
}

void sweep_temporaries(Connection& connection, const LedgerFolder& folder, std::span<const std::string> names) {
  const auto known = [&](const std::string& sha256) { return knows_bytes(connection, folder.inbox, sha256); };
  for (const Stray& stray : remove_strays(folder.directory, names, known, max_report_bytes)) {
    if (const auto name = show(connection, folder, stray))
      log(LogLevel::warning, "file.recovered", {{"inbox", folder.inbox}, {"file", *name}});
  }
}

}  // namespace clientsync
