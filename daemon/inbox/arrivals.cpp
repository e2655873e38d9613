#include "daemon/inbox/arrivals.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "daemon/inbox/file_names.hpp"

namespace clientsync {

namespace {

constexpr std::uint8_t required_equal_polls = 2;
/// In the place of a scan, which are counted from 1: the file must be found again first.
constexpr std::uint32_t unscanned = 0;
/// The last look at its name did not find it.
constexpr std::uint32_t missing = std::numeric_limits<std::uint32_t>::max();
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
  ++scans_;
  take_entries(listing, hints, now);
  if (!std::exchange(first_scan_, false)) {
    for (auto at = files_.begin(); at != files_.end();) {
      Named& named = *at++;
      if (forget_missing(named.second)) forget(named);
    }
  }
}

void Arrivals::observe_names(std::span<const std::string> names, std::span<const Entry> found, const Hints& hints,
                             Moment now) {
  for (const std::string& name : names) {
    if (const auto known = files_.find(name); known != files_.end()) known->second.scan = missing;
  }
  take_entries(found, hints, now);
  for (const std::string& name : names) {
    const auto known = files_.find(name);
    if (known != files_.end() && forget_missing(known->second)) forget(*known);
  }
}

/// Those that arrived take their places at the end of the order.
void Arrivals::take_entries(std::span<const Entry> entries, const Hints& hints, Moment now) {
  std::vector<Named*> arrived;
  for (const Entry& entry : entries) {
    if (entry.type != FileType::regular || entry.links != 1) {
      note_hidden(entry, now);
    } else if (Named* const named = take_entry(entry, hints, now)) {
      arrived.push_back(named);
    }
  }
  std::ranges::sort(arrived, {},
                    [](const Named* named) { return std::tie(named->second.version.stamp.mtime, named->first); });
  for (Named* const named : arrived) {
    leave_line(*named);
    named->second.order = ++arrivals_;
    line_up(*named);
  }
}

/// The file if it has arrived, or arrived again; otherwise nullptr.
Arrivals::Named* Arrivals::take_entry(const Entry& entry, const Hints& hints, Moment now) {
  auto named = files_.find(entry.name);
  const bool is_new = named == files_.end();
  if (is_new && name_kind(entry.name, patterns_) == NameKind::temporary) return nullptr;
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
    line_up(*named);
    return nullptr;
  }
  named->second.arrived_after = std::max(hints.newest_import, named->second.arrived_after);
  return &*named;
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
    if (unseen && name_kind(entry.name, patterns_) == NameKind::input)
      line_up(*files_.emplace(entry.name, File{.version = {.since = now}, .scan = scans_}).first);
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
  line_up(*known);
}

/// True if the file is to be forgotten because the scan did not find it. If it is handed out, it is forgotten once its
/// fate is told.
bool Arrivals::forget_missing(File& file) const {
  if (file.scan == scans_) return false;
  if (file.state != File::State::handed_out) return true;
  file.again = true;
  return false;
}

void Arrivals::forget(Named& named) {
  leave_line(named);
  files_.erase(files_.find(named.first));
}

void Arrivals::leave_line(Named& named) {
  File& file = named.second;
  if (file.turn != Moment::max()) line_.erase(&named);
  file.turn = Moment::max();
}

/// To be called after whatever may change when the file is complete.
void Arrivals::line_up(Named& named) {
  File& file = named.second;
  const Moment turn = complete_at(file).value_or(Moment::max());
  if (turn == file.turn) return;
  leave_line(named);
  file.turn = turn;
  if (turn != Moment::max()) line_.insert(&named);
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
  return std::max(version.since + wait, version.not_before);
}

std::vector<Ready> Arrivals::ready(Moment now, std::size_t most) {
  std::vector<Named*> complete;
  for (Named* const named : line_) {
    if (named->second.turn > now || complete.size() == most) break;
    if (!is_unseen(named->second.version.stamp)) complete.push_back(named);
  }
  std::vector<Ready> handed_out;
  handed_out.reserve(complete.size());
  for (Named* const named : complete) {
    File& file = named->second;
    const Version& version = file.version;
    handed_out.push_back(
        {.name = named->first,
         .stamp = version.stamp,
         .anew = file.anew,
         .arrived_after = file.arrived_after,
         .patient = version.renamed_in || now - version.since >= patience_.settle * patience_.cut_off_factor,
         .since = version.since,
         .complete = file.turn});
    leave_line(*named);
    file.state = File::State::handed_out;
  }
  return handed_out;
}

std::vector<std::string> Arrivals::due(Moment now, std::size_t most) const {
  std::vector<std::string> names;
  for (const Named* const named : line_) {
    if (named->second.turn > now || names.size() == most) break;
    names.push_back(named->first);
  }
  return names;
}

std::optional<Moment> Arrivals::next(Moment now) const {
  // This includes files that could not be examined: `ready` never gives them, but the caller's next look may see them.
  return line_.empty() ? std::nullopt : std::optional(std::max((*line_.begin())->second.turn, now));
}

