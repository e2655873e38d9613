// An inbox in which people, the directory, the database and the clock do what they like.
#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/service/watched_inbox.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using namespace std::chrono_literals;

namespace {

using Event = WatchEvent::Kind;
using Kind = FileOutcome::Kind;

/// What happens next, and a number that decides how.
using Step = std::pair<std::uint8_t, std::uint8_t>;

class World {
 public:
  explicit World(bool polled)
      : polled_(polled), watched_(1, {.name = "main", .path = "/srv/inbox", .rules = {}}, false) {}

  void take(const Step& step) {
    const auto [what, how] = step;
    switch (what % 13) {
      case 0:
        return put(how, Event::renamed_in);
      case 1:
        return put(how, Event::closed);
      case 2:
        return put(how, std::nullopt);
      case 3:
        return write(how);
      case 4:
        return remove(how);
      case 5:
        return deliver(how % 4 == 0 ? events_.size() : 1);
      case 6:
        away_ = !away_;
        return events_.push_back({Event::lost, 1, ""});
      case 7:
        return events_.push_back({how % 2 == 0 ? Event::overflow : Event::appeared, 1, name_of(how)});
      case 8:
      case 9:
        return begin();
      case 10:
        return finish(how);
      case 11:
        return link(how);
      default:
        return wait(how);
    }
  }

  /// "If nothing is wanted now, nothing is wanted until next_change", and something is then.
  void require_true_promises() const {
    const Moment next = watched_.next_change(clock_);
    if (job_) {
      RC_ASSERT(!watched_.wants(clock_) && !watched_.wants(clock_ + 24h));
      return RC_ASSERT(next == Moment::max());
    }
    const auto now = watched_.wants(clock_);
    if (now == Lane::directory) return;
    RC_ASSERT(next > clock_ && next != Moment::max());
    for (const Moment before : {clock_ + (next - clock_) / 2, next - Moment::duration{1}})
      RC_ASSERT(watched_.wants(before) == now);
    RC_ASSERT(watched_.wants(next).has_value());
    RC_ASSERT(now || watched_.wants(next) != now);
  }

  /// From now on nothing goes wrong.
  void end_well() {
    away_ = false;
    for (auto& [name, entry] : folder_.entries) entry.links = 1;
    deliver(events_.size());
    const Moment end = clock_ + 10min;
    int jobs = 0;
    while (clock_ < end) {
      if (job_) {
        finish(0);
      } else if (watched_.wants(clock_)) {
        begin();
        ++jobs;
      } else {
        clock_ = std::min(end, watched_.next_change(clock_));
      }
      require_true_promises();
    }
    RC_ASSERT(jobs < 1000);
    RC_ASSERT(owed_.empty());
    RC_ASSERT(watched_.faults(clock_).empty());
    RC_ASSERT(watched_.metrics(clock_).waiting == 0U);
    RC_ASSERT(watched_.metrics(clock_).up);
    RC_ASSERT(!watched_.wants_database());
  }

 private:
  static std::string name_of(unsigned how) { return std::string(1, static_cast<char>('a' + how % 3)) + ".csv"; }

  void put(unsigned how, std::optional<Event> event) {
    folder_.put(name_of(how));
    owed_.insert(name_of(how));
    if (event) events_.push_back({*event, 1, name_of(how)});
  }
  void write(unsigned how) {
    if (!folder_.entries.contains(name_of(how))) return;
    folder_.write(name_of(how));
    owed_.insert(name_of(how));
    events_.push_back({Event::modified, 1, name_of(how)});
    if (how % 4 != 0) events_.push_back({Event::closed, 1, name_of(how)});
  }
  void remove(unsigned how) {
    if (folder_.entries.erase(name_of(how)) == 0) return;
    owed_.erase(name_of(how));
    events_.push_back({Event::removed, 1, name_of(how)});
  }

  /// Gives the file a second link, or takes it away again.
  void link(unsigned how) {
    const auto entry = folder_.entries.find(name_of(how));
    if (entry == folder_.entries.end()) return;
    entry->second.links = 3 - entry->second.links;
    const bool gone = entry->second.links == 1;
    if (how % 4 != 0) events_.push_back({gone ? Event::removed : Event::appeared, 1, "other.part"});
  }

  void deliver(std::size_t count) {
    for (; count > 0 && !events_.empty(); --count) {
      watched_.on_event(events_.front());
      const Event kind = events_.front().kind;
      if (kind != Event::appeared && kind != Event::modified) ++told_[events_.front().name];
      events_.pop_front();
    }
  }

