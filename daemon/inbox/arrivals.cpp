#include "daemon/inbox/arrivals.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace clientsync {

namespace {

constexpr unsigned wanted_equal_polls = 2;
/// The number of no scan.
constexpr std::uint64_t unscanned = 0;

/// No stamp at all: the entry could not be looked at.
bool is_unseen(const Stamp& stamp) {
  return stamp.inode == 0;
}

bool may_be_input(const Entry& entry) {
  return entry.type == FileType::regular && entry.links == 1;
}

}  // namespace

Arrivals::Arrivals(std::vector<std::string> patterns, Patience patience)
    : patterns_(std::move(patterns)), patience_(patience) {}

void Arrivals::observe(std::span<const Entry> listing, const Hints& hints, Moment now,
                       const std::function<bool(const std::string&)>& taken) {
  const std::vector<bool> ignore = ignored(listing, taken);
  const std::set<std::string_view> removed(hints.removed.begin(), hints.removed.end());
  std::vector<Named*> arrived;
  ++scans_;
  for (std::size_t i = 0; i < listing.size(); ++i) {
    const Entry& entry = listing[i];
    if (!may_be_input(entry)) {
      overlook(entry, now);
    } else if (ignore[i]) {
      files_.insert_or_assign(entry.name, File{.stamp = entry.stamp, .scan = scans_, .state = File::State::ignored});
    } else {
      const auto hint = hints.arrived.find(entry.name);
      const bool hinted = hint != hints.arrived.end();
      const Told told{.arrived = hinted, .renamed_in = hinted && hint->second, .removed = removed.contains(entry.name)};
      if (!arrives(entry, told, now)) continue;
      const auto named = files_.find(entry.name);
      named->second.arrived_after = std::max(hints.newest_import, named->second.import);
      arrived.push_back(&*named);
    }
  }
  std::ranges::sort(arrived, {}, [](const Named* named) { return std::tie(named->second.stamp.mtime, named->first); });
  for (Named* const named : arrived) named->second.order = ++arrivals_;
  if (!first_scan_) sweep();
  first_scan_ = false;
}

/// Which entries are left alone for their names. Asks `taken`, and changes nothing yet.
std::vector<bool> Arrivals::ignored(std::span<const Entry> listing,
                                    const std::function<bool(const std::string&)>& taken) const {
  std::vector<bool> ignore(listing.size());
  for (std::size_t i = 0; i < listing.size(); ++i) {
    const Entry& entry = listing[i];
    if (!may_be_input(entry)) continue;
    const auto known = files_.find(entry.name);
    const bool was_ignored = known != files_.end() && known->second.state == File::State::ignored;
    if (known != files_.end() && !was_ignored) continue;
    if (was_ignored && known->second.stamp == entry.stamp) {
      ignore[i] = true;
      continue;
    }
    const NameKind kind = name_kind(entry.name, patterns_);
    ignore[i] = kind == NameKind::temporary || (kind == NameKind::other && taken && !taken(entry.name));
  }
  return ignore;
}

/// True where the file takes its place behind those that came before.
bool Arrivals::arrives(const Entry& entry, const Told& told, Moment now) {
  const auto [at, is_new] = files_.try_emplace(entry.name);
  File& file = at->second;
  file.scan = scans_;
  file.linked = false;
  if (is_new) {
    file.stamp = entry.stamp;
    file.since = now;
    file.anew = !first_scan_ || told.arrived || told.removed;
    file.renamed_in = told.renamed_in;
    file.announced = told.arrived || first_scan_;
    return true;
  }
  if (file.stamp != entry.stamp) return changes(file, entry.stamp, told, now);
  if (file.equal_polls < wanted_equal_polls) ++file.equal_polls;
  return told_again(file, told, now);
}

