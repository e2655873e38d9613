#include "daemon/service/watched_inbox.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/captured_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using namespace std::chrono_literals;

namespace {

using Event = WatchEvent::Kind;
using Kind = FileOutcome::Kind;
using Names = std::vector<std::string>;

InboxConfig config_of_main() {
  InboxConfig config;
  config.name = "main";
  config.path = "/srv/clientsync/inbox";
  return config;
}

/// An inbox whose folder, workers and clock are in the test's hands.
struct Inbox {
  explicit Inbox(InboxConfig config = config_of_main(), bool in_root = false)
      : watched(7, std::move(config), in_root) {}

  void tell(Event kind, const std::string& name = "") { watched.on_event({kind, 7, name}); }
  /// A file that is complete at once.
  Stamp drop(const std::string& name) {
    const Stamp stamp = folder.put(name);
    tell(Event::renamed_in, name);
    return stamp;
  }
  void remove(const std::string& name) {
    folder.entries.erase(name);
    tell(Event::removed, name);
  }

  void wait(std::chrono::milliseconds time) { clock += time; }
  void wait_for_work() {
    if (idle()) clock = watched.next_change(clock);
    REQUIRE_FALSE(idle());
  }
  [[nodiscard]] bool idle() const { return !watched.wants(clock); }
  [[nodiscard]] Moment::duration next_change() const { return watched.next_change(clock) - clock; }

  /// The job that is wanted now.
  Job take() {
    const auto lane = watched.wants(clock);
    REQUIRE(lane.has_value());
    Job job = watched.next_job(clock, newest_import);
    CHECK(job.lane() == lane);
    CHECK(idle());
    return job;
  }
  template <class Task>
  Job take() {
    Job job = take();
    REQUIRE(std::holds_alternative<Task>(job.task));
    return job;
  }
  void finish(const JobResult& result, Moment database_again = {}) { watched.finished(result, clock, database_again); }

  JobResult look_of(const Job& job, Moment::duration took = 0ms) {
    JobResult result = seen(job, folder);
    const auto& look = std::get<LookJob>(job.task);
    ++looks;
    if (result.sight.listed) ++listings;
    if (look.names) names += look.names->size();
    result.sight.polled = polled;
    result.sight.remote = remote;
    result.sight.mark = mark;
    result.took = took;
    return result;
  }
  LookJob look(Moment::duration took = 0ms) {
    const Job job = take<LookJob>();
    finish(look_of(job, took));
    return std::get<LookJob>(job.task);
  }
  void look_in_vain(bool removed = false) {
    JobResult result = failed(take<LookJob>(), "no such directory");
    result.sight.removed = removed;
    finish(result);
  }
  Names recover() {
    const Job job = take<RecoveryJob>();
    finish(done(job));
    return std::get<RecoveryJob>(job.task).temporaries;
  }
  /// The first look and the recovery that it asks for.
  void open() {
    look();
    recover();
    wait(1s);
  }
  /// The next file that is to be imported, after all looks and recoveries that come before; nullopt: none for so long.
  std::optional<Job> file_within(std::chrono::milliseconds time) {
    const Moment end = clock + time;
    for (;;) {
      if (idle()) clock = std::min(watched.next_change(clock), end);
      if (idle()) return std::nullopt;
      Job job = take();
      if (std::holds_alternative<FileJob>(job.task)) return job;
      if (const auto* standing = std::get_if<StandingJob>(&job.task)) asked_together += standing->files.size();
      finish(std::holds_alternative<LookJob>(job.task) ? look_of(job) : done(job));
    }
  }
  Job next_file(const std::string& name) {
    const auto job = file_within(10min);
    REQUIRE(job);
    CHECK(ready_of(*job).name == name);
    return *job;
  }
  static const Ready& ready_of(const Job& job) { return std::get<FileJob>(job.task).ready; }
  void import(const std::string& name) { finish(imported(next_file(name), ++newest_import)); }

  [[nodiscard]] Names faults() const {
    Names events;
    for (const Fault& fault : watched.faults(clock)) events.push_back(fault.event);
    return events;
  }
  [[nodiscard]] InboxMetrics metrics() const { return watched.metrics(clock); }

  const CapturedLog log;
  WatchedInbox watched;
  Folder folder;
  Moment clock = Moment{} + 1h;
  ImportId newest_import = 0;
  std::size_t looks = 0, listings = 0, names = 0;  ///< what was asked of the directory
  std::size_t asked_together = 0;                  ///< files of which the ledger was asked at once
  bool polled = false, remote = false;
  MarkSight mark{};
};

const Names none;

}  // namespace

TEST_CASE("the first look comes at once, opens the directory and is full, and a recovery follows") {
  Inbox inbox;
  CHECK(inbox.watched.number() == 7);
  CHECK_FALSE(inbox.metrics().up);
  const Job job = inbox.take<LookJob>();
  CHECK(std::get<LookJob>(job.task).full);
  CHECK(job.directory == nullptr);
  CHECK(job.inbox == 7);
  CHECK(job.config->name == "main");
  inbox.finish(inbox.look_of(job));
  CHECK(inbox.take<RecoveryJob>().directory == inbox.folder.directory);
  CHECK(inbox.metrics().up);
  CHECK(inbox.faults() == none);
}

