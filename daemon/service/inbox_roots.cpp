#include "daemon/service/inbox_roots.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <string_view>
#include <utility>

#include "daemon/log.hpp"

namespace clientsync {

using std::chrono::milliseconds;

InboxRoots::InboxRoots(const Config& config, JobQueue& queue, Watcher* watcher, Workers workers)
    : config_(config), queue_(queue), watcher_(watcher), workers_(std::move(workers)) {
  for (const InboxConfig& inbox : config.inboxes) add(inbox, false);
  for (const std::filesystem::path& path : config.roots) roots_.push_back({.number = ++numbers_, .path = path});
  note_known();
}

std::uint64_t InboxRoots::add(InboxConfig config, bool in_root) {
  queue_.add(std::make_shared<WatchedInbox>(++numbers_, std::move(config), in_root));
  return numbers_;
}

bool InboxRoots::on_event(const WatchEvent& event) {
  const bool all = event.kind == WatchEvent::Kind::overflow;
  bool is_root = false;
  for (Root& root : roots_) {
    if (!all && root.number != event.directory) continue;
    is_root = true;
    root.watch_lost = root.watch_lost || event.kind == WatchEvent::Kind::lost;
    root.next_look = std::min(root.next_look, root.not_before);
  }
  return is_root && !all;
}

void InboxRoots::pump(Moment now) {
  find_stalled(now);
  std::ranges::sort(looks_, {}, &Look::root);
  for (Look& look : std::exchange(looks_, {})) {
    if (waits_for_another(look)) {
      looks_.push_back(std::move(look));
    } else {
      finish_look(std::move(look), now);
    }
  }
  if (stopping_) return;
  for (std::size_t index = 0; index < roots_.size(); ++index) {
    if (!roots_[index].looking && now >= roots_[index].next_look) start_look(index, now);
  }
}

Moment InboxRoots::next_pump() const {
  Moment next = Moment::max();
  for (const Root& root : roots_) {
    if (stopping_) continue;
    if (!root.looking) next = std::min(next, root.next_look);
    if (root.looking && !root.stalled) next = std::min(next, root.looking_since + stalled_look);
  }
  return next;
}

std::string InboxRoots::why_stalled(const Root& root) {
  return "the file system of " + root.path.string() + " does not answer";
}

void InboxRoots::find_stalled(Moment now) {
  for (std::size_t index = 0; index < roots_.size(); ++index) {
    Root& root = roots_[index];
    const bool has_ended = std::ranges::any_of(looks_, [&](const Look& look) { return look.root == index; });
    if (!root.looking || has_ended || root.stalled || now - root.looking_since < stalled_look) continue;
    root.stalled = true;
    log(LogLevel::error, "root.stalled", {{"root", root.path.string()}, {"error", why_stalled(root)}});
  }
}

bool InboxRoots::idle() const {
  return std::ranges::none_of(roots_, &Root::looking);
}

void InboxRoots::start_look(std::size_t index, Moment now) {
  Root& root = roots_[index];
  root.looking = true;
  root.looking_since = now;
  root.next_look = Moment::max();
  boost::asio::post(workers_.workers, [this, index, path = root.path, directory = root.directory,
                                       reopen = std::exchange(root.watch_lost, false), number = root.number,
                                       taken = taken_beside(root)] {
    boost::asio::post(workers_.home, [this, seen = look(index, path, directory, reopen, number, taken)]() mutable {
      looks_.push_back(std::move(seen));
      workers_.finished();
    });
  });
}

/// Called by a worker: it uses nothing that changes.
InboxRoots::Look InboxRoots::look(std::size_t index, const std::filesystem::path& path,
                                  std::shared_ptr<const Directory> directory, bool reopen, std::uint64_t number,
                                  const TakenInboxes& taken) const {
  Look look{.root = index, .directory = std::move(directory)};
  const Moment begun = std::chrono::steady_clock::now();
  try {
    look.replaced = look.directory && !look.directory->in_place();
    if (!look.directory || look.replaced || reopen) {
      look.directory = std::make_shared<const Directory>(path);
      const Watch wanted = config_.defaults.watch;
      const bool watched = watcher_ != nullptr && wanted != Watch::poll &&
                           (wanted == Watch::inotify || !is_remote(*look.directory)) &&
                           watcher_->watch(number, *look.directory);
      look.polled = !watched;
    }
    look.found = find_inboxes(*look.directory, config_.defaults, taken);
  } catch (const std::exception& error) {
    look.error = error.what();
  }
  look.took = std::chrono::steady_clock::now() - begun;
  return look;
}

/// Of two folders of one name the one in the root that the configuration names first is the inbox, so that root is
/// looked at first, unless it does not answer.
bool InboxRoots::waits_for_another(const Look& look) const {
  return std::any_of(roots_.begin(), roots_.begin() + static_cast<std::ptrdiff_t>(look.root),
                     [&](const Root& root) { return !root.seen && root.looking && !root.stalled; });
}

void InboxRoots::finish_look(Look look, Moment now) {
  Root& root = roots_[look.root];
  root.looking = false;
  if (std::exchange(root.stalled, false)) log(LogLevel::info, "root.answers", {{"root", root.path.string()}});
  root.seen = true;
  if (!look.error.empty()) {
    // Its inboxes stay: those that cannot be looked at either say so themselves.
    if (!root.fault.failing())
      log(LogLevel::error, "root.unavailable", {{"root", root.path.string()}, {"error", look.error}});
    root.directory.reset();
    root.next_look = now + root.fault.failed("root.unavailable", look.error, now);
    root.not_before = root.next_look;
    return;
  }
  if (look.replaced) log(LogLevel::warning, "root.replaced", {{"root", root.path.string()}});
  if (root.fault.succeeded()) log(LogLevel::info, "root.back", {{"root", root.path.string()}});
  if (look.directory != root.directory) root.polled = look.polled;
  root.directory = look.directory;
  tell_not_taken(root, look.found.not_taken);
  const bool all = come_and_go(root, std::move(look.found.inboxes));
  root.listed = true;
  note_known();
  constexpr int share = 10;
  const InboxConfig& rules = config_.defaults;
  root.not_before = now + std::min<Moment::duration>(share * look.took, std::chrono::seconds{2});
  const Moment next = now + (root.polled ? std::min(rules.poll, rules.rescan) : rules.rescan);
  // An event may have asked for a look while this one was taken.
  const bool again = !all || root.next_look != Moment::max();
  root.next_look = again ? std::min(root.not_before, next) : next;
}

/// What the configuration names, and what other roots have or had: a root that is away for a while leaves none of its
/// firms to a directory of the same name elsewhere.
TakenInboxes InboxRoots::taken_beside(const Root& root) const {
  TakenInboxes taken{.names = {}, .directories = queue_.named_directories()};
  for (const InboxConfig& inbox : config_.inboxes) taken.names.emplace(inbox.name, inbox.path);
  for (const auto& [name, path] : names_of_roots_) {
    if (path.parent_path() != root.path) taken.names.emplace(name, path);
  }
  return taken;
}

void InboxRoots::tell_not_taken(Root& root, const std::vector<NotTaken>& not_taken) {
  std::set<std::filesystem::path> told;
  for (const NotTaken& each : not_taken) {
    if (!root.told.contains(each.path))
      log(LogLevel::warning, "inbox.not_taken", {{"path", each.path.string()}, {"why", each.why}});
    told.insert(each.path);
  }
  root.told = std::move(told);
}

/// Inboxes that went are dropped first: one that was renamed is watched under its old name until then. False if another
/// root got an inbox of the same name while this one was looked at: the next look says so.
bool InboxRoots::come_and_go(Root& root, std::vector<InboxConfig> found) {
  std::set<std::string_view> names;
  for (const InboxConfig& inbox : found) names.insert(inbox.name);
  std::erase_if(root.inboxes, [&](const auto& known) {
    const auto& [name, number] = known;
    if (names.contains(name)) return false;
    log(LogLevel::info, "inbox.gone", {{"inbox", name}, {"path", (root.path / name).string()}});
    queue_.drop(number);
    return true;
  });
  bool all = true;
  for (InboxConfig& inbox : found) {
    if (root.inboxes.contains(inbox.name)) continue;
    std::string name = inbox.name;
    const auto [first, is_first] = names_of_roots_.try_emplace(name, inbox.path);
    if (!is_first && first->second.parent_path() != root.path) {
      all = false;
      continue;
    }
    const std::uint64_t number = add(std::move(inbox), true);
    root.inboxes.emplace(std::move(name), number);
  }
  return all;
}

void InboxRoots::note_known() {
  KnownInboxes known{.inboxes = config_.inboxes, .complete = std::ranges::all_of(roots_, &Root::listed)};
  for (const Root& root : roots_) {
    for (const auto& [name, number] : root.inboxes)
      known.inboxes.push_back(inbox_in_root(root.path, name, config_.defaults));
  }
  const std::scoped_lock lock(known_mutex_);
  known_ = std::move(known);
}

KnownInboxes InboxRoots::known() const {
  const std::scoped_lock lock(known_mutex_);
  return known_;
}

std::vector<Fault> InboxRoots::faults(Moment now) const {
  std::vector<Fault> faults;
  for (const Root& root : roots_) {
    if (root.fault.failing()) faults.push_back(root.fault.fault("", now));
    if (root.stalled)
      faults.push_back({.event = "root.stalled",
                        .why = why_stalled(root),
                        .lasts = std::chrono::duration_cast<milliseconds>(now - root.looking_since)});
  }
  return faults;
}

}  // namespace clientsync
