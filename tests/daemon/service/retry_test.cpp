#include "daemon/service/retry.hpp"

#include <set>

#include "tests/support/catch.hpp"

using namespace clientsync;
using namespace std::chrono_literals;

namespace {

const Moment start = Moment{} + 1h;

}  // namespace

TEST_CASE("delays grow from a quarter of a second to a minute, each shortened by up to a half") {
  Backoff backoff;
  for (const auto full : {250ms, 500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 32000ms, 60000ms, 60000ms, 60000ms}) {
    const auto delay = backoff.next();
    CHECK(delay >= full / 2);
    CHECK(delay <= full);
  }
}

TEST_CASE("many waiters do not return at once") {
  std::set<std::chrono::milliseconds> delays;
  for (int waiter = 0; waiter < 100; ++waiter) delays.insert(Backoff().next());
  CHECK(delays.size() > 10);
}

TEST_CASE("delays start anew after a success") {
  Backoff backoff;
  CHECK_FALSE(backoff.failing());
  CHECK_FALSE(backoff.succeeded());
  for (int failures = 0; failures < 100; ++failures) static_cast<void>(backoff.next());
  CHECK(backoff.failing());
  CHECK(backoff.succeeded());
  CHECK_FALSE(backoff.failing());
  CHECK(backoff.next() <= 250ms);
}

TEST_CASE("an outage lasts from its first failure to the next success, and is told with its latest reason") {
  Outage outage;
  CHECK_FALSE(outage.failing());
  CHECK(outage.failed("inbox.fault", "no space", start) <= 250ms);
  CHECK(outage.failed("inbox.fault", "permission denied", start + 2s) <= 500ms);
  CHECK(outage.failing());
  CHECK(outage.failing("inbox.fault"));
  CHECK_FALSE(outage.failing("inbox.unavailable"));
  const Fault fault = outage.fault("main", start + 5s);
  CHECK(fault.event == "inbox.fault");
  CHECK(fault.inbox == "main");
  CHECK(fault.why == "permission denied");
  CHECK(fault.lasts == 5s);
  CHECK_FALSE(fault.warning);
  CHECK(outage.succeeded());
  CHECK_FALSE(outage.succeeded());
  static_cast<void>(outage.failed("inbox.fault", "no space", start + 10s));
  CHECK(outage.fault("main", start + 11s).lasts == 1s);
}

TEST_CASE("an outage with another event is told from when that event came, and its delays go on growing") {
  Outage outage;
  static_cast<void>(outage.failed("inbox.fault", "no space", start));
  CHECK(outage.failed("inbox.unavailable", "no such directory", start + 2s) >= 250ms);
  CHECK(outage.fault("main", start + 5s).event == "inbox.unavailable");
  CHECK(outage.fault("main", start + 5s).lasts == 3s);
}