bool Arrivals::changes(File& file, const Stamp& stamp, const Told& told, Moment now) const {
  const bool replaced =
      !first_scan_ && !is_unseen(file.stamp) && (file.stamp.inode != stamp.inode || file.stamp.device != stamp.device);
  const bool anew = replaced || told.arrived || told.removed;
  File next{.stamp = stamp,
            .since = now,
            .order = file.order,
            .scan = file.scan,
            .arrived_after = file.arrived_after,
            .import = file.import};
  // A time may be set after the file was closed: that has no hint of its own.
  const bool only_time = !replaced && !told.removed && file.stamp.size == stamp.size;
  next.renamed_in = told.renamed_in;
  next.announced = told.arrived || first_scan_ || (file.announced && only_time);
  next.anew = anew;
  if (file.state == File::State::waiting) next.anew = anew || file.anew;
  if (file.state == File::State::handed_out) {
    next.state = File::State::handed_out;
    next.anew = file.anew;
    next.again = anew || file.again.value_or(false);
  }
  const bool arrives = replaced || file.state != File::State::waiting;
  file = next;
  return arrives;
}

bool Arrivals::told_again(File& file, const Told& told, Moment now) {
  if (!told.arrived && !told.removed) return false;
  // A scan may find a file before the hint of its arrival is read; that hint is not a second arrival.
  const bool expected = told.arrived && !file.announced;
  // What was removed and stands there all the same was put back: the hint of that is due.
  file.announced = told.arrived || (file.announced && !told.removed);
  if (file.state == File::State::waiting) {
    file.anew = true;
    file.renamed_in = told.renamed_in || (file.renamed_in && !told.removed);
    if (told.removed) file.since = now;
    return false;
  }
  if (expected) return false;
  const bool handed_out = file.state == File::State::handed_out;
  file = File{.stamp = file.stamp,
              .since = now,
              .order = file.order,
              .scan = file.scan,
              .anew = file.anew,
              .import = file.import};
  file.renamed_in = told.renamed_in;
  file.announced = told.arrived;
  if (handed_out) {
    file.state = File::State::handed_out;
    file.again = true;
  } else {
    file.anew = true;
  }
  return true;
}

/// A known file that has a second link for a while, as backups make them, or that can't be looked at, was not removed.
void Arrivals::overlook(const Entry& entry, Moment now) {
  const auto known = files_.find(entry.name);
  if (known == files_.end()) {
    // Once it can be looked at it is no newcomer: it stood there all the time.
    const bool wanted =
        entry.type == FileType::other && is_unseen(entry.stamp) && name_kind(entry.name, patterns_) == NameKind::input;
    if (wanted) files_.emplace(entry.name, File{.stamp = {}, .since = now, .scan = scans_});
    return;
  }
  File& file = known->second;
  const bool same_file = entry.stamp.device == file.stamp.device && entry.stamp.inode == file.stamp.inode;
  const bool unseen = entry.type == FileType::other && is_unseen(entry.stamp);
  if (!unseen && !(same_file && entry.type == FileType::regular)) return;
  file.scan = scans_;
  if (file.state == File::State::waiting) {
    file.since = now;
    file.renamed_in = false;
    file.linked = !unseen;
  }
}

/// Forgets the names that the scan did not find; of what is handed out, only once its fate is told.
void Arrivals::sweep() {
  for (auto at = files_.begin(); at != files_.end();) {
    File& file = at->second;
    const bool gone = file.scan != scans_;
    if (gone && file.state == File::State::handed_out) file.again = true;
    at = gone && file.state != File::State::handed_out ? files_.erase(at) : std::next(at);
  }
}

std::optional<Moment> Arrivals::complete_at(const File& file) const {
  if (file.state != File::State::waiting || file.scan != scans_) return std::nullopt;
  // What could not be looked at is not handed out, but makes for another scan: see `next`.
  auto wait = file.stamp.size == 0 && !is_unseen(file.stamp) ? patience_.empty : std::chrono::milliseconds{0};
  if (!file.renamed_in) {
    if (patience_.polling && file.equal_polls < wanted_equal_polls) return std::nullopt;
    wait = std::max(wait, patience_.settle * (file.wants_patience ? patience_.cut_off_factor : 1));
  }
  const Moment at = file.since + wait;
  return std::max(at, file.not_before.value_or(at));
}

