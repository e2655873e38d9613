#include "daemon/service/job_queue.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/by_hand.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using namespace std::chrono_literals;

namespace {

using Event = WatchEvent::Kind;
using Names = std::vector<std::string>;

/// A queue with its inboxes, whose workers, database and clock are in the test's hands.
struct House {
  std::uint64_t add(const std::string& name, const std::string& firm) {
    const std::uint64_t number = ++numbers;
    InboxConfig config;
    config.name = name;
    config.path = "/srv/" + name;
    config.rules.firm = firm;
    queue.add(std::make_shared<WatchedInbox>(number, config, false));
    folders.try_emplace(number);
    return number;
  }
  std::uint64_t add(const std::string& name) { return add(name, name); }

  void drop(std::uint64_t inbox, const std::string& file) {
    folders.at(inbox).put(file);
    queue.on_event({Event::renamed_in, inbox, file});
  }

  /// What a worker makes of a job.
  JobResult perform(const Job& job) {
    const auto* file = std::get_if<FileJob>(&job.task);
    const bool is_look = std::holds_alternative<LookJob>(job.task);
    const std::string& inbox = job.config->name;
    const bool is_record = std::holds_alternative<RecordJob>(job.task);
    at_work.push_back(is_look           ? "look " + inbox
                      : is_record       ? "record " + inbox
                      : file == nullptr ? "recovery " + inbox
                                        : inbox + "/" + file->ready.name);
    if (is_look) return seen(job, folders.at(job.inbox));
    if (!database_answers) return failed_by_database(job);
    if (const auto* recovery = std::get_if<RecoveryJob>(&job.task)) {
      ++recoveries;
      JobResult result = done(job);
      result.quiet = recovery->inboxes;
      return result;
    }
    if (file == nullptr) return done(job);
    if (!folders.at(job.inbox).entries.contains(file->ready.name)) return done(job, FileOutcome::Kind::withdrawn);
    if (!database_writes) return failed_by_database(job);
    imported_files.push_back(at_work.back());
    arrived_after = file->ready.arrived_after;
    JobResult result = imported(job, ++imports);
    result.outcome.report_error = report_error;
    if (file->more_follow) result.unrecorded = {{imports, file->ready.name, ReportState::published, ""}};
    return result;
  }

  /// Each job that is given finds a worker, and is at work until the test ends it.
  void pump() {
    queue.pump(clock);
    workers.run_all();
  }
  void end(const std::string& job) {
    const auto at = std::ranges::find(at_work, job);
    REQUIRE(at != at_work.end());
    home.run(static_cast<std::size_t>(at - at_work.begin()));
    at_work.erase(at);
    pump();
  }
  /// Everything that can be done now. Looks because of events rest a millisecond.
  void work() {
    for (wait(1ms); !at_work.empty(); end(at_work.front())) clock += 1ms;
  }
  void wait(std::chrono::milliseconds time) {
    clock += time;
    pump();
  }

  [[nodiscard]] Names faults() const {
    Names events;
    for (const Fault& fault : queue.faults(clock)) events.push_back(fault.event);
    return events;
  }
  [[nodiscard]] Metrics metrics() const {
    Metrics metrics;
    queue.add_metrics(metrics, clock);
    return metrics;
  }

  const CapturedLog log;
  ByHand workers, home;
  std::map<std::uint64_t, Folder> folders;
  std::uint64_t numbers = 0;
  ImportId imports = 0, arrived_after = 0;
  bool database_answers = true;  ///< to queries
  bool database_writes = true;
  std::string report_error;
  Names at_work, imported_files;
  int finished = 0, recoveries = 0;
  unsigned replaced = 0;
  std::vector<std::uint64_t> dropped;
  Moment clock = Moment{} + 1h;
  JobQueue queue{{.workers = workers.executor(),
                  .home = home.executor(),
                  .perform = [this](const Job& job) { return perform(job); },
                  .finished = [this] { ++finished; },
                  .replace = [this](unsigned stalled) { replaced = stalled; },
                  .dropped = [this](std::uint64_t inbox) { dropped.push_back(inbox); }},
                 0};
};

const Names none;

}  // namespace