TEST_CASE("a file that was renamed into the inbox is complete at once") {
  Inbox inbox;
  inbox.open();
  CHECK(inbox.idle());
  const Stamp stamp = inbox.drop("clients.csv");
  CHECK_FALSE(inbox.look().full);
  const Job job = inbox.take<FileJob>();
  CHECK(job.directory == inbox.folder.directory);
  CHECK(inbox.ready_of(job).name == "clients.csv");
  CHECK(inbox.ready_of(job).stamp == stamp);
  CHECK(inbox.ready_of(job).patient);
  CHECK(inbox.ready_of(job).anew);
  CHECK(inbox.metrics().waiting == 1);
  inbox.finish(imported(job, 1));
  CHECK(inbox.metrics().waiting == 0);
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("any other file is complete when a last look finds that it has not changed for a second") {
  Inbox inbox;
  inbox.open();
  inbox.folder.put("clients.csv");
  inbox.tell(Event::modified, "clients.csv");
  inbox.tell(Event::closed, "clients.csv");
  inbox.look();
  CHECK(inbox.idle());
  CHECK(inbox.next_change() == 1s);
  inbox.folder.write("clients.csv");
  inbox.wait(1s);
  inbox.look();
  CHECK(inbox.idle());
  CHECK(inbox.next_change() == 1s);
  inbox.wait(1s);
  inbox.look();
  inbox.finish(imported(inbox.take<FileJob>(), 1));
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("a file that arrives after the watch and before the first look is imported once") {
  Inbox inbox;
  const Job first = inbox.take<LookJob>();
  inbox.drop("clients.csv");
  const JobResult found = inbox.look_of(first);
  inbox.drop("later.csv");
  inbox.finish(found);
  const Job job = inbox.next_file("clients.csv");
  CHECK(inbox.ready_of(job).anew);
  inbox.finish(imported(job, 1));
  inbox.finish(imported(inbox.next_file("later.csv"), 2));
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("a file that is being written is not looked at for each write, and waits for its close") {
  Inbox inbox;
  inbox.open();
  inbox.folder.put("clients.csv");
  inbox.tell(Event::appeared, "clients.csv");
  inbox.look();
  inbox.tell(Event::modified, "clients.csv");
  CHECK(inbox.idle());
  CHECK_FALSE(inbox.file_within(25s));
  const Stamp whole = inbox.folder.write("clients.csv");
  inbox.tell(Event::modified, "clients.csv");
  inbox.tell(Event::closed, "clients.csv");
  const auto job = inbox.file_within(2s);
  REQUIRE(job);
  CHECK(inbox.ready_of(*job).stamp == whole);
}

TEST_CASE("a file that is made in the place of one that was renamed in has yet to settle") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.folder.put("clients.csv");
  SECTION("after that one was removed") {
    inbox.tell(Event::removed, "clients.csv");
  }
  SECTION("or under its name") {
    inbox.tell(Event::appeared, "clients.csv");
  }
  inbox.look();
  CHECK(inbox.idle());
}

TEST_CASE("a file arrived after the imports that were known before the look before") {
  Inbox inbox;
  inbox.folder.put("first.csv");
  inbox.newest_import = 5;
  inbox.open();
  inbox.newest_import = 9;
  const Job first = inbox.next_file("first.csv");
  CHECK(inbox.ready_of(first).arrived_after == 5);
  inbox.finish(done(first));
  inbox.newest_import = 12;
  inbox.drop("second.csv");
  CHECK(inbox.ready_of(inbox.next_file("second.csv")).arrived_after == 9);
}

TEST_CASE("a polled inbox is looked at every two seconds, and a file must be the same in two polls") {
  Inbox inbox;
  inbox.polled = true;
  inbox.open();
  inbox.wait(-1s);
  inbox.folder.put("clients.csv");
  for (int poll = 0; poll < 3; ++poll) {
    CHECK(inbox.idle());
    CHECK(inbox.next_change() == 2s);
    inbox.wait(2s);
    CHECK_FALSE(inbox.look().full);
  }
  inbox.finish(imported(inbox.take<FileJob>(), 1));
  CHECK(inbox.idle());
}

TEST_CASE("a watched inbox is looked at fully every minute, and what no event told is found then") {
  Inbox inbox;
  inbox.look();
  inbox.recover();
  // Many inboxes that were opened together do not look together.
  CHECK(inbox.next_change() >= 30s);
  CHECK(inbox.next_change() <= 60s);
  inbox.wait_for_work();
  inbox.folder.put("clients.csv");
  CHECK(inbox.look().full);
  const Moment looked = inbox.clock;
  inbox.recover();
  inbox.import("clients.csv");
  CHECK(inbox.watched.next_change(inbox.clock) == looked + 60s);
}

TEST_CASE("files are imported in the order in which they became complete, those of one look by mtime") {
  Inbox inbox;
  inbox.open();
  inbox.drop("c.csv");
  inbox.look();
  const Job first = inbox.take<FileJob>();
  inbox.drop("b.csv");
  inbox.drop("a.csv");
  inbox.finish(imported(first, 1));
  inbox.import("b.csv");
  inbox.import("a.csv");
}

TEST_CASE("an inbox that the ledger has just said to be quiet needs no recovery") {
  Inbox inbox;
  const auto looks_and_recovers = [&](const QuietInboxes& quiet) {
    inbox.wait_for_work();
    const Job job = inbox.take<LookJob>();
    inbox.watched.finished(inbox.look_of(job), inbox.clock, {}, quiet);
    if (inbox.idle()) return false;
    inbox.recover();
    return true;
  };
  CHECK_FALSE(looks_and_recovers({inbox.clock, {"main"}}));
  CHECK(looks_and_recovers({inbox.clock, {"main"}}));  // that was long ago
  inbox.wait_for_work();
  CHECK(looks_and_recovers({inbox.clock, {"other"}}));
  inbox.wait_for_work();
  CHECK_FALSE(looks_and_recovers({inbox.clock - 10s, {"main", "other"}}));
  inbox.wait_for_work();
  inbox.folder.put(".clientsync-0123456789abcde1.tmp");
  CHECK(looks_and_recovers({inbox.clock, {"main"}}));
}

TEST_CASE("a full look finds the temporary files that a daemon which died may have left") {
  Inbox inbox;
  inbox.folder.put(".clientsync-0123456789abcde1.aside");
  inbox.folder.put(".clientsync-0123456789abcde2.tmp");
  inbox.folder.put(".clientsync-0123456789abcde3.tmp", FileType::directory);
  inbox.folder.put(".hidden.tmp");
  inbox.look();
  CHECK(inbox.recover() == Names{".clientsync-0123456789abcde1.aside", ".clientsync-0123456789abcde2.tmp"});
}

TEST_CASE("on a remote file system a temporary file counts as left behind at the second full look") {
  Inbox inbox;
  inbox.remote = true;
  inbox.folder.put(".clientsync-0123456789abcde1.tmp");
  inbox.look();
  CHECK(inbox.recover() == none);
  inbox.folder.put(".clientsync-0123456789abcde2.tmp");
  inbox.wait_for_work();
  inbox.look();
  CHECK(inbox.recover() == Names{".clientsync-0123456789abcde1.tmp"});
}

TEST_CASE("events that come while a look is at work lead to another one") {
  Inbox inbox;
  const Job first = inbox.take<LookJob>();
  const JobResult nothing = inbox.look_of(first);
  inbox.drop("clients.csv");
  CHECK(inbox.idle());
  inbox.finish(nothing);
  CHECK(inbox.ready_of(inbox.next_file("clients.csv")).anew);
  CHECK(inbox.clock < Moment{} + 1h + 10ms);
}

TEST_CASE("a file that is dropped again while it is in hand is imported again") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  const Job first = inbox.next_file("clients.csv");
  const Stamp again = inbox.drop("clients.csv");
  inbox.finish(imported(first, 1));
  const Job second = inbox.next_file("clients.csv");
  CHECK(inbox.ready_of(second).stamp == again);
  CHECK(inbox.ready_of(second).arrived_after == 1);
}

TEST_CASE("a file that was removed and put back as it was is a new drop") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.import("clients.csv");
  inbox.tell(Event::removed, "clients.csv");
  inbox.tell(Event::renamed_in, "clients.csv");
  const Job job = inbox.next_file("clients.csv");
  CHECK(inbox.ready_of(job).anew);
  CHECK(inbox.ready_of(job).arrived_after == 1);
}

