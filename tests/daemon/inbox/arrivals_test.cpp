#include "daemon/inbox/arrivals.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "tests/support/catch.hpp"

using namespace clientsync;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

Stamp stamp(std::uint64_t inode, std::uint64_t size = 10, std::int64_t mtime = 100) {
  return {.device = 1, .inode = inode, .size = size, .mtime = mtime};
}

Entry file(std::string name, const Stamp& stamp) {
  return {.name = std::move(name), .type = FileType::regular, .links = 1, .stamp = stamp};
}

const Hints quiet;
Hints told(const std::string& name, Hints::Sign sign) {
  return {.signs = {{name, sign}}, .removed = {}};
}
Hints written(const std::string& name) {
  return told(name, Hints::Sign::written);
}
Hints renamed_in(const std::string& name) {
  return told(name, Hints::Sign::renamed_in);
}
Hints open(const std::string& name) {
  return told(name, Hints::Sign::open);
}
Hints closed(const std::string& name) {
  return told(name, Hints::Sign::closed);
}

/// An inbox whose clock stands until the test moves it.
struct Inbox {
  explicit Inbox(Patience patience = {}) : arrivals({"*.csv"}, patience) {}

  void scan(const std::vector<Entry>& listing, const Hints& hints = quiet) { arrivals.observe(listing, hints, clock); }
  void look(const Names& names, const std::vector<Entry>& found, const Hints& hints = quiet) {
    arrivals.observe_names(names, found, hints, clock);
  }
  void wait(std::chrono::milliseconds time) { clock += time; }
  std::vector<Ready> ready(std::size_t most = 1000) { return arrivals.ready(clock, most); }
  Names ready_names() {
    Names names;
    for (const Ready& one : ready()) names.push_back(one.name);
    return names;
  }
  /// The one file that must be ready now.
  Ready take() {
    const auto all = ready();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  /// Lets the one file of the listing settle and be done.
  void settle_and_finish(const Entry& entry) {
    scan({entry});
    wait(1s);
    const Ready taken = take();
    arrivals.done(taken.name, taken.stamp);
  }

  Arrivals arrivals;
  Moment clock{};
};

}  // namespace

TEST_CASE("a file is complete when it has not changed for the settle time") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1, 5))});
  inbox.wait(999ms);
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.next(inbox.clock) == inbox.clock + 1ms);
  for (const Stamp& change : {stamp(1, 6), stamp(1, 6, 101), stamp(2, 6, 101)}) {
    inbox.scan({file("a.csv", change)});
    inbox.wait(999ms);
    CHECK(inbox.ready().empty());
  }
  inbox.wait(1ms);
  const Ready taken = inbox.take();
  CHECK(taken.name == "a.csv");
  CHECK(taken.stamp == stamp(2, 6, 101));
  CHECK_FALSE(taken.patient);
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.next(inbox.clock) == std::nullopt);
  CHECK(inbox.arrivals.waiting() == 1);
  inbox.arrivals.done("a.csv", taken.stamp);
  CHECK(inbox.arrivals.waiting() == 0);
}

TEST_CASE("a file that could not be examined for a while has not newly arrived, and is looked for again") {
  Inbox inbox;
  const Entry unseen{.name = "a.csv", .type = FileType::other, .links = 1, .stamp = {}};
  inbox.scan({unseen});
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.waiting() == 1);
  CHECK(inbox.arrivals.next(inbox.clock).has_value());
  inbox.wait(1000ms);
  CHECK(inbox.ready().empty());
  inbox.scan({file("a.csv", stamp(1))});
  inbox.wait(1000ms);
  CHECK_FALSE(inbox.take().anew);
}

TEST_CASE("a file renamed into the inbox is complete at once, until it changes") {
  Inbox inbox;
  inbox.scan({});
  inbox.scan({file("a.csv", stamp(1))}, renamed_in("a.csv"));
  const Ready ready = inbox.take();
  CHECK(ready.patient);
  CHECK(ready.anew);

  inbox.scan({file("b.csv", stamp(3))}, renamed_in("b.csv"));
  inbox.scan({file("b.csv", stamp(3, 20))});
  CHECK(inbox.ready().empty());
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"b.csv"});
}

