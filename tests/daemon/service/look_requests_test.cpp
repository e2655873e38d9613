#include "daemon/service/look_requests.hpp"

#include <set>
#include <string>

#include "tests/support/catch.hpp"

using namespace clientsync;

using Event = WatchEvent::Kind;
using Names = std::set<std::string>;

TEST_CASE("what events name is looked at, and what is being written only beside it") {
  LookRequests requests;
  requests.on_event({Event::modified, 1, "open.csv"});
  CHECK_FALSE(requests.any());
  requests.on_event({Event::closed, 1, "closed.csv"});
  requests.on_event({Event::removed, 1, "removed.part"});
  requests.on_event({Event::appeared, 1, "appeared.part"});
  CHECK(requests.any());
  CHECK(requests.any_removal());
  CHECK_FALSE(requests.listing());
  CHECK(requests.names() == Names{"closed.csv", "open.csv", "removed.part"});
  const Hints hints = requests.grant(false);
  CHECK(hints.signs.at("closed.csv") == Hints::Sign::closed);
  CHECK(hints.removed.contains("removed.part"));
  CHECK_FALSE(requests.any());
  CHECK(requests.names().empty());
}

TEST_CASE("a listing is asked for until one begins") {
  LookRequests requests;
  requests.on_event({Event::overflow, 0, ""});
  static_cast<void>(requests.grant(false));
  CHECK(requests.listing());
  CHECK_FALSE(requests.reopening());
  requests.on_event({Event::lost, 1, ""});
  CHECK(requests.reopening());
  static_cast<void>(requests.grant(true));
  CHECK_FALSE(requests.listing());
}

TEST_CASE("a report that was put in its place is looked at unless it is known") {
  LookRequests requests;
  requests.on_event({Event::placed, 1, "a.errors.csv"});
  requests.on_event({Event::placed, 1, "b.errors.csv"});
  requests.on_event({Event::renamed_in, 1, "b.errors.csv"});
  requests.forget_placed("a.errors.csv");
  requests.forget_placed("b.errors.csv");
  CHECK(requests.names() == Names{"b.errors.csv"});
}
