#include "daemon/import/import_file.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/files/user.hpp"
#include "daemon/inbox/file_names.hpp"
#include "daemon/report/recover.hpp"
#include "daemon/report/report_name.hpp"
#include "importer/digest.hpp"

namespace clientsync {
namespace {

using Kind = FileOutcome::Kind;

/// A file that may not be read is never done: it has this in the place of a digest.
constexpr std::string_view unreadable_digest = "unreadable";

Kind kind_of(ReadFault fault) {
  switch (fault) {
    case ReadFault::gone:
      return Kind::withdrawn;
    case ReadFault::changed:
      return Kind::settling;
    case ReadFault::unreadable:
      return Kind::unreadable;
    case ReadFault::not_a_file:
    case ReadFault::linked:
      break;
  }
  return Kind::not_a_file;
}

/// Room for the report of an input of that size: its cells, and a sentence or two for each row.
std::uint64_t likely_report_bytes(std::uint64_t input) {
  constexpr std::uint64_t least = std::uint64_t{64} << 10, sentences = 4;
  return least + sentences * input;
}

/// An edited report may be larger than other inputs: it says more than its input did, and whoever corrects it cannot
/// make it smaller.
std::uint64_t largest_input(const ImportRules& rules, bool edited_report) {
  return edited_report ? likely_report_bytes(rules.sheet.max_bytes) : rules.sheet.max_bytes;
}

/// What is read of a file: enough to know a report of ours that stands there.
std::uint64_t bytes_to_read(const ImportRules& rules, bool edited_report) {
  const std::uint64_t largest = largest_input(rules, edited_report);
  return edited_report ? std::max(largest, max_report_bytes) : largest;
}

InputFile input_of(ConnectionPool& pool, const InboxConfig& inbox, const std::string& name, FileBytes file,
                   bool edited_report) {
  const bool own = edited_report && pool.use([&](Connection& connection) {
    return is_published_report(connection, inbox.name, name, sha256(file.bytes));
  });
  if (!own && file.bytes.size() > largest_input(inbox.rules, edited_report)) file.cut_to_head();
  FileIdentity identity = identify(file);
  return {std::move(file), std::move(identity), own};
}

/// True if the newest import of the name is this drop. An import that was made after the file arrived is: another
/// program made it, or an attempt whose commit ended in doubt.
bool is_done(const std::optional<LedgerRow>& newest, const Attempt& attempt, const FileIdentity& identity) {
  if (!newest || newest->file != identity) return false;
  return !attempt.anew || newest->id > attempt.arrived_after;
}

/// False if no pattern matches the name, and nothing at that place may be a report that somebody edited.
bool is_taken(const LedgerName& known, const InboxConfig& inbox, const Attempt& attempt) {
  if (known.report_of || attempt.any_name) return true;
  const NameKind kind = name_kind(attempt.name, inbox.patterns);
  return kind == NameKind::input || kind == NameKind::document;
}

ImportRules rules_for(ImportRules rules, bool edited_report) {
  rules.sheet.max_bytes = largest_input(rules, edited_report);
  return rules;
}

std::int64_t next_version(const std::optional<LedgerRow>& newest) {
  return newest ? newest->version + 1 : 1;
}

/// A file on its way into the register.
struct Import {
  const LedgerFolder& folder;
  const Attempt& attempt;
  const InputFile& input;
  const Sheet& sheet;
  const ImportRules& rules;
  std::optional<std::int64_t> version;  ///< nullopt: the file is from elsewhere
  bool edited_report = false;
  CrashCount::InHand& in_hand;
  std::vector<ReportOutcome>& unrecorded;  ///< as in import_file
};

LedgerEntry entry_of(const Import& import) {
  LedgerEntry entry;
  entry.source = import.attempt.who.empty() ? EntrySource::folder : EntrySource::command;
  if (import.version) {
    entry.inbox = import.folder.inbox;
    entry.version = *import.version;
  }
  entry.name = import.folder.ledger_name(import.attempt.name);
  entry.file = import.input.identity;
  entry.input = import.input.file.bytes;
  entry.who = import.attempt.who.empty() ? name_of_owner(import.input.file.owner) : import.attempt.who;
  entry.started_at = now_seconds();
  entry.unrecorded = import.unrecorded;
  return entry;
}

/// The file counts as in hand while its bytes are read and judged, not while the database is waited for.
CrashCount::InHand take_in_hand(const CrashCount* crash_count, const LedgerFolder& folder, const Attempt& attempt) {
  if (crash_count == nullptr || !attempt.expected) return {};
  return crash_count->take(folder.inbox, attempt.name, *attempt.expected);
}

Sheet sheet_in_hand(CrashCount::InHand& in_hand, const std::string& name, const FileBytes& file,
                    const SheetRules& rules) {
  if (in_hand.deaths() >= max_deaths) return set_aside_sheet(in_hand.deaths(), rules);
  in_hand.take_up();
  Sheet sheet = sheet_of(name, file, rules);
  in_hand.put_down();
  return sheet;
}

Judged judge_in_hand(const Import& import, const Background& background) {
  import.in_hand.take_up();
  Judged judged = judge(import.sheet, background, import.rules);
  import.in_hand.put_down();
  return judged;
}

/// What the transaction of an import came to.
struct Committed {
  ImportId import = 0;
  Judged judged;
  std::string place;  ///< the report's intended one
};

/// nullopt if another daemon has imported this version of the file.
std::optional<Committed> commit_import(Connection& connection, const Import& import, const LedgerEntry& entry,
                                       const IntendedPlaces& places) {
  auto begun = begin_import(connection, entry, import.rules, import.sheet);
  if (!begun) return std::nullopt;
  Judged judged = judge_in_hand(import, begun->background);
  begun->background = {};  // A large register stands in memory no longer than it is needed.
  const std::string& place = judged.plan.rejected ? places.rejected : places.accepted;
  finish_import(connection, *begun, entry, import.sheet, judged, import.folder.ledger_name(place), now_seconds());
  begun->transaction.commit();
  return Committed{begun->import, std::move(judged), place};
}

/// The report's temporary file and place come first: if no report can be written, nothing is imported.
FileOutcome import_and_report(ConnectionPool& pool, const Import& import) {
  const LedgerFolder& folder = import.folder;
  NewFile report_file(folder.directory);
  report_file.reserve(likely_report_bytes(import.input.file.bytes.size()));
  const ReportSubject subject{
      .name = import.attempt.name, .input_sha256 = import.input.identity.sha256, .edited_report = import.edited_report};
  const IntendedPlaces places =
      pool.use([&](Connection& connection) { return intended_places(connection, folder, subject); });
  const LedgerEntry entry = entry_of(import);
  auto committed =
      pool.retry_conflicts([&](Connection& connection) { return commit_import(connection, import, entry, places); });
  if (!committed) return {.kind = Kind::settling};
  import.unrecorded.clear();

  FileOutcome outcome{.kind = Kind::imported, .newest_import = committed->import, .file = import.input.identity};
  try {
    const ReportJob job{.import = committed->import,
                        .subject = subject,
                        .rejected = committed->judged.plan.rejected,
                        .intended_place = std::move(committed->place),
                        .report = std::move(committed->judged.report),
                        .mode = import.input.file.mode};
    const auto place = pool.use([&](Connection& connection) {
      auto published = publish_report(connection, folder, report_file, job,
                                      import.attempt.more_follow ? &import.unrecorded : nullptr);
      connection.tidy();
      return published;
    });
    outcome.report_name = place.value_or("");
    outcome.report_stamp = report_file.stamp();
    outcome.report_waits = !place;
  } catch (const std::exception& error) {
    // The import is committed; the ledger has the report as pending.
    outcome.report_error = error.what();
  }
  outcome.counts = committed->judged.plan.counts;
  outcome.imported = Imported{committed->import, import.sheet.language, std::move(committed->judged.plan)};
  return outcome;
}

/// Nothing to import; a report that is still pending is published.
FileOutcome already_done(ConnectionPool& pool, const LedgerFolder& folder, const std::string& name,
                         const LedgerRow& newest) {
  FileOutcome outcome{.kind = Kind::done, .newest_import = newest.id, .counts = newest.counts, .file = newest.file};
  if (newest.report_state == ReportState::pending)
    pool.use([&](Connection& connection) { publish_pending(connection, folder, name); });
  if (newest.report_state == ReportState::pending || newest.report_state == ReportState::published)
    outcome.report_name = newest.report_name.substr(folder.prefix.size());
  return outcome;
}

FileOutcome report_unreadable(ConnectionPool& pool, const LedgerFolder& folder, const Attempt& attempt,
                              const LedgerName& known, const ImportRules& rules,
                              std::vector<ReportOutcome>& unrecorded) {
  const auto entry = folder.directory.look(attempt.name);
  if (!entry) return {.kind = Kind::withdrawn};
  const InputFile input{{}, {std::string(unreadable_digest), entry->stamp.size, entry->stamp.mtime_seconds()}};
  const bool told = known.newest && known.newest->file == input.identity;
  if (told) return {.kind = Kind::unreadable};
  const Sheet sheet = unreadable_sheet(rules.sheet);
  CrashCount::InHand nothing;
  FileOutcome outcome = import_and_report(pool, {.folder = folder,
                                                 .attempt = attempt,
                                                 .input = input,
                                                 .sheet = sheet,
                                                 .rules = rules,
                                                 .version = next_version(known.newest),
                                                 .edited_report = known.report_of.has_value(),
                                                 .in_hand = nothing,
                                                 .unrecorded = unrecorded});
  if (outcome.kind == Kind::imported) outcome.kind = Kind::unreadable;
  return outcome;
}

/// What an import would do.
FileOutcome judge_only(ConnectionPool& pool, LedgerEntry entry, const InputFile& input, Sheet sheet,
                       const ImportRules& rules) {
  entry.file = input.identity;
  const Background background =
      pool.use([&](Connection& connection) { return read_background(connection, entry, rules, sheet); });
  Judged judged = judge(sheet, background, rules);
  FileOutcome outcome{.kind = Kind::imported, .counts = judged.plan.counts, .file = input.identity};
  outcome.imported = Imported{0, sheet.language, std::move(judged.plan)};
  return outcome;
}

void record_all(ConnectionPool& pool, std::vector<ReportOutcome>& unrecorded) {
  if (unrecorded.empty()) return;
  pool.use([&](Connection& connection) { record_outcomes(connection, unrecorded); });
  unrecorded.clear();
}

/// True if the ledger may answer otherwise about the file, or about a place of its report, once that is recorded.
bool concerns(const ReportOutcome& outcome, const std::string& name) {
  return outcome.name == name || may_take_place(name, outcome.report_name);
}

FileOutcome take_file(ConnectionPool& pool, const CrashCount* crash_count, const InboxConfig& inbox,
                      const Directory& directory, const Attempt& attempt, std::vector<ReportOutcome>& unrecorded) {
  const LedgerFolder folder{directory, inbox.name, ""};
  const LedgerName known =
      pool.use([&](Connection& connection) { return look_up_name(connection, inbox.name, attempt.name); });
  if (!is_taken(known, inbox, attempt)) return {.kind = Kind::not_taken};
  const bool edited_report = known.report_of.has_value();
  CrashCount::InHand in_hand = take_in_hand(crash_count, folder, attempt);
  auto file = read_file(folder.directory, attempt.name, bytes_to_read(inbox.rules, edited_report));
  in_hand.put_down();
  if (!file && file.error() == ReadFault::unreadable && attempt.report_unreadable)
    return report_unreadable(pool, folder, attempt, known, inbox.rules, unrecorded);
  if (!file) return {.kind = kind_of(file.error())};
  if (attempt.expected && file->stamp != *attempt.expected) return {.kind = Kind::settling};
  const InputFile input = input_of(pool, inbox, attempt.name, std::move(*file), edited_report);
  if (input.own_report) return {.kind = Kind::own_report};
  if (is_done(known.newest, attempt, input.identity)) return already_done(pool, folder, attempt.name, *known.newest);
  if (!attempt.patient && may_be_cut_off(input.file)) return {.kind = Kind::needs_patience};
  const ImportRules rules = rules_for(inbox.rules, edited_report);
  const Sheet sheet = sheet_in_hand(in_hand, attempt.name, input.file, rules.sheet);

  return import_and_report(pool, {.folder = folder,
                                  .attempt = attempt,
                                  .input = input,
                                  .sheet = sheet,
                                  .rules = rules,
                                  .version = next_version(known.newest),
                                  .edited_report = edited_report,
                                  .in_hand = in_hand,
                                  .unrecorded = unrecorded});
}

}  // namespace

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

FileIdentity identify(const FileBytes& file) {
  return {file.over_limit ? std::string() : sha256(file.bytes), file.stamp.size, file.stamp.mtime_seconds()};
}

Result<InputFile, ReadFault> read_input(ConnectionPool& pool, const InboxConfig& inbox, const Directory& directory,
                                        const std::string& name, bool edited_report) {
  auto file = read_file(directory, name, bytes_to_read(inbox.rules, edited_report));
  if (!file) return file.error();
  return input_of(pool, inbox, name, std::move(*file), edited_report);
}

bool may_be_cut_off(const FileBytes& file) {
  const std::string_view bytes = file.bytes;
  if (file.over_limit || bytes.empty()) return false;
  if (bytes.size() >= 2 && (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))) {
    const char low = bytes[0] == '\xFF' ? bytes[bytes.size() - 2] : bytes.back();
    return bytes.size() % 2 != 0 || (low != '\n' && low != '\r');
  }
  return bytes.back() != '\n' && bytes.back() != '\r';
}

