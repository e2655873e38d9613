#include "daemon/service_parts.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "daemon/reports.hpp"

namespace clientsync {
namespace {

using std::chrono::milliseconds;

}  // namespace

bool Service::has_work(const Watched& inbox) {
  return inbox.directory && (inbox.to_recover || !inbox.to_restore.empty() || !inbox.queue.empty());
}

/// Imports of one firm never run side by side: the lock on the firm's row would only make a worker wait.
bool Service::can_start(const Watched& inbox) const {
  if (!has_work(inbox) || inbox.busy || (inbox.not_before && now() < *inbox.not_before)) return false;
  return std::ranges::none_of(
      inboxes_, [&](const auto& other) { return other->busy && other->config.firm == inbox.config.firm; });
}

void Service::dispatch() {
  if (stopping_ || (database_not_before_ && now() < *database_not_before_)) return;
  for (std::size_t asked = 0; asked < inboxes_.size() && running_ < workers; ++asked) {
    Watched& inbox = *inboxes_[turn_];
    turn_ = (turn_ + 1) % inboxes_.size();
    if (can_start(inbox)) start(inbox);
  }
  end_if_idle();
}

template <class Work>
void Service::launch(Watched& inbox, std::optional<Ready> ready, Work work) {
  inbox.busy = true;
  ++running_;
  boost::asio::post(
      pool_, [this, &inbox, ready = std::move(ready), work = std::move(work), directory = inbox.directory]() mutable {
        JobResult result{.ready = std::move(ready)};
        const Moment begun = now();
        try {
          work(*directory, result);
        } catch (...) {
          result.error = std::current_exception();
        }
        result.took = std::chrono::duration_cast<milliseconds>(now() - begun);
        boost::asio::post(context_, [this, &inbox, result = std::move(result)] {
          inbox.busy = false;
          if (result.ready && inbox.in_hand) inbox.in_hand->end();
          --running_;
          finish(inbox, result);
        });
      });
}

void Service::start(Watched& inbox) {
  const InboxConfig& config = inbox.config;
  if (inbox.to_recover) {
    inbox.to_recover = false;
    return launch(inbox, std::nullopt, [this, &config](const Directory& directory, JobResult&) {
      connections_.use([&](Connection& connection) {
        const Folder folder{directory, config.name, ""};
        sweep_temporaries(connection, folder);
        publish_pending(connection, folder);
      });
    });
  }
  if (!inbox.to_restore.empty()) {
    const std::string name = std::move(inbox.to_restore.front());
    inbox.to_restore.pop_front();
    return launch(inbox, std::nullopt, [this, &config, name](const Directory& directory, JobResult& result) {
      const bool restored = connections_.use([&](Connection& connection) {
        return restore_report(connection, Folder{directory, config.name, ""}, name);
      });
      if (!restored) result.not_restored = name;
    });
  }
  Ready ready = std::move(inbox.queue.front());
  inbox.queue.pop_front();
  const Trouble& trouble = inbox.troubles[ready.name];
  Attempt attempt{.name = ready.name,
                  .expected = ready.stamp,
                  .anew = ready.anew,
                  .arrived_after = ready.arrived_after,
                  .patient = ready.patient,
                  .who = "clientsync"};
  attempt.report_unreadable = trouble.unreadable_since && now() - *trouble.unreadable_since >= unreadable_patience;
  attempt.deaths = inbox.in_hand->deaths(ready.name, ready.stamp);
  inbox.in_hand->begin(ready.name, ready.stamp);
  launch(inbox, std::move(ready), [this, &config, attempt](const Directory& directory, JobResult& result) {
    result.processed = process_file(connections_, config, directory, attempt);
  });
}

}  // namespace clientsync