  void begin() {
    if (job_ || !watched_.wants(clock_)) return;
    job_ = watched_.next_job(clock_, imports_);
    if (std::holds_alternative<LookJob>(job_->task)) {
      told_at_look_ = told_;
      found_ = seen(*job_, folder_);
    }
  }

  /// "No version of a file is dealt with again unless an event told of it after it was found."
  void deal_with(const Ready& ready) {
    if (folder_.entries.at(ready.name).stamp == ready.stamp) owed_.erase(ready.name);
    Version& version = versions_[ready.name];
    if (version.stamp != ready.stamp) return;
    RC_ASSERT(version.dealt_with++ <= told_at_look_[ready.name] - version.told);
  }

  void finish(unsigned how) {
    if (!job_) return;
    const Job job = *std::exchange(job_, std::nullopt);
    clock_ += std::chrono::milliseconds(how % 50);
    if (std::holds_alternative<LookJob>(job.task)) return finish_look(job, how);
    JobResult result = done(job);
    const auto* file = std::get_if<FileJob>(&job.task);
    switch (how % 8) {
      case 1:
        result = failed(job, "it fails by itself");
        break;
      case 2:
        result = failed_by_database(job);
        break;
      default:
        if (file != nullptr) result = finish_file(job, file->ready, how);
        result.report_waits = how % 8 == 3;
    }
    watched_.finished(result, clock_, clock_ + 1s);
  }

  void finish_look(const Job& job, unsigned how) {
    JobResult result = how % 2 == 0 ? found_ : seen(job, folder_);
    result.took = std::chrono::milliseconds(how);
    result.sight.polled = polled_;
    if (how % 16 == 15) result.sight.mark = {.state = MarkSight::State::foreign, .found = "another ledger"};
    if (away_) {
      result = failed(job, "no such directory");
      result.sight.removed = how % 4 == 3;
    }
    for (const Entry& entry : result.sight.entries) {
      Version& version = versions_[entry.name];
      if (version.stamp != entry.stamp) version = {.stamp = entry.stamp, .told = told_at_look_[entry.name]};
    }
    watched_.finished(result, clock_);
  }

  JobResult finish_file(const Job& job, const Ready& ready, unsigned how) {
    const auto entry = folder_.entries.find(ready.name);
    if (entry == folder_.entries.end()) return done(job, Kind::withdrawn);
    switch (how % 32) {
      case 4:
        return done(job, Kind::settling);
      case 12:
        return done(job, Kind::unreadable);
      case 20:
        return done(job, Kind::not_a_file);
      case 28:
        if (!ready.patient) return done(job, Kind::needs_patience);
        break;
      default:
        break;
    }
    // What was read before the file changed may be imported all the same.
    deal_with(ready);
    if (how % 3 == 1) return done(job);
    JobResult result = imported(job, ++imports_);
    if (how % 3 == 2) result.outcome.report_error = "the report cannot be written";
    return result;
  }

  void wait(unsigned how) {
    const Moment next = watched_.next_change(clock_);
    const bool all = how % 2 == 0 && next != Moment::max();
    clock_ = std::max(clock_, all ? next : clock_ + std::chrono::milliseconds(how * how));
  }

  const bool polled_;
  WatchedInbox watched_;
  Folder folder_;
  std::deque<WatchEvent> events_;  ///< that the service has not read yet
  Moment clock_ = Moment{} + 1h;
  ImportId imports_ = 0;
  bool away_ = false;
  std::optional<Job> job_;  ///< at work
  JobResult found_;         ///< by the look that is at work, as it began
  struct Version {
    Stamp stamp{};
    int told = 0;        ///< events of its name, when it was found
    int dealt_with = 0;  ///< how often
  };
  std::map<std::string, Version> versions_;         ///< that the last look found
  std::map<std::string, int> told_, told_at_look_;  ///< events by name
  std::set<std::string> owed_;                      ///< files that were dropped and not dealt with
};

}  // namespace

TEST_CASE("whatever happens, each file that stays is imported, and none twice without a reason") {
  CHECK_PROPERTY("any sequence of steps", [](const bool polled) {
    const auto steps = *rc::gen::resize(300, rc::gen::arbitrary<std::vector<Step>>());
    World world(polled);
    for (const Step& step : steps) {
      world.take(step);
      world.require_true_promises();
    }
    world.end_well();
  });
}
