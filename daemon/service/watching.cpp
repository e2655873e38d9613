#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "daemon/files/replace_file.hpp"
#include "daemon/inbox/file_names.hpp"
#include "daemon/inbox/ownership.hpp"
#include "daemon/log.hpp"
#include "daemon/service/service_parts.hpp"

namespace clientsync {
namespace {

using std::chrono::milliseconds;

/// What is removed with all that is in it tells only of the latter as long as it is held open.
constexpr milliseconds second_look_after{500};

/// An inbox's directory. Inboxes leave some file descriptors to the work that is to be done in them: the kernel gives
/// the lowest number that is free.
std::shared_ptr<const Directory> open_directory(const Watched& inbox) {
  constexpr rlim_t most_reserve = 64, share = 4;
  const auto links = inbox.root.empty() ? Directory::Links::follow : Directory::Links::refuse;
  auto directory = std::make_shared<const Directory>(inbox.config.path, links);
  rlimit limit{};
  const bool known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  const rlim_t reserve = std::min(most_reserve, limit.rlim_cur / share);
  if (known && static_cast<rlim_t>(directory->fd()) >= limit.rlim_cur - reserve) {
    errno = EMFILE;
    throw_errno("keep open the directory", *directory, "");
  }
  return directory;
}

/// Temporary files that a crash may have left. Where the file system is remote, the locks of daemons on other hosts may
/// not show: there one counts as left behind once it stands for as long as from one full look to the next, which is
/// many times what a report takes.
std::vector<std::string> strays(const Watched& inbox, const std::set<std::string>& temporaries) {
  std::vector<std::string> found;
  if (temporaries.empty()) return found;
  const bool remote = is_remote(*inbox.directory);
  for (const std::string& name : temporaries) {
    if (!remote || inbox.temporaries.contains(name)) found.push_back(name);
  }
  return found;
}

/// Inputs whose report is missing at two full looks in a row. Once is not enough: spreadsheets delete a file before
/// they put the saved one in its place.
void look_for_missing_reports(Watched& inbox, const std::set<std::string_view>& names) {
  std::erase_if(inbox.reports, [&](const auto& entry) { return !names.contains(entry.first); });
  std::erase_if(inbox.troubles, [&](const auto& entry) { return !names.contains(entry.first); });
  std::set<std::string> missing;
  inbox.to_restore.clear();
  for (const auto& [input, report] : inbox.reports) {
    if (!names.contains(report)) missing.insert(input);
  }
  for (const std::string& input : missing) {
    if (inbox.missing_reports.contains(input)) inbox.to_restore.push_back(input);
  }
  inbox.missing_reports = std::move(missing);
}

}  // namespace

WatchedPtr Service::add(InboxConfig config, const std::filesystem::path& root) {
  auto inbox = std::make_shared<Watched>(context_, ++numbers_, std::move(config), root);
  inboxes_.emplace(inbox->number, inbox);
  wake(*inbox, now());
  return inbox;
}

void Service::open(Watched& inbox) {
  inbox.untried = false;
  try {
    inbox.in_hand.reset();
    inbox.directory = open_directory(inbox);
    if (!claim(inbox)) return;
    inbox.known_import = newest_import_;
    inbox.polling = !watch(inbox.number, *inbox.directory, inbox.config.watch);
  } catch (const std::system_error& error) {
    return lose(inbox, error.what());
  }
  inbox.arrivals.set_polling(inbox.polling);
  inbox.fresh = true;
  inbox.next_full_look = now();
  if (inbox.fault.succeeded()) log(LogLevel::info, "inbox.back", {{"inbox", inbox.config.name}});
  log(LogLevel::info, "inbox.watched",
      {{"inbox", inbox.config.name},
       {"path", inbox.config.path.string()},
       {"by", inbox.polling ? "polling" : "inotify"}});
  scan(inbox);
}

/// False where the directory has to be polled.
bool Service::watch(std::uint64_t number, const Directory& directory, Watch wanted) {
  if (!watcher_ || wanted == Watch::poll || (wanted == Watch::automatic && is_remote(directory))) return false;
  return watcher_->watch(number, directory);
}

/// False where the inbox is not this ledger's: it is closed, and looked at again at each rescan until somebody adopts
/// it.
bool Service::claim(Watched& inbox) {
  const Mark mark{ledger_, inbox.config.name};
  const MarkSight sight = claim_inbox(*inbox.directory, mark);
  if (sight.state == MarkSight::State::ours) {
    inbox.foreign.clear();
    return true;
  }
  if (inbox.foreign != sight.found) {
    log(LogLevel::error, "inbox.foreign",
        {{"inbox", inbox.config.name},
         {"found", sight.found},
         {"expected", describe(mark)},
         {"command", "clientsync inbox adopt " + inbox.config.name}});
  }
  inbox.foreign = sight.found;
  worsen(environment_failed);
  static_cast<void>(
      inbox.fault.failed("inbox.foreign", "found " + sight.found + ", expected " + describe(mark), now()));
  close(inbox, inbox.config.rescan);
  return false;
}

/// The directory is missing or can't be read. One of a root that stands has just been removed, as its root will see,
/// unless it is made again before.
void Service::lose(Watched& inbox, const std::string& why) {
  constexpr milliseconds removed_pause{1000};
  std::error_code error;
  const bool removed =
      !inbox.root.empty() && std::filesystem::is_directory(inbox.root, error) &&
      std::filesystem::symlink_status(inbox.config.path, error).type() == std::filesystem::file_type::not_found;
  if (!removed && (!inbox.fault.failing() || !inbox.foreign.empty()))
    log(LogLevel::error, "inbox.unavailable", {{"inbox", inbox.config.name}, {"error", why}});
  inbox.foreign.clear();
  if (!removed) worsen(environment_failed);
  close(inbox, removed ? removed_pause : inbox.fault.failed("inbox.unavailable", why, now()));
}

/// Nothing that was in the directory counts as removed. It is opened again after the pause.
void Service::close(Watched& inbox, milliseconds pause) {
  inbox.in_hand.reset();
  inbox.directory.reset();
  inbox.arrivals.forget_directory();
  for (const Ready& ready : inbox.queue) inbox.arrivals.retry(ready.name, now());
  inbox.queue.clear();
  inbox.hints = {};
  if (options_.once) return boost::asio::post(context_, [this] { end_if_idle(); });
  wake(inbox, now() + pause);
}

void Service::on_event(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::overflow) {
    log(LogLevel::warning, "watch.overflow", {});
    for (const auto& inbox : inboxes_) post_scan(*inbox.second);
    for (const auto& root : roots_) post_scan(*root);
    return;
  }
  if (const auto inbox = inboxes_.find(event.directory); inbox != inboxes_.end()) {
    if (!inbox->second->directory) return;
    note(*inbox->second, event);
    return post_scan(*inbox->second);
  }
  const auto root = std::ranges::find_if(roots_, [&](const auto& each) { return each->number == event.directory; });
  if (root == roots_.end()) return;
  if (event.kind == WatchEvent::Kind::lost) (*root)->watch_lost = true;
  post_scan(**root);
}

