#include "daemon/http/metrics_page.hpp"

#include <chrono>
#include <string>

#include "tests/support/catch.hpp"

using namespace clientsync;
using namespace std::chrono_literals;

TEST_CASE("metrics are told in the text format of Prometheus") {
  Metrics metrics{.version = "1.2.3", .database_up = true, .faults = {{"inbox.foreign", 2}}};
  InboxMetrics inbox{.inbox = "main", .up = true, .waiting = 3, .oldest = 1500ms};
  inbox.tally.add({.rows = 10, .updated = 6, .unchanged = 1, .created = 1, .failed = 2}, false);
  inbox.tally.add({.rows = 1, .failed = 1}, true);
  metrics.inboxes.push_back(inbox);
  for (const auto duration : {4ms, 5ms, 6ms, 300ms, 61000ms}) metrics.reports.add(duration);
  const HttpResponse page = metrics_page(metrics);
  CHECK(page.status == 200);
  CHECK(page.type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(page.body == R"(# HELP clientsync_info Always 1. The label has the version of the service.
# TYPE clientsync_info gauge
clientsync_info{version="1.2.3"} 1
# HELP clientsync_database_up 1 if the database accepts writes, otherwise 0.
# TYPE clientsync_database_up gauge
clientsync_database_up 1
# HELP clientsync_faults What is wrong now, by the event of its log line.
# TYPE clientsync_faults gauge
clientsync_faults{event="inbox.foreign"} 2
# HELP clientsync_inbox_up 1 if the inbox is watched and has no fault, otherwise 0.
# TYPE clientsync_inbox_up gauge
clientsync_inbox_up{inbox="main"} 1
# HELP clientsync_waiting_files Files that wait to be imported.
# TYPE clientsync_waiting_files gauge
clientsync_waiting_files{inbox="main"} 3
# HELP clientsync_oldest_waiting_seconds Time since the last change of the file that waits longest.
# TYPE clientsync_oldest_waiting_seconds gauge
clientsync_oldest_waiting_seconds{inbox="main"} 1.5
# HELP clientsync_imports_total Files that were imported or rejected.
# TYPE clientsync_imports_total counter
clientsync_imports_total{inbox="main",outcome="imported"} 1
clientsync_imports_total{inbox="main",outcome="rejected"} 1
# HELP clientsync_rows_total Rows of imported or rejected files.
# TYPE clientsync_rows_total counter
clientsync_rows_total{inbox="main",outcome="updated"} 6
clientsync_rows_total{inbox="main",outcome="unchanged"} 1
clientsync_rows_total{inbox="main",outcome="created"} 1
clientsync_rows_total{inbox="main",outcome="failed"} 3
# HELP clientsync_report_seconds Time from the last change of a file to its report.
# TYPE clientsync_report_seconds histogram
clientsync_report_seconds_bucket{le="0.005"} 2
clientsync_report_seconds_bucket{le="0.01"} 3
clientsync_report_seconds_bucket{le="0.025"} 3
clientsync_report_seconds_bucket{le="0.05"} 3
clientsync_report_seconds_bucket{le="0.1"} 3
clientsync_report_seconds_bucket{le="0.25"} 3
clientsync_report_seconds_bucket{le="0.5"} 4
clientsync_report_seconds_bucket{le="1"} 4
clientsync_report_seconds_bucket{le="2.5"} 4
clientsync_report_seconds_bucket{le="5"} 4
clientsync_report_seconds_bucket{le="10"} 4
clientsync_report_seconds_bucket{le="60"} 4
clientsync_report_seconds_bucket{le="+Inf"} 5
clientsync_report_seconds_sum 61.315
clientsync_report_seconds_count 5
)");
}

TEST_CASE("the values of labels are escaped") {
  Metrics metrics;
  metrics.inboxes.push_back({.inbox = "a\\b\"c\nd"});
  CHECK_THAT(metrics_page(metrics).body, Catch::Contains(R"(clientsync_inbox_up{inbox="a\\b\"c\nd"} 0)"));
}