TEST_CASE("the hint of a rename may come after a scan has found the file") {
  Inbox inbox;
  inbox.scan({});
  inbox.scan({file("a.csv", stamp(1))});
  CHECK(inbox.ready().empty());
  inbox.scan({file("a.csv", stamp(1))}, renamed_in("a.csv"));
  CHECK(inbox.take().patient);
}

TEST_CASE("an empty file is given time to grow") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1, 0))});
  inbox.wait(29'999ms);
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.next(inbox.clock) == inbox.clock + 1ms);
  inbox.wait(1ms);
  CHECK(inbox.take().patient);

  inbox.scan({file("b.csv", stamp(2, 0))}, renamed_in("b.csv"));  // its writer may be about to write it anew
  inbox.wait(29'999ms);
  CHECK(inbox.ready().empty());
  inbox.wait(1ms);
  CHECK(inbox.take().patient);
}

TEST_CASE("a file that its writer has open waits for the close, or for half a minute without a change") {
  Inbox inbox;
  inbox.scan({});
  inbox.scan({file("a.csv", stamp(1, 20))}, open("a.csv"));
  inbox.wait(3s);
  inbox.scan({file("a.csv", stamp(1, 20))});
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.next(inbox.clock) == inbox.clock + 27s);

  SECTION("closed") {
    inbox.scan({file("a.csv", stamp(1, 60))}, closed("a.csv"));
    CHECK(inbox.ready().empty());
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
  SECTION("closed without a further change") {
    inbox.scan({file("a.csv", stamp(1, 20))}, closed("a.csv"));
    CHECK(inbox.take().anew);
  }
  SECTION("never closed") {
    inbox.scan({file("a.csv", stamp(1, 40))});
    inbox.wait(29'999ms);
    CHECK(inbox.ready().empty());
    inbox.wait(1ms);
    CHECK(inbox.take().anew);
  }
  SECTION("replaced by a complete file") {
    inbox.scan({file("a.csv", stamp(2, 20))}, renamed_in("a.csv"));
    CHECK(inbox.take().patient);
  }
  SECTION("polled since then, so that no close is told") {
    inbox.arrivals.set_polling(true);
    for (int poll = 0; poll < 2; ++poll) inbox.scan({file("a.csv", stamp(1, 20))});
    CHECK(inbox.take().anew);
  }
}

TEST_CASE("a file that was opened for writing and closed without a write is not a new drop") {
  Inbox inbox;
  const Entry a = file("a.csv", stamp(1));
  SECTION("there at the start") {
    inbox.scan({a});
    inbox.scan({a}, closed("a.csv"));
    inbox.wait(1s);
    CHECK_FALSE(inbox.take().anew);
    inbox.arrivals.done("a.csv", a.stamp);
  }
  SECTION("seen to arrive") {
    inbox.scan({});
    inbox.scan({a}, written("a.csv"));
    inbox.wait(1s);
    inbox.take();
    inbox.scan({a}, closed("a.csv"));
    inbox.arrivals.done("a.csv", a.stamp);
  }
  inbox.scan({a}, closed("a.csv"));
  inbox.wait(1h);
  CHECK(inbox.ready().empty());
  inbox.scan({a}, open("a.csv"));
  CHECK(inbox.ready().empty());
  inbox.scan({a}, closed("a.csv"));
  inbox.wait(1s);
  CHECK(inbox.take().anew);
}

TEST_CASE("what may be cut off settles five times as long") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1))});
  inbox.wait(1s);
  REQUIRE_FALSE(inbox.take().patient);
  inbox.arrivals.needs_patience("a.csv");
  inbox.wait(3999ms);
  CHECK(inbox.ready().empty());
  inbox.wait(1ms);
  CHECK(inbox.take().patient);

  inbox.arrivals.needs_patience("a.csv");
  inbox.scan({file("a.csv", stamp(1, 11))});
  inbox.wait(1s);
  CHECK_FALSE(inbox.take().patient);  // it grew: the last record may be whole now
}