TEST_CASE("a file that is dropped is imported, and whoever runs the loop is told of each job that ended") {
  House house;
  const auto main = house.add("main");
  CHECK(house.queue.idle());
  CHECK(house.queue.next_pump() <= house.clock);
  house.pump();
  CHECK_FALSE(house.queue.idle());
  house.work();
  house.drop(main, "clients.csv");
  CHECK(house.queue.next_pump() <= house.clock);
  house.work();
  CHECK(house.imported_files == Names{"main/clients.csv"});
  CHECK(house.finished == 4);  // look, recovery, look, file
  CHECK(house.queue.idle());
  CHECK(house.queue.next_pump() > house.clock + 10s);
}

TEST_CASE("what became of a job is taken by the next pump") {
  House house;
  house.add("main");
  house.pump();
  house.home.run();
  CHECK(house.finished == 1);
  CHECK_FALSE(house.queue.idle());
  CHECK(house.at_work == Names{"look main"});
  house.pump();
  CHECK(house.at_work == Names{"look main", "recovery main"});
}

TEST_CASE("inboxes with many files do not keep another one's file waiting") {
  House house;
  for (int n = 0; n < 6; ++n) house.add("full" + std::to_string(n));
  const auto small = house.add("small");
  house.work();
  for (std::uint64_t full = 1; full <= 6; ++full) {
    for (int n = 0; n < 1000; ++n) house.drop(full, std::to_string(n) + ".csv");
  }
  for (house.pump(); house.imported_files.size() < 100; house.end(house.at_work.front())) house.clock += 1ms;
  house.drop(small, "clients.csv");
  const auto is_imported = [&] { return std::ranges::count(house.imported_files, "small/clients.csv") == 1; };
  for (house.pump(); !is_imported(); house.end(house.at_work.front())) house.clock += 1ms;
  CHECK(house.imported_files.size() < 120);
}

TEST_CASE("files of one firm are imported in the order in which they become complete, whatever their inbox") {
  House house;
  const auto busy = house.add("busy", "firm"), first = house.add("first", "firm"), second = house.add("second", "firm");
  const auto other = house.add("other");
  house.work();
  house.drop(busy, "long.csv");
  house.pump();
  house.end("look busy");
  const auto drop_and_look = [&](std::uint64_t inbox, const std::string& file, const std::string& look) {
    house.drop(inbox, file);
    house.wait(10ms);
    house.end(look);
  };
  drop_and_look(first, "1.csv", "look first");
  drop_and_look(second, "2.csv", "look second");
  drop_and_look(second, "3.csv", "look second");
  drop_and_look(first, "4.csv", "look first");
  drop_and_look(other, "5.csv", "look other");
  house.work();
  CHECK(house.imported_files ==
        Names{"busy/long.csv", "other/5.csv", "first/1.csv", "second/2.csv", "second/3.csv", "first/4.csv"});
}

TEST_CASE("one job of an inbox is at work, and one import of a firm") {
  House house;
  const auto first = house.add("first", "firm"), second = house.add("second", "firm"), other = house.add("other");
  house.work();
  for (const auto inbox : {first, second, other}) {
    house.drop(inbox, "a.csv");
    house.drop(inbox, "b.csv");
  }
  house.pump();
  CHECK(house.at_work == Names{"look first", "look second"});
  house.end("look first");
  house.end("look second");
  house.end("look other");
  CHECK(house.at_work == Names{"first/a.csv", "other/a.csv"});
  house.drop(first, "c.csv");
  house.wait(1ms);
  CHECK(house.at_work == Names{"first/a.csv", "other/a.csv"});
  house.end("first/a.csv");
  CHECK(house.at_work == Names{"other/a.csv", "look first", "second/a.csv"});
}

TEST_CASE("two looks and four jobs that need the database are at work, and neither kind waits for the other") {
  House house;
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) house.add(name);
  house.pump();
  CHECK(house.at_work == Names{"look a", "look b"});
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) house.end(std::string("look ") + name);
  CHECK(house.at_work == Names{"recovery a", "recovery b", "recovery c", "recovery d"});
  house.wait(1ms);
  for (std::uint64_t inbox = 4; inbox <= 6; ++inbox) house.drop(inbox, "clients.csv");
  house.pump();
  CHECK(house.at_work == Names{"recovery a", "recovery b", "recovery c", "recovery d", "look e", "look f"});
  house.end("recovery a");
  CHECK(house.at_work.size() == 5);  // those of e and f wait until they were looked at
  house.end("look e");
  CHECK(house.at_work == Names{"recovery b", "recovery c", "recovery d", "look f", "recovery e"});
}

