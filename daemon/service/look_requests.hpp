// What events ask to be looked at in an inbox before the next look.
#pragma once

#include <set>
#include <string>

#include "daemon/inbox/arrivals.hpp"
#include "daemon/inbox/watcher.hpp"

namespace clientsync {

class LookRequests {
 public:
  void on_event(const WatchEvent& event);
  /// For a reason other than an event.
  void ask(const std::string& name) { asked_.insert(name); }
  /// A report of ours was put there, and no event told of anything else: nothing is to be looked at.
  void forget_placed(const std::string& name) { placed_.erase(name); }

  /// True if some names are to be looked at.
  [[nodiscard]] bool any() const { return !asked_.empty() || !placed_.empty(); }
  /// The directory is to be listed: events were lost.
  [[nodiscard]] bool listing() const { return overflown_ || watch_lost_; }
  /// The watch on the directory was lost: it is to be opened again.
  [[nodiscard]] bool reopening() const { return watch_lost_; }
  [[nodiscard]] bool any_removal() const { return !hints_.removed.empty(); }
  [[nodiscard]] std::set<std::string> names() const;

  /// A look at `names` begins, or a listing, which grants everything. Gives what inotify told until now.
  [[nodiscard]] Hints grant(bool listing);
  /// Moves the last thing that was told of that name to `hints`. The name is looked at all the same.
  void move_sign(const std::string& name, Hints& hints);

 private:
  void take_hint(const WatchEvent& event);

  std::set<std::string> asked_;
  std::set<std::string> placed_;  ///< names where one of our temporary files was put; often a report of ours
  Hints hints_;
  bool overflown_ = false;
  bool watch_lost_ = false;
};

}  // namespace clientsync