TEST_CASE("in polling, two equal polls are required as well") {
  Inbox inbox({.polling = true});
  inbox.scan({file("a.csv", stamp(1))});
  inbox.wait(10s);
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.next(inbox.clock) == std::nullopt);
  inbox.scan({file("a.csv", stamp(1))});
  CHECK(inbox.ready().empty());
  inbox.scan({file("a.csv", stamp(1, 11))});
  inbox.wait(10s);
  inbox.scan({file("a.csv", stamp(1, 11))});
  CHECK(inbox.ready().empty());
  inbox.scan({file("a.csv", stamp(1, 11))});
  CHECK(inbox.ready_names() == Names{"a.csv"});

  inbox.arrivals.done("a.csv", stamp(1, 11));
  inbox.arrivals.set_polling(false);
  inbox.scan({file("b.csv", stamp(2))});
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"b.csv"});
}

TEST_CASE("a file that changed while it was read is settling again") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1))}, renamed_in("a.csv"));
  REQUIRE(inbox.ready().size() == 1);
  inbox.arrivals.settling("a.csv", inbox.clock);
  CHECK(inbox.ready().empty());
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"a.csv"});
}

TEST_CASE("files are taken in the order in which they were seen, those of one scan by mtime and name") {
  Inbox inbox;
  inbox.scan({file("late.csv", stamp(1, 10, 300)), file("b.csv", stamp(2, 10, 200)), file("a.csv", stamp(3, 10, 200))});
  inbox.wait(1ms);
  const std::vector<Entry> all = {file("late.csv", stamp(1, 10, 300)), file("b.csv", stamp(2, 10, 200)),
                                  file("a.csv", stamp(3, 10, 200)), file("old.csv", stamp(4, 10, 1))};
  inbox.scan(all);
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"a.csv", "b.csv", "late.csv", "old.csv"});
}

TEST_CASE("a file that grows keeps its turn, one that is replaced or dropped again goes to the end") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2)), file("c.csv", stamp(3))});
  inbox.scan({file("a.csv", stamp(1, 11)), file("b.csv", stamp(9)), file("c.csv", stamp(3))});
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"a.csv", "c.csv", "b.csv"});
}

TEST_CASE("no more files are ready than are asked for, and the others keep their turn") {
  Inbox inbox;
  inbox.scan({file("c.csv", stamp(1)), file("a.csv", stamp(2)), file("b.csv", stamp(3))});
  inbox.wait(1s);
  CHECK(inbox.ready(2).size() == 2);
  CHECK(inbox.arrivals.next(inbox.clock) == inbox.clock);
  CHECK(inbox.arrivals.waiting() == 3);
  CHECK(inbox.ready_names() == Names{"c.csv"});
  CHECK_FALSE(inbox.arrivals.next(inbox.clock));
}

TEST_CASE("a file that is complete earlier is taken first, though it was seen later") {
  Inbox inbox;
  inbox.scan({file("copied.csv", stamp(1))});
  inbox.wait(10ms);
  inbox.scan({file("copied.csv", stamp(1)), file("moved.csv", stamp(2))}, renamed_in("moved.csv"));
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"moved.csv", "copied.csv"});
}

