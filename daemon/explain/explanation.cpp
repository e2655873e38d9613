#include "daemon/explain/explanation.hpp"

#include <algorithm>
#include <chrono>

#include "daemon/inbox/arrivals.hpp"
#include "daemon/inbox/crash_count.hpp"
#include "daemon/inbox/not_taken.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using State = ServiceView::State;

std::string shown(std::chrono::milliseconds time) {
  constexpr std::int64_t second = 1000;
  const std::int64_t count = time.count();
  return count % second == 0 ? std::to_string(count / second) + " s" : std::to_string(count) + " ms";
}

/// Something that comes before all that the file says of itself.
std::optional<Explanation> folder_first(const FileFacts& facts, const InboxConfig& inbox) {
  const FolderFacts& folder = facts.folder;
  if (!folder.fault.empty())
    return Explanation{.reason = "folder", .why = "the folder cannot be looked at: " + escape(folder.fault)};
  if (folder.mark.state == MarkSight::State::foreign) {
    return Explanation{.answer = Answer::not_taken,
                       .reason = "foreign_inbox",
                       .why = "the inbox is marked as another one (" + escape(folder.mark.found) +
                              "), and nothing in it is taken until somebody runs clientsync inbox adopt " + inbox.name};
  }
  if (!folder.entry) return Explanation{.answer = Answer::gone, .why = "there is no file of this name in the inbox"};
  if (folder.entry->type == FileType::other && folder.entry->stamp.inode == 0)
    return Explanation{.reason = "unexamined", .why = "the file system does not let it be examined"};
  return std::nullopt;
}

std::optional<Explanation> name_and_kind(const FileFacts& facts, const InboxConfig& inbox, const ServiceView& service) {
  const bool report = facts.ledger.known.report_of.has_value();
  const bool ledger_away = !facts.ledger.fault.empty();
  auto why = why_not_taken(*facts.folder.entry, inbox.patterns, report);
  if (ledger_away && (!why || why->reason == "pattern")) {
    Explanation unknown{.reason = "database", .why = "the ledger cannot be asked: " + escape(facts.ledger.fault)};
    if (service.waiting) {
      unknown.why += "; the service has seen the file, which waits";
      unknown.since = service.waiting->since;
      unknown.next = service.waiting->next;
    }
    return unknown;
  }
  if (!why) return std::nullopt;
  if (why->reason == "second_link") why->sentence += "; it is taken once that is gone";
  return Explanation{.answer = Answer::not_taken, .reason = std::move(why->reason), .why = escape(why->sentence)};
}

std::optional<Explanation> unreadable(const FileFacts& facts, const ServiceView& service) {
  // Whoever asks may have more rights than the service, or fewer.
  if (service.waiting && service.waiting->reason == "unreadable") {
    return Explanation{.answer = Answer::not_taken,
                       .reason = "unreadable",
                       .why =
                           "the service has no permission to read it; it tries again, and after a minute the report "
                           "says so",
                       .since = service.waiting->since,
                       .next = service.waiting->next};
  }
  if (!facts.folder.read_fault) return std::nullopt;
  switch (*facts.folder.read_fault) {
    case ReadFault::gone:
      return Explanation{.answer = Answer::gone, .why = "it was there a moment ago, and is gone"};
    case ReadFault::changed:
      return Explanation{.answer = Answer::will_be_imported,
                         .reason = "settling",
                         .why = "it is being written at this moment; it is taken when it stays unchanged"};
    case ReadFault::unreadable:
      break;
    case ReadFault::not_a_file:
    case ReadFault::linked:
      return Explanation{
          .answer = Answer::not_taken, .reason = "link", .why = "it is a link or has a second hard link"};
  }
  return Explanation{.reason = "unreadable",
                     .why = "you have no permission to read it, so that it cannot be compared with what was imported"};
}