TEST_CASE("while the database is away no job that needs it is given, and looks go on") {
  House house;
  const auto main = house.add("main"), other = house.add("other");
  house.work();
  house.database_answers = false;
  house.drop(main, "a.csv");
  house.drop(main, "b.csv");
  house.work();
  CHECK(house.faults() == Names{"database.unavailable"});
  CHECK_FALSE(house.metrics().database_up);
  CHECK(house.log.lines("database.unavailable") == 1);
  const Moment again = house.queue.next_pump();
  CHECK(again > house.clock);
  CHECK(again <= house.clock + 250ms);

  house.database_answers = true;
  house.drop(other, "c.csv");
  house.pump();
  CHECK(house.at_work == Names{"look other"});
  house.end("look other");
  CHECK(house.at_work == none);
  CHECK(house.metrics().inboxes[1].waiting == 1);
  CHECK(house.queue.next_pump() == again);
  house.clock = again - 1ms;
  house.pump();
  CHECK(house.at_work == none);
  house.wait(1ms);
  CHECK(house.at_work == Names{"main/a.csv", "other/c.csv"});
  house.work();
  CHECK(house.imported_files == Names{"main/a.csv", "other/c.csv", "main/b.csv"});
  CHECK(house.faults() == none);
  CHECK(house.metrics().database_up);
  CHECK(house.log.lines("database.back") == 1);
}

TEST_CASE("the pauses between attempts at the database grow to a minute") {
  House house;
  const auto main = house.add("main");
  house.work();
  house.database_answers = false;
  house.drop(main, "clients.csv");
  std::vector<Moment> attempts;
  while (attempts.size() < 12) {
    house.pump();
    if (house.at_work.empty()) {
      house.clock = house.queue.next_pump();
      continue;
    }
    if (!house.at_work.front().starts_with("look")) attempts.push_back(house.clock);
    house.end(house.at_work.front());
  }
  std::chrono::milliseconds full{250};
  for (std::size_t n = 1; n < attempts.size(); ++n) {
    CHECK(attempts[n] - attempts[n - 1] >= full / 2);
    CHECK(attempts[n] - attempts[n - 1] <= full);
    full = std::min<std::chrono::milliseconds>(2 * full, 60s);
  }
  CHECK(house.log.lines("database.unavailable") == 1);
  const Fault fault = house.queue.faults(house.clock).front();
  CHECK(fault.why == "the database is away");
  CHECK(fault.lasts == std::chrono::duration_cast<std::chrono::milliseconds>(house.clock - attempts.front()));
}

TEST_CASE("jobs that fail side by side make one pause") {
  House house;
  for (const char* name : {"a", "b", "c", "d"}) house.add(name);
  house.work();
  house.database_answers = false;
  for (std::uint64_t inbox = 1; inbox <= 4; ++inbox) house.drop(inbox, "clients.csv");
  house.work();
  CHECK(house.queue.next_pump() <= house.clock + 250ms);
}

TEST_CASE("a database that answers and takes no import is not back while a file waits for it") {
  House house;
  const auto main = house.add("main"), other = house.add("other");
  house.work();
  house.database_writes = false;
  house.drop(main, "clients.csv");
  house.work();
  const auto ask_database = [&] {
    house.queue.on_event({Event::lost, other, ""});  // which leads to a recovery
    house.wait(1s);
    house.end("look other");
    house.end("recovery other");
    house.work();
  };
  ask_database();
  CHECK(house.faults() == Names{"database.unavailable"});
  CHECK(house.log.lines("database.back") == 0);
  SECTION("it is when it has taken one") {
    house.database_writes = true;
    house.wait(1s);
    house.work();
    CHECK(house.imported_files == Names{"main/clients.csv"});
  }
  SECTION("it is when that file is gone") {
    house.folders.at(main).entries.clear();
    house.queue.on_event({Event::removed, main, "clients.csv"});
    house.wait(1ms);
    house.end("look main");
    ask_database();
  }
  SECTION("it is when that inbox is gone") {
    house.queue.drop(main);
    ask_database();
  }
  CHECK(house.faults() == none);
  CHECK(house.log.lines("database.back") == 1);
}