void Arrivals::done(const std::string& name, const Stamp& stamp, std::int64_t import) {
  const auto [at, is_new] = files_.try_emplace(name);
  settle_fate(at->second, is_new, stamp, import);
  line_up(*at);
}

void Arrivals::settle_fate(File& file, bool is_new, const Stamp& stamp, std::int64_t import) {
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
  if (Named* const named = take_back(name)) {
    named->second.scan = unscanned;
    line_up(*named);
  }
}

void Arrivals::settling(const std::string& name, Moment now) {
  if (Named* const named = take_back(name)) {
    Version& version = named->second.version;
    version.since = now;
    version.equal_polls = 0;
    version.renamed_in = false;
    version.needs_patience = false;
    line_up(*named);
  }
}

void Arrivals::needs_patience(const std::string& name) {
  if (Named* const named = take_back(name)) {
    named->second.version.needs_patience = true;
    line_up(*named);
  }
}

void Arrivals::retry(const std::string& name, Moment at) {
  if (Named* const named = take_back(name)) {
    named->second.version.not_before = at;
    line_up(*named);
  }
}

/// Lets a file that was handed out wait again. Returns nullptr if there is another version by now, which the fate of
/// the old one does not concern.
Arrivals::Named* Arrivals::take_back(const std::string& name) {
  const auto at = files_.find(name);
  if (at == files_.end() || at->second.state != File::State::handed_out) return nullptr;
  File& file = at->second;
  file.state = File::State::waiting;
  const std::optional<bool> again = std::exchange(file.again, std::nullopt);
  if (!again) return &*at;
  file.anew = file.anew || *again;
  line_up(*at);
  return nullptr;
}

void Arrivals::forget_directory() {
  first_scan_ = true;
  ++scans_;
  for (Named* const named : std::exchange(line_, {})) named->second.turn = Moment::max();
}

bool Arrivals::is_missing(const File& file) const {
  return file.scan != scans_ && file.scan != unscanned;
}

/// Files that wait, and those that do not count because they have a second link for now.
bool Arrivals::is_shown(const File& file) const {
  return file.state == File::State::handed_out || (file.state == File::State::waiting && !is_missing(file));
}

bool Arrivals::is_waiting(const File& file) const {
  return is_shown(file) && (file.state == File::State::handed_out || !file.version.linked);
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

Arrivals::Wait Arrivals::wait_of(const File& file) const {
  const Version& version = file.version;
  if (file.state == File::State::handed_out) return Wait::handed_out;
  if (version.linked) return Wait::second_link;
  if (is_unseen(version.stamp)) return Wait::examination;
  if (version.not_before != Moment{}) return Wait::retry;
  if (version.open && !patience_.polling) return Wait::writer;
  if (version.stamp.size == 0) return Wait::growth;
  if (version.needs_patience) return Wait::rest;
  return version.renamed_in ? Wait::turn : Wait::settle;
}

Arrivals::Waiting Arrivals::waiting_of(const Named& named) const {
  const auto& [name, file] = named;
  return {.name = name,
          .bytes = file.version.stamp.size,
          .wait = wait_of(file),
          .since = file.version.since,
          .next = file.version.linked ? std::nullopt : complete_at(file),
          .anew = file.anew,
          .arrived_after = file.arrived_after};
}

std::vector<Arrivals::Waiting> Arrivals::waiting_files(std::size_t most) const {
  std::vector<const Named*> shown;
  for (const Named& named : files_) {
    if (is_shown(named.second)) shown.push_back(&named);
  }
  const auto middle = shown.begin() + static_cast<std::ptrdiff_t>(std::min(most, shown.size()));
  std::ranges::partial_sort(shown, middle, {},
                            [](const Named* named) { return std::tie(named->second.version.since, named->first); });
  std::vector<Waiting> files;
  for (auto named = shown.begin(); named != middle; ++named) files.push_back(waiting_of(**named));
  return files;
}

std::optional<Arrivals::Waiting> Arrivals::waiting_file(const std::string& name) const {
  const auto named = files_.find(name);
  if (named == files_.end() || !is_shown(named->second)) return std::nullopt;
  return waiting_of(*named);
}

std::string_view sentence(Arrivals::Wait wait) {
  using Wait = Arrivals::Wait;
  switch (wait) {
    case Wait::handed_out:
    case Wait::turn:
      break;
    case Wait::settle:
      return "it has to stay unchanged for settle";
    case Wait::writer:
      return "its writer has it open";
    case Wait::growth:
      return "it is empty and may grow";
    case Wait::rest:
      return "it may be cut off: its last line has no end";
    case Wait::retry:
      return "it is tried again after a fault";
    case Wait::examination:
      return "it cannot be examined";
    case Wait::second_link:
      return "it has a second hard link";
  }
  return "its turn has not come";
}

}  // namespace clientsync