TEST_CASE("a look at some names concerns these alone") {
  Inbox inbox;
  const Entry a = file("a.csv", stamp(1)), b = file("b.csv", stamp(2)), c = file("c.csv", stamp(3));
  inbox.scan({a, b});
  inbox.look({"c.csv"}, {c}, renamed_in("c.csv"));
  CHECK(inbox.take().name == "c.csv");
  inbox.arrivals.done("c.csv", c.stamp);
  inbox.wait(1s);
  SECTION("one that is gone is forgotten, and the others stay") {
    inbox.look({"a.csv"}, {});
    CHECK(inbox.arrivals.waiting() == 1);
    CHECK(inbox.take().name == "b.csv");
  }
  SECTION("one that has changed settles again, and the others do not") {
    inbox.look({"a.csv", "none.csv"}, {file("a.csv", stamp(1, 11))});
    CHECK(inbox.take().name == "b.csv");
    CHECK(inbox.arrivals.next(inbox.clock) == inbox.clock + 1s);
  }
  SECTION("one that is done is done unless it changes") {
    inbox.look({"c.csv"}, {c});
    CHECK(inbox.ready_names() == Names{"a.csv", "b.csv"});
    inbox.look({"c.csv"}, {file("c.csv", stamp(4))});
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
  SECTION("one that goes while it is handed out is forgotten once its fate is told") {
    CHECK(inbox.ready_names() == Names{"a.csv", "b.csv"});
    inbox.look({"a.csv"}, {});
    inbox.arrivals.done("a.csv", a.stamp);
    CHECK(inbox.arrivals.waiting() == 1);
    CHECK(inbox.ready().empty());
  }
  SECTION("one that is a folder now is forgotten") {
    Entry folder = a;
    folder.type = FileType::directory;
    inbox.look({"a.csv"}, {folder});
    CHECK(inbox.ready_names() == Names{"b.csv"});
  }
  SECTION("one that has a second link for a while is not removed") {
    Entry linked = a;
    linked.links = 2;
    inbox.look({"a.csv"}, {linked});
    CHECK(inbox.ready_names() == Names{"b.csv"});
    inbox.wait(1s);
    CHECK(inbox.arrivals.due(inbox.clock, 10) == Names{"a.csv"});
    inbox.look({"a.csv"}, {a});
    inbox.wait(1s);
    CHECK_FALSE(inbox.take().anew);
  }
}

TEST_CASE("a file that waits for a fault of its own does not hold up the others") {
  Inbox inbox;
  const std::vector<Entry> both = {file("a.csv", stamp(1)), file("b.csv", stamp(2))};
  inbox.scan(both);
  inbox.wait(1s);
  REQUIRE(inbox.ready_names() == Names{"a.csv", "b.csv"});
  inbox.arrivals.retry("a.csv", inbox.clock + 10s);
  inbox.arrivals.retry("b.csv", inbox.clock);
  CHECK(inbox.ready_names() == Names{"b.csv"});
  CHECK(inbox.arrivals.next(inbox.clock) == inbox.clock + 10s);
  inbox.wait(10s);
  CHECK(inbox.ready_names() == Names{"a.csv"});
  inbox.arrivals.retry("a.csv", inbox.clock + 60s);
  inbox.scan({file("a.csv", stamp(1, 11)), file("b.csv", stamp(2))});
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"a.csv"});  // other bytes, another try
}

TEST_CASE("what was there at the start is not anew, what is seen to arrive is") {
  Inbox inbox;
  inbox.settle_and_finish(file("a.csv", stamp(1)));

  SECTION("left alone") {
    inbox.scan({file("a.csv", stamp(1))});
    inbox.wait(1h);
    CHECK(inbox.ready().empty());
  }
  SECTION("removed, and put back with the same inode and time") {
    inbox.scan({});
    CHECK(inbox.arrivals.waiting() == 0);
    inbox.scan({file("a.csv", stamp(1))});
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
  SECTION("removed and put back between two scans") {
    inbox.scan({file("a.csv", stamp(1))}, {.signs = {}, .removed = {"a.csv"}});
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
  SECTION("replaced by another inode") {
    inbox.scan({file("a.csv", stamp(2))});
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
  SECTION("written and closed again with the same bytes and time") {
    inbox.scan({file("a.csv", stamp(1))}, written("a.csv"));
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
  SECTION("renamed over, with the same look") {
    inbox.scan({file("a.csv", stamp(1))}, renamed_in("a.csv"));
    CHECK(inbox.take().anew);
  }
  SECTION("another size or time, of which nothing more is known") {
    inbox.scan({file("a.csv", stamp(1, 11))});
    inbox.wait(1s);
    CHECK_FALSE(inbox.take().anew);
  }
  SECTION("a new name") {
    inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2))});
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
}

TEST_CASE("what is seen to arrive is anew even after it has grown") {
  Inbox inbox;
  inbox.scan({});
  inbox.scan({file("a.csv", stamp(1))});
  inbox.scan({file("a.csv", stamp(1, 11))});
  inbox.wait(1s);
  CHECK(inbox.take().anew);
}

TEST_CASE("what was there at the start is not anew unless it is written meanwhile") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2)), file("c.csv", stamp(3))}, written("b.csv"));
  inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2)), file("c.csv", stamp(3))}, written("c.csv"));
  inbox.wait(1s);
  const auto ready = inbox.ready();
  REQUIRE(ready.size() == 3);
  CHECK_FALSE(ready[0].anew);
  CHECK(ready[1].anew);
  CHECK(ready[2].anew);
}