TEST_CASE("a look that does not end for ten seconds stalls its own inbox alone") {
  House house;
  const auto main = house.add("main"), other = house.add("other");
  house.work();
  house.drop(main, "clients.csv");
  house.pump();
  CHECK(house.queue.next_pump() == house.clock + 10s);
  house.wait(9999ms);
  CHECK(house.faults() == none);
  CHECK(house.replaced == 0);
  house.wait(1ms);
  CHECK(house.faults() == Names{"inbox.stalled"});
  CHECK(house.queue.faults(house.clock).front().inbox == "main");
  CHECK(house.queue.faults(house.clock).front().lasts == 10s);
  CHECK_FALSE(house.metrics().inboxes[0].up);
  CHECK(house.metrics().inboxes[1].up);

  house.drop(other, "clients.csv");
  house.wait(1s);
  house.end("look other");
  house.end("other/clients.csv");
  CHECK(house.at_work == Names{"look main"});
  CHECK(house.log.lines("inbox.stalled", "main") == 1);
  CHECK(house.log.lines("inbox.stalled") == 1);
  house.end("look main");
  CHECK(house.faults() == none);
  CHECK(house.log.lines("inbox.answers", "main") == 1);
  CHECK(house.at_work == Names{"main/clients.csv"});
}

TEST_CASE("a stalled look gives its place to another one, which gets a worker of its own") {
  House house;
  for (const char* name : {"a", "b", "c", "d", "e"}) house.add(name);
  house.pump();
  CHECK(house.at_work == Names{"look a", "look b"});
  house.wait(10s);
  CHECK(house.at_work == Names{"look a", "look b", "look c", "look d"});
  CHECK(house.replaced == 2);
  house.end("look a");
  house.wait(10s);
  CHECK(house.at_work == Names{"look b", "look c", "look d", "recovery a", "look e"});
  CHECK(house.replaced == 3);
}

