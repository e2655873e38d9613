#include "daemon/http/status_page.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

ServiceStatus a_status(const std::string& name) {
  return {
      .version = "1.2.3",
      .faults = {{.event = "file.unreadable",
                  .inbox = "main",
                  .file = name,
                  .why = "no right \"here\"",
                  .since = "2026-11-23T10:15:00Z"},
                 {.event = "database.weak", .why = "fsync is off", .since = "2026-11-23T10:15:00Z", .warning = true}},
      .inboxes = {{.name = "main",
                   .path = "/srv/" + name,
                   .firm = "Müller & Co",
                   .watch = "inotify",
                   .waiting = 2,
                   .files = {{.name = name,
                              .bytes = 12,
                              .reason = "open",
                              .why = "its writer has it open",
                              .since = "2026-11-23T10:15:00Z",
                              .next = "2026-11-23T10:15:30Z",
                              .anew = true,
                              .arrived_after = 7}}},
                  {.name = "other", .path = "/srv/other", .firm = "other"}}};
}

}  // namespace

TEST_CASE("the page says what waits in each inbox, and why") {
  const ServiceStatus status{
      .version = "1.2.3",
      .inboxes = {
          {.name = "main",
           .path = "/srv/main",
           .firm = "main",
           .watch = "polling",
           .waiting = 1,
           .files = {{.name = "a.csv", .bytes = 1, .reason = "turn", .why = "its turn has not come", .since = "S"}}}}};
  const HttpResponse page = page_of(status);
  CHECK(page.status == 200);
  CHECK(page.type == "application/json");
  CHECK(
      page.body ==
      "{\"version\":\"1.2.3\",\"faults\":[],\"inboxes\":[{\"inbox\":\"main\",\"path\":\"/srv/main\",\"firm\":\"main\","
      "\"watch\":\"polling\",\"waiting\":1,\"files\":[{\"file\":\"a.csv\",\"bytes\":1,\"reason\":\"turn\","
      "\"why\":\"its turn has not come\",\"since\":\"S\",\"next\":null,\"anew\":false,\"arrived_after\":0}]}]}\n");
}

TEST_CASE("whoever asks reads what the service said, whatever the names of files") {
  rc::check([](const std::string& name) {
    const ServiceStatus status = a_status(name);
    RC_ASSERT(read_page(page_of(status).body) == status);
  });
}

TEST_CASE("a page of another program is refused") {
  for (const char* body : {"", "hello", "{}", "[]", R"({"version":1,"faults":[],"inboxes":[]})",
                           R"({"version":"1","faults":[],"inboxes":[{}]})"}) {
    CAPTURE(body);
    CHECK_THROWS_AS(read_page(body), std::runtime_error);
  }
}

TEST_CASE("one inbox or one file can be asked for, whatever its name") {
  CHECK(target_of({}) == "/status");
  CHECK(target_of({.inbox = "main"}) == "/status?inbox=main");
  CHECK(target_of({.inbox = "main", .file = "a b&ç.csv"}) == "/status?inbox=main&file=a%20b%26%c3%a7.csv");
  rc::check([](const std::string& inbox, const std::string& file) {
    const StatusFilter filter{inbox, file};
    const std::string target = target_of(filter);
    const std::size_t query = std::min(target.find('?'), target.size() - 1) + 1;
    RC_ASSERT(filter_of(target.substr(query)) == filter);
  });
}

TEST_CASE("what a question does not mean is passed over") {
  CHECK(filter_of("") == StatusFilter{});
  CHECK(filter_of("&&=&a=b&file&inbox=") == StatusFilter{});
  CHECK(filter_of("file=%&inbox=%4").file == "%");
  CHECK(filter_of("file=%zz%41").file == "%zzA");
}
