#include "daemon/process.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "daemon/in_hand.hpp"
#include "daemon/mark.hpp"
#include "daemon/report_file.hpp"
#include "daemon/reports.hpp"
#include "importer/digest.hpp"
#include "importer/store/imports.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

/// How often an import is planned again because other writers took numbers meanwhile (spec §6).
constexpr int max_plans = 5;

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

/// A record without line end (`…;20` of `2000`) or a tail of NULs may be the start of a longer file (spec §2, "When").
bool may_be_cut_off(std::string_view bytes) {
  if (bytes.empty()) return false;
  if (bytes.size() >= 2 && (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))) {
    const char low = bytes[0] == '\xFF' ? bytes[bytes.size() - 2] : bytes.back();
    return bytes.size() % 2 != 0 || (low != '\n' && low != '\r');
  }
  return bytes.back() != '\n' && bytes.back() != '\r';
}

/// What was read of a file, and what identifies it.
struct Read {
  FileBytes file;
  FileIdentity identity;
};

/// A file that was too large to read is done by size and mtime alone, one that may not be read never is.
constexpr std::string_view unreadable_digest = "unreadable";

FileIdentity identify(const FileBytes& file) {
  return {file.over_limit ? std::string() : sha256(file.bytes), file.stamp.size, file.stamp.mtime_seconds()};
}

/// A file as its author meant it. One that is a report as it was written is marked as such: nobody has mended anything
/// in it.
Sheet sheet_of(Connections& connections, const std::string& name, const FileBytes& file, const FileIdentity& identity,
               const InboxConfig& inbox, const SheetRules& rules) {
  if (name_kind(name, inbox.patterns) == NameKind::spreadsheet) return spreadsheet_sheet(file.bytes);
  if (file.over_limit) return oversized_sheet(file.bytes, file.stamp.size, rules);
  Sheet sheet = read_sheet(file.bytes, rules);
  if (std::ranges::any_of(sheet.rows, [](const Row& row) { return row.ref.has_value(); })) {
    sheet.unmended_report =
        connections.use([&](Connection& connection) { return is_report(connection, identity.sha256); });
  }
  return sheet;
}

