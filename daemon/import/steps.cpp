#include "daemon/import/steps.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "daemon/files/replace_file.hpp"
#include "daemon/inbox/file_names.hpp"
#include "importer/digest.hpp"

namespace clientsync {
namespace {

/// How often an import is planned again because other writers took numbers meanwhile (docs/specification.md §6).
constexpr int max_plans = 5;

/// Imports in one transaction on a connection of its own; again where another writer was first.
std::optional<Imported> import_with_retries(ConnectionPool& connections, const Sheet& sheet, const LedgerEntry& entry,
                                            const ImportRules& rules, const Folder& folder, const std::string& name) {
  for (int plans = 1;; ++plans) {
    try {
      return connections.use([&](Connection& connection) {
        const auto place = [&](bool rejected) {
          return folder.ledger_name(intended_place(connection, folder, name, entry.file.sha256, rejected));
        };
        return import_sheet(connection, sheet, entry, rules, place, now_seconds);
      });
    } catch (const DatabaseError& error) {
      if (error.kind() != DatabaseError::Kind::conflict || plans == max_plans) throw;
    }
  }
}

/// Publishes the report of what was just imported. What goes wrong here is no reason to import again.
void publish(ConnectionPool& connections, const Folder& folder, ReportFile& file, const ReportJob& job,
             Processed& processed) {
  try {
    processed.report_name =
        connections.use([&](Connection& connection) { return publish_report(connection, folder, file, job); });
    processed.report_stamp = file.stamp();
  } catch (const std::exception& error) {
    processed.report_error = error.what();
  }
}

bool is_own_report(ConnectionPool& connections, const Folder& folder, const std::string& name,
                   const std::string& digest) {
  return connections.use([&](Connection& connection) {
    return is_published_report(connection, folder.inbox, folder.ledger_name(name), digest);
  });
}

}  // namespace

std::uint64_t likely_report_bytes(std::uint64_t input) {
  constexpr std::uint64_t least = std::uint64_t{64} << 10, sentences = 4;
  return least + sentences * input;
}

FileIdentity identify(const FileBytes& file) {
  return {file.over_limit ? std::string() : sha256(file.bytes), file.stamp.size, file.stamp.mtime_seconds()};
}

std::int64_t next_version(const Newest& newest) {
  return newest ? newest->version + 1 : 1;
}

Lookup look_up(ConnectionPool& connections, const Folder& folder, const std::string& name) {
  return connections.use([&](Connection& connection) {
    const std::string key = folder.ledger_name(name);
    return Lookup{newest_import(connection, folder.inbox, key),
                  report_owner(connection, folder.inbox, key).has_value()};
  });
}

std::uint64_t largest_input(const InboxConfig& inbox, bool edited_report) {
  return edited_report ? likely_report_bytes(inbox.limits.bytes) : inbox.limits.bytes;
}

Result<Read, ReadFault> read_drop(ConnectionPool& connections, const Folder& folder, const InboxConfig& inbox,
                                  const std::string& name, bool edited_report) {
  const std::uint64_t limit = largest_input(inbox, edited_report);
  auto file = read_file(folder.directory, name, edited_report ? std::max(limit, max_report_bytes) : limit);
  if (!file) return file.error();
  const bool own = edited_report && is_own_report(connections, folder, name, sha256(file->bytes));
  if (!own && file->bytes.size() > limit) file->cut_to_head();
  FileIdentity identity = identify(*file);
  return Read{std::move(*file), std::move(identity), own};
}

Sheet sheet_of(ConnectionPool&, const std::string& name, const Read& read, const InboxConfig& inbox,
               const SheetRules& rules) {
  const FileBytes& file = read.file;
  if (name_kind(name, inbox.patterns) == NameKind::spreadsheet) return spreadsheet_sheet(file.bytes);
  if (file.over_limit) return oversized_sheet(file.bytes, file.stamp.size, rules);
  return read_sheet(file.bytes, rules);
}

Processed import_read(ConnectionPool& connections, const Folder& folder, const Attempt& attempt, const Read& read,
                      const Sheet& sheet, std::optional<std::int64_t> version, const ImportRules& rules) {
  ReportFile report_file(folder.directory);
  report_file.reserve(likely_report_bytes(read.file.bytes.size()));
  LedgerEntry entry;
  if (version) {
    entry.inbox = folder.inbox;
    entry.version = *version;
  }
  entry.name = folder.ledger_name(attempt.name);
  entry.file = read.identity;
  entry.input = read.file.bytes;
  entry.who = attempt.who;
  entry.started_at = now_seconds();
  std::optional<Imported> imported = import_with_retries(connections, sheet, entry, rules, folder, attempt.name);
  if (!imported) return {.what = Processed::What::settling};
  Processed processed{.what = Processed::What::imported, .newest_import = imported->import, .file = read.identity};
  publish(
      connections, folder, report_file,
      {imported->import, attempt.name, read.identity.sha256, imported->plan.rejected, imported->report, read.file.mode},
      processed);
  processed.counts = imported->plan.counts;
  processed.imported = std::move(imported);
  return processed;
}

}  // namespace clientsync