std::vector<Ready> Arrivals::ready(Moment now) {
  std::vector<Named*> complete;
  for (Named& named : files_) {
    const auto at = is_unseen(named.second.stamp) ? std::nullopt : complete_at(named.second);
    if (at && *at <= now) complete.push_back(&named);
  }
  std::ranges::sort(complete, {}, [](const Named* named) { return named->second.order; });
  std::vector<Ready> handed_out;
  handed_out.reserve(complete.size());
  for (Named* const named : complete) {
    File& file = named->second;
    file.state = File::State::handed_out;
    const bool patient = file.renamed_in || now - file.since >= patience_.settle * patience_.cut_off_factor;
    handed_out.push_back({.name = named->first,
                          .stamp = file.stamp,
                          .anew = file.anew,
                          .arrived_after = std::max(file.arrived_after, file.import),
                          .patient = patient,
                          .since = file.since});
  }
  return handed_out;
}

std::optional<Moment> Arrivals::next(Moment now) const {
  std::optional<Moment> soonest;
  for (const auto& [name, file] : files_) {
    const auto at = complete_at(file);
    if (at && (!soonest || *at < *soonest)) soonest = at;
  }
  return soonest ? std::max(*soonest, now) : soonest;
}

void Arrivals::done(const std::string& name, const Stamp& stamp, std::int64_t import) {
  const auto [at, is_new] = files_.try_emplace(name);
  File& file = at->second;
  file.import = std::max(file.import, import);
  if (file.state == File::State::waiting && !is_new && file.stamp != stamp) return;
  if (file.state != File::State::handed_out) {
    file = File{.stamp = stamp,
                .order = file.order,
                .scan = is_new ? scans_ : file.scan,
                .import = file.import,
                .state = File::State::done};
    return;
  }
  const std::optional<bool> again = std::exchange(file.again, std::nullopt);
  file.anew = again.value_or(false);
  file.state = again || file.stamp != stamp ? File::State::waiting : File::State::done;
  // What was read is not what the last scan saw: the next one has to see it first.
  if (!again && file.stamp != stamp) file.scan = unscanned;
}

void Arrivals::withdrawn(const std::string& name) {
  if (File* const file = give_back(name)) file->scan = unscanned;
}

void Arrivals::settling(const std::string& name, Moment now) {
  if (File* const file = give_back(name)) {
    file->since = now;
    file->equal_polls = 0;
    file->renamed_in = false;
    file->wants_patience = false;
  }
}

void Arrivals::needs_patience(const std::string& name) {
  if (File* const file = give_back(name)) file->wants_patience = true;
}

void Arrivals::retry(const std::string& name, Moment at) {
  if (File* const file = give_back(name)) file->not_before = at;
}

/// The file that was handed out, waiting again; nullptr where it is another by now, for which its fate means nothing.
Arrivals::File* Arrivals::give_back(const std::string& name) {
  const auto at = files_.find(name);
  if (at == files_.end() || at->second.state != File::State::handed_out) return nullptr;
  File& file = at->second;
  file.state = File::State::waiting;
  const std::optional<bool> again = std::exchange(file.again, std::nullopt);
  if (!again) return &file;
  file.anew = file.anew || *again;
  return nullptr;
}

void Arrivals::forget_directory() {
  first_scan_ = true;
  ++scans_;
}

bool Arrivals::waits(const File& file) const {
  const bool gone = file.scan != scans_ && file.scan != unscanned;
  return file.state == File::State::handed_out || (file.state == File::State::waiting && !gone && !file.linked);
}

std::size_t Arrivals::waiting() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(files_, [this](const Named& named) { return waits(named.second); }));
}

std::optional<Moment> Arrivals::oldest_waiting() const {
  std::optional<Moment> oldest;
  for (const auto& [name, file] : files_) {
    if (waits(file)) oldest = std::min(oldest.value_or(file.since), file.since);
  }
  return oldest;
}

}  // namespace clientsync
