#include "daemon/service/inbox_roots.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/by_hand.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

using Event = WatchEvent::Kind;
using Names = std::vector<std::string>;

/// Two roots on disk, whose looks and clock are in the test's hands. They are polled.
struct Office {
  explicit Office(std::vector<InboxConfig> inboxes = {}) : config(config_of(std::move(inboxes))) {}

  Config config_of(std::vector<InboxConfig> inboxes) const {
    Config made;
    made.inboxes = std::move(inboxes);
    made.roots = {first, second};
    return made;
  }
  void tell(std::size_t root, Event kind = Event::appeared) {
    roots.on_event({kind, config.inboxes.size() + root, "x"});
  }

  /// Starts the looks that are due; they are at work until the test ends them.
  void pump() { roots.pump(clock); }
  void end_look(std::size_t which = 0) {
    workers.run(which);
    home.run_all();
    pump();
  }
  [[nodiscard]] std::size_t looks() const { return workers.waiting(); }
  /// All looks that are due.
  void look() {
    for (pump(); looks() > 0;) end_look();
  }
  void wait(std::chrono::milliseconds time) { clock += time; }
  void wait_and_look(std::chrono::milliseconds time) {
    wait(time);
    look();
  }

  /// The inboxes that there are, by name.
  [[nodiscard]] Names inboxes() const {
    Metrics metrics;
    queue.add_metrics(metrics, clock);
    Names names;
    for (const InboxMetrics& inbox : metrics.inboxes) names.push_back(inbox.inbox);
    return names;
  }
  /// What other threads are told, with "..." at the end if there may be more.
  [[nodiscard]] Names known() const {
    const KnownInboxes known = roots.known();
    Names names;
    for (const InboxConfig& inbox : known.inboxes) names.push_back(inbox.rules.firm + " in " + inbox.path.string());
    if (!known.complete) names.emplace_back("...");
    return names;
  }
  /// Where the inbox of that name is, from its first job.
  fs::path path_of(const std::string& name) {
    for (queue.pump(clock); jobs.waiting() > 0; queue.pump(clock)) jobs.run_all();
    return paths[name];
  }
  [[nodiscard]] Names faults() const {
    Names events;
    for (const Fault& fault : roots.faults(clock)) events.push_back(fault.event);
    return events;
  }

  const CapturedLog log;
  Sandbox sandbox;
  const fs::path first = sandbox.inbox(), second = sandbox.elsewhere();
  const Config config;
  Moment clock = Moment{} + 1h;
  int finished = 0;
  std::vector<std::uint64_t> dropped;
  std::map<std::string, fs::path> paths;
  Folder folder;
  ByHand workers, jobs, home;
  JobQueue queue{{.workers = jobs.executor(),
                  .home = jobs.executor(),
                  .perform =
                      [this](const Job& job) {
                        paths[job.config->name] = job.config->path;
                        return std::holds_alternative<LookJob>(job.task) ? seen(job, folder) : done(job);
                      },
                  .finished = [] {},
                  .replace = [](unsigned) {},
                  .dropped = [this](std::uint64_t inbox) { dropped.push_back(inbox); }},
                 0};
  InboxRoots roots{config, queue, nullptr, {.workers = workers.executor(), .home = home.executor(), .finished = [this] {
                                              ++finished;
                                            }}};
};

const Names none;

}  // namespace

TEST_CASE("each folder in a root is an inbox of its own firm, as folders come and go") {
  Office office;
  fs::create_directory(office.first / "norte");
  fs::create_directory(office.second / "sul");
  CHECK(office.roots.next_pump() <= office.clock);
  CHECK(office.inboxes() == none);
  office.look();
  CHECK(office.inboxes() == Names{"norte", "sul"});
  CHECK(office.path_of("norte") == office.first / "norte");
  CHECK(office.finished == 2);

  fs::create_directory(office.first / "leste");
  fs::remove(office.second / "sul");
  CHECK(office.roots.next_pump() == office.clock + 2s);
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"leste", "norte"});
  CHECK(office.dropped.size() == 1);
  CHECK(office.log.lines("inbox.gone", "sul") == 1);
  CHECK(office.faults() == none);

  fs::create_directory(office.second / "sul");
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"leste", "norte", "sul"});
}