TEST_CASE("an event leads to a look at the file that it names, and to no listing") {
  Inbox inbox;
  inbox.folder.put("standing.csv");
  inbox.open();
  inbox.import("standing.csv");
  inbox.wait(1ms);
  inbox.drop("clients.csv");
  CHECK(inbox.look().names == Names{"clients.csv"});
  inbox.finish(imported(inbox.take<FileJob>(), 2));
  inbox.remove("clients.csv");
  inbox.wait(1ms);
  CHECK(inbox.look().names == Names{"clients.csv"});
  inbox.wait(500ms);
  CHECK(inbox.look().names == none);  // whether the directory itself still stands
  CHECK(inbox.idle());
  CHECK(inbox.next_change() > 10s);
}

TEST_CASE("however many files are dropped, the directory is listed at rescans alone") {
  Inbox inbox;
  for (int i = 0; i < 100; ++i) inbox.folder.put("standing-" + std::to_string(i) + ".csv");
  inbox.open();
  while (const auto job = inbox.file_within(10s)) inbox.finish(done(*job));
  inbox.listings = inbox.looks = inbox.names = 0;
  for (int i = 0; i < 10; ++i) {
    const std::string name = std::to_string(i), report = name + ".errors.csv";
    inbox.tell(Event::appeared, name + ".part");
    inbox.tell(Event::modified, name + ".part");
    inbox.tell(Event::closed, name + ".part");
    inbox.tell(Event::removed, name + ".part");
    inbox.drop(name + ".csv");
    const auto job = inbox.file_within(1s);
    REQUIRE(job);
    JobResult result = imported(*job, i + 1);
    result.outcome.report_name = report;
    result.outcome.report_stamp = inbox.folder.put(report);
    inbox.tell(Event::placed, report);
    inbox.finish(result);
    CHECK_FALSE(inbox.file_within(600ms));
  }
  CHECK(inbox.listings == 0);
  CHECK(inbox.names == 20);  // the file, and the name that it had before
  CHECK(inbox.looks == 20);  // the second one finds that the directory still stands
  CHECK_FALSE(inbox.file_within(1min));
  CHECK(inbox.listings == 1);
}

TEST_CASE("of files that stand there at the start the ledger is asked at once, and the others are imported in order") {
  Inbox inbox;
  for (const char* name : {"a.csv", "b.csv", "c.csv"}) inbox.folder.put(name);
  inbox.open();
  inbox.drop("d.csv");
  inbox.look();
  Job job = inbox.take<StandingJob>();
  CHECK(std::get<StandingJob>(job.task).files.size() == 3);
  SECTION("some are done") {
    inbox.finish({.job = job, .done = {"a.csv", "c.csv"}});
    inbox.import("b.csv");
    inbox.import("d.csv");
  }
  SECTION("all are done") {
    inbox.finish({.job = job, .done = {"a.csv", "b.csv", "c.csv"}});
    inbox.import("d.csv");
  }
  SECTION("the database is away for a while") {
    inbox.finish(failed_by_database(job), inbox.clock + 1s);
    CHECK(inbox.faults() == none);
    job = inbox.take<StandingJob>();
    CHECK(std::get<StandingJob>(job.task).files.size() == 3);
    inbox.finish({.job = job, .done = {"a.csv", "b.csv"}});
    inbox.import("c.csv");
    inbox.import("d.csv");
  }
  SECTION("one of them has a fault of its own") {
    inbox.finish(failed(job, "input/output error"));
    for (const char* name : {"a.csv", "b.csv", "c.csv", "d.csv"}) inbox.import(name);
  }
  CHECK_FALSE(inbox.file_within(5min));
  CHECK(inbox.metrics().waiting == 0);
}

