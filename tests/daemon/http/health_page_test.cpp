#include "daemon/http/health_page.hpp"

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace clientsync;
using namespace std::chrono_literals;

namespace {

/// 2026-11-23, 10:15:00 UTC.
constexpr std::chrono::system_clock::time_point morning{1795428900s};

}  // namespace

TEST_CASE("health is ok if nothing is wrong") {
  const HttpResponse page = health_page({}, morning);
  CHECK(page.status == 200);
  CHECK(page.type == "application/json");
  CHECK(page.body == "{\"status\":\"ok\",\"faults\":[]}\n");
}

TEST_CASE("health says what fails, where, why and since when") {
  const std::vector<Fault> faults = {
      {.event = "database.unavailable", .why = "the disk is full", .lasts = 90s},
      {.event = "file.unreadable", .inbox = "main", .file = "a.csv", .why = "no right", .lasts = 1h}};
  const HttpResponse page = health_page(faults, morning);
  CHECK(page.status == 503);
  CHECK(page.body ==
        "{\"status\":\"failing\",\"faults\":["
        "{\"event\":\"database.unavailable\",\"why\":\"the disk is full\",\"since\":\"2026-11-23T10:13:30Z\"},"
        "{\"event\":\"file.unreadable\",\"inbox\":\"main\",\"file\":\"a.csv\",\"why\":\"no right\","
        "\"since\":\"2026-11-23T09:15:00Z\"}]}\n");
}

TEST_CASE("a warning is told, and fails nothing") {
  const std::vector<Fault> faults = {{.event = "database.weak", .why = "fsync is off", .warning = true}};
  const HttpResponse page = health_page(faults, morning);
  CHECK(page.status == 200);
  CHECK(page.body ==
        "{\"status\":\"warning\",\"faults\":["
        "{\"event\":\"database.weak\",\"why\":\"fsync is off\",\"since\":\"2026-11-23T10:15:00Z\"}]}\n");
}

TEST_CASE("names in health are escaped, even if they are not UTF-8") {
  const std::vector<Fault> faults = {
      {.event = "file.unreadable", .inbox = "main", .file = "a\xFF\n\"b.csv", .why = ""}};
  const std::string body = health_page(faults, morning).body;
  CHECK_THAT(body, Catch::Contains(R"("file":"a\\xff\\x0a\"b.csv")"));
  CHECK(body.find('\n') == body.size() - 1);
}