TEST_CASE(
    "a job that needs the database shows after 30 seconds that it is slow, stalls after 90 seconds, and keeps its firm "
    "waiting no longer") {
  House house;
  const auto first = house.add("first", "firm"), second = house.add("second", "firm");
  house.work();
  house.drop(first, "clients.csv");
  house.drop(second, "clients.csv");
  house.pump();
  house.end("look first");
  house.end("look second");
  CHECK(house.at_work == Names{"first/clients.csv"});
  CHECK(house.queue.next_pump() == house.clock + 30s);
  house.wait(29'999ms);
  CHECK(house.faults() == none);
  house.wait(1ms);
  CHECK(house.faults() == Names{"database.slow"});
  CHECK(house.queue.faults(house.clock).front().lasts == 30s);
  CHECK(house.queue.next_pump() > house.clock);
  house.wait(59s);
  CHECK(house.faults() == Names{"database.slow"});
  house.end("look second");
  house.wait(1s);
  CHECK(house.faults() == Names{"database.slow", "inbox.stalled"});
  CHECK(house.log.lines("database.slow") == 1);
  CHECK(house.at_work == Names{"first/clients.csv", "recovery second"});
  house.end("first/clients.csv");
  CHECK(house.faults() == none);
  CHECK(house.log.lines("database.answers") == 1);
}

TEST_CASE("an inbox that is dropped gets no job any more and is reported as dropped at once") {
  House house;
  const auto main = house.add("main"), other = house.add("other");
  house.work();
  house.drop(main, "clients.csv");
  house.queue.drop(main);
  CHECK(house.dropped == std::vector{main});
  house.drop(main, "more.csv");
  house.drop(other, "clients.csv");
  house.work();
  CHECK(house.imported_files == Names{"other/clients.csv"});
  CHECK(house.metrics().inboxes.size() == 1);
  house.queue.drop(main);
  CHECK(house.dropped.size() == 1);
}

TEST_CASE("an inbox that is dropped while it waits for its turn does not get one") {
  House house;
  for (const char* name : {"a", "b", "c", "d"}) house.add(name);
  house.pump();
  house.queue.drop(3);
  house.queue.drop(4);
  house.work();
  CHECK(house.dropped == std::vector<std::uint64_t>{3, 4});
  CHECK(house.finished == 4);
}

TEST_CASE("a job of a dropped inbox ends as it would have, and only then the inbox is reported as dropped") {
  House house;
  const auto main = house.add("main");
  house.work();
  house.drop(main, "clients.csv");
  house.pump();
  house.database_answers = GENERATE(true, false);
  house.end("look main");
  house.queue.drop(main);
  CHECK(house.dropped.empty());
  house.end("main/clients.csv");
  CHECK(house.dropped == std::vector{main});
  CHECK(house.queue.idle());
  CHECK(house.log.lines("file.imported") == (house.database_answers ? 1 : 0));
  CHECK(house.faults() == (house.database_answers ? none : Names{"database.unavailable"}));
}

TEST_CASE("when the service stops nothing new is begun, and the jobs at work end as they would have") {
  House house;
  const auto main = house.add("main");
  house.work();
  house.drop(main, "a.csv");
  house.drop(main, "b.csv");
  house.pump();
  house.end("look main");
  house.queue.stop();
  house.drop(main, "c.csv");
  house.add("late");
  house.wait(1s);
  CHECK(house.at_work == Names{"main/a.csv"});
  CHECK(house.queue.next_pump() == Moment::max());
  CHECK_FALSE(house.queue.idle());
  house.end("main/a.csv");
  CHECK(house.log.lines("file.imported", "a.csv") == 1);
  house.end("record main");
  CHECK(house.queue.idle());
  CHECK(house.at_work == none);
}

TEST_CASE("what became of reports is recorded when the service stops, or their inbox is dropped") {
  House house;
  for (const char* name : {"a", "b", "c", "d", "e"}) house.add(name);
  house.work();
  for (std::uint64_t inbox = 1; inbox <= 5; ++inbox) {
    for (const char* file : {"1.csv", "2.csv"}) house.drop(inbox, file);
  }
  house.pump();
  for (const char* name : {"a", "b", "c", "d", "e"}) house.end(std::string("look ") + name);
  REQUIRE(house.at_work == Names{"a/1.csv", "b/1.csv", "c/1.csv", "d/1.csv"});
  SECTION("after the job at work, if the inbox is dropped") {
    house.queue.drop(1);
    house.end("a/1.csv");
    CHECK(house.at_work == Names{"b/1.csv", "c/1.csv", "d/1.csv", "record a"});
    CHECK(house.dropped.empty());
    house.end("record a");
    CHECK(house.dropped == std::vector<std::uint64_t>{1});
  }
  SECTION("at once, if the inbox is dropped while it waits for its turn") {
    house.end("a/1.csv");
    REQUIRE(house.at_work == Names{"b/1.csv", "c/1.csv", "d/1.csv", "e/1.csv"});
    house.queue.drop(1);
    house.wait(1ms);
    CHECK(house.at_work == Names{"b/1.csv", "c/1.csv", "d/1.csv", "e/1.csv", "record a"});
    CHECK(house.dropped.empty());
    house.end("record a");
    CHECK(house.dropped == std::vector<std::uint64_t>{1});
  }
  SECTION("if the service stops") {
    house.end("a/1.csv");
    house.queue.stop();
    house.wait(1ms);
    CHECK(house.at_work == Names{"b/1.csv", "c/1.csv", "d/1.csv", "e/1.csv", "record a"});
    house.end("b/1.csv");
    CHECK(house.at_work == Names{"c/1.csv", "d/1.csv", "e/1.csv", "record a", "record b"});
    while (!house.at_work.empty()) house.end(house.at_work.front());
    CHECK(house.queue.idle());
  }
  SECTION("but not while the database is away") {
    house.end("a/1.csv");
    house.database_answers = false;
    while (house.at_work.size() > 1) house.end(house.at_work.front());
    REQUIRE(house.faults() == Names{"database.unavailable"});
    house.queue.stop();
    house.end(house.at_work.front());
    CHECK(house.at_work == none);
    CHECK(house.queue.idle());
  }
}

TEST_CASE("after an overflow every inbox is looked at, and other events concern theirs alone") {
  House house;
  for (const char* name : {"a", "b"}) house.add(name);
  house.work();
  house.queue.on_event({Event::overflow, 0, ""});
  house.wait(1ms);
  CHECK(house.at_work == Names{"look a", "look b"});
  house.work();
  house.queue.on_event({Event::appeared, 2, "x.dat"});
  house.queue.on_event({Event::appeared, 77, "x.dat"});
  house.wait(1ms);
  CHECK(house.at_work == Names{"look b"});
}

TEST_CASE("a report's time counts from the last change of its file") {
  House house;
  const auto b = house.add("b"), a = house.add("a");
  house.work();
  house.drop(b, "clients.csv");
  house.drop(a, "clients.csv");
  house.pump();
  house.end("look b");
  house.end("look a");
  house.wait(300ms);
  house.work();
  const Metrics metrics = house.metrics();
  REQUIRE(metrics.inboxes.size() == 2);
  CHECK(metrics.inboxes[0].inbox == "a");
  CHECK(metrics.inboxes[1].inbox == "b");
  CHECK(metrics.inboxes[1].tally.imported == 1);
  CHECK(metrics.database_up);
  CHECK(metrics.reports.up_to(Durations::bounds.size()) == 2);
  CHECK(metrics.reports.sum() > 0.6);
  CHECK(metrics.reports.sum() < 0.7);
}

TEST_CASE("a report that is still to be published has no time yet") {
  House house;
  const auto main = house.add("main");
  house.work();
  house.report_error = "permission denied";
  house.drop(main, "clients.csv");
  house.work();
  CHECK(house.imported_files.size() == 1);
  CHECK(house.metrics().reports.up_to(Durations::bounds.size()) == 0);
}

TEST_CASE("one recovery tells for all inboxes that no report is to be published") {
  House house;
  for (int i = 0; i < 20; ++i) house.add("inbox" + std::to_string(i));
  house.recoveries = 0;
  house.work();
  CHECK(house.recoveries < 20);
  CHECK(house.recoveries > 0);
  house.recoveries = 0;
  for (int second = 0; second < 600; ++second) {
    house.clock += 1s;
    house.work();
  }
  CHECK(house.recoveries >= 10);
  CHECK(house.recoveries <= 100);  // in ten minutes; each inbox was looked at ten times
}

TEST_CASE("idle inboxes that are looked at in the same second share a wake-up") {
  House house;
  for (int i = 0; i < 300; ++i) house.add("inbox" + std::to_string(i));
  house.work();
  const Moment end = house.clock + 10min;
  int timers = 0;
  for (; house.clock < end; ++timers) {
    house.clock = house.queue.next_pump();
    house.pump();
    while (!house.at_work.empty()) house.end(house.at_work.front());
  }
  CHECK(timers <= 601);
}

TEST_CASE("an inbox knows of the imports of all others") {
  House house;
  const auto main = house.add("main"), other = house.add("other");
  house.work();
  for (const char* file : {"a.csv", "b.csv", "c.csv"}) house.drop(main, file);
  house.work();
  house.queue.on_event({Event::appeared, other, "x.dat"});
  house.work();
  house.drop(other, "clients.csv");
  house.work();
  CHECK(house.imported_files.back() == "other/clients.csv");
  CHECK(house.arrived_after == 3);
}

TEST_CASE("the inboxes tell what waits by name, and when the database is tried again") {
  House house;
  const auto west = house.add("west");
  house.add("east");
  house.pump();
  house.work();
  house.database_writes = false;
  house.drop(west, "clients.csv");
  house.wait(1ms);
  house.end("look west");
  house.end("west/clients.csv");
  const auto told = [&](const StatusFilter& filter) {
    return house.queue.inboxes({house.clock, std::chrono::system_clock::time_point(1795428900s)}, filter);
  };
  const std::vector<InboxStatus> all = told({});
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "east");
  CHECK(all[0].files.empty());
  REQUIRE(all[1].files.size() == 1);
  CHECK(all[1].files[0].reason == "database");
  CHECK_FALSE(all[1].files[0].next.empty());
  CHECK(told({.inbox = "west", .file = "clients.csv"}) == std::vector{all[1]});
  CHECK(told({.inbox = "west", .file = "other.csv"}).front().files.empty());
  CHECK(told({.inbox = "south"}).empty());
}