TEST_CASE("the one hint of a file's arrival does not make it two") {
  Inbox inbox;
  inbox.scan({});
  const std::vector<Entry> a = {file("a.csv", stamp(1))};

  SECTION("closed before it settled") {
    inbox.scan(a);
    inbox.scan(a, written("a.csv"));
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
  SECTION("closed after the settle time") {
    inbox.scan(a);
    inbox.wait(1s);
    CHECK(inbox.take().anew);
    inbox.scan(a, written("a.csv"));
  }
  inbox.arrivals.done("a.csv", stamp(1));
  inbox.scan(a);
  inbox.wait(1h);
  CHECK(inbox.ready().empty());
  inbox.scan(a, written("a.csv"));
  inbox.wait(1s);
  CHECK(inbox.take().anew);  // the next one is another writing
}

TEST_CASE("after a time that is set once the file is closed, the next hint is another writing") {
  Inbox inbox;
  inbox.scan({});
  inbox.scan({file("a.csv", stamp(1, 10, 200))}, written("a.csv"));
  inbox.settle_and_finish(file("a.csv", stamp(1, 10, 100)));
  inbox.scan({file("a.csv", stamp(1, 10, 100))}, written("a.csv"));
  inbox.wait(1s);
  CHECK(inbox.take().anew);
}

TEST_CASE("the hint of what was put back may come after a scan has found it there") {
  Inbox inbox;
  const Entry a = file("a.csv", stamp(1));
  inbox.settle_and_finish(a);
  inbox.scan({a}, {.signs = {}, .removed = {"a.csv"}});
  inbox.wait(1s);
  CHECK(inbox.take().anew);
  const bool in_hand = GENERATE(true, false);
  if (!in_hand) inbox.arrivals.done("a.csv", a.stamp);
  inbox.scan({a}, written("a.csv"));
  if (in_hand) inbox.arrivals.done("a.csv", a.stamp);
  inbox.wait(1h);
  CHECK(inbox.ready().empty());
}

TEST_CASE("what happens to a file while it is handed out is not lost") {
  const bool imported = GENERATE(true, false);
  Inbox inbox;
  const std::vector<Entry> a = {file("a.csv", stamp(1))};
  inbox.scan(a);
  inbox.wait(1s);
  REQUIRE_FALSE(inbox.take().anew);
  bool anew = true;

  SECTION("written again with the same bytes and time") {
    inbox.scan(a, written("a.csv"));
  }
  SECTION("replaced") {
    inbox.scan({file("a.csv", stamp(2))}, renamed_in("a.csv"));
  }
  SECTION("removed and put back, seen by two scans") {
    inbox.scan({});
    inbox.scan(a);
  }
  SECTION("changed") {
    inbox.scan({file("a.csv", stamp(1, 11))});
    anew = false;
  }
  CHECK(inbox.ready().empty());
  inbox.wait(1s);
  CHECK(inbox.ready().empty());  // not before the fate of the first is known
  imported ? inbox.arrivals.done("a.csv", stamp(1)) : inbox.arrivals.retry("a.csv", inbox.clock + 1h);
  CHECK(inbox.take().anew == anew);
}

TEST_CASE("a drop that follows one that was taken back is imported once") {
  Inbox inbox;
  inbox.settle_and_finish(file("a.csv", stamp(1)));
  inbox.scan({file("a.csv", stamp(2))}, renamed_in("a.csv"));
  REQUIRE(inbox.take().anew);
  inbox.scan({file("a.csv", stamp(3))}, renamed_in("a.csv"));
  SECTION("since another daemon was first") {
    inbox.arrivals.settling("a.csv", inbox.clock);
  }
  SECTION("since another daemon has it in hand") {
    inbox.arrivals.retry("a.csv", inbox.clock);
  }
  SECTION("since it may be cut off") {
    inbox.arrivals.needs_patience("a.csv");
  }
  const Ready taken = inbox.take();
  CHECK(taken.anew);
  inbox.arrivals.done("a.csv", taken.stamp, 7);
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.waiting() == 0);
}

TEST_CASE("the oldest file that waits is the one that has not changed for the longest") {
  Inbox inbox;
  CHECK(inbox.arrivals.oldest_waiting() == std::nullopt);
  const Moment first = inbox.clock;
  inbox.scan({file("a.csv", stamp(1))});
  inbox.wait(900ms);
  const Moment second = inbox.clock;
  inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2))});
  CHECK(inbox.arrivals.oldest_waiting() == first);
  inbox.wait(100ms);
  CHECK(inbox.take().since == first);
  CHECK(inbox.arrivals.oldest_waiting() == first);  // in hand
  inbox.arrivals.done("a.csv", stamp(1));
  CHECK(inbox.arrivals.oldest_waiting() == second);
  inbox.scan({file("a.csv", stamp(1))});
  CHECK(inbox.arrivals.oldest_waiting() == std::nullopt);
}