TEST_CASE("what became of a report is recorded with the next file of the inbox, if one waits") {
  Inbox inbox;
  inbox.open();
  for (const char* name : {"a.csv", "b.csv", "c.csv"}) inbox.drop(name);
  const Job first = inbox.next_file("a.csv");
  CHECK(std::get<FileJob>(first.task).more_follow);
  CHECK(std::get<FileJob>(first.task).unrecorded.empty());
  JobResult result = imported(first, 1);
  result.unrecorded = {{1, "a.csv", ReportState::published, "a.errors.csv"}};
  inbox.finish(result);
  const auto unrecorded_of = [](const Job& job) {
    const auto* unrecorded = std::get_if<RecordJob>(&job.task);
    return (unrecorded != nullptr ? unrecorded->unrecorded : std::get<FileJob>(job.task).unrecorded).size();
  };
  SECTION("in turn") {
    const Job second = inbox.next_file("b.csv");
    CHECK(unrecorded_of(second) == 1);
    inbox.finish(imported(second, 2));
    const Job third = inbox.next_file("c.csv");
    CHECK(unrecorded_of(third) == 0);
    CHECK_FALSE(std::get<FileJob>(third.task).more_follow);
    inbox.finish(imported(third, 3));
    CHECK(inbox.idle());
  }
  SECTION("once the database is back") {
    JobResult away = failed_by_database(inbox.next_file("b.csv"));
    away.unrecorded = result.unrecorded;
    inbox.finish(away, inbox.clock);
    CHECK(unrecorded_of(inbox.next_file("b.csv")) == 1);
  }
  SECTION("before a recovery") {
    inbox.wait(61s);
    inbox.look();
    inbox.finish(done(inbox.take<RecordJob>()));
    inbox.recover();
    CHECK(unrecorded_of(inbox.next_file("b.csv")) == 0);
  }
  SECTION("alone if no file waits any more") {
    inbox.finish(done(inbox.next_file("b.csv")));
    JobResult last = failed(inbox.next_file("c.csv"), "its disk is broken");
    last.unrecorded = result.unrecorded;
    inbox.finish(last);
    const Job unrecorded = inbox.take<RecordJob>();
    CHECK(unrecorded_of(unrecorded) == 1);
    JobResult away = failed_by_database(unrecorded);
    away.unrecorded = result.unrecorded;
    inbox.finish(away, inbox.clock + 1s);
    CHECK(unrecorded_of(inbox.take<RecordJob>()) == 1);
  }
  SECTION("alone if the directory is gone") {
    inbox.wait(61s);
    inbox.look_in_vain();
    CHECK(unrecorded_of(inbox.take<RecordJob>()) == 1);
  }
  SECTION("alone if no other job is given any more") {
    const auto last = inbox.watched.last_job();
    REQUIRE(last);
    CHECK(unrecorded_of(*last) == 1);
    CHECK_FALSE(inbox.watched.last_job());
  }
}

TEST_CASE("at most a thousand files are ready, and all are imported in their order") {
  Inbox inbox;
  for (int i = 0; i < 2500; ++i) inbox.folder.put(std::to_string(i) + ".csv");
  inbox.open();
  inbox.wait(10s);
  inbox.look();
  for (std::size_t i = 0; i < 2500; ++i) {
    inbox.import(std::to_string(i) + ".csv");
    CHECK(inbox.asked_together == std::min<std::size_t>((i / 1000 + 1) * 1000, 2500));
  }
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("the directory is listed after events were lost, and when another one is in its place") {
  Inbox inbox;
  inbox.open();
  inbox.folder.put("a.csv");
  inbox.tell(Event::overflow);
  CHECK_FALSE(inbox.look().names);
  inbox.import("a.csv");
  inbox.wait(1ms);
  inbox.folder.put("b.csv");
  inbox.drop("c.csv");
  const Job job = inbox.take<LookJob>();
  CHECK(std::get<LookJob>(job.task).names == Names{"c.csv"});
  Job opens = job;
  opens.directory.reset();
  inbox.finish(inbox.look_of(opens));
  inbox.import("c.csv");
  inbox.import("b.csv");
}

TEST_CASE("a report that was just put in its place asks for no look, and one that somebody changes is a drop") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  JobResult result = imported(inbox.next_file("clients.csv"), 1);
  result.outcome.report_name = "clients.errors.csv";
  result.outcome.report_stamp = inbox.folder.put("clients.errors.csv");
  inbox.tell(Event::placed, "clients.errors.csv");
  SECTION("nobody changes it") {
    inbox.finish(result);
    CHECK(inbox.idle());
    CHECK(inbox.next_change() > 10s);
    CHECK_FALSE(inbox.file_within(5min));
  }
  SECTION("somebody does before its import has ended") {
    inbox.folder.write("clients.errors.csv");
    inbox.tell(Event::modified, "clients.errors.csv");
    inbox.tell(Event::closed, "clients.errors.csv");
    inbox.finish(result);
    CHECK(inbox.ready_of(inbox.next_file("clients.errors.csv")).anew);
  }
  SECTION("somebody does later") {
    inbox.finish(result);
    inbox.drop("clients.errors.csv");
    CHECK(inbox.ready_of(inbox.next_file("clients.errors.csv")).anew);
  }
}

TEST_CASE("a report that replaced the edited report which it answers is no drop") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.errors.csv");
  JobResult result = imported(inbox.next_file("clients.errors.csv"), 1);
  result.outcome.report_name = "clients.errors.csv";
  result.outcome.report_stamp = inbox.folder.put("clients.errors.csv");
  inbox.tell(Event::placed, "clients.errors.csv");
  inbox.finish(result);
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("a report that another daemon put in its place is looked at") {
  Inbox inbox;
  inbox.open();
  inbox.folder.put("clients.errors.csv");
  inbox.tell(Event::placed, "clients.errors.csv");
  CHECK(inbox.look().names == Names{"clients.errors.csv"});
  inbox.finish(done(inbox.next_file("clients.errors.csv"), Kind::own_report));
}

TEST_CASE("what is never taken because of its name asks for no look") {
  Inbox inbox;
  inbox.open();
  for (const Event kind : {Event::appeared, Event::modified, Event::closed, Event::renamed_in})
    inbox.tell(kind, "clients.csv.part");
  CHECK(inbox.idle());
  CHECK(inbox.next_change() > 10s);
}

TEST_CASE("a file that is made by a link is taken when its other name is gone") {
  Inbox inbox;
  inbox.open();
  inbox.folder.put("clients.csv");
  inbox.folder.entries.at("clients.csv").links = 2;
  inbox.tell(Event::appeared, "clients.csv");
  SECTION("which is told in time") {
    inbox.look();
    inbox.folder.entries.at("clients.csv").links = 1;
    inbox.tell(Event::removed, "clients.part");
  }
  SECTION("which is not told, or was told too early") {
    inbox.tell(Event::removed, "clients.part");
    inbox.look();
    inbox.folder.entries.at("clients.csv").links = 1;
  }
  SECTION("which stood elsewhere, while other files arrived") {
    inbox.look();
    inbox.wait(100ms);
    inbox.tell(Event::appeared, "x.dat");
    inbox.look();
    inbox.folder.entries.at("clients.csv").links = 1;
  }
  const auto job = inbox.file_within(2s);
  REQUIRE(job);
  CHECK(inbox.ready_of(*job).anew);
}

