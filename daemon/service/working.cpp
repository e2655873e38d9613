#include <boost/asio/post.hpp>
#include <utility>

#include "daemon/report/publish.hpp"
#include "daemon/service/service_parts.hpp"
#include "importer/store/ledger.hpp"

namespace clientsync {
namespace {

using std::chrono::milliseconds;

}  // namespace

bool Service::may_recover(const Watched& inbox) {
  return !inbox.recover_after || now() >= *inbox.recover_after;
}

bool Service::has_work(const Watched& inbox) {
  const bool recovery = (inbox.to_recover || !inbox.to_restore.empty()) && may_recover(inbox);
  return inbox.directory && (recovery || !inbox.queue.empty());
}

/// Puts an inbox that has work at the end of the line. One that can't begin yet is offered again when its job has ended
/// or its pause is over.
void Service::offer(Watched& inbox) {
  if (stopping_ || inbox.offered || inbox.busy || !has_work(inbox)) return;
  inbox.offered = true;
  turns_.push_back(inbox.shared_from_this());
}

/// Imports of one firm never run side by side: the lock on the firm's row would only make a worker wait.
void Service::dispatch() {
  if (stopping_) return;
  if (database_not_before_ && now() < *database_not_before_) return end_if_idle();
  for (std::size_t left = turns_.size(); left > 0 && running_ < workers; --left) {
    const WatchedPtr inbox = std::move(turns_.front());
    turns_.pop_front();
    inbox->offered = false;
    if (busy_firms_.contains(inbox->config.firm)) {
      offer(*inbox);
    } else if (!inbox->busy && has_work(*inbox)) {
      start(*inbox);
    }
  }
  end_if_idle();
}

void Service::start(Watched& inbox) {
  if (inbox.to_recover && may_recover(inbox)) return start_recovery(inbox);
  if (!inbox.to_restore.empty() && may_recover(inbox)) return start_restoring(inbox);
  start_file(inbox);
}

/// What a daemon that died left: temporary files, and reports that the ledger has and nobody has published. Asks for
/// the newest import too, since other daemons may have been at work.
void Service::start_recovery(Watched& inbox) {
  inbox.to_recover = false;
  const auto work = [this, &config = inbox.config, names = std::exchange(inbox.to_sweep, {})](JobResult& job) {
    connections_.use([&](Connection& connection) {
      const Folder folder{*job.directory, config.name, ""};
      if (!names.empty()) sweep_temporaries(connection, locks_, folder, names);
      publish_pending(connection, locks_, folder, job.reports);
      job.processed.newest_import = last_import(connection);
    });
  };
  launch(inbox, {}, work);
}

void Service::start_restoring(Watched& inbox) {
  const std::string name = std::move(inbox.to_restore.front());
  inbox.to_restore.pop_front();
  launch(inbox, {}, [this, &config = inbox.config, name](JobResult& job) {
    const auto held = locks_.try_lock(config.name, name);
    // Whoever has it in hand may be restoring it; otherwise it is found missing again.
    if (!held) return;
    job.reports[name] = connections_.use([&](Connection& connection) {
      return restore_report(connection, Folder{*job.directory, config.name, ""}, name);
    });
  });
}

void Service::start_file(Watched& inbox) {
  JobResult given{.ready = std::move(inbox.queue.front())};
  inbox.queue.pop_front();
  given.in_hand = std::move(inbox.in_hand);
  const Trouble& trouble = inbox.troubles[given.ready->name];
  const bool report_unreadable = trouble.unreadable_since && now() - *trouble.unreadable_since >= unreadable_patience;
  launch(inbox, std::move(given), [this, &config = inbox.config, report_unreadable](JobResult& job) {
    const Ready& ready = *job.ready;
    if (!job.in_hand) job.in_hand = std::make_unique<InHand>(*job.directory);
    const Attempt attempt{.name = ready.name,
                          .expected = ready.stamp,
                          .anew = ready.anew,
                          .arrived_after = ready.arrived_after,
                          .deaths = job.in_hand->deaths(ready.name, ready.stamp),
                          .patient = ready.patient,
                          .report_unreadable = report_unreadable,
                          .who = "clientsync"};
    job.in_hand->begin(ready.name, ready.stamp);
    job.processed = process_file(connections_, locks_, config, *job.directory, attempt);
  });
}

/// The inbox is kept until the result was looked at; it is never the worker that lets go of it last.
void Service::launch(Watched& inbox, JobResult given, std::function<void(JobResult&)> work) {
  inbox.busy = true;
  busy_firms_.insert(inbox.config.firm);
  ++running_;
  given.directory = inbox.directory;
  boost::asio::post(pool_,
                    [this, kept = inbox.shared_from_this(), job = std::move(given), work = std::move(work)]() mutable {
                      const Moment begun = now();
                      try {
                        work(job);
                      } catch (...) {
                        job.error = std::current_exception();
                      }
                      if (job.in_hand) job.in_hand->end();
                      job.took = std::chrono::duration_cast<milliseconds>(now() - begun);
                      boost::asio::post(context_, [this, kept = std::move(kept), job = std::move(job)]() mutable {
                        kept->busy = false;
                        busy_firms_.erase(kept->config.firm);
                        --running_;
                        finish(*kept, job);
                      });
                    });
}

}  // namespace clientsync