TEST_CASE("a file that goes away while it is handed out is forgotten") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1))});
  inbox.wait(1s);
  REQUIRE(inbox.ready().size() == 1);
  inbox.scan({});
  inbox.arrivals.done("a.csv", stamp(1));
  CHECK(inbox.ready().empty());
  CHECK(inbox.arrivals.waiting() == 0);
  inbox.scan({});
  CHECK(inbox.arrivals.waiting() == 0);
}

TEST_CASE("a file that was gone when it was to be read, and is back when the next scan comes, is taken") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1))});
  inbox.wait(1s);
  REQUIRE(inbox.ready().size() == 1);
  inbox.arrivals.withdrawn("a.csv");
  inbox.wait(1h);
  CHECK(inbox.ready().empty());
  SECTION("it is") {
    inbox.scan({file("a.csv", stamp(1))});
    CHECK(inbox.ready_names() == Names{"a.csv"});
  }
  SECTION("it is not") {
    inbox.scan({});
    CHECK(inbox.arrivals.waiting() == 0);
  }
}

TEST_CASE("a file that was read with another stamp than was seen is seen again first") {
  Inbox inbox;
  inbox.scan({file("a.csv", stamp(1))});
  inbox.wait(1s);
  REQUIRE(inbox.ready().size() == 1);
  inbox.arrivals.done("a.csv", stamp(1, 11));
  CHECK(inbox.ready().empty());
  inbox.scan({file("a.csv", stamp(1, 11))});
  CHECK(inbox.ready().empty());
  inbox.wait(1s);
  CHECK(inbox.take().stamp == stamp(1, 11));
}

TEST_CASE("a directory that is missing or was mounted anew removes no name") {
  Inbox inbox;
  inbox.settle_and_finish(file("a.csv", stamp(1)));
  inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2))});
  inbox.arrivals.forget_directory();
  inbox.wait(1h);
  CHECK(inbox.ready().empty());  // it is not known what is there
  CHECK(inbox.arrivals.next(inbox.clock) == std::nullopt);

  SECTION("it comes back as it was") {
    inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2))});
    CHECK(inbox.ready_names() == Names{"b.csv"});
  }
  SECTION("it comes back empty for a moment") {
    inbox.scan({});
    inbox.scan({file("a.csv", stamp(1)), file("b.csv", stamp(2))});
    CHECK(inbox.ready_names() == Names{"b.csv"});
  }
  SECTION("it comes back with other numbers: the ledger decides") {
    Entry moved = file("a.csv", {.device = 7, .inode = 8, .size = 10, .mtime = 100});
    inbox.scan({moved, file("c.csv", stamp(3))});
    inbox.wait(1s);
    const auto ready = inbox.ready();
    REQUIRE(ready.size() == 2);
    CHECK_FALSE(ready[0].anew);
    CHECK_FALSE(ready[1].anew);
  }
  SECTION("without them for good") {
    inbox.scan({});
    inbox.scan({});
    CHECK(inbox.arrivals.waiting() == 0);
    inbox.scan({file("a.csv", stamp(1))});
    inbox.wait(1s);
    CHECK(inbox.take().anew);
  }
}

TEST_CASE("links, directories and hard links are never taken, a second link for a while removes nothing") {
  Inbox inbox;
  const Entry a = file("a.csv", stamp(1));
  inbox.settle_and_finish(a);
  Entry linked = a;
  linked.links = 2;
  Entry link = file("link.csv", stamp(2));
  link.type = FileType::link;
  Entry directory = file("directory.csv", stamp(3));
  directory.type = FileType::directory;
  Entry second = file("second.csv", stamp(4));
  second.links = 2;
  inbox.scan({linked, link, directory, second});
  inbox.scan({{.name = "a.csv", .type = FileType::other, .links = 1, .stamp = {}}, link});
  inbox.wait(1h);
  CHECK(inbox.ready().empty());
  inbox.scan({a});
  inbox.wait(1h);
  CHECK(inbox.ready().empty());

  directory.name = "a.csv";
  inbox.scan({directory});
  inbox.scan({a});
  inbox.wait(1s);
  CHECK(inbox.take().anew);
}

