// "Old files never roll the register back" (docs/specification.md §2 "Once"), from bytes to the register.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "importer/entry.hpp"
#include "importer/import.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

const std::string header_line = "Company ID,Display name,Client number\r\n";

std::string line(const std::string& id, const std::string& number) {
  return id + ",Client " + id + "," + number + "\r\n";
}

std::string list_of(const std::string& lines) {
  return header_line + lines;
}

/// A firm whose people drop files into its inboxes.
struct Office {
  Store store;
  ImportRules rules;
  std::int64_t version = 0;

  Office() {
    rules.firm = "main";
    std::vector<Client> clients;
    for (const std::string id : {"1", "2", "3"}) clients.push_back({id, "Client " + id, "start-" + id, "", "", true});
    a_firm(store, clients);
  }

  Imported drop(const std::string& bytes, const std::string& name = "clients.csv", const std::string& inbox = "main") {
    LedgerEntry entry = an_entry(name, ++version);
    entry.inbox = inbox;
    entry.input = bytes;
    entry.file = {sha256(bytes), bytes.size(), 1'774'900'000};
    entry.started_at = 1'774'915'200;  // 2026-03-31
    return import_file(store, entry, rules).value();
  }

  [[nodiscard]] std::string number_of(const std::string& id) {
    const auto numbers = numbers_of(store, find_firm(store, "main").value().id);
    const auto found = numbers.find(id);
    return found == numbers.end() ? "" : found->second;
  }
};

bool is_superseded(const Imported& imported, std::size_t row = 0) {
  const std::vector<Problem>& problems = imported.plan.rows.at(row).problems;
  return problems.size() == 1 && code_of(problems.front().message) == Code::superseded;
}

/// The report after somebody replaced `from` by `to` in it.
std::string edited(std::string report, const std::string& from, const std::string& to) {
  const std::size_t at = report.find(from);
  REQUIRE(at != std::string::npos);
  return report.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a file that was imported before changes nothing that is newer, under any name and in any inbox") {
  Office office;
  const std::string march = list_of(line("1", "A-1") + line("2", "B-1"));
  office.drop(march, "march.csv");
  office.drop(list_of(line("1", "A-2")), "april.csv");
  const auto [name, inbox] = GENERATE(table<std::string, std::string>(
      {{"march.csv", "main"}, {"renamed.csv", "main"}, {"march.csv", "other"}, {"april.csv", "main"}}));
  const Imported again = office.drop(march, name, inbox);
  CHECK(office.number_of("1") == "A-2");
  CHECK(is_superseded(again));
  CHECK(again.plan.rows[1].outcome == RowOutcome::unchanged);
  CHECK(again.plan.counts == Counts{.rows = 2, .unchanged = 1, .failed = 1});
}

TEST_CASE("the message of a superseded row names the earlier import and the one that set the present number") {
  Office office;
  const std::string march = list_of(line("1", "A-1"));
  office.drop(march, "march.csv");
  const Imported april = office.drop(list_of(line("1", "A-2")), "april.csv");
  const Imported again = office.drop(march, "copy.csv");
  CHECK(sentences(again.plan.rows[0].problems, Language::en) ==
        "This list was already imported (march.csv, 2026-03-31). Since then, entry " + std::to_string(april.import) +
            " (april.csv, 2026-03-31) gave the client the number A-2, so A-1 is out of date. If A-1 is right again, "
            "empty the cell Error code of this line in the report and save it; otherwise delete the line.");
}

TEST_CASE("a file that a spreadsheet opened and saved is old if its cells are the same") {
  Office office;
  office.drop(list_of(line("1", "A-1")));
  office.drop(list_of(line("1", "A-2")));
  const Imported saved = office.drop(
      "\xEF\xBB\xBF"
      "Client number;Company ID;Notes;Display name\n A-1 ;1;x;Client 1\n\n");
  CHECK(is_superseded(saved));
  CHECK(office.number_of("1") == "A-2");
}

TEST_CASE("a row of an old file that the first import did not accept is imported once its cause is gone") {
  Office office;
  const std::string march = list_of(line("1", "start-2"));
  CHECK(office.drop(march).plan.counts.failed == 1);
  office.drop(list_of(line("2", "B-2")));
  CHECK(office.drop(march).plan.counts.updated == 1);
  CHECK(office.number_of("1") == "start-2");
}

TEST_CASE("an old file is judged against its first import, even if it was rejected or dropped again since") {
  Office office;
  const std::string march = list_of(line("1", "A-1") + line("9", "X"));
  office.rules.policy.apply = Policy::Apply::all_or_nothing;
  CHECK(office.drop(march).plan.rejected);
  office.rules.policy.apply = Policy::Apply::good_rows;
  office.drop(list_of(line("1", "A-2")));
  for (int times = 0; times < 3; ++times) CHECK(is_superseded(office.drop(march)));
  CHECK(office.number_of("1") == "A-2");
}

TEST_CASE("the third of A, B, A finds its rows superseded, and so does B after A was confirmed") {
  Office office;
  const std::string a = list_of(line("1", "A")), b = list_of(line("1", "B"));
  office.drop(a);
  office.drop(b);
  const Imported third = office.drop(a);
  REQUIRE(is_superseded(third));
  const Imported left = office.drop(third.report);
  CHECK(is_superseded(left));
  const Imported saved_as_it_is = office.drop(third.report + "\r\n");
  CHECK(is_superseded(saved_as_it_is));
  CHECK(office.number_of("1") == "B");

  const std::string confirmed = edited(third.report, ",superseded,", ",,");
  CHECK(office.drop(confirmed).plan.counts.updated == 1);
  CHECK(office.number_of("1") == "A");
  CHECK(is_superseded(office.drop(b)));
  CHECK(office.drop(a).plan.counts.unchanged == 1);

  office.drop(list_of(line("1", "C")));
  CHECK(is_superseded(office.drop(confirmed)));
  CHECK(is_superseded(office.drop(confirmed + "\r\n")));
  CHECK(office.number_of("1") == "C");
}

TEST_CASE(
    "a superseded line of a report whose number was corrected is imported, though its error code is still there") {
  Office office;
  const std::string a = list_of(line("1", "A"));
  office.drop(a);
  office.drop(list_of(line("1", "B")));
  const Imported third = office.drop(a);
  CHECK(office.drop(edited(third.report, "Client 1,A,", "Client 1,new,")).plan.counts.updated == 1);
  CHECK(is_superseded(office.drop(edited(third.report, "Client 1,A,", "Client 1,start-1,"))));
  CHECK(office.number_of("1") == "new");
}

TEST_CASE("the bytes of a report count as imported by that report's import") {
  Office office;
  const Imported march = office.drop(list_of(line("1", "start-2") + line("2", "start-3")));
  REQUIRE(march.plan.counts.failed == 2);
  office.drop(list_of(line("1", "A") + line("3", "C") + line("2", "B")));
  CHECK(is_superseded(office.drop(march.report, "copy of the report.csv")));
  CHECK(office.number_of("1") == "A");
}

TEST_CASE("a line that was left in a report is judged as of that report") {
  Office office;
  const Imported march = office.drop(list_of(line("1", "start-2") + line("9", "X")));
  REQUIRE(march.plan.counts.failed == 2);
  office.drop(list_of(line("2", "B")));
  const std::string corrected = edited(march.report, "9,Client 9,X", "3,Client 3,X");
  SECTION("nothing happened to its client since: it is imported") {
    CHECK(office.drop(corrected, "clients.errors.csv").plan.counts.updated == 2);
    CHECK(office.number_of("1") == "start-2");
  }
  SECTION("its client was changed since: it fails, and the corrected line is imported") {
    office.drop(list_of(line("1", "A")));
    const Imported saved = office.drop(corrected, "clients.errors.csv");
    CHECK(is_superseded(saved));
    CHECK(saved.plan.rows[1].outcome == RowOutcome::updated);
    CHECK(office.number_of("1") == "A");
  }
  SECTION("it is saved elsewhere, and its client had the number and lost it: it fails") {
    office.drop(list_of(line("1", "start-2")));
    office.drop(list_of(line("1", "A")));
    CHECK(is_superseded(office.drop(corrected, "mine.csv")));
    CHECK(office.number_of("1") == "A");
  }
}

TEST_CASE("a list that a spreadsheet saved is old though its IDs and numbers are damaged, and whatever its order") {
  Office office;
  a_firm(office.store, {{"9130351530529746", "Ana", std::nullopt, "", "", true},
                        {"9341482644456294", "Bia São", std::nullopt, "", "", true}});
  const std::string ana = "9130351530529746,Ana,", bia = "9341482644456294,Bia São,";
  office.drop(list_of(ana + "00124\r\n" + bia + "3-12\r\n"), "march.csv");
  office.drop(list_of(ana + "A-9\r\n" + bia + "B-9\r\n"), "april.csv");
  for (const std::string saved : {
           "9.13035E+15,Ana,124\r\n9.34148E+15,Bia São,12-Mar\r\n",
           "9.13035153052975E+015,Ana,124\r\n9.34148264445629E+015,Bia São,2026-03-12\r\n",
           "9.34148E+15,Bia S?o,12/03/2026\r\n9.13035E+15,Ana,00124\r\n",
       }) {
    CAPTURE(saved);
    office.drop(list_of(saved), "march.csv");
    CHECK(office.number_of("9130351530529746") == "A-9");
    CHECK(office.number_of("9341482644456294") == "B-9");
  }
}

TEST_CASE("a file that counts as done since its inbox was adopted changes no number, under any name") {
  Office office;
  const std::string march = list_of(line("1", "A"));
  LedgerEntry entry = an_entry("march.csv", 1);
  entry.file = {sha256(march), march.size(), 1'774'900'000};
  record_as_done(office.store, "main", std::vector{entry});
  CHECK(is_superseded(office.drop(march, "renamed.csv")));
  CHECK(office.number_of("1") == "start-1");
}

TEST_CASE("a superseded line fails until somebody confirms it, even if its client never had the number") {
  Office office;
  const std::string march = list_of("1,Wrong,A\r\n");
  office.drop(march);
  office.drop(list_of(line("1", "B")));
  const Imported again = office.drop(march);
  REQUIRE(error_codes(again.plan.rows[0].problems) == "display_name_changed superseded");
  const std::string corrected = edited(again.report, "1,Wrong,A", "1,Client 1,A");
  CHECK(is_superseded(office.drop(corrected, "clients.errors.csv")));
  CHECK(office.number_of("1") == "B");
  SECTION("a column of the report that was deleted confirms nothing") {
    const std::string cut = "Company ID,Display name,Client number,Error code\r\n1,Client 1,A,superseded\r\n";
    CHECK(is_superseded(office.drop(cut)));
  }
  SECTION("it can be confirmed each time that it is right again") {
    for (const std::string other : {"C", "D", "E"}) {
      const Imported old = office.drop(march, "copy of " + other);
      const std::string confirmed =
          edited(edited(old.report, "1,Wrong,A", "1,Client 1,A"), "display_name_changed superseded", "");
      CHECK(office.drop(confirmed, "report " + other).plan.counts.updated == 1);
      CHECK(office.number_of("1") == "A");
      office.drop(list_of(line("1", other)));
      CHECK(is_superseded(office.drop(confirmed, "renamed " + other)));
      CHECK(office.number_of("1") == other);
    }
  }
}

TEST_CASE("a report that is older than a client's number does not bring back what it replaced") {
  Office office;
  const Imported march = office.drop(list_of("1,Wrong,A\r\n2,Client 2,\r\n"));
  REQUIRE(march.plan.counts.failed == 2);
  SECTION("a line is corrected in its name alone, wherever the report is saved") {
    office.drop(list_of(line("1", "B")), "april.csv");
    const std::string corrected = edited(march.report, "1,Wrong,A", "1,Client 1,A");
    CHECK(is_superseded(office.drop(corrected, "march corrected.csv")));
    CHECK(is_superseded(office.drop(corrected, "clients.errors.csv")));
    CHECK(office.number_of("1") == "B");
  }
  SECTION("a report is kept open, and saved again after its first correction was replaced") {
    const std::string first = edited(march.report, "1,Wrong,A", "1,Client 1,N");
    office.drop(first, "clients.errors.csv");
    CHECK(office.number_of("1") == "N");
    office.drop(list_of(line("1", "Z")), "april.csv");
    office.drop(edited(first, "2,Client 2,,", "2,Client 2,M,"), "clients.errors.csv");
    CHECK(office.number_of("1") == "Z");
    CHECK(office.number_of("2") == "M");
  }
  SECTION("two people correct the same report") {
    const std::string hers = edited(march.report, "1,Wrong,A", "1,Client 1,N"),
                      his = edited(march.report, "2,Client 2,,", "2,Client 2,M,");
    office.drop(hers, "clients.errors.csv");
    office.drop(edited(his, "1,Wrong,A", "1,Client 1,A"), "clients.errors.csv");
    CHECK(office.number_of("1") == "N");
  }
}

TEST_CASE("a blank number in an old file writes nothing, so that it is not superseded") {
  Office office;
  const std::string march = list_of(line("1", ""));
  office.drop(march);
  office.drop(list_of(line("1", "A")));
  const std::vector<Problem> problems = office.drop(march).plan.rows[0].problems;
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == Message::client_number_blank);
}

TEST_CASE("a name that a later file changed is not changed back by an old file") {
  Office office;
  office.rules.policy.display_name = Policy::DisplayName::update;
  const std::string march = list_of("1,Old,start-1\r\n");
  office.drop(march);
  office.drop(list_of("1,New,start-1\r\n"));
  CHECK(is_superseded(office.drop(march)));
}

TEST_CASE("an old file does not bring back a client that was deleted since") {
  Office office;
  office.rules.policy.unknown_company = Policy::UnknownCompany::create;
  office.rules.policy.blank_number = Policy::BlankNumber::keep;
  const std::string list = list_of("501,Ana,\r\n502,Bia,7\r\n");
  CHECK(office.drop(list).plan.counts.created == 2);
  ConnectionPool pool(office.store.options);
  const auto edit = [&](const Edit& change) {
    return edit_clients(pool, office.rules, {change}, {.who = "maria", .now = 1'775'000'000}, {.apply = true})
        .verdict.entry.has_value();
  };
  for (const char* id : {"501", "502"}) {
    REQUIRE(edit({.row = 1, .company_id = id, .active = false}));
    REQUIRE(edit({.kind = Edit::Kind::remove, .row = 1, .company_id = id}));
  }
  const Imported again = office.drop(list, "copy.csv", "other");
  CHECK(again.plan.counts.failed == 2);
  for (const PlannedRow& row : again.plan.rows) CHECK(row.problems.at(0).message == Message::superseded_deleted);
}

TEST_CASE("with older_files: accept an old file is imported like a new one") {
  Office office;
  office.rules.policy.older_files = Policy::OlderFiles::accept;
  const std::string a = list_of(line("1", "A"));
  office.drop(a);
  office.drop(list_of(line("1", "B")));
  CHECK(office.drop(a).plan.counts.updated == 1);
  CHECK(office.number_of("1") == "A");
}

TEST_CASE("files of another firm are not older files of this one") {
  Office office;
  const std::string a = list_of(line("1", "A"));
  a_firm(office.store, {{"1", "Client 1", std::nullopt, "", "", true}}, "second");
  office.drop(a);
  office.drop(list_of(line("1", "B")));
  office.rules.firm = "second";
  CHECK(office.drop(a, "clients.csv", "of the second").plan.counts.updated == 1);
}

TEST_CASE("the statements of an import do not depend on how many old files there are", "[sqlite]") {
  Office office;
  const std::string march = list_of(line("1", "A"));
  office.drop(march);
  office.drop(list_of(line("1", "B")));
  const auto statements = statements_of(office.store, [&] { office.drop(march); });
  CAPTURE(statements);
  CHECK(statements.size() == 10);
}

namespace {

/// What is in a file: its rows as company ID and number.
using Content = std::vector<std::pair<std::string, std::string>>;

/// What is known of a random history: when a content was first dropped, when a report was written, when a client's
/// number was last changed, and which numbers the client ever had.
struct Past {
  std::map<Content, int> first_drop;
  std::vector<std::pair<std::string, int>> reports;
  std::map<std::string, int> last_change;
  std::map<std::string, std::set<std::string>> had;
};

std::string bytes_of(const Content& content, bool saved_by_spreadsheet) {
  std::string bytes = saved_by_spreadsheet ? "Company ID;Display name;Client number\n" : header_line;
  for (const auto& [id, number] : content) {
    bytes += saved_by_spreadsheet ? "\"" + id + "\";Client " + id + ";" + number + "\n" : line(id, number);
  }
  return bytes;
}

Content generated_content() {
  Content content;
  for (const std::string id : {"1", "2", "3"}) {
    if (*rc::gen::inRange(0, 3) == 0) continue;
    content.emplace_back(id, "N-" + std::to_string(*rc::gen::inRange(1, 5)));
  }
  if (content.empty()) content.emplace_back("1", "N-1");
  return content;
}

}  // namespace

TEST_CASE("no number returns to an earlier value unless somebody typed it anew or confirmed it") {
  Office office;
  int firms = 0;
  CHECK_PROPERTY("over random drops, copies, saves by spreadsheets and report rounds", [&] {
    office.rules.firm = "firm " + std::to_string(++firms);
    std::vector<Client> clients;
    for (const std::string id : {"1", "2", "3"}) clients.push_back({id, "Client " + id, std::nullopt, "", "", true});
    const FirmId firm = a_firm(office.store, clients, office.rules.firm);
    Past past;
    const int steps = *rc::gen::inRange(2, 12);
    for (int step = 1; step <= steps; ++step) {
      const auto before = numbers_of(office.store, firm);
      std::string bytes;
      int written = step;  // when the newest number in it was typed
      const bool of_report = !past.reports.empty() && *rc::gen::inRange(0, 3) == 0;
      const bool saved_again = *rc::gen::arbitrary<bool>();
      if (of_report) {
        const auto [report, report_step] = *rc::gen::elementOf(past.reports);
        bytes = report + (saved_again ? "\r\n" : "");
        written = report_step;
      } else {
        const bool again = !past.first_drop.empty() && *rc::gen::arbitrary<bool>();
        const auto pick = again ? *rc::gen::inRange<std::size_t>(0, past.first_drop.size()) : 0;
        const Content content =
            again ? std::next(past.first_drop.begin(), static_cast<long>(pick))->first : generated_content();
        written = past.first_drop.try_emplace(content, step).first->second;
        bytes = bytes_of(content, saved_again);
      }
      const std::string name = *rc::gen::element<std::string>("a.csv", "b.csv", "c.csv");
      const Imported imported = office.drop(bytes, name, office.rules.firm);
      past.reports.emplace_back(imported.report, step);
      const auto after = numbers_of(office.store, firm);
      for (const auto& [id, number] : after) {
        const auto held = before.find(id);
        if (held != before.end() && held->second == number) continue;
        const bool nothing_newer = written >= past.last_change[id];
        RC_ASSERT(nothing_newer || (of_report && saved_again && !past.had[id].contains(number)));
        past.last_change[id] = step;
        past.had[id].insert(number);
      }
    }
  });
}

TEST_CASE("what somebody saved into a report that had been replaced changes nothing that is newer") {
  Office office;
  const Imported first = office.drop(list_of(line("1", "") + line("2", "") + line("3", "")));
  mark(office.store, first.import, ReportState::published, "clients.errors.csv");
  office.drop(list_of(line("1", "A-2")));
  record_late_save(office.store, "main", "clients.errors.csv", sha256(first.report), "late.csv");
  CHECK(newest_import(office.store, "late.csv") == std::nullopt);
  std::string saved = edited(first.report, "1,Client 1,", "1,Client 1,A-1");
  saved = edited(saved, "2,Client 2,", "2,Client 2,B-1");
  const Imported late = office.drop(saved, "late.csv");
  CHECK(is_superseded(late, 0));
  CHECK(office.number_of("1") == "A-2");
  CHECK(office.number_of("2") == "B-1");
  // From then on it is a report like any other.
  mark(office.store, late.import, ReportState::published, "late.csv");
  office.drop(edited(late.report, ",superseded,", ",,"), "late.csv");
  CHECK(office.number_of("1") == "A-1");
}
