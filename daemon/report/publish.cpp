#include "daemon/report/publish.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

#include "daemon/inbox/ownership.hpp"
#include "daemon/log.hpp"
#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr unsigned max_places = 1000;

/// The input whose reports have this place, by the name alone: "clients.csv" of "clients.errors.csv" and
/// "clients.errors.3.csv". nullopt where the name is not of that form.
std::optional<std::string> input_of_place(std::string_view place) {
  constexpr std::string_view ending = ".csv", errors = ".errors";
  if (!place.ends_with(ending)) return std::nullopt;
  place.remove_suffix(ending.size());
  std::string_view stem = place;
  while (!stem.empty() && std::isdigit(static_cast<unsigned char>(stem.back())) != 0) stem.remove_suffix(1);
  const bool numbered = stem.size() < place.size() && stem.ends_with('.');
  stem = numbered ? stem.substr(0, stem.size() - 1) : place;
  if (!stem.ends_with(errors) || stem.size() == errors.size()) return std::nullopt;
  return std::string(stem.substr(0, stem.size() - errors.size())) + std::string(ending);
}

/// The places for one report, in the order of preference.
class Places {
 public:
  Places(Connection& connection, const Folder& folder, const std::string& name, std::string input_sha256, bool rejected)
      : connection_(connection),
        folder_(folder),
        name_(name),
        input_sha256_(std::move(input_sha256)),
        edited_(report_owner(connection, folder.inbox, folder.ledger_name(name)).has_value()),
        replaces_input_(edited_ && !rejected),
        longest_name_(folder.directory.longest_name()) {}

  [[nodiscard]] std::string at(unsigned k) const {
    if (!edited_) return report_place(name_, k + 1, longest_name_);
    if (replaces_input_ && k == 0) return name_;
    const unsigned n = replaces_input_ ? k : k + 1;
    const auto input = input_of_place(name_);
    return input ? report_place(*input, n + 1, longest_name_) : report_place(name_, n, longest_name_);
  }

  /// True where bytes that stand at `place` may be replaced: a report of this input as the ledger wrote it, or the
  /// edited report that is the input itself, read and imported.
  [[nodiscard]] bool replaceable(const std::string& place, const std::string& sha256) const {
    return may_be_ours(place) && are_known(place, sha256);
  }

  /// True where a report may go to `place` as things stand.
  [[nodiscard]] bool open(const std::string& place) const {
    if (!folder_.directory.look(place)) return true;
    // What is not ours is not read: users may keep large files under such names.
    if (!may_be_ours(place)) return false;
    const auto sha256 = digest_of(place);
    return sha256 && are_known(place, *sha256);
  }

  [[nodiscard]] std::optional<std::string> digest_of(const std::string& place) const {
    const auto read = read_file(folder_.directory, place, max_report_bytes);
    if (!read || read->over_limit) return std::nullopt;
    return sha256(read->bytes);
  }

 private:
  /// The ledger published a report there last for this input, or for what a user made of that report.
  [[nodiscard]] bool may_be_ours(const std::string& place) const {
    if (place == name_) return replaces_input_;
    const std::string key = folder_.ledger_name(place);
    const auto owner = report_owner(connection_, folder_.inbox, key);
    return owner && (*owner == folder_.ledger_name(name_) || *owner == key);
  }

  /// Bytes that stood at a place which may be ours: the input's as it was read, or those of a report that the ledger
  /// published there.
  [[nodiscard]] bool are_known(const std::string& place, const std::string& sha256) const {
    if (place == name_ && sha256 == input_sha256_) return true;
    return is_published_report(connection_, folder_.inbox, folder_.ledger_name(place), sha256);
  }

  Connection& connection_;
  const Folder& folder_;
  const std::string& name_;
  std::string input_sha256_;
  bool edited_;
  bool replaces_input_;
  std::size_t longest_name_;
};

std::runtime_error no_place(const std::string& name) {
  return std::runtime_error("no name is free for the report of " + escape(name) +
                            "; remove old reports from the folder");
}

