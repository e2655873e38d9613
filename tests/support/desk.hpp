// Words for arranging the tests of reports: an inbox on disk and the ledger that knows its files.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "daemon/report/publish.hpp"
#include "importer/digest.hpp"
#include "tests/support/sandbox.hpp"
#include "tests/support/store.hpp"

namespace clientsync::testing {

/// A drop as far as its report depends on it.
struct Drop {
  std::string name = "clients.csv";
  std::string report = "the report";
  bool rejected = false;
};

struct Desk {
  /// Imports the next version of the file, with its report pending for the place that it would get now. Its input is
  /// what is in the inbox, if anything.
  ReportJob import(const Drop& drop) {
    LedgerEntry entry = an_entry(drop.name, ++versions[drop.name]);
    if (auto bytes = sandbox.read(drop.name)) entry.input = lasting(*std::move(bytes));
    entry.file.sha256 = sha256(entry.input);
    const ReportSubject subject{.name = drop.name,
                                .input_sha256 = entry.file.sha256,
                                .edited_report = look_up_name(store, "main", drop.name).report_of.has_value()};
    const IntendedPlaces places = intended_places(store, folder, subject);
    const std::string& place = drop.rejected ? places.rejected : places.accepted;
    Plan plan;
    plan.rejected = drop.rejected;
    return {.import = imported(store, entry, {.report = drop.report, .place = place, .plan = plan}),
            .subject = subject,
            .rejected = drop.rejected,
            .intended_place = place,
            .report = drop.report};
  }
  std::optional<std::string> publish(const ReportJob& job) {
    NewFile file(directory);
    return publish_report(store, folder, file, job);
  }
  std::optional<std::string> import_and_publish(const Drop& drop) { return publish(import(drop)); }

  /// "published clients.errors.csv"
  [[nodiscard]] std::string state_of(ImportId import) {
    return text_of(store.connection,
                   "select report_state, report_name from imports where id = " + std::to_string(import));
  }

  Store store;
  Sandbox sandbox;
  Directory directory{sandbox.inbox()};
  LedgerFolder folder{directory, "main", ""};
  std::map<std::string, std::int64_t> versions;
};

}  // namespace clientsync::testing
