#include "daemon/import/by_hand.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "daemon/import/steps.hpp"
#include "daemon/inbox/file_names.hpp"
#include "daemon/inbox/ownership.hpp"
#include "daemon/report/publish.hpp"
#include "importer/store/ledger.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// Its report, whose name is longer, is to be recorded too.
void require_recordable(const std::string& path) {
  constexpr std::size_t behind_report = 64;
  const std::string shown = escape(path);
  if (shown.size() + behind_report <= longest_ledger_name) return;
  throw std::runtime_error("cannot import " + shown +
                           ": its path is too long to be recorded; move it to a shorter one");
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const std::filesystem::path parent = std::filesystem::absolute(file).lexically_normal().parent_path();
  return std::filesystem::canonical(parent);
}

std::system_error fault_error(ReadFault fault, const std::filesystem::path& file) {
  const std::string shown = "cannot read " + escape(file.string());
  switch (fault) {
    case ReadFault::gone:
      return {ENOENT, std::generic_category(), shown};
    case ReadFault::unreadable:
      return {EACCES, std::generic_category(), shown};
    case ReadFault::changed:
      return {EBUSY, std::generic_category(), shown + ", it changed while it was read"};
    case ReadFault::not_a_file:
    case ReadFault::linked:
      break;
  }
  return {EINVAL, std::generic_category(), shown + ", it is a link, a directory or no regular file"};
}

Read read_or_throw(const Directory& directory, const std::filesystem::path& file, std::uint64_t limit) {
  auto bytes = read_file(directory, file.filename().string(), limit);
  if (!bytes) throw fault_error(bytes.error(), file);
  FileIdentity identity = identify(*bytes);
  return {std::move(*bytes), std::move(identity)};
}

/// Marks an inbox that bears no mark yet, and lets nobody import into one that is another's.
void claim_or_throw(ConnectionPool& connections, const InboxConfig& inbox, const Directory& directory) {
  const Mark mark{connections.use(ledger_uuid), inbox.name};
  const MarkSight sight = claim_inbox(directory, mark);
  if (sight.state == MarkSight::State::ours) return;
  throw std::runtime_error("the inbox is not this ledger's: its hidden file " + mark_name + " is of " +
                           escape(sight.found) + ", expected " + describe(mark) + "; see `clientsync inbox adopt " +
                           inbox.name + "`");
}

}  // namespace

std::vector<Drop> find_drops(ConnectionPool& connections, const InboxConfig& inbox, const Directory& directory) {
  const Folder folder{directory, inbox.name, ""};
  std::vector<Drop> drops;
  for (const Entry& entry : directory.list()) {
    const NameKind kind = name_kind(entry.name, inbox.patterns);
    if (kind == NameKind::temporary) continue;
    const auto [newest, edited_report] = look_up(connections, folder, entry.name);
    if (!edited_report && kind == NameKind::other) continue;
    const auto read = read_drop(connections, folder, inbox, entry.name, edited_report);
    if (!read) {
      if (read.error() == ReadFault::unreadable || read.error() == ReadFault::changed)
        throw fault_error(read.error(), directory.path() / entry.name);
      continue;
    }
    const bool done = newest && newest->file == read->identity;
    if (!read->own_report && !done) drops.push_back({entry.name, read->identity, next_version(newest)});
  }
  std::ranges::sort(drops, {}, &Drop::name);
  return drops;
}

namespace {

/// Why a file that somebody named could not be taken.
std::optional<ReadFault> fault_of(Processed::What what) {
  switch (what) {
    case Processed::What::unreadable:
      return ReadFault::unreadable;
    case Processed::What::withdrawn:
      return ReadFault::gone;
    case Processed::What::not_a_file:
      return ReadFault::not_a_file;
    case Processed::What::settling:
    case Processed::What::needs_patience:
      return ReadFault::changed;
    case Processed::What::imported:
    case Processed::What::done:
    case Processed::What::own_report:
    case Processed::What::not_taken:
    case Processed::What::in_other_hands:
      break;
  }
  return std::nullopt;
}

/// Waits a while for a daemon that has the file in hand.
Processed process_in_turn(ConnectionPool& connections, DropLocks& locks, const InboxConfig& inbox,
                          const Directory& directory, const Attempt& attempt) {
  constexpr std::chrono::milliseconds pause{200};
  constexpr int most = 50;
  for (int tries = 0; tries < most; ++tries) {
    Processed processed = process_file(connections, locks, inbox, directory, attempt);
    if (processed.what != Processed::What::in_other_hands) return processed;
    std::this_thread::sleep_for(pause);
  }
  throw std::runtime_error("a daemon has the file in hand; try again when it is done with it");
}

}  // namespace

Processed import_path(ConnectionPool& connections, DropLocks& locks, const InboxConfig& inbox,
                      const std::filesystem::path& file, const std::string& who) {
  const Directory directory(folder_of(file));
  Attempt attempt;
  attempt.name = file.filename().string();
  attempt.any_name = true;
  attempt.patient = true;
  attempt.who = who;
  std::error_code ignored;
  if (std::filesystem::equivalent(directory.path(), inbox.path, ignored)) {
    claim_or_throw(connections, inbox, directory);
    Processed processed = process_in_turn(connections, locks, inbox, directory, attempt);
    if (const auto fault = fault_of(processed.what)) throw fault_error(*fault, file);
    return processed;
  }
  const ImportRules rules = rules_of(inbox);
  const Folder folder{directory, "", directory.path().string() + "/"};
  require_recordable(folder.ledger_name(attempt.name));
  const Read read = read_or_throw(directory, file, rules.sheet.max_bytes);
  const Sheet sheet = sheet_of(connections, attempt.name, read, inbox, rules.sheet);
  return import_read(connections, folder, attempt, read, sheet, std::nullopt, rules);
}

Processed check_path(ConnectionPool& connections, const InboxConfig& inbox, const std::filesystem::path& file) {
  const Directory directory(folder_of(file));
  const ImportRules rules = rules_of(inbox);
  const Read read = read_or_throw(directory, file, rules.sheet.max_bytes);
  Sheet sheet = sheet_of(connections, file.filename().string(), read, inbox, rules.sheet);
  Processed processed{.what = Processed::What::imported, .file = read.identity};
  processed.imported =
      connections.use([&](Connection& connection) { return check_sheet(connection, std::move(sheet), rules); });
  processed.counts = processed.imported->plan.counts;
  return processed;
}

Imported load_register(ConnectionPool& connections, const ImportRules& rules, const std::filesystem::path& file,
                       const std::string& who) {
  const Directory directory(folder_of(file));
  const Read read = read_or_throw(directory, file, rules.sheet.max_bytes);
  const FileBytes& bytes = read.file;
  const std::string name = file.filename().string();
  const Sheet sheet = bytes.over_limit ? oversized_sheet(bytes.bytes, bytes.stamp.size, rules.sheet)
                                       : read_sheet(bytes.bytes, rules.sheet);
  LedgerEntry entry;
  entry.name = directory.path().string() + "/" + name;
  require_recordable(entry.name);
  entry.file = read.identity;
  entry.input = bytes.bytes;
  entry.who = who;
  entry.started_at = now_seconds();
  return connections.use([&](Connection& connection) {
    std::optional<Imported> imported = import_sheet(
        connection, sheet, entry, rules, [](bool) { return std::string(); }, now_seconds);
    if (!imported) throw std::logic_error("a file from elsewhere met a version in the ledger");
    mark_report(connection, imported->import, ReportState::none, "");
    return std::move(*imported);
  });
}

}  // namespace clientsync
