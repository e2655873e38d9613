#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

#include "daemon/log.hpp"
#include "daemon/service/service_parts.hpp"

namespace clientsync {

void Service::open(Root& root) {
  root.untried = false;
  try {
    root.directory.emplace(root.path);
    root.polling = !watch(root.number, *root.directory, config_.defaults.watch);
  } catch (const std::system_error& error) {
    return lose(root, error.what());
  }
  if (root.fault.succeeded()) log(LogLevel::info, "root.back", {{"root", root.path.string()}});
  scan(root);
}

/// Its inboxes stay: those that can't be looked at either say so themselves.
void Service::lose(Root& root, const std::string& why) {
  if (!root.fault.failing()) log(LogLevel::error, "root.unavailable", {{"root", root.path.string()}, {"error", why}});
  worsen(environment_failed);
  root.directory.reset();
  const auto pause = root.fault.failed("root.unavailable", why, now());
  if (options_.once) return boost::asio::post(context_, [this] { end_if_idle(); });
  wake(root, now() + pause);
}

void Service::post_scan(Root& root) {
  if (root.directory) wake(root, root.next_scan);
}

void Service::wake(Root& root, Moment at) {
  if (stopping_) return;
  root.timer.expires_at(at);
  root.timer.async_wait([this, &root](const boost::system::error_code& error) {
    if (error || stopping_) return;
    root.directory ? scan(root) : open(root);
  });
}

void Service::scan(Root& root) {
  const Moment begun = now();
  try {
    const bool replaced = !root.directory->in_place();
    if (replaced) log(LogLevel::warning, "root.replaced", {{"root", root.path.string()}});
    if (std::exchange(root.watch_lost, false) || replaced) return open(root);
    FoundInboxes found = find_inboxes(*root.directory, config_.defaults, taken_beside(root));
    tell_not_taken(root, found.not_taken);
    come_and_go(root, std::move(found.inboxes));
  } catch (const std::system_error& error) {
    return lose(root, error.what());
  }
  root.next_scan = rest_after_scan(begun);
  wake(root,
       now() + (root.polling ? std::min(config_.defaults.poll, config_.defaults.rescan) : config_.defaults.rescan));
  end_if_idle();
}

/// What the configuration names, and what other roots have or had: a root that is away for a while leaves none of its
/// firms to a directory of the same name elsewhere.
TakenInboxes Service::taken_beside(const Root& root) const {
  TakenInboxes taken = named_inboxes(config_);
  for (const auto& [name, path] : names_of_roots_) {
    if (path.parent_path() != root.path) taken.names.emplace(name, path);
  }
  return taken;
}

void Service::tell_not_taken(Root& root, const std::vector<NotTaken>& not_taken) {
  std::set<std::filesystem::path> told;
  for (const NotTaken& each : not_taken) {
    if (!root.not_taken.contains(each.path))
      log(LogLevel::warning, "inbox.not_taken", {{"path", each.path.string()}, {"why", each.why}});
    told.insert(each.path);
  }
  root.not_taken = std::move(told);
}

/// Those that went go first: one that was renamed is watched under its old name until then.
void Service::come_and_go(Root& root, std::vector<InboxConfig> found) {
  std::set<std::string_view> names;
  for (const InboxConfig& inbox : found) names.insert(inbox.name);
  std::erase_if(root.inboxes, [&](const auto& known) {
    const bool gone = !names.contains(known.first);
    if (gone) drop(*known.second);
    return gone;
  });
  for (InboxConfig& inbox : found) {
    if (root.inboxes.contains(inbox.name)) continue;
    std::string name = inbox.name;
    names_of_roots_.try_emplace(name, inbox.path);
    root.inboxes.emplace(std::move(name), add(std::move(inbox), root.path));
  }
}

/// A job of it that runs ends as it would have; nothing new is begun.
void Service::drop(Watched& inbox) {
  log(LogLevel::info, "inbox.gone", {{"inbox", inbox.config.name}, {"path", inbox.config.path.string()}});
  inbox.gone = true;
  inbox.timer.cancel();
  if (watcher_) watcher_->forget(inbox.number);
  inbox.in_hand.reset();
  inbox.directory.reset();
  inbox.queue.clear();
  inbox.to_restore.clear();
  inboxes_.erase(inbox.number);
}

}  // namespace clientsync
