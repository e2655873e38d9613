#include "daemon/import/import_file.hpp"

#include <chrono>
#include <utility>

#include "daemon/import/steps.hpp"
#include "daemon/inbox/crash_count.hpp"
#include "daemon/inbox/file_names.hpp"
#include "daemon/report/publish.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {
namespace {

Processed::What what_of(ReadFault fault) {
  switch (fault) {
    case ReadFault::gone:
      return Processed::What::withdrawn;
    case ReadFault::changed:
      return Processed::What::settling;
    case ReadFault::unreadable:
      return Processed::What::unreadable;
    case ReadFault::not_a_file:
    case ReadFault::linked:
      break;
  }
  return Processed::What::not_a_file;
}

/// A record without line end (`…;20` of `2000`) or a tail of NULs may be the start of a longer file
/// (docs/specification.md §2, "When").
bool may_be_cut_off(std::string_view bytes) {
  if (bytes.empty()) return false;
  if (bytes.size() >= 2 && (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))) {
    const char low = bytes[0] == '\xFF' ? bytes[bytes.size() - 2] : bytes.back();
    return bytes.size() % 2 != 0 || (low != '\n' && low != '\r');
  }
  return bytes.back() != '\n' && bytes.back() != '\r';
}

/// A file that may not be read is never done: it has this in the place of a digest.
constexpr std::string_view unreadable_digest = "unreadable";

/// True where the newest import of the name is this drop: also where it was made since the file arrived, by another
/// hand or by an attempt whose commit ended in doubt.
bool is_done(const Newest& newest, const Attempt& attempt, const FileIdentity& identity) {
  if (!newest || newest->file != identity) return false;
  return !attempt.anew || newest->id > attempt.arrived_after;
}

Processed report_unreadable(ConnectionPool& connections, const Folder& folder, const Attempt& attempt,
                            const Newest& newest, const ImportRules& rules) {
  const auto entry = folder.directory.look(attempt.name);
  if (!entry) return {.what = Processed::What::withdrawn};
  const Read read{{}, {std::string(unreadable_digest), entry->stamp.size, entry->stamp.mtime_seconds()}};
  const bool told = newest && newest->file == read.identity;
  if (told) return {.what = Processed::What::unreadable};
  Processed processed =
      import_read(connections, folder, attempt, read, unreadable_sheet(), next_version(newest), rules);
  if (processed.what == Processed::What::imported) processed.what = Processed::What::unreadable;
  return processed;
}

/// The file is done; where its report is missing it gets it again (docs/specification.md §2, "Once").
Processed already_done(ConnectionPool& connections, const Folder& folder, const std::string& name,
                       const LedgerRow& newest) {
  Processed processed{.what = Processed::What::done, .newest_import = newest.id, .file = newest.file};
  processed.counts = newest.counts;
  processed.report_name =
      connections.use([&](Connection& connection) { return restore_report(connection, folder, name); });
  return processed;
}

}  // namespace

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Processed process_file(ConnectionPool& connections, DropLocks& locks, const InboxConfig& inbox,
                       const Directory& directory, const Attempt& attempt) {
  const Folder folder{directory, inbox.name, ""};
  const auto held = locks.try_lock(inbox.name, folder.ledger_name(attempt.name));
  if (!held) return {.what = Processed::What::in_other_hands};
  ImportRules rules = rules_of(inbox);
  const auto [newest, edited_report] = look_up(connections, folder, attempt.name);
  if (!edited_report && !attempt.any_name && name_kind(attempt.name, inbox.patterns) == NameKind::other)
    return {.what = Processed::What::not_taken};
  rules.sheet.max_bytes = largest_input(inbox, edited_report);
  const auto read = read_drop(connections, folder, inbox, attempt.name, edited_report);
  if (!read) {
    if (read.error() != ReadFault::unreadable || !attempt.report_unreadable) return {.what = what_of(read.error())};
    return report_unreadable(connections, folder, attempt, newest, rules);
  }
  if (attempt.expected && read->file.stamp != *attempt.expected) return {.what = Processed::What::settling};
  if (read->own_report) return {.what = Processed::What::own_report};
  if (is_done(newest, attempt, read->identity)) return already_done(connections, folder, attempt.name, *newest);
  if (!attempt.patient && !read->file.over_limit && may_be_cut_off(read->file.bytes))
    return {.what = Processed::What::needs_patience};
  const Sheet sheet = attempt.deaths < max_deaths ? sheet_of(connections, attempt.name, *read, inbox, rules.sheet)
                                                  : set_aside_sheet(attempt.deaths);
  return import_read(connections, folder, attempt, *read, sheet, next_version(newest), rules);
}

}  // namespace clientsync
