// The service's inside: one class in six files. `service.cpp` begins and ends it, `watching.cpp` looks at the folders,
// `rooting.cpp` finds them in roots, `working.cpp` hands files to workers, `finishing.cpp` sees to what became of them,
// `telling.cpp` answers who asks.
// For these files alone.
#pragma once

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "daemon/http/health_page.hpp"
#include "daemon/http/metrics_page.hpp"
#include "daemon/http/server.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/inbox/watcher.hpp"
#include "daemon/service/retention.hpp"
#include "daemon/service/retry.hpp"
#include "daemon/service/service.hpp"
#include "daemon/service/watched.hpp"
#include "importer/store/connection_pool.hpp"
#include "importer/store/locks.hpp"

namespace clientsync {

/// Jobs at a time.
inline constexpr unsigned workers = 4;
/// A file that may not be read is reported after this long (docs/specification.md §4.1, `file_unreadable`).
inline constexpr std::chrono::milliseconds unreadable_patience{60000};

/// Of a file in the hands of another service for long.
inline constexpr const char* other_stands_still = "another service holds its lock and does not end";

/// What `run --once` ends with (docs/specification.md §8); the worst of its files wins.
enum ExitStatus { all_good = 0, rows_failed = 1, file_rejected = 3, environment_failed = 4 };

inline Moment now() {
  return std::chrono::steady_clock::now();
}

/// When a directory may be scanned again for the sake of an event. Scans take a tenth of the time at most: a directory
/// of many thousand entries is not looked through again for each that is put into it.
inline Moment rest_after_scan(Moment begun) {
  constexpr int share = 10;
  constexpr std::chrono::seconds longest{2};
  const Moment ended = now();
  return ended + std::min<Moment::duration>(share * (ended - begun), longest);
}

/// What is known of the ledger when the service starts.
struct Ledger {
  std::string uuid;
  ImportId newest_import = 0;
  std::vector<StandingFault> weaknesses;  ///< of its database
};

class Service {
 public:
  Service(const Config& config, Ledger ledger, const ServiceOptions& options);
  int run();

 private:
  // Watching.
  WatchedPtr add(InboxConfig config, const std::filesystem::path& root);
  void open(Watched& inbox);
  [[nodiscard]] bool watch(std::uint64_t number, const Directory& directory, Watch wanted);
  [[nodiscard]] bool claim(Watched& inbox);
  void lose(Watched& inbox, const std::string& why);
  void close(Watched& inbox, std::chrono::milliseconds pause);
  void on_event(const WatchEvent& event);
  static void note(Watched& inbox, const WatchEvent& event);
  void post_scan(Watched& inbox);
  void wake(Watched& inbox, Moment at);
  void scan(Watched& inbox);
  static void tell_links(Watched& inbox, const std::vector<Entry>& listing);
  static void forgive(Watched& inbox);
  static void refill(Watched& inbox);
  static void look_fully(Watched& inbox, const std::vector<Entry>& listing);
  void schedule(Watched& inbox);

  // Roots.
  void open(Root& root);
  void lose(Root& root, const std::string& why);
  void post_scan(Root& root);
  void wake(Root& root, Moment at);
  void scan(Root& root);
  [[nodiscard]] TakenInboxes taken_beside(const Root& root) const;
  static void tell_not_taken(Root& root, const std::vector<NotTaken>& not_taken);
  void come_and_go(Root& root, std::vector<InboxConfig> found);
  void drop(Watched& inbox);

  // Working.
  void offer(Watched& inbox);
  void dispatch();
  [[nodiscard]] static bool may_recover(const Watched& inbox);
  [[nodiscard]] static bool has_work(const Watched& inbox);
  void start(Watched& inbox);
  void start_recovery(Watched& inbox);
  void start_restoring(Watched& inbox);
  void start_file(Watched& inbox);
  void launch(Watched& inbox, JobResult given, std::function<void(JobResult&)> work);
  void finish(Watched& inbox, JobResult& result);
  void finish_file(Watched& inbox, const Ready& ready, const JobResult& result);
  void finish_import(Watched& inbox, const Ready& ready, const JobResult& result);
  void finish_in_other_hands(Watched& inbox, const Ready& ready);
  void finish_unreadable(Watched& inbox, const Ready& ready, const Processed& processed);
  void failed(Watched& inbox, const JobResult& result);
  void database_failed(Watched& inbox, const JobResult& result, const std::string& why);
  void inbox_failed(Watched& inbox, const JobResult& result, const std::string& why);
  void succeeded(Watched& inbox, const JobResult& result);
  [[nodiscard]] bool a_file_wants_database() const;
  void log_import(const Watched& inbox, const Ready& ready, const JobResult& result);

  // Telling.
  void listen();
  [[nodiscard]] std::optional<Page> page(std::string_view path) const;
  [[nodiscard]] std::vector<StandingFault> faults() const;
  [[nodiscard]] Metrics metrics() const;

  // Ending.
  void stop();
  void end_if_idle();
  [[nodiscard]] bool idle(const Watched& inbox) const;
  void worsen(ExitStatus status) { status_ = std::max(status_, status); }

  const Config& config_;
  const std::string ledger_;
  const ServiceOptions options_;
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  boost::asio::thread_pool pool_{workers};
  ConnectionPool connections_;
  DropLocks locks_;
  Retention retention_;
  std::optional<Watcher> watcher_;
  std::uint64_t numbers_ = 0;                              ///< given to inboxes and roots, each once
  std::unordered_map<std::uint64_t, WatchedPtr> inboxes_;  ///< by number
  std::vector<std::unique_ptr<Root>> roots_;
  std::list<WatchedPtr> turns_;                                  ///< inboxes that have work, in turn
  std::map<std::string, std::filesystem::path> names_of_roots_;  ///< as each was first seen
  std::unordered_set<std::string> busy_firms_;                   ///< with a job that runs
  unsigned running_ = 0;                                         ///< jobs
  Outage database_;
  std::optional<Moment> database_not_before_;
  boost::asio::steady_timer database_timer_{context_};
  std::optional<HttpServer> http_;
  Backoff listening_;
  boost::asio::steady_timer http_timer_{context_};
  const std::vector<StandingFault> weaknesses_;  ///< of the database, since the service began
  const Moment begun_ = now();
  Durations reports_;
  bool stopping_ = false;
  ExitStatus status_ = all_good;
  ImportId newest_import_;  ///< of the whole ledger, as far as this service knows
};

}  // namespace clientsync
