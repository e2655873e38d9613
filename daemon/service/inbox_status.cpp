#include "daemon/service/inbox_status.hpp"

#include <algorithm>

#include "daemon/service/watched_inbox.hpp"

namespace clientsync {
namespace {

std::string_view word_of(Arrivals::Wait wait) {
  using Wait = Arrivals::Wait;
  switch (wait) {
    case Wait::handed_out:
      return "in_hand";
    case Wait::turn:
      return "turn";
    case Wait::settle:
      return "settling";
    case Wait::writer:
      return "open";
    case Wait::growth:
      return "empty";
    case Wait::rest:
      return "cut_off";
    case Wait::retry:
      return "fault";
    case Wait::examination:
      return "unexamined";
    case Wait::second_link:
      return "second_link";
  }
  return "";
}

}  // namespace

/// Arrivals knows what a file waits for until it is handed out; what became of it then is known here.
WaitingFile WatchedInbox::told(const Arrivals::Waiting& file, const ThisMoment& moment) const {
  WaitingFile told{.name = file.name,
                   .bytes = file.bytes,
                   .reason = std::string(word_of(file.wait)),
                   .why = std::string(sentence(file.wait)),
                   .since = moment.shown(file.since),
                   .next = file.next && *file.next > moment.now ? moment.shown(*file.next) : "",
                   .anew = file.anew,
                   .arrived_after = file.arrived_after};
  const auto say = [&told](std::string reason, std::string why) {
    told.reason = std::move(reason);
    told.why = std::move(why);
  };
  const auto trouble = troubles_.find(file.name);
  const bool troubled = trouble != troubles_.end();
  if (file.wait == Arrivals::Wait::handed_out) {
    const bool queued = std::ranges::find(queue_, file.name, &Ready::name) != queue_.end();
    if (troubled && trouble->second.database) {
      say("database", "the database could not be used");
    } else if (queued) {
      say("turn", std::string(sentence(Arrivals::Wait::turn)));
    } else {
      say("in_hand", "it is being read or imported");
    }
  } else if (file.wait == Arrivals::Wait::retry && troubled && trouble->second.unreadable_since) {
    say("unreadable", "the service has no permission to read it");
  } else if (file.wait == Arrivals::Wait::retry && troubled && fault_.failing()) {
    say("fault", "an attempt failed: " + fault_.fault(config_->name, moment.now).why);
  }
  return told;
}

InboxStatus WatchedInbox::status(const ThisMoment& moment, const std::string& file, std::size_t most) const {
  InboxStatus status{.name = config_->name,
                     .path = config_->path.string(),
                     .firm = config_->rules.firm,
                     .watch = !directory_ ? "" : (polled_ ? "polling" : "inotify"),
                     .waiting = arrivals_.waiting()};
  if (!file.empty()) {
    if (const auto waiting = arrivals_.waiting_file(file)) status.files.push_back(told(*waiting, moment));
    return status;
  }
  for (const Arrivals::Waiting& waiting : arrivals_.waiting_files(most)) status.files.push_back(told(waiting, moment));
  return status;
}

}  // namespace clientsync
