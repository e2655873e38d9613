#include "daemon/service/inbox_status.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "daemon/service/watched_inbox.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"

using namespace clientsync;
using namespace clientsync::testing;
using namespace std::chrono_literals;

namespace {

using Event = WatchEvent::Kind;

/// An inbox whose folder, workers and clock are in the test's hands.
struct Inbox {
  explicit Inbox(bool poll = false) : polled(poll) {
    finish_looks();
    clock += 1s;
  }

  static InboxConfig config_of_main() {
    InboxConfig config;
    config.name = "main";
    config.path = "/srv/inbox";
    config.rules.firm = "firm";
    return config;
  }
  void tell(Event kind, const std::string& name) { watched.on_event({kind, 7, name}); }
  void drop(const std::string& name) {
    clock += 10ms;  // the inbox rests between two looks
    folder.put(name);
    tell(Event::renamed_in, name);
  }
  void write(const std::string& name) {
    clock += 10ms;
    folder.put(name);
    tell(Event::modified, name);
    tell(Event::closed, name);
  }
  /// Does all that comes before the next import.
  std::optional<Job> next_file() {
    while (watched.wants(clock)) {
      Job job = watched.next_job(clock, 3);
      if (std::holds_alternative<FileJob>(job.task)) return job;
      JobResult result = std::holds_alternative<LookJob>(job.task) ? seen(job, folder) : done(job);
      result.sight.polled = polled;
      finish(result);
    }
    return std::nullopt;
  }
  void finish_looks() { REQUIRE_FALSE(next_file()); }
  void finish(const JobResult& result) { watched.finished(result, clock); }

  [[nodiscard]] InboxStatus status(const std::string& file = "", std::size_t most = 1000) const {
    return watched.status({clock, std::chrono::system_clock::time_point(1795428900s)}, file, most);
  }
  /// Why the file waits; empty: it does not.
  [[nodiscard]] std::string reason(const std::string& file) const {
    const auto files = status(file).files;
    return files.empty() ? "" : files.front().reason;
  }

  const CapturedLog log;
  bool polled = false;
  WatchedInbox watched{7, config_of_main(), false};
  Folder folder;
  Moment clock = Moment{} + 1h;
};

}  // namespace

TEST_CASE("an inbox says where it is, how it is watched, and what it is waiting for") {
  Inbox inbox;
  inbox.clock += 10s;
  inbox.write("clients.csv");
  inbox.finish_looks();
  inbox.clock += 300ms;
  const InboxStatus status = inbox.status();
  CHECK(status.name == "main");
  CHECK(status.path == "/srv/inbox");
  CHECK(status.firm == "firm");
  CHECK(status.watch == "inotify");
  CHECK(status.waiting == 1);
  REQUIRE(status.files.size() == 1);
  const WaitingFile& file = status.files.front();
  CHECK(file.name == "clients.csv");
  CHECK(file.bytes == 10);
  CHECK(file.reason == "settling");
  CHECK(file.why == "it has to stay unchanged for settle");
  CHECK(file.since == "2026-11-23T10:14:59Z");
  CHECK(file.next == "2026-11-23T10:15:00Z");
  CHECK(file.anew);
  CHECK(file.arrived_after == 3);
  CHECK(Inbox(true).status().watch == "polling");
}

TEST_CASE("an inbox that cannot be opened is not watched, and nothing waits there") {
  const CapturedLog log;
  WatchedInbox inbox(7, Inbox::config_of_main(), false);
  inbox.finished(failed(inbox.next_job(Moment{}, 0), "no such directory"), Moment{});
  const InboxStatus status = inbox.status({}, "", 10);
  CHECK(status.watch.empty());
  CHECK(status.waiting == 0);
}

TEST_CASE("a file is in hand while it is imported, and others wait for their turn") {
  Inbox inbox;
  inbox.drop("a.csv");
  inbox.drop("b.csv");
  const Job job = inbox.next_file().value();
  CHECK(inbox.reason("a.csv") == "in_hand");
  CHECK(inbox.reason("b.csv") == "turn");
  CHECK(inbox.status("b.csv").files.front().next.empty());
  inbox.finish(imported(job, 4));
  CHECK(inbox.reason("a.csv").empty());
  CHECK(inbox.reason("b.csv") == "turn");
}

TEST_CASE("a file that the database failed waits for it") {
  Inbox inbox;
  inbox.drop("a.csv");
  inbox.finish(failed_by_database(inbox.next_file().value()));
  CHECK(inbox.reason("a.csv") == "database");
}

TEST_CASE("a file that could not be imported or read says why, and when it is tried again") {
  Inbox inbox;
  inbox.drop("a.csv");
  inbox.finish(failed(inbox.next_file().value(), "the disk is full"));
  CHECK(inbox.reason("a.csv") == "fault");
  CHECK(inbox.status("a.csv").files.front().why == "an attempt failed: the disk is full");
  inbox.drop("b.csv");
  inbox.finish(done(inbox.next_file().value(), FileOutcome::Kind::unreadable));
  CHECK(inbox.reason("b.csv") == "unreadable");
  CHECK_FALSE(inbox.status("b.csv").files.front().next.empty());
}

TEST_CASE("a file that its writer has open, that is empty, cut off or has a second link says so") {
  Inbox inbox;
  inbox.write("cut.csv");
  inbox.finish_looks();
  inbox.clock += 1s;
  inbox.finish(done(inbox.next_file().value(), FileOutcome::Kind::needs_patience));
  CHECK(inbox.reason("cut.csv") == "cut_off");
  inbox.folder.put("open.csv");
  inbox.tell(Event::modified, "open.csv");
  inbox.write("empty.csv");
  inbox.folder.entries.at("empty.csv").stamp.size = 0;
  inbox.finish_looks();
  CHECK(inbox.reason("open.csv") == "open");
  CHECK(inbox.reason("empty.csv") == "empty");
  inbox.write("linked.csv");
  inbox.finish_looks();
  inbox.folder.entries.at("linked.csv").links = 2;
  inbox.tell(Event::closed, "linked.csv");
  inbox.clock += 10ms;
  inbox.finish_looks();
  CHECK(inbox.reason("linked.csv") == "second_link");
  CHECK(inbox.status("linked.csv").files.front().next.empty());
}

TEST_CASE("of many files those are shown that have not changed for longest, and all are counted") {
  Inbox inbox;
  for (const char* const name : {"c.csv", "b.csv", "a.csv"}) {
    inbox.write(name);
    inbox.clock += 100ms;
    inbox.finish_looks();
  }
  const InboxStatus status = inbox.status("", 2);
  CHECK(status.waiting == 3);
  REQUIRE(status.files.size() == 2);
  CHECK(status.files[0].name == "c.csv");
  CHECK(status.files[1].name == "b.csv");
}