TEST_CASE("looks because of events take half of the time at most") {
  Inbox inbox;
  inbox.open();
  const auto rest_after = [&](std::chrono::milliseconds took) {
    inbox.tell(Event::appeared, "x.dat");
    inbox.look(took);
    inbox.tell(Event::appeared, "y.dat");
    CHECK(inbox.idle());
    const auto rest = inbox.next_change();
    inbox.wait(3s);
    return rest;
  };
  CHECK(rest_after(0ms) == 1ms);
  CHECK(rest_after(50ms) == 50ms);
  CHECK(rest_after(10s) == 2s);  // no file is kept waiting for longer
}

TEST_CASE("listings because of lost events take a tenth of the time at most, and keep no file waiting") {
  Inbox inbox;
  inbox.open();
  inbox.tell(Event::overflow);
  CHECK_FALSE(inbox.look(50ms).names);
  inbox.tell(Event::overflow);
  CHECK(inbox.idle());
  CHECK(inbox.next_change() == 500ms);
  inbox.drop("clients.csv");
  CHECK(inbox.look().names == Names{"clients.csv"});
  CHECK(inbox.ready_of(inbox.take<FileJob>()).name == "clients.csv");
}

TEST_CASE("a flood of events does not keep files from being imported") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.look(1s);
  inbox.tell(Event::appeared, "other.dat");
  CHECK(inbox.take().lane() == Lane::database);
}

TEST_CASE("a directory that went away and came back counts as the removal of no file") {
  Inbox inbox;
  inbox.open();
  inbox.drop("done.csv");
  inbox.import("done.csv");
  inbox.folder.put("waiting.csv");
  inbox.tell(Event::modified, "waiting.csv");
  inbox.tell(Event::closed, "waiting.csv");
  inbox.wait(1ms);
  inbox.look();
  inbox.tell(Event::lost);
  inbox.wait(1ms);
  inbox.look_in_vain();
  inbox.wait_for_work();
  inbox.look();
  inbox.import("waiting.csv");
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("a directory that another one replaced for a while counts as the removal of no file") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.import("clients.csv");
  auto entries = std::exchange(inbox.folder.entries, {});
  inbox.tell(Event::lost);
  CHECK_FALSE(inbox.file_within(1s));
  inbox.folder.entries = std::move(entries);
  inbox.tell(Event::lost);
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("an inbox that is away is told once, looked for with growing delays, and told when it is back") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.tell(Event::lost);
  const Moment lost = inbox.clock;
  for (const auto longest : {250ms, 500ms, 1000ms, 2000ms, 4000ms}) {
    inbox.look_in_vain();
    CHECK(inbox.idle());
    CHECK(inbox.next_change() <= longest);
    CHECK(inbox.next_change() >= longest / 2);
    inbox.wait_for_work();
  }
  CHECK(inbox.faults() == Names{"inbox.unavailable"});
  const Fault fault = inbox.watched.faults(inbox.clock).front();
  CHECK(fault.inbox == "main");
  CHECK(fault.why == "no such directory");
  CHECK(fault.lasts == std::chrono::duration_cast<std::chrono::milliseconds>(inbox.clock - lost));
  CHECK(inbox.log.lines("inbox.unavailable", "no such directory") == 1);
  CHECK_FALSE(inbox.metrics().up);
  CHECK(inbox.metrics().waiting == 0);  // nobody knows

  inbox.open();
  CHECK(inbox.faults() == none);
  CHECK(inbox.metrics().up);
  CHECK(inbox.log.lines("inbox.back") == 1);
  CHECK(inbox.log.lines("inbox.watched") == 2);
}

TEST_CASE("files that wait for the database when their directory goes are imported when it is back") {
  Inbox inbox;
  inbox.open();
  inbox.drop("a.csv");
  inbox.drop("b.csv");
  inbox.finish(failed_by_database(inbox.next_file("a.csv")), inbox.clock + 1s);
  CHECK(inbox.watched.wants_database());
  inbox.tell(Event::lost);
  inbox.wait(1ms);
  inbox.look_in_vain();
  CHECK_FALSE(inbox.watched.wants_database());  // nobody knows whether the file is still there
  inbox.wait_for_work();
  inbox.look();
  CHECK(inbox.watched.wants_database());
  inbox.import("a.csv");
  CHECK_FALSE(inbox.watched.wants_database());
  inbox.import("b.csv");
}

TEST_CASE("a directory whose watch was lost is opened and watched anew") {
  Inbox inbox;
  inbox.open();
  inbox.tell(Event::lost);
  CHECK(inbox.look().reopen);
  inbox.recover();
  inbox.wait(1ms);
  inbox.tell(Event::overflow);
  CHECK_FALSE(inbox.look().reopen);
}

TEST_CASE("an inbox is looked at once more half a second after a file was removed") {
  // While a removed directory is held open, inotify reports only the removal of its files.
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.import("clients.csv");
  inbox.remove("clients.csv");
  inbox.wait(1ms);
  inbox.look();
  CHECK(inbox.idle());
  CHECK(inbox.next_change() == 500ms);
  inbox.wait(500ms);
  inbox.look();
  CHECK(inbox.next_change() > 10s);
}

TEST_CASE("an inbox with another ledger's mark is left alone until it is adopted") {
  Inbox inbox;
  inbox.folder.put("clients.csv");
  inbox.mark = {.state = MarkSight::State::foreign, .found = "ledger 2, inbox main"};
  for (int rescan = 0; rescan < 3; ++rescan) {
    inbox.look();
    CHECK(inbox.faults() == Names{"inbox.foreign"});
    CHECK_FALSE(inbox.metrics().up);
    CHECK(inbox.idle());
    CHECK(inbox.next_change() == 60s);
    inbox.wait(60s);
  }
  CHECK(inbox.log.lines("inbox.foreign") == 1);
  inbox.mark.found = "ledger 3, inbox main";
  inbox.look();
  CHECK(inbox.log.lines("inbox.foreign") == 2);

  inbox.mark = {.state = MarkSight::State::ours};
  inbox.wait(60s);
  inbox.look();
  CHECK(inbox.faults() == none);
  CHECK(inbox.log.lines("inbox.back") == 1);
  inbox.import("clients.csv");
}

