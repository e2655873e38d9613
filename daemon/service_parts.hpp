// The service's inside: one class in four files. `service.cpp` begins and ends it, `watching.cpp` looks at the folders,
// `working.cpp` hands files to workers, `finishing.cpp` tells what became of them. For these files alone.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/backoff.hpp"
#include "daemon/connections.hpp"
#include "daemon/in_hand.hpp"
#include "daemon/inbox.hpp"
#include "daemon/process.hpp"
#include "daemon/retention.hpp"
#include "daemon/service.hpp"
#include "daemon/watcher.hpp"

namespace clientsync {

/// Jobs at a time.
inline constexpr unsigned workers = 4;
/// A file that may not be read is reported after this long (spec §4.1, `file_unreadable`).
inline constexpr std::chrono::milliseconds unreadable_patience{60000};

/// What `run --once` ends with (spec §8); the worst of its files wins.
enum ExitStatus { all_good = 0, rows_failed = 1, file_rejected = 3, environment_failed = 4 };

inline Moment now() {
  return std::chrono::steady_clock::now();
}

/// What the service remembers of a file between two attempts.
struct Trouble {
  Backoff backoff;
  std::optional<Moment> unreadable_since;
};

/// One inbox while the service runs. Touched by the watching thread alone, but for what a job is given by value.
struct Watched {
  Watched(boost::asio::io_context& context, const InboxConfig& inbox, ImportId newest_import)
      : config(inbox),
        arrivals(inbox.patterns, Patience{.settle = inbox.settle}),
        known_at_last_scan(newest_import),
        timer(context) {}

  const InboxConfig& config;
  std::shared_ptr<const Directory> directory;  ///< null while it can't be opened
  std::unique_ptr<InHand> in_hand;             ///< notes in that directory
  bool polling = false;
  Arrivals arrivals;
  Hints hints;
  ImportId known_at_last_scan;  ///< the newest of the whole ledger
  std::deque<Ready> queue;
  std::map<std::string, Trouble> troubles;
  std::map<std::string, std::string> reports;  ///< by input: where its report stands
  std::set<std::string> missing_reports;       ///< inputs whose report was missing at the last full look
  std::deque<std::string> to_restore;          ///< inputs whose report is to be written again
  bool to_recover = true;                      ///< the ledger may hold reports that are not published
  bool busy = false;
  bool scan_posted = false;
  bool watch_lost = false;
  Moment next_scan{};                ///< no scan for the sake of an event before then
  std::set<std::string> refused;     ///< links that have had their log line
  std::optional<Moment> not_before;  ///< no job of this inbox before then
  Moment next_full_look{};
  Backoff fault;        ///< of the directory
  std::string foreign;  ///< what its mark was when it was last found to be another's; empty: it was not
  boost::asio::steady_timer timer;
};

/// What a job found, for the watching thread.
struct JobResult {
  std::optional<Ready> ready{};
  Processed processed{};
  std::string not_restored{};  ///< input whose missing report can't be had again
  std::chrono::milliseconds took{0};
  std::exception_ptr error{};
};

/// What is known of the ledger when the service starts.
struct Ledger {
  std::string uuid;
  ImportId newest_import = 0;
};

class Service {
 public:
  Service(const Config& config, Ledger ledger, const ServiceOptions& options);
  int run();

 private:
  // Watching.
  void open(Watched& inbox);
  [[nodiscard]] bool watch(const Watched& inbox);
  [[nodiscard]] bool claim(Watched& inbox);
  void lose(Watched& inbox, const std::string& why);
  void close(Watched& inbox, std::chrono::milliseconds pause);
  void on_event(const WatchEvent& event);
  void post_scan(Watched& inbox);
  void scan(Watched& inbox);
  static void tell_links(Watched& inbox, const std::vector<Entry>& listing);
  static void refill(Watched& inbox);
  void look_for_missing_reports(Watched& inbox, const std::vector<Entry>& listing);
  void schedule(Watched& inbox);

  // Working.
  void dispatch();
  [[nodiscard]] bool can_start(const Watched& inbox) const;
  [[nodiscard]] static bool has_work(const Watched& inbox);
  void start(Watched& inbox);
  template <class Work>
  void launch(Watched& inbox, std::optional<Ready> ready, Work work);
  void learn_of(ImportId import);
  void finish(Watched& inbox, const JobResult& result);
  void finish_file(Watched& inbox, const Ready& ready, const JobResult& result);
  void finish_import(Watched& inbox, const Ready& ready, const JobResult& result);
  void finish_unreadable(Watched& inbox, const Ready& ready, const Processed& processed);
  void failed(Watched& inbox, const JobResult& result);
  void succeeded(Watched& inbox);
  void log_import(const Watched& inbox, const Ready& ready, const JobResult& result);

  // Ending.
  void stop();
  void end_if_idle();
  [[nodiscard]] bool idle(const Watched& inbox) const;
  void worsen(ExitStatus status) { status_ = std::max(status_, status); }

  const std::string ledger_;
  const ServiceOptions options_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  boost::asio::thread_pool pool_{workers};
  Connections connections_;
  Retention retention_;
  std::optional<Watcher> watcher_;
  std::vector<std::unique_ptr<Watched>> inboxes_;
  std::size_t turn_ = 0;  ///< the inbox that is asked first for the next job
  unsigned running_ = 0;  ///< jobs
  Backoff database_;
  std::optional<Moment> database_not_before_;
  boost::asio::steady_timer database_timer_{context_};
  bool stopping_ = false;
  ExitStatus status_ = all_good;
  ImportId newest_import_;  ///< of the whole ledger, as far as this service knows; see `learn_of`
};

}  // namespace clientsync
