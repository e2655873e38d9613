#include "daemon/explain/explanation.hpp"

#include <string>
#include <utility>

#include "tests/support/catch.hpp"

using namespace clientsync;
using State = ServiceView::State;

namespace {

InboxConfig main_inbox() {
  InboxConfig inbox;
  inbox.name = "main";
  return inbox;
}

const FileIdentity identity{"the digest", 10, 1'700'000'000};

/// A file that is there and can be read, of which the ledger knows nothing.
FileFacts a_file(const std::string& name = "clients.csv") {
  FileFacts facts{.name = name};
  facts.folder.entry = Entry{.name = name, .type = FileType::regular, .stamp = {.device = 1, .inode = 2, .size = 10}};
  facts.folder.file = identity;
  facts.folder.deaths = 0;
  return facts;
}

LedgerRow a_row(ImportId import) {
  LedgerRow row;
  row.id = import;
  row.file = identity;
  return row;
}

ServiceView answering(std::optional<WaitingFile> waiting = std::nullopt) {
  return {.state = State::answers, .watches = true, .waiting = std::move(waiting)};
}

Explanation explained(const FileFacts& facts, const ServiceView& service = answering()) {
  return explain(facts, main_inbox(), service);
}

}  // namespace

TEST_CASE("a file that waits will be imported, and the service says what it waits for") {
  const Explanation answer = explained(
      a_file(),
      answering(WaitingFile{
          .name = "clients.csv", .reason = "open", .why = "its writer has it open", .since = "S", .next = "N"}));
  CHECK(answer.answer == Answer::will_be_imported);
  CHECK(answer.reason == "open");
  CHECK(answer.why == "its writer has it open");
  CHECK(answer.since == "S");
  CHECK(answer.next == "N");
}

TEST_CASE("a file that the service has not noticed is seen at the next look at the whole folder") {
  const Explanation answer = explained(a_file());
  CHECK(answer.answer == Answer::will_be_imported);
  CHECK(answer.reason == "unseen");
  CHECK(answer.why.find("every 60 s") != std::string::npos);
}

TEST_CASE("without a service, it is said how long a file settles at least") {
  FileFacts facts = a_file();
  CHECK(explained(facts, {}).reason == "no_service");
  CHECK(explained(facts, {}).why.find("at least 1 s") != std::string::npos);
  facts.folder.cut_off = true;
  CHECK(explained(facts, {}).why.find("at least 5 s, because its last line has no end") != std::string::npos);
  facts.folder.entry->stamp.size = 0;
  CHECK(explained(facts, {}).why.find("at least 30 s, because it is empty") != std::string::npos);
}

TEST_CASE("a service with another configuration does not take the file, and neither does one with a fault for now") {
  ServiceView service = answering();
  service.watches = false;
  CHECK(explained(a_file(), service).reason == "not_watched");
  service = answering(WaitingFile{.reason = "turn", .since = "S"});
  service.fault = ToldFault{.event = "database.unavailable", .why = "away"};
  const Explanation answer = explained(a_file(), service);
  CHECK(answer.reason == "fault");
  CHECK(answer.why.find("database.unavailable: away") != std::string::npos);
  CHECK(answer.since == "S");
}

TEST_CASE("names and kinds that are never taken have their reasons") {
  using Case = std::pair<const char*, const char*>;
  for (const auto& [name, reason] :
       {Case{".clients.csv", "hidden"}, Case{".clientsync", "hidden"}, Case{"~$clients.csv", "temporary"},
        Case{"clients.csv.part", "temporary"}, Case{"clients.md", "pattern"}}) {
    CAPTURE(name);
    const Explanation answer = explained(a_file(name));
    CHECK(answer.answer == Answer::not_taken);
    CHECK(answer.reason == reason);
  }
  FileFacts facts = a_file();
  const auto reason_of = [&facts](FileType type, std::uint32_t links) {
    facts.folder.entry->type = type;
    facts.folder.entry->links = links;
    return explained(facts).reason;
  };
  CHECK(reason_of(FileType::directory, 2) == "folder");
  CHECK(reason_of(FileType::link, 1) == "link");
  CHECK(reason_of(FileType::other, 1) == "special");
  CHECK(reason_of(FileType::regular, 2) == "second_link");
  facts.folder.entry->type = FileType::other;
  facts.folder.entry->stamp.inode = 0;
  CHECK(explained(facts).answer == Answer::unknown);
}

TEST_CASE("nothing is taken in an inbox of another ledger") {
  FileFacts facts = a_file();
  facts.folder.mark = {.state = MarkSight::State::foreign, .found = "ledger x"};
  CHECK(explained(facts).answer == Answer::not_taken);
  CHECK(explained(facts).reason == "foreign_inbox");
}

TEST_CASE("a file is done by the import of its name that has its bytes, size and time") {
  FileFacts facts = a_file();
  facts.ledger.known.newest = a_row(7);
  CHECK(explained(facts).answer == Answer::done);
  CHECK(explained(facts).import == 7);
  facts.ledger.known.newest->rejected = true;
  CHECK(explained(facts).why.find("rejected exactly this file") != std::string::npos);
  facts.ledger.known.newest->file.mtime += 1;
  CHECK(explained(facts).answer == Answer::will_be_imported);
}

TEST_CASE("a file whose arrival the service saw is a new drop, unless a later import was made of it") {
  FileFacts facts = a_file();
  facts.ledger.known.newest = a_row(7);
  WaitingFile waiting{.reason = "settling", .anew = true, .arrived_after = 7};
  CHECK(explained(facts, answering(waiting)).answer == Answer::will_be_imported);
  waiting.arrived_after = 6;
  CHECK(explained(facts, answering(waiting)).answer == Answer::done);
}

TEST_CASE("a report as it was written is not taken, and one that somebody edited is") {
  FileFacts facts = a_file("clients.errors.md");
  facts.ledger.known.report_of = "clients.md";
  CHECK(explained(facts).answer == Answer::will_be_imported);
  CHECK(explained(facts).why.find("a report on clients.md that somebody edited") != std::string::npos);
  facts.ledger.own_report = Publication{.import = 7, .name = "clients.md"};
  CHECK(explained(facts).answer == Answer::own_report);
  CHECK(explained(facts).import == 7);
}

TEST_CASE("a file that is set aside, too large or a document is taken and will be rejected") {
  FileFacts facts = a_file();
  facts.folder.deaths = 3;
  CHECK(explained(facts).answer == Answer::will_be_rejected);
  CHECK(explained(facts).reason == "set_aside");
  CHECK(explained(facts, answering(WaitingFile{.reason = "in_hand"})).answer == Answer::will_be_imported);
  facts.folder.deaths = 2;
  facts.folder.over_limit = true;
  CHECK(explained(facts).reason == "too_large");
  CHECK(explained(a_file("clients.xlsx")).reason == "document");
}

TEST_CASE("what the service cannot read is not taken, whatever others can read") {
  const WaitingFile waiting{.reason = "unreadable", .since = "S", .next = "N"};
  CHECK(explained(a_file(), answering(waiting)).answer == Answer::not_taken);
  FileFacts facts = a_file();
  facts.folder.file.reset();
  facts.folder.read_fault = ReadFault::unreadable;
  CHECK(explained(facts, answering(waiting)).reason == "unreadable");
  CHECK(explained(facts).answer == Answer::unknown);
  facts.folder.read_fault = ReadFault::gone;
  CHECK(explained(facts).answer == Answer::gone);
  facts.folder.read_fault = ReadFault::changed;
  CHECK(explained(facts).reason == "settling");
}

TEST_CASE("without the ledger it is not said that a file will be imported") {
  FileFacts facts = a_file();
  facts.ledger.fault = "the database is away";
  const Explanation answer = explained(facts, answering(WaitingFile{.reason = "database", .since = "S", .next = "N"}));
  CHECK(answer.answer == Answer::unknown);
  CHECK(answer.reason == "database");
  CHECK(answer.next == "N");
  CHECK(explained(a_file("~$clients.csv")).answer == Answer::not_taken);
  facts = a_file("clients.md");
  facts.ledger.fault = "the database is away";
  CHECK(explained(facts).answer == Answer::unknown);
}

TEST_CASE("a file that is not there is gone, and one in a folder that is not there is unknown") {
  FileFacts facts = a_file();
  facts.folder.entry.reset();
  CHECK(explained(facts).answer == Answer::gone);
  facts.folder.fault = "no such folder";
  CHECK(explained(facts).answer == Answer::unknown);
}

TEST_CASE("names in an explanation are harmless text") {
  FileFacts facts = a_file("report.csv");
  facts.ledger.own_report = Publication{.import = 7, .name = "a\n\x1b[31m.csv"};
  CHECK(explained(facts).why.find("a\\x0a\\x1b[31m.csv") != std::string::npos);
}