TEST_CASE("an inbox that gets another ledger's mark while it is watched is left alone from then on") {
  Inbox inbox;
  inbox.open();
  inbox.folder.put("clients.csv");
  inbox.mark = {.state = MarkSight::State::foreign, .found = "ledger 2, inbox main"};
  CHECK_FALSE(inbox.file_within(5min));
  CHECK(inbox.faults() == Names{"inbox.foreign"});
}

TEST_CASE("a directory that goes after it had another ledger's mark is told") {
  Inbox inbox;
  inbox.mark = {.state = MarkSight::State::foreign, .found = "ledger 2, inbox main"};
  inbox.look();
  inbox.wait(60s);
  inbox.look_in_vain();
  CHECK(inbox.log.lines("inbox.unavailable") == 1);
  CHECK(inbox.faults() == Names{"inbox.unavailable"});
  inbox.wait_for_work();
  inbox.look();
  CHECK(inbox.log.lines("inbox.foreign") == 2);
}

TEST_CASE("a directory that goes while a report waits to be published is told") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  JobResult result = imported(inbox.next_file("clients.csv"), 1);
  result.outcome.report_error = "permission denied";
  inbox.finish(result);
  inbox.tell(Event::lost);
  inbox.wait(10ms);
  inbox.look_in_vain();
  CHECK(inbox.log.lines("inbox.unavailable") == 1);
  CHECK(inbox.faults() == Names{"inbox.unavailable"});
  CHECK(inbox.watched.faults(inbox.clock).front().lasts == 0s);
  inbox.wait_for_work();
  inbox.look();
  inbox.recover();
  CHECK(inbox.faults() == none);
}

TEST_CASE("each time that a damaged mark was restored is told") {
  Inbox inbox;
  inbox.mark = {.state = MarkSight::State::ours, .found = "an empty file", .restored = true};
  inbox.open();
  inbox.wait_for_work();
  inbox.open();
  CHECK(inbox.log.lines("inbox.mark_restored", "an empty file") == 2);
  CHECK(inbox.faults() == none);
}

TEST_CASE("a damaged mark that cannot be restored is told once and stops nothing") {
  Inbox inbox;
  inbox.mark = {.state = MarkSight::State::ours, .found = "a directory", .unmarked = true};
  inbox.open();
  inbox.drop("clients.csv");
  inbox.import("clients.csv");
  CHECK_FALSE(inbox.file_within(5min));
  CHECK(inbox.log.lines("inbox.unmarked", "a directory") == 1);
  CHECK(inbox.faults() == none);
}

TEST_CASE("a directory that was removed from its root is no fault, and is looked for again after a second") {
  Inbox inbox(config_of_main(), true);
  inbox.open();
  inbox.tell(Event::lost);
  inbox.look_in_vain(true);
  CHECK(inbox.faults() == none);
  CHECK(inbox.log.lines("inbox.unavailable") == 0);
  CHECK_FALSE(inbox.metrics().up);
  CHECK(inbox.idle());
  CHECK(inbox.next_change() == 1s);
  inbox.wait(1s);
  inbox.look();
  CHECK(inbox.metrics().up);
}

TEST_CASE("a file that may not be read stays queued, is told once, and is reported once after a minute") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  const Moment first = inbox.clock;
  int attempts = 0, reports = 0;
  while (inbox.clock < first + 5min) {
    const Job job = inbox.next_file("clients.csv");
    ++attempts;
    const bool due = std::get<FileJob>(job.task).report_unreadable;
    CHECK(due == (inbox.clock >= first + 60s));
    if (due && ++reports == 1) {
      CHECK(inbox.clock == first + 60s);
      inbox.finish(imported(job, 1, Kind::unreadable));
    } else {
      inbox.finish(done(job, Kind::unreadable));
    }
    CHECK(inbox.faults() == Names{"file.unreadable"});
  }
  CHECK(attempts < 20);  // with growing delays
  CHECK(inbox.log.lines("file.unreadable", "clients.csv") == 1);
  CHECK(inbox.log.lines("file.unreadable_reported", "clients.csv") == 1);
  CHECK(inbox.watched.faults(inbox.clock).front().file == "clients.csv");
  CHECK(inbox.watched.faults(inbox.clock).front().lasts >= 5min);
  CHECK(inbox.metrics().waiting == 1);
  CHECK(inbox.metrics().tally.rejected == 1);
  CHECK(inbox.metrics().up);  // other files are imported

  inbox.import("clients.csv");
  CHECK(inbox.faults() == none);
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("a file that may not be read is forgotten when it is gone") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.finish(done(inbox.next_file("clients.csv"), Kind::unreadable));
  inbox.remove("clients.csv");
  inbox.wait(1ms);
  inbox.look();
  CHECK(inbox.faults() == none);
  CHECK(inbox.metrics().waiting == 0);
}

TEST_CASE("a file with a fault of its own is tried again with growing delays, and the others go on") {
  Inbox inbox;
  inbox.open();
  inbox.drop("a.csv");
  inbox.drop("b.csv");
  inbox.finish(failed(inbox.next_file("a.csv"), "input/output error"));
  inbox.import("b.csv");
  Moment::duration longest{};
  for (int attempt = 0; attempt < 12; ++attempt) {
    const Moment failed_at = inbox.clock;
    inbox.finish(failed(inbox.next_file("a.csv"), "input/output error"));
    longest = std::max(longest, inbox.clock - failed_at);
  }
  CHECK(longest > 25s);
  CHECK(longest < 61s);
  inbox.import("a.csv");
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("a file's own fault is told once and lasts until that file is imported or gone") {
  Inbox inbox;
  inbox.open();
  inbox.drop("a.csv");
  inbox.drop("b.csv");
  const Moment first = inbox.clock;
  inbox.finish(failed(inbox.next_file("a.csv"), "input/output error"));
  inbox.import("b.csv");
  inbox.finish(failed(inbox.next_file("a.csv"), "input/output error"));
  CHECK(inbox.faults() == Names{"inbox.fault"});
  const Fault fault = inbox.watched.faults(inbox.clock).front();
  CHECK(fault.why == "input/output error");
  CHECK(fault.lasts == std::chrono::duration_cast<std::chrono::milliseconds>(inbox.clock - first));
  CHECK_FALSE(inbox.metrics().up);
  CHECK(inbox.log.lines("inbox.fault", "a.csv") == 1);
  CHECK(inbox.log.lines("inbox.back") == 0);
  SECTION("failed by the database, and imported") {
    inbox.finish(failed_by_database(inbox.next_file("a.csv")), inbox.clock + 1s);
    CHECK(inbox.log.lines("inbox.back") == 0);
    inbox.import("a.csv");
  }
  SECTION("imported") {
    inbox.import("a.csv");
  }
  SECTION("gone") {
    inbox.remove("a.csv");
    inbox.wait(1ms);
    inbox.look();
  }
  CHECK(inbox.faults() == none);
  CHECK(inbox.metrics().up);
  CHECK(inbox.log.lines("inbox.back") == 1);
}

TEST_CASE("a file that could be opened and failed in another way is not told as unreadable any more") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.finish(done(inbox.next_file("clients.csv"), Kind::unreadable));
  inbox.finish(failed(inbox.next_file("clients.csv"), "input/output error"));
  CHECK(inbox.faults() == Names{"inbox.fault"});
}

