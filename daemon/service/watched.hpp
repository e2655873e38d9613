// What the service knows of one inbox, of one root, and of one job. For the service's own files alone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "daemon/files/directory.hpp"
#include "daemon/http/metrics_page.hpp"
#include "daemon/import/import_file.hpp"
#include "daemon/inbox/arrivals.hpp"
#include "daemon/inbox/crash_count.hpp"
#include "daemon/report/publish.hpp"
#include "daemon/service/retry.hpp"

namespace clientsync {

/// What the service remembers of a file between two attempts.
struct Trouble {
  Backoff backoff;
  std::optional<Moment> unreadable_since;
  std::optional<Moment> in_other_hands_since;
  bool told = false;            ///< that it is in other hands for long
  bool wants_database = false;  ///< which failed it the last time
};

/// One inbox while the service runs. Touched by the watching thread alone, but for `config`, which never changes.
/// Whoever still has to do with it keeps it: a timer that runs, a job, the place in the queue.
struct Watched : std::enable_shared_from_this<Watched> {
  Watched(boost::asio::io_context& context, std::uint64_t number_given, InboxConfig inbox,
          std::filesystem::path found_in)
      : number(number_given),
        config(std::move(inbox)),
        root(std::move(found_in)),
        arrivals(config.patterns, Patience{.settle = config.settle}),
        timer(context) {}

  const std::uint64_t number;  ///< for the Watcher
  const InboxConfig config;
  const std::filesystem::path root;            ///< it was found in; empty: the configuration names it
  std::shared_ptr<const Directory> directory;  ///< null while it can't be opened
  std::unique_ptr<InHand> in_hand;             ///< notes in that directory, while files wait and no job has them
  bool polling = false;
  Arrivals arrivals;
  Hints hints;
  std::list<Ready> queue;
  std::map<std::string, Trouble> troubles;
  ReportPlaces reports;
  std::set<std::string> missing_reports;  ///< inputs whose report was missing at the last full look
  std::list<std::string> to_restore;      ///< inputs whose report is to be written again
  bool to_recover = false;                ///< the ledger may hold reports that are not published
  std::set<std::string> temporaries;      ///< that stood there at the last full look
  std::vector<std::string> to_sweep;      ///< temporaries that may be strays
  ImportId known_import = 0;              ///< the newest that was known before the last look at the directory
  bool untried = true;                    ///< not opened yet
  bool fresh = false;                     ///< just opened
  bool busy = false;                      ///< a job of it runs
  bool offered = false;                   ///< it waits for its turn
  bool gone = false;                      ///< no inbox of the service any more
  bool scan_posted = false;
  bool watch_lost = false;
  Moment next_scan{};                   ///< no scan for the sake of an event before then
  std::set<std::string> refused;        ///< links that have had their log line
  std::optional<Moment> recover_after;  ///< where recovery failed: the next try; files are imported meanwhile
  Moment next_full_look{};
  std::optional<Moment> second_look;  ///< whether the directory still stands after something in it was removed
  Outage fault;                       ///< of the directory
  Tally tally;
  std::string foreign;  ///< what its mark was when it was last found to be another's; empty: it was not
  boost::asio::steady_timer timer;
};
using WatchedPtr = std::shared_ptr<Watched>;

/// A directory whose children are inboxes. Touched by the watching thread alone; as old as the service.
struct Root {
  Root(boost::asio::io_context& context, std::uint64_t number_given, std::filesystem::path where)
      : number(number_given), path(std::move(where)), timer(context) {}

  const std::uint64_t number;  ///< for the Watcher
  const std::filesystem::path path;
  std::optional<Directory> directory;  ///< none while it can't be opened
  std::map<std::string, WatchedPtr> inboxes;
  std::set<std::filesystem::path> not_taken;  ///< that have had their log line
  bool polling = false;
  bool untried = true;
  bool watch_lost = false;
  Moment next_scan{};  ///< no scan for the sake of an event before then
  Outage fault;
  boost::asio::steady_timer timer;
};

/// What a job was given and what it found, for the watching thread.
struct JobResult {
  std::optional<Ready> ready{};
  std::shared_ptr<const Directory> directory{};
  std::unique_ptr<InHand> in_hand{};  ///< in that directory
  Processed processed{};
  ReportPlaces reports{};  ///< that were looked after; "": it can't be had again
  std::chrono::milliseconds took{0};
  std::exception_ptr error{};
};

}  // namespace clientsync
