// Opens and drops inboxes: those that the configuration names, and those that come and go as folders of its roots
// (docs/specification.md §9, `roots`).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/http/health_page.hpp"
#include "daemon/inbox/discovery.hpp"
#include "daemon/inbox/watcher.hpp"
#include "daemon/service/job_queue.hpp"

namespace clientsync {

class InboxRoots {
 public:
  struct Workers {
    boost::asio::any_io_executor workers;  ///< where directories are listed
    boost::asio::any_io_executor home;     ///< the thread that uses this object
    std::function<void()> finished;        ///< called at home after a look has ended: `pump` has something to do
  };

  /// `config` and `queue` must outlive this. Without a watcher roots are polled.
  InboxRoots(const Config& config, JobQueue& queue, Watcher* watcher, Workers workers);

  /// True if the event is of a root.
  bool on_event(const WatchEvent& event);
  /// Takes what was seen of the roots, and starts the looks that are due.
  void pump(Moment now);
  /// When to call `pump` though no look has ended and no event came; Moment::max(): never.
  [[nodiscard]] Moment next_pump() const;
  /// True if no look is at work.
  [[nodiscard]] bool idle() const;
  void stop() { stopping_ = true; }

  [[nodiscard]] std::vector<Fault> faults(Moment now) const;
  /// The inboxes that there are. Any thread may ask, and no file system is.
  [[nodiscard]] KnownInboxes known() const;

 private:
  struct Root {
    std::uint64_t number = 0;  ///< for the Watcher
    std::filesystem::path path;
    std::shared_ptr<const Directory> directory{};    ///< null while it cannot be opened
    std::map<std::string, std::uint64_t> inboxes{};  ///< their numbers, by name
    std::set<std::filesystem::path> told{};          ///< folders that are no inboxes and have had their log line
    bool polled = false;
    bool watch_lost = false;
    bool listed = false;   ///< at least once
    bool seen = false;     ///< a look at it has been taken into account
    bool looking = false;  ///< a worker looks at it
    Moment looking_since{};
    bool stalled = false;  ///< that look takes so long that it has had its log line
    Moment next_look{};
    Moment not_before{};  ///< no look because of an event before then
    Outage fault{};
  };
  /// What a worker saw of a root.
  struct Look {
    std::size_t root = 0;
    std::shared_ptr<const Directory> directory{};
    bool replaced = false;
    bool polled = false;
    FoundInboxes found{};
    std::string error{};
    Moment::duration took{};
  };

  std::uint64_t add(InboxConfig config, bool in_root);
  void start_look(std::size_t index, Moment now);
  [[nodiscard]] Look look(std::size_t index, const std::filesystem::path& path,
                          std::shared_ptr<const Directory> directory, bool reopen, std::uint64_t number,
                          const TakenInboxes& taken) const;
  void find_stalled(Moment now);
  [[nodiscard]] static std::string why_stalled(const Root& root);
  [[nodiscard]] bool waits_for_another(const Look& look) const;
  void finish_look(Look look, Moment now);
  void note_known();
  void tell_not_taken(Root& root, const std::vector<NotTaken>& not_taken);
  [[nodiscard]] bool come_and_go(Root& root, std::vector<InboxConfig> found);
  [[nodiscard]] TakenInboxes taken_beside(const Root& root) const;

  const Config& config_;
  JobQueue& queue_;
  Watcher* watcher_;
  const Workers workers_;
  std::uint64_t numbers_ = 0;  ///< given to inboxes and roots, each once
  std::vector<Root> roots_;
  std::map<std::string, std::filesystem::path> names_of_roots_;  ///< the inboxes of roots as each was first seen
  std::vector<Look> looks_;                                      ///< that have ended since the last pump
  bool stopping_ = false;
  mutable std::mutex known_mutex_;
  KnownInboxes known_;  ///< guarded by the mutex
};

}  // namespace clientsync