void Service::note(Watched& inbox, const WatchEvent& event) {
  switch (event.kind) {
    case WatchEvent::Kind::renamed_in:
      inbox.hints.arrived[event.name] = true;
      break;
    case WatchEvent::Kind::written:
      inbox.hints.arrived[event.name] = false;
      break;
    case WatchEvent::Kind::removed:
      inbox.hints.removed.push_back(event.name);
      inbox.hints.arrived.erase(event.name);
      break;
    case WatchEvent::Kind::appeared:
      // What was renamed in before under that name is gone: this one has yet to be written.
      if (const auto known = inbox.hints.arrived.find(event.name); known != inbox.hints.arrived.end())
        known->second = false;
      break;
    case WatchEvent::Kind::lost:
      inbox.watch_lost = true;
      break;
    case WatchEvent::Kind::overflow:
      break;
  }
}

/// One scan for all events that have come by then.
void Service::post_scan(Watched& inbox) {
  if (inbox.scan_posted || !inbox.directory) return;
  inbox.scan_posted = true;
  wake(inbox, inbox.next_scan);
}

/// Looks at the inbox then, and not at the time that was set before.
void Service::wake(Watched& inbox, Moment at) {
  if (stopping_ || inbox.gone) return;
  inbox.timer.expires_at(at);
  inbox.timer.async_wait([this, kept = inbox.shared_from_this()](const boost::system::error_code& error) {
    if (error || stopping_ || kept->gone) return;
    kept->scan_posted = false;
    kept->directory ? scan(*kept) : open(*kept);
  });
}

