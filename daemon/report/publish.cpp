#include "daemon/report/publish.hpp"

#include <limits>
#include <optional>
#include <stdexcept>
#include <vector>

#include "daemon/files/read_file.hpp"
#include "daemon/report/report_name.hpp"
#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

constexpr unsigned max_places = 1000;
constexpr ImportId newest_of_all = std::numeric_limits<ImportId>::max();

/// The places that one report may take, in order of preference.
class Places {
 public:
  /// `import`: whose report it is; newest_of_all if there is no import yet.
  Places(Connection& connection, const LedgerFolder& folder, const ReportSubject& subject, ImportId import,
         bool rejected)
      : connection_(connection),
        folder_(folder),
        subject_(subject),
        import_(import),
        replaces_input_(subject.edited_report && !rejected),
        longest_name_(folder.directory.longest_name()) {}

  [[nodiscard]] std::string at(unsigned k) const {
    if (!subject_.edited_report) return report_place(subject_.name, k + 1, longest_name_);
    if (replaces_input_ && k == 0) return subject_.name;
    const unsigned n = replaces_input_ ? k : k + 1;
    const auto input = input_of_place(subject_.name);
    return input ? report_place(*input, n + 1, longest_name_) : report_place(subject_.name, n, longest_name_);
  }

  /// True if the report may replace the bytes that stand at `place`: an older report of this input, as the ledger
  /// wrote it or made of what people saved over it; or the edited report that is the input itself.
  [[nodiscard]] bool replaceable(const std::string& place, const std::string& sha256) const {
    if (place == subject_.name && !replaces_input_) return false;
    if (place == subject_.name && sha256 == subject_.input_sha256) return true;
    const std::string key = folder_.ledger_name(place), input = folder_.ledger_name(subject_.name);
    const auto there = publication_of(connection_, folder_.inbox, key, sha256);
    if (!there || there->import > import_) return false;
    if (there->name == input) return true;
    if (place == subject_.name) return there->name == origin_of(connection_, folder_.inbox, key, import_);
    return there->name == key && origin_of(connection_, folder_.inbox, key, there->import) == input;
  }

  /// True if the report may go to `place` now.
  [[nodiscard]] bool open(const std::string& place) const {
    if (!folder_.directory.look(place)) return true;
    // Files that cannot be ours are not read: users may keep large files under such names.
    if (!look_up_name(connection_, folder_.inbox, folder_.ledger_name(place)).report_of) return false;
    const auto file = read_file(folder_.directory, place, max_report_bytes);
    return file && !file->over_limit && replaceable(place, sha256(file->bytes));
  }

 private:
  Connection& connection_;
  const LedgerFolder& folder_;
  const ReportSubject& subject_;
  ImportId import_;
  bool replaces_input_;
  std::size_t longest_name_;
};

[[noreturn]] void throw_no_place(const std::string& name) {
  throw std::runtime_error("no name is free for the report of " + escape(name) +
                           "; remove old reports from the folder");
}

std::string first_open(const Places& places, const std::string& name) {
  for (unsigned k = 0; k < max_places; ++k) {
    if (std::string place = places.at(k); places.open(place)) return place;
  }
  throw_no_place(name);
}

/// Removes what stands at `place` if it may be replaced; false if it may not.
bool remove_report(const LedgerFolder& folder, const Places& places, const std::string& place) {
  const auto removable = [&](const std::string& sha256) { return places.replaceable(place, sha256); };
  return remove_file(folder.directory, place, removable, max_report_bytes);
}

/// No report is wanted: the one of an earlier import goes.
void remove_stale(const LedgerFolder& folder, const Places& places) {
  for (unsigned k = 0; k < max_places; ++k) {
    const std::string place = places.at(k);
    if (!folder.directory.look(place) || remove_report(folder, places, place)) return;
  }
}

/// Removes reports that earlier imports of the input left in other places because the first one was taken then.
void remove_older(const LedgerFolder& folder, const Places& places, const std::vector<std::string>& published,
                  const std::string& name, const std::string& place) {
  for (const std::string& older : published) {
    const std::string other = older.substr(folder.prefix.size());
    if (other != place && other != name && places.open(other)) remove_report(folder, places, other);
  }
}

/// nullopt if another daemon took over.
std::optional<std::string> place_report(PendingReportLock& lock, const LedgerFolder& folder, const Places& places,
                                        const ReportJob& job, NewFile& file) {
  file.write(job.report, job.mode);
  std::string intended = job.intended_place;
  for (unsigned k = 0; k < max_places; ++k) {
    const std::string place = places.at(k);
    if (!places.open(place)) continue;
    if (place != intended) {
      // Somebody took the intended place.
      lock.intend(folder.ledger_name(place));
      if (!lock.held()) return std::nullopt;
      intended = place;
    }
    const auto replaceable = [&](const std::string& sha256) { return places.replaceable(place, sha256); };
    if (file.place(place, replaceable, max_report_bytes) == NewFile::Placed::done) return place;
  }
  throw_no_place(job.subject.name);
}

void record(PendingReportLock& lock, ReportOutcome outcome, std::vector<ReportOutcome>* unrecorded) {
  if (unrecorded != nullptr) {
    unrecorded->push_back(std::move(outcome));
  } else {
    lock.mark(outcome.state, outcome.report_name);
  }
}

}  // namespace

IntendedPlaces intended_places(Connection& connection, const LedgerFolder& folder, const ReportSubject& subject) {
  const auto place = [&](bool rejected) {
    return first_open(Places(connection, folder, subject, newest_of_all, rejected), subject.name);
  };
  const std::string accepted = place(false);
  return {.accepted = accepted, .rejected = subject.edited_report ? place(true) : accepted};
}

std::optional<std::string> publish_report(Connection& connection, const LedgerFolder& folder, NewFile& file,
                                          const ReportJob& job, std::vector<ReportOutcome>* unrecorded) {
  PendingReportLock lock(connection, job.import);
  if (!lock.held()) return std::nullopt;
  const std::string name = folder.ledger_name(job.subject.name);
  if (!lock.newest()) {
    record(lock, {job.import, name, ReportState::superseded, ""}, unrecorded);
    return "";
  }
  const Places places(connection, folder, job.subject, job.import, job.rejected);
  if (job.report.empty()) {
    remove_stale(folder, places);
    remove_older(folder, places, lock.places(), job.subject.name, "");
    record(lock, {job.import, name, ReportState::none, ""}, unrecorded);
    return "";
  }
  auto place = place_report(lock, folder, places, job, file);
  if (!place) return std::nullopt;
  remove_older(folder, places, lock.places(), job.subject.name, *place);
  record(lock, {job.import, name, ReportState::published, folder.ledger_name(*place)}, unrecorded);
  return place;
}

}  // namespace clientsync