/// Imports in one transaction on a connection of its own; again where another writer was first.
std::optional<Imported> import_with_retries(Connections& connections, const Sheet& sheet, const LedgerEntry& entry,
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
void publish(Connections& connections, const Folder& folder, ReportFile& file, const ReportJob& job,
             Processed& processed) {
  try {
    processed.report_name =
        connections.use([&](Connection& connection) { return publish_report(connection, folder, file, job); });
    processed.report_stamp = file.stamp();
  } catch (const std::exception& error) {
    processed.report_error = error.what();
  }
}

/// Room for the report of an input of that size: its cells, and a sentence or two for each row.
std::uint64_t likely_report_bytes(std::uint64_t input) {
  constexpr std::uint64_t least = std::uint64_t{64} << 10, sentences = 4;
  return least + sentences * input;
}

/// Imports what was read, and publishes its report. The temporary file is made first: where no report can be written,
/// nothing is imported.
Processed import_read(Connections& connections, const Folder& folder, const Attempt& attempt, const Read& read,
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

/// The newest import of a name, as the ledger had it before the file's bytes were read.
using Newest = std::optional<LedgerRow>;

std::int64_t next_version(const Newest& newest) {
  return newest ? newest->version + 1 : 1;
}

/// True where the newest import of the name is this drop: also where it was made since the file arrived, by another
/// hand or by an attempt whose commit ended in doubt.
bool is_done(const Newest& newest, const Attempt& attempt, const FileIdentity& identity) {
  if (!newest || newest->file != identity) return false;
  return !attempt.anew || newest->id > attempt.arrived_after;
}

Processed report_unreadable(Connections& connections, const Folder& folder, const Attempt& attempt,
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

}  // namespace

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

namespace {

/// What the ledger says of a name before its file is read.
struct Lookup {
  Newest newest;
  bool edited_report = false;  ///< a report was published under this name: whatever stands there now may be an input
};

Lookup look_up(Connections& connections, const Folder& folder, const std::string& name) {
  return connections.use([&](Connection& connection) {
    const std::string key = folder.ledger_name(name);
    return Lookup{newest_import(connection, folder.inbox, key),
                  report_owner(connection, folder.inbox, key).has_value()};
  });
}

/// The file is done; where its report is missing it gets it again (spec §2, "Once").
Processed already_done(Connections& connections, const Folder& folder, const std::string& name,
                       const LedgerRow& newest) {
  connections.use([&](Connection& connection) { return restore_report(connection, folder, name); });
  Processed processed{.what = Processed::What::done, .newest_import = newest.id, .file = newest.file};
  processed.counts = newest.counts;
  if (newest.report_state == ReportState::published) processed.report_name = newest.report_name;
  return processed;
}

bool is_own_report(Connections& connections, const Folder& folder, const std::string& name, const std::string& digest) {
  return connections.use([&](Connection& connection) {
    return is_published_report(connection, folder.inbox, folder.ledger_name(name), digest);
  });
}

}  // namespace

Processed process_file(Connections& connections, const InboxConfig& inbox, const Directory& directory,
                       const Attempt& attempt) {
  const Folder folder{directory, inbox.name, ""};
  const ImportRules rules = rules_of(inbox);
  const auto [newest, edited_report] = look_up(connections, folder, attempt.name);
  if (!edited_report && name_kind(attempt.name, inbox.patterns) == NameKind::other)
    return {.what = Processed::What::not_taken};
  auto file = read_file(directory, attempt.name, rules.sheet.max_bytes);
  if (!file) {
    if (file.error() != ReadFault::unreadable || !attempt.report_unreadable) return {.what = what_of(file.error())};
    return report_unreadable(connections, folder, attempt, newest, rules);
  }
  if (attempt.expected && file->stamp != *attempt.expected) return {.what = Processed::What::settling};
  const FileIdentity identity = identify(*file);
  if (edited_report && is_own_report(connections, folder, attempt.name, identity.sha256))
    return {.what = Processed::What::own_report};
  if (is_done(newest, attempt, identity)) {
    return already_done(connections, folder, attempt.name, *newest);
  }
  if (!attempt.patient && !file->over_limit && may_be_cut_off(file->bytes))
    return {.what = Processed::What::needs_patience};
  Sheet sheet = attempt.deaths < max_deaths ? sheet_of(connections, attempt.name, *file, identity, inbox, rules.sheet)
                                            : set_aside_sheet(attempt.deaths);
  const Read read{std::move(*file), identity};
  return import_read(connections, folder, attempt, read, sheet, next_version(newest), rules);
}

namespace {

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

FileBytes read_or_throw(const Directory& directory, const std::filesystem::path& file, std::uint64_t limit) {
  auto read = read_file(directory, file.filename().string(), limit);
  if (!read) throw fault_error(read.error(), file);
  return std::move(*read);
}

/// Marks an inbox that bears no mark yet, and lets nobody import into one that is another's.
void claim_or_throw(Connections& connections, const InboxConfig& inbox, const Directory& directory) {
  const Mark mark{connections.use(ledger_uuid), inbox.name};
  const MarkSight sight = claim_inbox(directory, mark);
  if (sight.state == MarkSight::State::ours) return;
  throw std::runtime_error("the inbox is not this ledger's: its hidden file " + mark_name + " is of " +
                           escape(sight.found) + ", expected " + describe(mark) + "; see `clientsync inbox adopt " +
                           inbox.name + "`");
}

}  // namespace

std::vector<Drop> find_drops(Connections& connections, const InboxConfig& inbox, const Directory& directory) {
  const Folder folder{directory, inbox.name, ""};
  std::vector<Drop> drops;
  for (const Entry& entry : directory.list()) {
    const NameKind kind = name_kind(entry.name, inbox.patterns);
    if (kind == NameKind::temporary) continue;
    const auto [newest, edited_report] = look_up(connections, folder, entry.name);
    if (!edited_report && kind == NameKind::other) continue;
    const auto file = read_file(directory, entry.name, inbox.limits.bytes);
    if (!file) {
      if (file.error() == ReadFault::unreadable || file.error() == ReadFault::changed)
        throw fault_error(file.error(), directory.path() / entry.name);
      continue;
    }
    FileIdentity identity = identify(*file);
    if (edited_report && is_own_report(connections, folder, entry.name, identity.sha256)) continue;
    if (newest && newest->file == identity) continue;
    drops.push_back({entry.name, std::move(identity), next_version(newest)});
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
      break;
  }
  return std::nullopt;
}

}  // namespace

Processed import_path(Connections& connections, const InboxConfig& inbox, const std::filesystem::path& file,
                      const std::string& who) {
  const Directory directory(folder_of(file));
  Attempt attempt;
  attempt.name = file.filename().string();
  attempt.patient = true;
  attempt.who = who;
  std::error_code ignored;
  if (std::filesystem::equivalent(directory.path(), inbox.path, ignored)) {
    claim_or_throw(connections, inbox, directory);
    Processed processed = process_file(connections, inbox, directory, attempt);
    if (const auto fault = fault_of(processed.what)) throw fault_error(*fault, file);
    // What the inbox would never take by itself is a file from elsewhere that happens to stand there.
    if (processed.what != Processed::What::not_taken) return processed;
  }
  const ImportRules rules = rules_of(inbox);
  const Folder folder{directory, "", directory.path().string() + "/"};
  FileBytes bytes = read_or_throw(directory, file, rules.sheet.max_bytes);
  const FileIdentity identity = identify(bytes);
  Sheet sheet = sheet_of(connections, attempt.name, bytes, identity, inbox, rules.sheet);
  const Read read{std::move(bytes), identity};
  return import_read(connections, folder, attempt, read, sheet, std::nullopt, rules);
}

Processed check_path(Connections& connections, const InboxConfig& inbox, const std::filesystem::path& file) {
  const Directory directory(folder_of(file));
  const ImportRules rules = rules_of(inbox);
  const FileBytes bytes = read_or_throw(directory, file, rules.sheet.max_bytes);
  const FileIdentity identity = identify(bytes);
  Sheet sheet = sheet_of(connections, file.filename().string(), bytes, identity, inbox, rules.sheet);
  Processed processed{.what = Processed::What::imported, .file = identity};
  processed.imported =
      connections.use([&](Connection& connection) { return check_sheet(connection, std::move(sheet), rules); });
  processed.counts = processed.imported->plan.counts;
  return processed;
}

Imported load_register(Connections& connections, const ImportRules& rules, const std::filesystem::path& file,
                       const std::string& who) {
  const Directory directory(folder_of(file));
  const FileBytes bytes = read_or_throw(directory, file, rules.sheet.max_bytes);
  const std::string name = file.filename().string();
  const Sheet sheet = bytes.over_limit ? oversized_sheet(bytes.bytes, bytes.stamp.size, rules.sheet)
                                       : read_sheet(bytes.bytes, rules.sheet);
  LedgerEntry entry;
  entry.name = directory.path().string() + "/" + name;
  entry.file = identify(bytes);
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