TEST_CASE("other threads are told of the inboxes that there are") {
  InboxConfig named;
  named.name = named.rules.firm = "centro";
  named.path = "/somewhere";
  Office office({named});
  CHECK(office.known() == Names{"centro in /somewhere", "..."});
  fs::create_directory(office.first / "sul");
  fs::create_directory(office.first / "norte");
  fs::create_directory(office.second / "leste");
  office.pump();
  office.end_look();
  const Names of_first{"norte in " + (office.first / "norte").string(), "sul in " + (office.first / "sul").string()};
  CHECK(office.known() == Names{"centro in /somewhere", of_first[0], of_first[1], "..."});
  office.look();
  CHECK(office.known() ==
        Names{"centro in /somewhere", of_first[0], of_first[1], "leste in " + (office.second / "leste").string()});
  fs::remove(office.first / "sul");
  fs::remove_all(office.second);
  office.wait_and_look(2s);
  CHECK(office.known() == Names{"centro in /somewhere", of_first[0], "leste in " + (office.second / "leste").string()});
}

TEST_CASE("a folder that was renamed is another inbox") {
  Office office;
  fs::create_directory(office.first / "norte");
  office.look();
  fs::rename(office.first / "norte", office.first / "sul");
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"sul"});
  CHECK(office.dropped.size() == 1);
}

TEST_CASE("configured inboxes are there from the beginning, and a root does not make them twice") {
  const Sandbox sandbox;
  InboxConfig main;
  main.name = "main";
  main.path = sandbox.inbox();
  Office office({main});
  fs::create_directory(office.first / "main");
  CHECK(office.inboxes() == Names{"main"});
  office.look();
  CHECK(office.inboxes() == Names{"main"});
  CHECK(office.path_of("main") == sandbox.inbox());
  CHECK(office.log.lines("inbox.not_taken", (office.first / "main").string()) == 1);
}

TEST_CASE("a folder that is no inbox is told once for as long as it is there") {
  Office office;
  fs::create_directory(office.first / "not a name");
  office.look();
  office.wait_and_look(2s);
  CHECK(office.log.lines("inbox.not_taken", "not a name") == 1);
  fs::remove(office.first / "not a name");
  office.wait_and_look(2s);
  fs::create_directory(office.first / "not a name");
  office.wait_and_look(2s);
  CHECK(office.log.lines("inbox.not_taken", "not a name") == 2);
  CHECK(office.inboxes() == none);
}

TEST_CASE("of two folders of one name the one in the root that is configured first is the inbox") {
  Office office;
  fs::create_directory(office.first / "norte");
  fs::create_directory(office.second / "norte");
  fs::create_directory(office.second / "sul");
  office.pump();
  REQUIRE(office.looks() == 2);
  SECTION("if its look ends first") {
    office.end_look();
    office.end_look();
  }
  SECTION("if its look ends last") {
    office.end_look(1);
    CHECK(office.inboxes() == none);
    office.end_look();
  }
  CHECK(office.inboxes() == Names{"norte", "sul"});
  CHECK(office.path_of("norte") == office.first / "norte");
  CHECK(office.roots.next_pump() < office.clock + 1s);  // why the other one is none is told soon
  office.wait_and_look(2s);
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"norte", "sul"});
  CHECK(office.log.lines("inbox.not_taken", (office.second / "norte").string()) == 1);
}

TEST_CASE("the folders of a root are inboxes all the same if a root before it does not answer for ten seconds") {
  Office office;
  fs::create_directory(office.first / "norte");
  fs::create_directory(office.second / "norte");
  fs::create_directory(office.second / "sul");
  office.pump();
  office.end_look(1);
  CHECK(office.roots.next_pump() == office.clock + 10s);
  office.wait(9999ms);
  office.pump();
  CHECK(office.inboxes() == none);
  CHECK(office.faults() == none);
  office.wait(1ms);
  office.pump();
  CHECK(office.inboxes() == Names{"norte", "sul"});
  CHECK(office.path_of("norte") == office.second / "norte");
  CHECK(office.faults().front() == "root.stalled");
  CHECK(office.log.lines("root.stalled", office.first.string()) == 1);
  CHECK_FALSE(office.roots.idle());

  office.wait(20s);
  office.look();
  CHECK(office.faults() == none);
  CHECK(office.log.lines("root.answers", office.first.string()) == 1);
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"norte", "sul"});
  CHECK(office.path_of("norte") == office.second / "norte");
  CHECK(office.log.lines("inbox.not_taken", (office.first / "norte").string()) == 1);
}

TEST_CASE("a root whose look waits for that of another one does not count as stalled") {
  Office office;
  office.pump();
  office.end_look(1);
  office.wait(10s);
  office.pump();
  CHECK(office.faults() == Names{"root.stalled"});
  CHECK(office.log.lines("root.stalled") == 1);
  CHECK(office.log.lines("root.answers") == 0);
}

