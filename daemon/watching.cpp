#include "daemon/service_parts.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/mark.hpp"

namespace clientsync {
namespace {

using std::chrono::milliseconds;

}  // namespace

void Service::open(Watched& inbox) {
  try {
    inbox.in_hand.reset();
    inbox.directory = std::make_shared<const Directory>(inbox.config.path);
    if (!claim(inbox)) return;
    inbox.in_hand = std::make_unique<InHand>(*inbox.directory);
    inbox.polling = !watch(inbox);
  } catch (const std::system_error& error) {
    return lose(inbox, error.what());
  }
  inbox.arrivals.set_polling(inbox.polling);
  inbox.to_recover = true;
  inbox.next_full_look = now();
  if (inbox.fault.succeeded()) log(LogLevel::info, "inbox.back", {{"inbox", inbox.config.name}});
  log(LogLevel::info, "inbox.watched",
      {{"inbox", inbox.config.name},
       {"path", inbox.config.path.string()},
       {"by", inbox.polling ? "polling" : "inotify"}});
  scan(inbox);
}

/// False where the inbox has to be polled.
bool Service::watch(const Watched& inbox) {
  const auto itself = std::ranges::find_if(inboxes_, [&](const auto& other) { return other.get() == &inbox; });
  const Watch wanted = inbox.config.watch;
  if (!watcher_ || wanted == Watch::poll || (wanted == Watch::automatic && is_remote(*inbox.directory))) return false;
  return watcher_->watch(static_cast<std::size_t>(itself - inboxes_.begin()), *inbox.directory);
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
  static_cast<void>(inbox.fault.next());
  close(inbox, inbox.config.rescan);
  return false;
}

/// The directory is missing or can't be read.
void Service::lose(Watched& inbox, const std::string& why) {
  if (!inbox.fault.failing() || !inbox.foreign.empty())
    log(LogLevel::error, "inbox.unavailable", {{"inbox", inbox.config.name}, {"error", why}});
  inbox.foreign.clear();
  close(inbox, inbox.fault.next());
}

/// Nothing that was in the directory counts as removed. It is opened again after the pause.
void Service::close(Watched& inbox, milliseconds pause) {
  worsen(environment_failed);
  inbox.in_hand.reset();
  inbox.directory.reset();
  inbox.arrivals.forget_directory();
  for (const Ready& ready : inbox.queue) inbox.arrivals.retry(ready.name, now());
  inbox.queue.clear();
  inbox.hints = {};
  if (options_.once) return boost::asio::post(context_, [this] { end_if_idle(); });
  inbox.timer.expires_after(pause);
  inbox.timer.async_wait([this, &inbox](const boost::system::error_code& error) {
    if (!error && !stopping_) open(inbox);
  });
}

void Service::on_event(const WatchEvent& event) {
  if (event.kind == WatchEvent::Kind::overflow) {
    log(LogLevel::warning, "watch.overflow", {});
    for (const auto& inbox : inboxes_) post_scan(*inbox);
    return;
  }
  Watched& inbox = *inboxes_[event.inbox];
  if (!inbox.directory) return;
  inbox.hints.came_after[event.name] = newest_import_;
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
  post_scan(inbox);
}

/// One scan for all events that have come by then. Scans take a tenth of the time at most: a directory of many thousand
/// files is not looked through again for each report that is put into it.
void Service::post_scan(Watched& inbox) {
  if (inbox.scan_posted || !inbox.directory) return;
  inbox.scan_posted = true;
  inbox.timer.expires_at(inbox.next_scan);
  inbox.timer.async_wait([this, &inbox](const boost::system::error_code& error) {
    inbox.scan_posted = false;
    if (!error && inbox.directory && !stopping_) scan(inbox);
  });
}

void Service::scan(Watched& inbox) {
  const Moment begun = now();
  try {
    if (std::exchange(inbox.watch_lost, false) || !inbox.directory->in_place()) {
      inbox.arrivals.forget_directory();
      return open(inbox);
    }
    if (now() >= inbox.next_full_look && !claim(inbox)) return;
    const std::vector<Entry> listing = inbox.directory->list();
    inbox.hints.newest_import = std::exchange(inbox.known_at_last_scan, newest_import_);
    inbox.arrivals.observe(listing, std::exchange(inbox.hints, {}), now());
    tell_links(inbox, listing);
    if (now() >= inbox.next_full_look) look_for_missing_reports(inbox, listing);
  } catch (const std::system_error& error) {
    return lose(inbox, error.what());
  }
  constexpr int share = 10;
  constexpr std::chrono::seconds longest_rest{2};
  inbox.next_scan = now() + std::min<Moment::duration>(share * (now() - begun), longest_rest);
  refill(inbox);
  dispatch();
  schedule(inbox);
}

/// A link, or a file with a second hard link, is never taken; whoever looks after the folder is told once (spec §2,
/// "Which").
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

void Service::refill(Watched& inbox) {
  if (!inbox.queue.empty()) return;
  for (Ready& ready : inbox.arrivals.ready(now())) inbox.queue.push_back(std::move(ready));
}

/// A report that is missing at two full looks in a row is written again. Once is not enough: spreadsheets delete a file
/// before they put the saved one in its place.
void Service::look_for_missing_reports(Watched& inbox, const std::vector<Entry>& listing) {
  inbox.next_full_look = now() + inbox.config.rescan;
  std::set<std::string_view> names;
  for (const Entry& entry : listing) names.insert(entry.name);
  std::erase_if(inbox.reports, [&](const auto& entry) { return !names.contains(entry.first); });
  std::erase_if(inbox.troubles, [&](const auto& entry) { return !names.contains(entry.first); });
  std::set<std::string> missing;
  for (const auto& [input, report] : inbox.reports) {
    if (!names.contains(report)) missing.insert(input);
  }
  for (const std::string& input : missing) {
    if (inbox.missing_reports.contains(input)) inbox.to_restore.push_back(input);
  }
  inbox.missing_reports = std::move(missing);
}

void Service::schedule(Watched& inbox) {
  if (stopping_ || inbox.scan_posted) return;
  Moment next = inbox.polling ? now() + inbox.config.poll : inbox.next_full_look;
  next = std::min(next, inbox.next_full_look);
  // While others are in the queue, what is complete waits for its turn, and not for another scan.
  const auto settled = inbox.queue.empty() ? inbox.arrivals.next(now()) : std::nullopt;
  if (settled) next = std::min(next, std::max(*settled, inbox.next_scan));
  if (inbox.not_before) next = std::min(next, *inbox.not_before);
  inbox.timer.expires_at(std::max(next, now() + milliseconds{1}));
  inbox.timer.async_wait([this, &inbox](const boost::system::error_code& error) {
    if (!error && !stopping_ && inbox.directory) scan(inbox);
  });
}

}  // namespace clientsync
