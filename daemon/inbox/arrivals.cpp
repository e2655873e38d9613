#include "daemon/inbox/arrivals.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "daemon/inbox/file_names.hpp"

namespace clientsync {

namespace {

constexpr unsigned required_equal_polls = 2;
constexpr std::uint64_t unscanned = 0;  // scans are counted from 1
/// An entry that could not be examined is worth another scan after this long, even if files need not settle.
constexpr std::chrono::milliseconds unseen_pause{1000};

/// True if the entry could not be examined: see Directory::list.
bool is_unseen(const Stamp& stamp) {
  return stamp.inode == 0;
}

bool same_inode(const Stamp& a, const Stamp& b) {
  return a.device == b.device && a.inode == b.inode;
}

}  // namespace

Arrivals::Arrivals(std::vector<std::string> patterns, Patience patience)
    : patterns_(std::move(patterns)), patience_(patience) {}

void Arrivals::observe(std::span<const Entry> listing, const Hints& hints, Moment now) {
  std::vector<Named*> arrived;
  ++scans_;
  for (const Entry& entry : listing) {
    if (entry.type != FileType::regular || entry.links != 1) {
      note_hidden(entry, now);
      continue;
    }
    auto named = files_.find(entry.name);
    const bool is_new = named == files_.end();
    if (is_new && name_kind(entry.name, patterns_) == NameKind::temporary) continue;
    const Told told = told_of(entry.name, hints);
    if (is_new) {
      named = files_.emplace(entry.name, File{}).first;
      named->second = {.version = {.stamp = entry.stamp,
                                   .since = now,
                                   .renamed_in = told.renamed_in,
                                   .announced = told.arrived || told.closed || first_scan_,
                                   .open = told.open},
                       .scan = scans_,
                       .anew = !first_scan_ || told.arrived || told.removed};
    } else if (!update(named->second, entry, told, now)) {
      continue;
    }
    named->second.arrived_after = std::max(hints.newest_import, named->second.arrived_after);
    arrived.push_back(&*named);
  }
  std::ranges::sort(arrived, {},
                    [](const Named* named) { return std::tie(named->second.version.stamp.mtime, named->first); });
  for (Named* const named : arrived) named->second.order = ++arrivals_;
  if (!first_scan_) forget_missing();
  first_scan_ = false;
}

Arrivals::Told Arrivals::told_of(const std::string& name, const Hints& hints) {
  using Sign = Hints::Sign;
  const bool removed = hints.removed.contains(name);
  const auto hint = hints.signs.find(name);
  if (hint == hints.signs.end()) return {.removed = removed};
  const Sign sign = hint->second;
  return {.arrived = sign == Sign::renamed_in || sign == Sign::written,
          .renamed_in = sign == Sign::renamed_in,
          .open = sign == Sign::open,
          .closed = sign == Sign::closed,
          .removed = removed};
}

/// Takes what a scan found of a known file. True if that is another arrival, which goes to the end of the order.
bool Arrivals::update(File& file, const Entry& entry, Told told, Moment now) {
  Version& version = file.version;
  file.scan = scans_;
  version.linked = false;
  // Whoever opens a file for writing and writes nothing does not drop it again.
  told.arrived = told.arrived || (told.closed && (version.open || !version.announced));
  version.open = told.open || (version.open && !told.arrived && !told.removed);
  if (version.stamp != entry.stamp) return note_change(file, entry.stamp, told, now);
  if (version.equal_polls < required_equal_polls) ++version.equal_polls;
  if (!told.arrived && !told.removed) return false;

  // A scan may find a file before the hint of its arrival is read. That hint is not a second arrival.
  const bool expected = told.arrived && !version.announced;
  // A file that was removed and is there all the same was put back: the hint of that is due.
  version.announced = told.arrived || (version.announced && !told.removed);
  if (file.state == File::State::waiting) {
    file.anew = true;
    version.renamed_in = told.renamed_in || (version.renamed_in && !told.removed);
    if (told.removed) version.since = now;
    return false;
  }
  if (expected) return false;
  version = {.stamp = entry.stamp, .since = now, .renamed_in = told.renamed_in, .announced = told.arrived};
  if (file.state == File::State::handed_out) {
    file.again = true;
  } else {
    file.state = File::State::waiting;
    file.anew = true;
  }
  return true;
}

/// A scan found another version of the file. True if that is another arrival; a file that still waits just goes on
/// growing, unless it was replaced.
bool Arrivals::note_change(File& file, const Stamp& stamp, const Told& told, Moment now) const {
  const Version& old = file.version;
  const bool replaced = !first_scan_ && !is_unseen(old.stamp) && !same_inode(old.stamp, stamp);
  const bool anew = replaced || told.arrived || told.removed;
  // A program may set the time after it has closed the file. No hint is due for that.
  const bool only_time = !replaced && !told.removed && old.stamp.size == stamp.size;
  file.version = {.stamp = stamp,
                  .since = now,
                  .renamed_in = told.renamed_in,
                  .announced = told.arrived || first_scan_ || (old.announced && only_time),
                  .open = told.open || (old.open && !replaced)};
  switch (file.state) {
    case File::State::waiting:
      file.anew = anew || file.anew;
      return replaced;
    case File::State::handed_out:
      file.again = anew || file.again.value_or(false);
      return true;
    case File::State::done:
      file.state = File::State::waiting;
      file.anew = anew;
      break;
  }
  return true;
}

/// A known file was not removed if it has a second link for a while, as backup programs make them, or if it cannot be
/// examined.
void Arrivals::note_hidden(const Entry& entry, Moment now) {
  const bool unseen = entry.type == FileType::other && is_unseen(entry.stamp);
  const auto known = files_.find(entry.name);
  if (known == files_.end()) {
    // Once it can be examined it does not count as newly arrived, since it was there all the time.
    if (unseen && name_kind(entry.name, patterns_) == NameKind::input) {
      files_.emplace(entry.name, File{.version = {.since = now}, .scan = scans_});
    }
    return;
  }
  File& file = known->second;
  const bool linked = entry.type == FileType::regular && same_inode(entry.stamp, file.version.stamp);
  if (!unseen && !linked) return;
  file.scan = scans_;
  if (file.state == File::State::waiting) {
    file.version.since = now;
    file.version.renamed_in = false;
    file.version.linked = linked;
  }
}

/// Forgets the files that the scan did not find. If one is handed out, it is forgotten once its fate is told.
void Arrivals::forget_missing() {
  for (auto at = files_.begin(); at != files_.end();) {
    File& file = at->second;
    const bool missing = file.scan != scans_;
    if (missing && file.state == File::State::handed_out) file.again = true;
    at = missing && file.state != File::State::handed_out ? files_.erase(at) : std::next(at);
  }
}

/// When the file is complete if it does not change; nullopt if that takes another scan, or if it does not wait.
std::optional<Moment> Arrivals::complete_at(const File& file) const {
  const Version& version = file.version;
  if (file.state != File::State::waiting || file.scan != scans_) return std::nullopt;
  std::chrono::milliseconds wait{0};
  if (is_unseen(version.stamp)) {
    wait = unseen_pause;
  } else if (version.stamp.size == 0) {
    wait = patience_.writer;
  }
  if (version.open && !patience_.polling) wait = std::max(wait, patience_.writer);
  if (!version.renamed_in) {
    if (patience_.polling && version.equal_polls < required_equal_polls) return std::nullopt;
    wait = std::max(wait, patience_.settle * (version.needs_patience ? patience_.cut_off_factor : 1));
  }
  const Moment at = version.since + wait;
  return std::max(at, version.not_before.value_or(at));
}

std::vector<Ready> Arrivals::ready(Moment now) {
  std::vector<Named*> complete;
  for (Named& named : files_) {
    const auto at = is_unseen(named.second.version.stamp) ? std::nullopt : complete_at(named.second);
    if (at && *at <= now) complete.push_back(&named);
  }
  std::ranges::sort(complete, {}, [](const Named* named) { return named->second.order; });
  std::vector<Ready> handed_out;
  handed_out.reserve(complete.size());
  for (Named* const named : complete) {
    File& file = named->second;
    const Version& version = file.version;
    const Moment complete_since = complete_at(file).value_or(now);
    file.state = File::State::handed_out;
    handed_out.push_back(
        {.name = named->first,
         .stamp = version.stamp,
         .anew = file.anew,
         .arrived_after = file.arrived_after,
         .patient = version.renamed_in || now - version.since >= patience_.settle * patience_.cut_off_factor,
         .since = version.since,
         .complete = complete_since});
  }
  return handed_out;
}

std::optional<Moment> Arrivals::next(Moment now) const {
  std::optional<Moment> soonest;
  // This includes files that could not be examined: `ready` never gives them, but the caller's next scan may see them.
  for (const auto& [name, file] : files_) {
    const auto at = complete_at(file);
    if (at && (!soonest || *at < *soonest)) soonest = at;
  }
  return soonest ? std::max(*soonest, now) : soonest;
}

void Arrivals::done(const std::string& name, const Stamp& stamp, std::int64_t import) {
  const auto [at, is_new] = files_.try_emplace(name);
  File& file = at->second;
  const bool other_version = file.version.stamp != stamp;
  file.arrived_after = std::max(file.arrived_after, import);
  if (file.state == File::State::handed_out) {
    const std::optional<bool> again = std::exchange(file.again, std::nullopt);
    file.anew = again.value_or(false);
    file.state = again || other_version ? File::State::waiting : File::State::done;
    // If other bytes were read than the last scan saw, the next one has to see them first.
    if (!again && other_version) file.scan = unscanned;
    return;
  }
  if (!is_new && file.state == File::State::waiting && other_version) return;
  file.version = {.stamp = stamp};
  file.state = File::State::done;
  file.anew = false;
  if (is_new) file.scan = scans_;
}

void Arrivals::withdrawn(const std::string& name) {
  if (File* const file = take_back(name)) file->scan = unscanned;
}

void Arrivals::settling(const std::string& name, Moment now) {
  if (File* const file = take_back(name)) {
    file->version.since = now;
    file->version.equal_polls = 0;
    file->version.renamed_in = false;
    file->version.needs_patience = false;
  }
}

void Arrivals::needs_patience(const std::string& name) {
  if (File* const file = take_back(name)) file->version.needs_patience = true;
}

void Arrivals::retry(const std::string& name, Moment at) {
  if (File* const file = take_back(name)) file->version.not_before = at;
}

/// Lets a file that was handed out wait again. Returns nullptr if there is another version by now, which the fate of
/// the old one does not concern.
Arrivals::File* Arrivals::take_back(const std::string& name) {
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

bool Arrivals::is_waiting(const File& file) const {
  const bool missing = file.scan != scans_ && file.scan != unscanned;
  return file.state == File::State::handed_out ||
         (file.state == File::State::waiting && !missing && !file.version.linked);
}

std::size_t Arrivals::waiting() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(files_, [this](const Named& named) { return is_waiting(named.second); }));
}

std::optional<Moment> Arrivals::oldest_waiting() const {
  std::optional<Moment> oldest;
  for (const auto& [name, file] : files_) {
    if (is_waiting(file)) oldest = std::min(oldest.value_or(file.version.since), file.version.since);
  }
  return oldest;
}

std::string Arrivals::why_settling(const Version& version) const {
  if (is_unseen(version.stamp)) return "it cannot be examined";
  if (version.not_before) return "it is tried again after a fault";
  if (version.open && !patience_.polling) return "its writer has it open";
  if (version.stamp.size == 0) return "it is empty and may grow";
  if (version.needs_patience) return "it may be cut off: its last line has no end";
  return version.renamed_in ? "its turn has not come" : "it has to stay unchanged for settle";
}

std::vector<Arrivals::Settling> Arrivals::settling_files() const {
  std::vector<Settling> files;
  for (const auto& [name, file] : files_) {
    if (file.state != File::State::waiting || !is_waiting(file)) continue;
    files.push_back({.name = name, .bytes = file.version.stamp.size, .why = why_settling(file.version)});
  }
  return files;
}

}  // namespace clientsync