TEST_CASE("the inboxes of a root that is away stay, and it is told once and looked for with growing delays") {
  Office office;
  fs::create_directory(office.first / "norte");
  office.look();
  const fs::path away = office.sandbox.inbox().parent_path() / "away";
  fs::rename(office.first, away);
  fs::create_directory(office.second / "norte");
  office.wait(2s);
  const Moment lost = office.clock;
  for (const auto longest : {250ms, 500ms, 1000ms}) {
    office.look();
    CHECK(office.roots.next_pump() - office.clock <= longest);
    office.tell(1);
    CHECK(office.roots.next_pump() - office.clock >= longest / 2);
    office.clock = office.roots.next_pump();
  }
  CHECK(office.inboxes() == Names{"norte"});
  CHECK(office.path_of("norte") == office.first / "norte");
  CHECK(office.faults() == Names{"root.unavailable"});
  const Fault fault = office.roots.faults(office.clock).front();
  CHECK(fault.why.find("No such file or directory") != std::string::npos);
  CHECK(fault.lasts == std::chrono::duration_cast<std::chrono::milliseconds>(office.clock - lost));
  CHECK(office.log.lines("root.unavailable") == 1);

  fs::rename(away, office.first);
  office.wait_and_look(2s);
  CHECK(office.faults() == none);
  CHECK(office.log.lines("root.back") == 1);
  CHECK(office.inboxes() == Names{"norte"});
  CHECK(office.dropped.empty());
}

TEST_CASE("a name stays with the root that had it first, even if its folder is gone") {
  // An unmounted root looks like an empty one.
  Office office;
  fs::create_directory(office.first / "norte");
  office.look();
  fs::remove(office.first / "norte");
  fs::create_directory(office.second / "norte");
  office.wait_and_look(2s);
  office.wait_and_look(2s);
  CHECK(office.inboxes() == none);
  CHECK(office.log.lines("inbox.not_taken", (office.second / "norte").string()) == 1);
  fs::create_directory(office.first / "norte");
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"norte"});
  CHECK(office.path_of("norte") == office.first / "norte");
}

TEST_CASE("a missing root stops nobody") {
  Office office;
  fs::remove(office.first);
  fs::create_directory(office.second / "sul");
  office.look();
  CHECK(office.inboxes() == Names{"sul"});
  CHECK(office.faults() == Names{"root.unavailable"});
  fs::create_directories(office.first / "norte");
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"norte", "sul"});
  CHECK(office.faults() == none);
}

TEST_CASE("a root that was replaced by another directory is told, and that one's folders are the inboxes") {
  Office office;
  fs::create_directory(office.first / "norte");
  office.look();
  fs::remove_all(office.first);
  fs::create_directories(office.first / "leste");
  office.wait_and_look(2s);
  CHECK(office.inboxes() == Names{"leste"});
  CHECK(office.log.lines("root.replaced", office.first.string()) == 1);
}

TEST_CASE("an event leads to a look, one that comes while the root is looked at to another one") {
  Office office;
  office.look();
  office.finished = 0;
  office.wait(1s);
  office.tell(1);
  CHECK(office.roots.next_pump() <= office.clock);
  office.pump();
  CHECK(office.looks() == 1);
  fs::create_directory(office.first / "norte");
  office.tell(1);
  office.end_look();
  CHECK(office.roots.next_pump() <= office.clock + 2s);
  office.wait_and_look(100ms);
  CHECK(office.finished == 2);
  CHECK(office.inboxes() == Names{"norte"});
}

TEST_CASE("after an overflow all roots are looked at, and the inboxes still have to be told") {
  Office office;
  office.look();
  office.wait(1s);
  CHECK_FALSE(office.roots.on_event({Event::overflow, 0, ""}));
  office.pump();
  CHECK(office.looks() == 2);
  CHECK(office.roots.on_event({Event::appeared, 2, "x"}));
  CHECK_FALSE(office.roots.on_event({Event::appeared, 3, "x"}));
}

TEST_CASE("a service that stops looks at no root any more and waits for the looks at work") {
  Office office;
  office.pump();
  office.end_look();
  office.roots.stop();
  office.tell(1);
  office.wait(1h);
  office.pump();
  CHECK(office.looks() == 1);
  CHECK(office.roots.next_pump() == Moment::max());
  CHECK_FALSE(office.roots.idle());
  office.end_look();
  CHECK(office.roots.idle());
  CHECK(office.looks() == 0);
}