TEST_CASE("a fault of the database leaves each file in its place") {
  Inbox inbox;
  inbox.open();
  inbox.drop("a.csv");
  inbox.drop("b.csv");
  const Job first = inbox.next_file("a.csv");
  inbox.finish(failed_by_database(first), inbox.clock + 10s);
  CHECK(inbox.faults() == none);  // it is the database's
  CHECK(inbox.watched.wants_database());
  CHECK(inbox.metrics().waiting == 2);
  // Whoever knows when the database is back asks for the job then.
  CHECK(inbox.watched.wants(inbox.clock) == Lane::database);
  const Job again = inbox.take<FileJob>();
  CHECK(inbox.ready_of(again).name == "a.csv");
  CHECK(inbox.ready_of(again).since == inbox.ready_of(first).since);
  inbox.finish(imported(again, 1));
  CHECK_FALSE(inbox.watched.wants_database());
  inbox.import("b.csv");
}

TEST_CASE("a file that is changed while it waits for the database is imported once, as it is then") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.finish(failed_by_database(inbox.next_file("clients.csv")), inbox.clock + 10s);
  const Stamp stamp = inbox.drop("clients.csv");
  inbox.wait(1ms);
  inbox.look();
  inbox.finish(done(inbox.take<FileJob>(), Kind::settling));
  const Job job = inbox.next_file("clients.csv");
  CHECK(inbox.ready_of(job).stamp == stamp);
  inbox.finish(imported(job, 1));
  CHECK_FALSE(inbox.file_within(5min));
}

TEST_CASE("a file that failed for a reason of its own does not wait for the database any more") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.finish(failed_by_database(inbox.next_file("clients.csv")), inbox.clock + 10s);
  inbox.finish(failed(inbox.next_file("clients.csv"), "input/output error"));
  CHECK_FALSE(inbox.watched.wants_database());
}

TEST_CASE("a recovery that the database failed is tried when the database is, and keeps no look waiting") {
  Inbox inbox;
  inbox.look();
  inbox.finish(failed_by_database(inbox.take<RecoveryJob>()), inbox.clock + 10s);
  CHECK(inbox.faults() == none);
  CHECK_FALSE(inbox.watched.wants_database());
  CHECK(inbox.idle());
  CHECK(inbox.next_change() == 10s);
  inbox.wait(1s);
  inbox.tell(Event::appeared, "x.dat");
  inbox.look();
  CHECK(inbox.idle());
  inbox.wait(9s);
  inbox.recover();
}

TEST_CASE("a report that cannot be published is a fault until a recovery has published it, and files go on") {
  Inbox inbox;
  inbox.open();
  inbox.drop("a.csv");
  inbox.drop("b.csv");
  JobResult result = imported(inbox.next_file("a.csv"), 1);
  result.outcome.report_error = "permission denied";
  inbox.finish(result);
  CHECK(inbox.faults() == Names{"report.pending"});
  CHECK(inbox.watched.faults(inbox.clock).front().why == "permission denied");
  CHECK(inbox.metrics().tally.imported == 1);
  CHECK(inbox.metrics().waiting == 1);
  inbox.finish(imported(inbox.take<FileJob>(), 2));
  CHECK(inbox.faults() == Names{"report.pending"});

  CHECK(inbox.idle());
  CHECK(inbox.next_change() <= 250ms);
  inbox.wait_for_work();
  inbox.finish(failed(inbox.take<RecoveryJob>(), "permission denied"));
  CHECK(inbox.idle());
  CHECK(inbox.next_change() <= 500ms);
  CHECK(inbox.next_change() >= 250ms);
  inbox.wait_for_work();
  inbox.recover();
  CHECK(inbox.faults() == none);
  CHECK(inbox.log.lines("report.pending") == 1);
  CHECK(inbox.log.lines("inbox.back") == 1);
}

TEST_CASE("a report that another daemon is publishing is no fault, and is seen to after a second") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  JobResult result = imported(inbox.next_file("clients.csv"), 1);
  result.report_waits = true;
  inbox.finish(result);
  for (int attempt = 0; attempt < 3; ++attempt) {
    CHECK(inbox.faults() == none);
    CHECK(inbox.idle());
    CHECK(inbox.next_change() == 1s);
    inbox.wait(1s);
    JobResult recovered = done(inbox.take<RecoveryJob>());
    recovered.report_waits = attempt < 2;
    inbox.finish(recovered);
  }
  CHECK(inbox.idle());
  CHECK(inbox.next_change() > 10s);
}

TEST_CASE("a file that is gone when it is to be read was withdrawn, which is no fault") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  const Job job = inbox.next_file("clients.csv");
  inbox.remove("clients.csv");
  inbox.finish(done(job, Kind::withdrawn));
  CHECK_FALSE(inbox.file_within(5min));
  CHECK(inbox.faults() == none);
  CHECK(inbox.log.lines("file.withdrawn", "clients.csv") == 1);
  CHECK(inbox.metrics().waiting == 0);
}

TEST_CASE("a file that was withdrawn for a moment only is taken all the same") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.finish(done(inbox.next_file("clients.csv"), Kind::withdrawn));
  inbox.import("clients.csv");
}

