#include "daemon/access/throttle.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

/// An attempt that fails, if it may be made. Returns the seconds to wait instead.
std::int64_t fail(AttemptFailures& failures, std::int64_t now) {
  const std::int64_t wait = wait_after(failures, now);
  if (wait == 0) failures = with_failure(failures, now);
  return wait;
}

}  // namespace

TEST_CASE("after five failures an account waits, each time twice as long, up to 15 minutes", "[throttle]") {
  AttemptFailures failures;
  std::int64_t now = 1'000'000;
  for (int n = 0; n < 5; ++n) CHECK(fail(failures, now) == 0);
  std::vector<std::int64_t> waits;
  for (int n = 0; n < 13; ++n) {
    waits.push_back(fail(failures, now));
    CHECK(fail(failures, now + waits.back() - 1) == 1);
    now += waits.back();
    CHECK(fail(failures, now) == 0);
  }
  CHECK(waits == std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900});
}

TEST_CASE("failures of an account are forgotten after a day", "[throttle]") {
  AttemptFailures failures{.here = {50, 1'000'000}};
  CHECK(wait_after(failures, 1'000'000) == 900);
  CHECK(wait_after(failures, 1'000'000 + failure_lifetime) == 0);
  CHECK(with_failure(failures, 1'000'000 + failure_lifetime).here == Failures{1, 1'000'000 + failure_lifetime});
  CHECK(with_failure(failures, 1'000'000 + failure_lifetime - 1).here.count == 51);
}

TEST_CASE("a client fails 30 times whatever the accounts, and then once every 30 seconds", "[throttle]") {
  AttemptFailures failures;
  const auto fail_elsewhere = [&](std::int64_t now) {
    failures.here = {};
    return fail(failures, now);
  };
  for (int n = 0; n < 30; ++n) CHECK(fail_elsewhere(1'000'000) == 0);
  CHECK(fail_elsewhere(1'000'000) == 30);
  CHECK(fail_elsewhere(1'000'029) == 1);
  CHECK(fail_elsewhere(1'000'030) == 0);
  CHECK(fail_elsewhere(1'000'030) == 30);
}

TEST_CASE("a clock that is set back makes nobody wait longer than the pause", "[throttle]") {
  const AttemptFailures failures{.here = {20, 1'000'000}, .client = {30, 1'000'000}};
  CHECK(wait_after(failures, 500) == 900);
  CHECK(wait_after({.here = {}, .client = {30, 1'000'000}}, 500) == 30);
}

TEST_CASE("a client is an IPv4 address or the network of an IPv6 address", "[throttle]") {
  CHECK(network_of("192.0.2.1") == "192.0.2.1");
  CHECK(network_of("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(network_of("2001:db8:1:2::9") == network_of("2001:db8:1:2:3:4:5:6"));
  CHECK(network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9"));
  CHECK(network_of("").empty());
}