TEST_CASE(
    "a file that gets a second link before its turn does not count as waiting, and is taken when the link is gone") {
  Inbox inbox;
  const Entry a = file("a.csv", stamp(1));
  Entry linked = a;
  linked.links = 2;
  inbox.scan({a});
  inbox.scan({linked});
  CHECK(inbox.arrivals.waiting() == 0);
  inbox.scan({a});
  CHECK(inbox.arrivals.waiting() == 1);
  inbox.wait(1s);
  CHECK_FALSE(inbox.take().anew);
}

TEST_CASE("temporary files are not followed, and files of any other name are, since they may be edited reports") {
  Inbox inbox;
  inbox.scan({file("clients.txt.errors.txt", stamp(1)), file("a.csv.part", stamp(2)), file(".hidden.csv", stamp(3)),
              file("book.xlsx", stamp(4))});
  CHECK(inbox.arrivals.waiting() == 2);
  inbox.wait(1s);
  CHECK(inbox.ready_names() == Names{"book.xlsx", "clients.txt.errors.txt"});
}

TEST_CASE("a report that we put there ourselves is done, and its hint is not an arrival") {
  Inbox inbox;
  inbox.scan({});
  const std::vector<Entry> report = {file("a.errors.csv", stamp(5))};
  const Hints exchanged = {.signs = {{"a.errors.csv", Hints::Sign::renamed_in}}, .removed = {"a.errors.csv"}};
  inbox.arrivals.done("a.errors.csv", stamp(5));
  inbox.scan(report, exchanged);
  inbox.wait(1h);
  CHECK(inbox.ready().empty());
  inbox.arrivals.done("a.errors.csv", stamp(6));
  inbox.scan({file("a.errors.csv", stamp(6))}, exchanged);
  inbox.wait(1h);
  CHECK(inbox.ready().empty());
  inbox.scan({file("a.errors.csv", stamp(7))}, renamed_in("a.errors.csv"));
  CHECK(inbox.take().anew);  // saved by a user
}

TEST_CASE("each version is handed out once until its fate is told, and again only for news, but the last one always") {
  CHECK_PROPERTY("any sequence of scans", [] {
    Arrivals arrivals({"*.csv"}, {.polling = *rc::gen::arbitrary<bool>()});
    Moment clock{};
    std::map<std::string, Stamp> out;
    std::map<std::string, Stamp> finished;
    std::map<std::string, Stamp> there;
    std::map<std::string, Stamp> seen;
    bool listed = false;
    std::set<std::string> due;  // told or seen to be new, or taken back, and not handed out since
    const auto hand_out = [&] {
      for (const Ready& ready : arrivals.ready(clock, 1000)) {
        RC_ASSERT(!out.contains(ready.name));
        RC_ASSERT(due.erase(ready.name) == 1U);
        out[ready.name] = ready.stamp;
      }
    };
    const auto scan = [&](const Hints& hints, const Names& names = {}) {
      std::vector<Entry> listing;
      listing.reserve(there.size());
      for (const auto& [name, one] : there) {
        if (!names.empty() && std::ranges::find(names, name) == names.end()) continue;
        listing.push_back(file(name, one));
        if (!seen.contains(name) || seen[name] != one) due.insert(name);
      }
      for (const auto& [told, sign] : hints.signs) {
        if (sign != Hints::Sign::open) due.insert(told);
      }
      due.insert(hints.removed.begin(), hints.removed.end());
      if (names.empty()) {
        arrivals.observe(listing, hints, clock);
        seen = there;
        listed = true;
        return;
      }
      arrivals.observe_names(names, listing, hints, clock);
      for (const std::string& name : names) {
        seen.erase(name);
        if (there.contains(name)) seen[name] = there[name];
      }
    };
    for (int step = 0; step < 60; ++step) {
      const std::string name = *rc::gen::element<std::string>("a.csv", "b.csv");
      switch (*rc::gen::inRange(0, 8)) {
        case 0:
          there[name] = stamp(*rc::gen::inRange(1U, 4U), *rc::gen::inRange(0U, 3U));
          break;
        case 1:
          there.erase(name);
          break;
        case 2:
          scan(quiet);
          break;
        case 3:
          scan(*rc::gen::element(written(name), renamed_in(name), open(name), closed(name),
                                 Hints{.signs = {}, .removed = {name}}),
               listed && *rc::gen::arbitrary<bool>() ? Names{name} : Names{});
          break;
        case 4:
          clock += std::chrono::milliseconds(*rc::gen::element(1, 500, 1000, 5000, 30000));
          break;
        case 5:
          arrivals.forget_directory();
          listed = false;
          break;
        default:
          if (!out.contains(name)) break;
          if (*rc::gen::arbitrary<bool>()) {
            finished[name] = out[name];
            arrivals.done(name, out[name]);
          } else {
            *rc::gen::arbitrary<bool>() ? arrivals.settling(name, clock) : arrivals.retry(name, clock + 1s);
            due.insert(name);
          }
          out.erase(name);
      }
      hand_out();
    }
    for (int round = 0; round < 8; ++round) {
      for (const auto& [name, one] : std::exchange(out, {})) {
        finished[name] = one;
        arrivals.done(name, one);
      }
      scan(quiet);
      clock += 30s;
      hand_out();
    }
    RC_ASSERT(out.empty());
    RC_ASSERT(arrivals.waiting() == 0U);
    for (const auto& [name, one] : there) RC_ASSERT((finished.contains(name) && finished[name] == one));
  });
}