std::optional<Explanation> done(const FileFacts& facts, const ServiceView& service) {
  if (facts.ledger.own_report) {
    const Publication& report = *facts.ledger.own_report;
    return Explanation{.answer = Answer::own_report,
                       .why = "it is the report on " + escape(report.name) + " as import " +
                              std::to_string(report.import) + " wrote it; it is taken once somebody corrects it",
                       .import = report.import};
  }
  const std::optional<LedgerRow>& newest = facts.ledger.known.newest;
  if (!newest || newest->file != *facts.folder.file) return std::nullopt;
  const std::optional<WaitingFile>& waiting = service.waiting;
  if (waiting && waiting->anew && newest->id <= waiting->arrived_after) return std::nullopt;
  const auto& imports = facts.ledger.history.imports;
  const auto entry = std::ranges::find(imports, newest->id, &PastImport::id);
  const bool adopted = entry != imports.end() && entry->adopted;
  const std::string number = std::to_string(newest->id);
  return Explanation{
      .answer = Answer::done,
      .why = adopted            ? "it counts as done without an import, by entry " + number + " (inbox adopt --skip)"
             : newest->rejected ? "import " + number + " rejected exactly this file; correct it, or see its report"
                                : "import " + number + " was made of exactly this file",
      .import = newest->id};
}

/// What will become of it, whatever its rows say.
Explanation fate(const FileFacts& facts, const InboxConfig& inbox, const ServiceView& service) {
  const FolderFacts& folder = facts.folder;
  const bool in_hand = service.waiting && service.waiting->reason == "in_hand";
  if (folder.deaths.value_or(0) >= max_deaths && !in_hand) {
    return {.answer = Answer::will_be_rejected,
            .reason = "set_aside",
            .why = "the service died " + std::to_string(*folder.deaths) +
                   " times with it in hand, and sets it aside unread (file_set_aside) until it changes"};
  }
  if (name_kind(facts.name, inbox.patterns) == NameKind::document)
    return {
        .answer = Answer::will_be_rejected, .reason = "document", .why = "its name is that of a document, not a CSV"};
  if (folder.over_limit)
    return {.answer = Answer::will_be_rejected, .reason = "too_large", .why = "it is larger than limits.bytes"};
  Explanation taken{.answer = Answer::will_be_imported};
  if (facts.ledger.known.report_of)
    taken.why = "it is a report on " + escape(*facts.ledger.known.report_of) + " that somebody edited";
  return taken;
}

std::string at_least(const FolderFacts& folder, const InboxConfig& inbox) {
  constexpr Patience patience;
  if (folder.entry->stamp.size == 0) return shown(patience.writer) + ", because it is empty and may grow";
  if (folder.cut_off) return shown(inbox.settle * patience.cut_off_factor) + ", because its last line has no end";
  return shown(inbox.settle);
}

/// What it waits for.
void add_wait(Explanation& taken, const FileFacts& facts, const InboxConfig& inbox, const ServiceView& service) {
  const auto say = [&taken](const std::string& reason, const std::string& why) {
    if (taken.reason.empty()) taken.reason = reason;
    taken.why += (taken.why.empty() ? "" : "; ") + why;
  };
  const std::string unchanged = "it has to stay unchanged for at least " + at_least(facts.folder, inbox);
  if (service.state != State::answers) {
    say("no_service", "it waits for the service or for clientsync run --once; " + unchanged);
  } else if (!service.watches) {
    say("not_watched", "the service that answers does not watch this inbox; restart it with this configuration");
  } else if (service.fault) {
    say("fault", "it waits until the fault is gone: " + service.fault->event + ": " + escape(service.fault->why));
  } else if (service.waiting) {
    say(service.waiting->reason, escape(service.waiting->why));
  } else {
    say("unseen", "the service has not noticed it yet; it looks at the whole folder every " + shown(inbox.rescan) +
                      " at least; then " + unchanged);
  }
  if (!service.waiting) return;
  taken.since = service.waiting->since;
  taken.next = service.waiting->next;
}

}  // namespace

std::string_view word_of(Answer answer) {
  switch (answer) {
    case Answer::will_be_imported:
      return "will_be_imported";
    case Answer::will_be_rejected:
      return "will_be_rejected";
    case Answer::not_taken:
      return "not_taken";
    case Answer::done:
      return "done";
    case Answer::own_report:
      return "own_report";
    case Answer::gone:
      return "gone";
    case Answer::elsewhere:
      return "elsewhere";
    case Answer::unknown:
      break;
  }
  return "unknown";
}

Explanation explain(const FileFacts& facts, const InboxConfig& inbox, const ServiceView& service) {
  if (auto first = folder_first(facts, inbox)) return *std::move(first);
  if (auto passed = name_and_kind(facts, inbox, service)) return *std::move(passed);
  if (auto passed = unreadable(facts, service)) return *std::move(passed);
  if (auto passed = done(facts, service)) return *std::move(passed);
  Explanation taken = fate(facts, inbox, service);
  add_wait(taken, facts, inbox, service);
  return taken;
}

}  // namespace clientsync