TEST_CASE("a file that changed while it was read is settling again") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  inbox.finish(done(inbox.next_file("clients.csv"), Kind::settling));
  const Moment read = inbox.clock;
  const Stamp stamp = inbox.folder.write("clients.csv");
  const Job job = inbox.next_file("clients.csv");
  CHECK(inbox.clock >= read + 1s);
  CHECK(inbox.ready_of(job).stamp == stamp);
}

TEST_CASE("a file that may be cut off settles five times as long") {
  Inbox inbox;
  inbox.open();
  inbox.folder.put("clients.csv");
  inbox.tell(Event::modified, "clients.csv");
  inbox.tell(Event::closed, "clients.csv");
  const Moment written = inbox.clock;
  const Job job = inbox.next_file("clients.csv");
  CHECK(inbox.clock == written + 1s);
  CHECK_FALSE(inbox.ready_of(job).patient);
  inbox.finish(done(job, Kind::needs_patience));
  const Job again = inbox.next_file("clients.csv");
  CHECK(inbox.clock == written + 5s);
  CHECK(inbox.ready_of(again).patient);
}

TEST_CASE("a file that got a second link when it was to be read is told once, and taken when the link is gone") {
  Inbox inbox;
  inbox.open();
  inbox.drop("clients.csv");
  const Job job = inbox.next_file("clients.csv");
  inbox.folder.entries.at("clients.csv").links = 2;
  inbox.finish(done(job, Kind::not_a_file));
  CHECK_FALSE(inbox.file_within(5min));
  CHECK(inbox.log.lines("file.not_taken", "clients.csv") == 1);
  CHECK(inbox.metrics().waiting == 0);
  inbox.folder.entries.at("clients.csv").links = 1;
  inbox.import("clients.csv");
}

TEST_CASE("what is no file of its own is told once for each name") {
  Inbox inbox;
  inbox.folder.put("link.csv", FileType::link);
  inbox.folder.put("linked.csv");
  inbox.folder.entries.at("linked.csv").links = 2;
  inbox.folder.put("folder.csv", FileType::directory);
  inbox.folder.put("link.jpg", FileType::link);
  inbox.folder.put(".link.csv", FileType::link);
  inbox.folder.put("clients.txt.errors.txt");
  inbox.folder.entries.at("clients.txt.errors.txt").links = 2;
  inbox.open();
  CHECK_FALSE(inbox.file_within(5min));
  CHECK(inbox.log.lines("file.not_taken") == 5);
  CHECK(inbox.log.lines("file.not_taken", "it is a link") == 2);
  CHECK(inbox.log.lines("file.not_taken", "it has a second hard link") == 2);
  CHECK(inbox.log.lines("file.not_taken", "it is a folder") == 1);
  inbox.remove("link.csv");
  CHECK_FALSE(inbox.file_within(1s));
  inbox.folder.put("link.csv", FileType::link);
  inbox.tell(Event::appeared, "link.csv");
  CHECK_FALSE(inbox.file_within(1s));
  CHECK(inbox.log.lines("file.not_taken") == 5);
}

TEST_CASE("a file whose name matches no pattern is told once, however often it changes") {
  Inbox inbox;
  inbox.open();
  for (int change = 0; change < 3; ++change) {
    inbox.drop("photo.jpg");
    inbox.finish(done(inbox.next_file("photo.jpg"), Kind::not_taken));
  }
  CHECK(inbox.log.lines("file.not_taken", "its name matches no pattern: *.csv") == 1);
}

TEST_CASE("names that are not taken are not remembered without end") {
  const CapturedLog log;
  std::set<std::string> told;
  DirectorySight sight{.listed = true};
  for (int i = 0; i < 20'000; ++i) {
    sight.entries = {{.name = std::to_string(i), .type = FileType::directory, .links = 2, .stamp = {}}};
    log_not_taken(config_of_main(), sight, told);
  }
  CHECK(told.size() <= 10'000);
  CHECK(told.contains("19999"));
}

TEST_CASE("an entry that cannot be looked at does not keep the service busy") {
  InboxConfig config = config_of_main();
  config.settle = GENERATE(1s, 0s);
  Inbox inbox(config);
  inbox.open();
  inbox.folder.entries["dead.csv"] = {.name = "dead.csv", .type = FileType::other, .links = 1, .stamp = {}};
  inbox.tell(Event::appeared, "dead.csv");
  int looks = 0;
  const Moment end = inbox.clock + 10s;
  for (; inbox.clock < end; inbox.wait_for_work(), ++looks) {
    const Job job = inbox.take();
    inbox.finish(std::holds_alternative<LookJob>(job.task) ? inbox.look_of(job) : done(job));
  }
  CHECK(looks < 50);
  CHECK(inbox.faults() == none);
  inbox.folder.put("dead.csv");
  inbox.import("dead.csv");
}

TEST_CASE("what became of files is counted") {
  Inbox inbox;
  inbox.open();
  inbox.drop("a.csv");
  inbox.wait(2s);
  inbox.drop("b.csv");
  inbox.look();
  inbox.wait(1s);
  CHECK(inbox.metrics().inbox == "main");
  CHECK(inbox.metrics().waiting == 2);
  CHECK(inbox.metrics().oldest == 1s);
  inbox.import("a.csv");
  JobResult rejected = imported(inbox.next_file("b.csv"), 2);
  rejected.outcome.imported->plan.rejected = true;
  rejected.outcome.counts = {.rows = 3, .unchanged = 1, .failed = 2};
  inbox.finish(rejected);
  const InboxMetrics metrics = inbox.metrics();
  CHECK(metrics.waiting == 0);
  CHECK(metrics.oldest == 0s);
  CHECK(metrics.tally.imported == 1);
  CHECK(metrics.tally.rejected == 1);
  CHECK(metrics.tally.updated == 1);
  CHECK(inbox.log.lines("file.imported") == 1);
  CHECK(inbox.log.lines("file.rejected") == 1);
}

TEST_CASE("what is nothing new is done without an import") {
  Inbox inbox;
  inbox.open();
  const Kind kind = GENERATE(Kind::done, Kind::own_report, Kind::not_taken);
  inbox.drop("clients.csv");
  inbox.finish(done(inbox.next_file("clients.csv"), kind));
  CHECK_FALSE(inbox.file_within(5min));
  CHECK(inbox.metrics().tally.imported == 0);
  CHECK(inbox.metrics().waiting == 0);
}