void remove_stale(const Folder& folder, const Places& places) {
  for (unsigned k = 0; k < max_places; ++k) {
    const std::string place = places.at(k);
    if (!folder.directory.look(place)) return;
    const auto removable = [&](const std::string& sha256) { return places.replaceable(place, sha256); };
    if (remove_file(folder.directory, place, removable, max_report_bytes)) return;
  }
}

/// A report that an earlier import of the input left in another place, since the first one was taken then, is of no
/// more use.
void remove_older(Connection& connection, const Folder& folder, const Places& places, const std::string& name,
                  const std::string& place) {
  for (const std::string& older : published_places(connection, folder.inbox, folder.ledger_name(name))) {
    const std::string other = older.substr(folder.prefix.size());
    if (other == place || other == name) continue;
    const auto removable = [&](const std::string& sha256) { return places.replaceable(other, sha256); };
    if (places.open(other)) static_cast<void>(remove_file(folder.directory, other, removable, max_report_bytes));
  }
}

std::string place_report(const ReportJob& job, const Places& places, ReportFile& file) {
  file.write(job.report, job.mode);
  for (unsigned k = 0; k < max_places; ++k) {
    const std::string place = places.at(k);
    if (!places.open(place)) continue;
    const auto replaceable = [&](const std::string& sha256) { return places.replaceable(place, sha256); };
    if (file.place(place, replaceable, max_report_bytes) == ReportFile::Placed::done) return place;
  }
  throw no_place(job.name);
}

/// The newest import of its name: whose report may stand in the folder.
bool is_newest(Connection& connection, const Folder& folder, const ReportJob& job) {
  const auto newest = newest_import(connection, folder.inbox, folder.ledger_name(job.name));
  return newest && newest->id == job.import;
}

/// The input's mode, for its report.
std::uint32_t mode_of(const Folder& folder, const std::string& name) {
  const auto entry = folder.directory.look(name);
  return entry && entry->type == FileType::regular ? entry->mode : default_report_mode;
}

/// False where another daemon has seen to it since the ledger was asked, or where a newer import of the name has its
/// report pending too: that one comes first, since what this one put in its place before it could be marked is known as
/// ours, and gives way, only while it is pending.
bool is_due(Connection& connection, const Folder& folder, const PendingReport& pending) {
  const auto newest = newest_import(connection, folder.inbox, pending.name);
  return !newest || (newest->id == pending.import) == (newest->report_state == ReportState::pending);
}

std::string name_in_folder(const Folder& folder, const std::string& ledger_name) {
  return ledger_name.substr(folder.prefix.size());
}

}  // namespace

std::string intended_place(Connection& connection, const Folder& folder, const std::string& name,
                           const std::string& input_sha256, bool rejected) {
  const Places places(connection, folder, name, input_sha256, rejected);
  for (unsigned k = 0; k < max_places; ++k) {
    const std::string place = places.at(k);
    if (places.open(place)) return place;
  }
  throw no_place(name);
}

namespace {

/// Who stood still on the way may have replaced the report of a newer import: that one is written again.
void give_way(Connection& connection, const Folder& folder, const ReportJob& job) {
  mark_report(connection, job.import, ReportState::superseded, "");
  const auto newest = newest_import(connection, folder.inbox, folder.ledger_name(job.name));
  if (!newest || newest->report_state == ReportState::pending) return;
  const auto report = report_bytes(connection, newest->id);
  if (!report && !newest->report_sha256.empty()) return;
  ReportFile file(folder.directory);
  static_cast<void>(
      publish_report(connection, folder, file,
                     {newest->id, job.name, newest->file.sha256, newest->rejected, report.value_or(""), job.mode}));
}

}  // namespace