void Service::scan(Watched& inbox) {
  const Moment begun = now();
  const bool full = begun >= inbox.next_full_look;
  inbox.second_look.reset();
  if (!inbox.hints.removed.empty()) inbox.second_look = begun + second_look_after;
  try {
    if (std::exchange(inbox.watch_lost, false) || !inbox.directory->in_place()) {
      inbox.arrivals.forget_directory();
      return open(inbox);
    }
    if (full && !claim(inbox)) return;
    const ImportId known = newest_import_;
    const std::vector<Entry> listing = inbox.directory->list();
    inbox.hints.newest_import = std::exchange(inbox.known_import, known);
    inbox.arrivals.observe(listing, std::exchange(inbox.hints, {}), now());
    tell_links(inbox, listing);
    forgive(inbox);
    if (full) look_fully(inbox, listing);
  } catch (const std::system_error& error) {
    return lose(inbox, error.what());
  }
  inbox.next_scan = rest_after_scan(begun);
  refill(inbox);
  offer(inbox);
  dispatch();
  schedule(inbox);
}

/// A link, or a file with a second hard link, is never taken; whoever looks after the folder is told once
/// (docs/specification.md §2, "Which").
void Service::tell_links(Watched& inbox, const std::vector<Entry>& listing) {
  std::set<std::string> refused;
  for (const Entry& entry : listing) {
    const bool linked = entry.type == FileType::link || (entry.type == FileType::regular && entry.links > 1);
    if (!linked || name_kind(entry.name, inbox.config.patterns) != NameKind::input) continue;
    if (!inbox.refused.contains(entry.name)) {
      const std::string why = entry.type == FileType::link ? "it is a link" : "it has a second hard link";
      log(LogLevel::warning, "file.not_taken", {{"inbox", inbox.config.name}, {"file", entry.name}, {"why", why}});
    }
    refused.insert(entry.name);
  }
  inbox.refused = std::move(refused);
}

/// What failed was withdrawn: nothing is left that would show that the fault is over.
void Service::forgive(Watched& inbox) {
  if (!inbox.fault.failing() || inbox.recover_after || inbox.arrivals.waiting() > 0) return;
  inbox.fault.succeeded();
  log(LogLevel::info, "inbox.back", {{"inbox", inbox.config.name}});
}

void Service::refill(Watched& inbox) {
  if (!inbox.queue.empty()) return;
  for (Ready& ready : inbox.arrivals.ready(now())) inbox.queue.push_back(std::move(ready));
}

/// What events don't tell: reports that are missing, and what a daemon left that has died. Many inboxes that are opened
/// at once don't go on to do this at once.
void Service::look_fully(Watched& inbox, const std::vector<Entry>& listing) {
  const bool fresh = std::exchange(inbox.fresh, false);
  inbox.next_full_look = now() + (fresh ? jittered(inbox.config.rescan, 0.5, 1.0) : inbox.config.rescan);
  std::set<std::string_view> names;
  std::set<std::string> temporaries;
  for (const Entry& entry : listing) {
    names.insert(entry.name);
    if (entry.type == FileType::regular && is_temporary(entry.name)) temporaries.insert(entry.name);
  }
  look_for_missing_reports(inbox, names);
  inbox.to_sweep = strays(inbox, temporaries);
  inbox.temporaries = std::move(temporaries);
  inbox.to_recover = true;
}

void Service::schedule(Watched& inbox) {
  if (inbox.scan_posted || !inbox.directory) return;
  Moment next = inbox.polling ? now() + inbox.config.poll : inbox.next_full_look;
  next = std::min(next, inbox.next_full_look);
  // While others are in the queue, what is complete waits for its turn, and not for another scan.
  const auto settled = inbox.queue.empty() ? inbox.arrivals.next(now()) : std::nullopt;
  if (settled) next = std::min(next, std::max(*settled, inbox.next_scan));
  // Once that is past, what is to be recovered has its place in the line, or is in hand.
  if (!may_recover(inbox)) next = std::min(next, *inbox.recover_after);
  if (inbox.second_look) next = std::min(next, *inbox.second_look);
  wake(inbox, std::max(next, now() + milliseconds{1}));
}

}  // namespace clientsync