TEST_CASE("a hundred thousand files are followed without delay") {
  Inbox inbox;
  std::vector<Entry> listing;
  listing.reserve(100'000);
  for (std::uint64_t i = 0; i < 100'000; ++i)
    listing.push_back(file(std::to_string(i * 7919 % 100'000) + ".csv", stamp(i + 1)));
  const auto start = std::chrono::steady_clock::now();
  inbox.scan(listing);
  inbox.scan(listing);
  inbox.wait(1s);
  CHECK(inbox.ready(200'000).size() == 100'000);
  CHECK(std::chrono::steady_clock::now() - start < 20s);  // an algorithm of quadratic time would take hours
}

TEST_CASE("an import that was known before the file arrived is not of its arrival, and one that came since may be") {
  Inbox inbox;
  inbox.scan({}, {.signs = {}, .removed = {}, .newest_import = 7});
  Hints hints = renamed_in("a.csv");
  hints.newest_import = 9;
  inbox.scan({file("a.csv", stamp(1))}, hints);
  const Ready taken = inbox.take();
  CHECK(taken.anew);
  CHECK(taken.arrived_after == 9);
}

TEST_CASE("what is put back unchanged after its import arrived after that import") {
  Inbox inbox;
  inbox.scan({});
  inbox.scan({file("a.csv", stamp(1))}, renamed_in("a.csv"));
  const Ready first = inbox.take();
  inbox.arrivals.done("a.csv", first.stamp, 12);
  Hints again = renamed_in("a.csv");
  again.removed = {"a.csv"};
  again.newest_import = 9;
  inbox.scan({file("a.csv", stamp(1))}, again);
  const Ready second = inbox.take();
  CHECK(second.anew);
  CHECK(second.arrived_after == 12);
}

TEST_CASE("what is dropped while its name is in hand came after the import of what was in hand") {
  Inbox inbox;
  inbox.scan({});
  inbox.scan({file("a.csv", stamp(1))}, renamed_in("a.csv"));
  const Ready first = inbox.take();
  inbox.scan({file("a.csv", stamp(2))}, renamed_in("a.csv"));
  inbox.arrivals.done("a.csv", first.stamp, 12);
  const Ready second = inbox.take();
  CHECK(second.anew);
  CHECK(second.arrived_after == 12);
}

TEST_CASE("a late hint of an arrival that a scan has seen does not make it later than the imports since") {
  Inbox inbox;
  inbox.scan({}, {.signs = {}, .removed = {}, .newest_import = 3});
  inbox.scan({file("a.csv", stamp(1))}, {.signs = {}, .removed = {}, .newest_import = 3});
  Hints late = written("a.csv");
  late.newest_import = 8;
  inbox.scan({file("a.csv", stamp(1))}, late);
  inbox.wait(1s);
  CHECK(inbox.take().arrived_after == 3);
}