std::string publish_report(Connection& connection, const Folder& folder, ReportFile& file, const ReportJob& job) {
  if (!is_newest(connection, folder, job)) {
    mark_report(connection, job.import, ReportState::superseded, "");
    return "";
  }
  const Places places(connection, folder, job.name, job.input_sha256, job.rejected);
  if (job.report.empty()) {
    remove_stale(folder, places);
    remove_older(connection, folder, places, job.name, "");
    mark_report(connection, job.import, ReportState::none, "");
    return "";
  }
  const std::string place = place_report(job, places, file);
  mark_report(connection, job.import, ReportState::published, folder.ledger_name(place));
  if (!is_newest(connection, folder, job)) {
    give_way(connection, folder, job);
    return "";
  }
  remove_older(connection, folder, places, job.name, place);
  return place;
}

namespace {

/// Those last that a newer one of their name supersedes.
std::vector<PendingReport> pending_in_order(Connection& connection, const Folder& folder) {
  std::vector<PendingReport> all = pending_reports(connection, folder.inbox);
  std::map<std::string, ImportId> newest;
  for (const PendingReport& pending : all) newest[pending.name] = pending.import;
  std::stable_partition(all.begin(), all.end(),
                        [&](const PendingReport& one) { return newest.at(one.name) == one.import; });
  return all;
}

}  // namespace

void publish_pending(Connection& connection, DropLocks& locks, const Folder& folder, ReportPlaces& published) {
  std::exception_ptr first_error;
  for (const PendingReport& pending : pending_in_order(connection, folder)) {
    try {
      const auto held = locks.try_lock(folder.inbox, pending.name);
      if (!held || !is_due(connection, folder, pending)) continue;
      ReportFile file(folder.directory);
      const std::string name = name_in_folder(folder, pending.name);
      const std::string place = publish_report(
          connection, folder, file,
          {pending.import, name, pending.input_sha256, pending.rejected, pending.report, mode_of(folder, name)});
      if (!place.empty()) published[name] = place;
      log(LogLevel::info, "report.published",
          {{"inbox", folder.inbox}, {"file", name}, {"import", std::to_string(pending.import)}, {"report", place}});
    } catch (const DatabaseError&) {
      throw;
    } catch (const std::exception&) {
      if (!first_error) first_error = std::current_exception();
    }
  }
  if (first_error) std::rethrow_exception(first_error);
}

std::string restore_report(Connection& connection, const Folder& folder, const std::string& name) {
  const auto newest = newest_import(connection, folder.inbox, folder.ledger_name(name));
  const bool pending = newest && newest->report_state == ReportState::pending;
  const bool published = newest && newest->report_state == ReportState::published;
  if (!pending && !published) return "";
  const std::string stood = name_in_folder(folder, newest->report_name);
  if (published && folder.directory.look(stood)) return stood;
  // A user who edited the report in place has a newer one under that name, and took it away.
  if (published && report_owner(connection, folder.inbox, newest->report_name) != folder.ledger_name(name)) return "";
  const auto report = report_bytes(connection, newest->id);
  if (!report && !pending) return "";
  ReportFile file(folder.directory);
  const std::string place = publish_report(
      connection, folder, file,
      {newest->id, name, newest->file.sha256, newest->rejected, report.value_or(""), mode_of(folder, name)});
  log(LogLevel::info, pending ? "report.published" : "report.restored",
      {{"inbox", folder.inbox}, {"file", name}, {"import", std::to_string(newest->id)}, {"report", place}});
  return place;
}

void sweep_temporaries(Connection& connection, DropLocks& locks, const Folder& folder,
                       std::span<const std::string> names) {
  const auto held = locks.try_lock(folder.inbox, mark_name);
  if (!held) return;
  const auto known = [&](const std::string& sha256) { return knows_bytes(connection, folder.inbox, sha256); };
  for (const std::string& stray : remove_strays(folder.directory, names, known, max_report_bytes)) {
    const std::string name = show_again(folder.directory, stray);
    log(LogLevel::warning, "file.recovered", {{"inbox", folder.inbox}, {"file", name}});
  }
}

}  // namespace clientsync