Sheet sheet_of(const std::string& name, const FileBytes& file, const SheetRules& rules) {
  if (const auto format = document_format(name)) return document_sheet(file.bytes, *format, rules);
  if (file.over_limit) return oversized_sheet(file.bytes, file.stamp.size, rules);
  return read_sheet(file.bytes, rules);
}

FileOutcome import_file(ConnectionPool& pool, const CrashCount* crash_count, const InboxConfig& inbox,
                        const Directory& directory, const Attempt& attempt, std::vector<ReportOutcome>& unrecorded) {
  if (std::ranges::any_of(unrecorded, [&](const ReportOutcome& outcome) { return concerns(outcome, attempt.name); }))
    record_all(pool, unrecorded);
  FileOutcome outcome = take_file(pool, crash_count, inbox, directory, attempt, unrecorded);
  if (!attempt.more_follow) record_all(pool, unrecorded);
  return outcome;
}

FileOutcome check_file(ConnectionPool& pool, const InboxConfig& inbox, const Directory& directory,
                       const std::string& name) {
  const Attempt attempt{.name = name, .who = {}};
  const LedgerName known = pool.use([&](Connection& connection) { return look_up_name(connection, inbox.name, name); });
  if (!is_taken(known, inbox, attempt)) return {.kind = Kind::not_taken};
  const auto input = read_input(pool, inbox, directory, name, known.report_of.has_value());
  if (!input) return {.kind = kind_of(input.error())};
  if (input->own_report) return {.kind = Kind::own_report};
  if (is_done(known.newest, attempt, input->identity))
    return {
        .kind = Kind::done, .newest_import = known.newest->id, .counts = known.newest->counts, .file = input->identity};
  const ImportRules rules = rules_for(inbox.rules, known.report_of.has_value());
  LedgerEntry entry;
  entry.inbox = inbox.name;
  entry.name = name;
  return judge_only(pool, std::move(entry), *input, sheet_of(name, input->file, rules.sheet), rules);
}

FileOutcome check_elsewhere(ConnectionPool& pool, const InputFile& input, Sheet sheet, const ImportRules& rules) {
  return judge_only(pool, {}, input, std::move(sheet), rules);
}

FileOutcome import_elsewhere(ConnectionPool& pool, const LedgerFolder& folder, const Attempt& attempt,
                             const InputFile& input, const Sheet& sheet, const ImportRules& rules) {
  CrashCount::InHand nothing;
  std::vector<ReportOutcome> nothing_unrecorded;
  return import_and_report(pool, {.folder = folder,
                                  .attempt = attempt,
                                  .input = input,
                                  .sheet = sheet,
                                  .rules = rules,
                                  .version = std::nullopt,
                                  .edited_report = false,
                                  .in_hand = nothing,
                                  .unrecorded = nothing_unrecorded});
}

}  // namespace clientsync
