#include "daemon/explain/inbox_facts.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "daemon/files/directory.hpp"
#include "daemon/import/standing_files.hpp"
#include "daemon/inbox/not_taken.hpp"
#include "daemon/inbox/ownership.hpp"
#include "importer/store/known_files.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

/// Names that the ledger is asked for at once.
constexpr std::size_t names_at_once = 1000;

template <class Each>
void in_slices(const std::vector<Entry>& entries, const Each& each) {
  for (std::size_t at = 0; at < entries.size(); at += names_at_once)
    each(std::span(entries).subspan(at, std::min(names_at_once, entries.size() - at)));
}

/// Those of the entries under whose names the ledger published a report.
std::set<std::string> reports_among(ConnectionPool& pool, const InboxConfig& inbox, const std::vector<Entry>& entries) {
  std::set<std::string> reports;
  in_slices(entries, [&](std::span<const Entry> slice) {
    std::vector<std::string> names;
    for (const Entry& entry : slice) names.push_back(entry.name);
    const std::vector<KnownFile> known =
        pool.use([&](Connection& connection) { return look_up_names(connection, inbox.name, names); });
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!known[i].report_sha256.empty()) reports.insert(std::move(names[i]));
    }
  });
  return reports;
}

/// Tells what is not taken, and returns the others.
std::vector<Entry> pass_over(ConnectionPool* pool, const InboxConfig& inbox, std::vector<Entry> entries,
                             InboxFacts& facts) {
  std::vector<Entry> other_names;
  std::ranges::copy_if(entries, std::back_inserter(other_names), [&](const Entry& entry) {
    return name_kind(entry.name, inbox.patterns) == NameKind::other && !why_not_a_file(entry);
  });
  const std::set<std::string> reports =
      pool == nullptr ? std::set<std::string>() : reports_among(*pool, inbox, other_names);
  std::erase_if(entries, [&](const Entry& entry) {
    auto why = why_not_taken(entry, inbox.patterns, reports.contains(entry.name));
    if (!why) return false;
    if (why->reason == "hidden") return true;
    ++facts.passed_over_count;
    if (facts.passed_over.size() < most_told_names)
      facts.passed_over.push_back({entry.name, std::move(why->reason), std::move(why->sentence)});
    return true;
  });
  return entries;
}

/// Whether each of the files was done though it was too large to be read.
std::vector<bool> done_unread(ConnectionPool& pool, const InboxConfig& inbox, std::span<const Ready> files) {
  std::vector<std::string> names;
  for (const Ready& file : files) names.push_back(file.name);
  const std::vector<KnownFile> known =
      pool.use([&](Connection& connection) { return look_up_names(connection, inbox.name, names); });
  std::vector<bool> done;
  for (std::size_t i = 0; i < files.size(); ++i)
    done.push_back(known[i].newest == FileIdentity{"", files[i].stamp.size, files[i].stamp.mtime_seconds()});
  return done;
}

/// Those of the entries that are not done.
void find_waiting_files(ConnectionPool& pool, const InboxConfig& inbox, const Directory& directory,
                        const std::vector<Entry>& entries, InboxFacts& facts) {
  in_slices(entries, [&](std::span<const Entry> slice) {
    std::vector<Ready> files;
    for (const Entry& entry : slice) files.push_back({.name = entry.name, .stamp = entry.stamp});
    const std::vector<std::string> names = find_done(pool, inbox, directory, files);
    const std::set<std::string_view> done(names.begin(), names.end());
    const std::vector<bool> too_large = done_unread(pool, inbox, files);
    for (std::size_t i = 0; i < files.size(); ++i) {
      const Ready& file = files[i];
      if (done.contains(file.name) || too_large[i]) continue;
      ++facts.waiting_count;
      if (facts.waiting.size() == most_told_names) continue;
      facts.waiting.push_back({.name = file.name,
                               .bytes = file.stamp.size,
                               .reason = "no_service",
                               .why = "it waits for the service or for clientsync run --once"});
    }
  });
}

void look_at_folder(ConnectionPool* pool, const std::string& ledger, const InboxConfig& inbox, LookInto look,
                    InboxFacts& facts) {
  const Directory directory(inbox.path);
  const Mark mark{ledger, inbox.name};
  const MarkSight sight = ledger.empty() ? MarkSight{} : look_at_mark(directory, mark);
  if (sight.state == MarkSight::State::foreign) {
    facts.fault = {
        .event = "inbox.foreign",
        .inbox = inbox.name,
        .why = "found " + sight.found + ", expected " + describe(mark) + "; run clientsync inbox adopt " + inbox.name};
    return;
  }
  std::vector<Entry> entries = directory.list();
  std::ranges::sort(entries, {}, &Entry::name);
  entries = pass_over(pool, inbox, std::move(entries), facts);
  if (look == LookInto::waiting && pool != nullptr) find_waiting_files(*pool, inbox, directory, entries, facts);
}

}  // namespace

InboxFacts find_facts(ConnectionPool* pool, const InboxConfig& inbox, LookInto look) {
  InboxFacts facts;
  std::string ledger;
  if (pool != nullptr) {
    ledger = pool->use(ledger_uuid);
    pool->use([&](Connection& connection) {
      facts.last_import = read_last_import(connection, inbox.name);
      facts.unpublished = read_unpublished(connection, inbox.name);
    });
  }
  if (look == LookInto::nothing) {
    facts.fault = {.event = "inbox.stalled", .inbox = inbox.name, .why = "the folder does not answer"};
    return facts;
  }
  try {
    look_at_folder(pool, ledger, inbox, look, facts);
  } catch (const std::system_error& error) {
    facts.fault = {.event = "inbox.unavailable", .inbox = inbox.name, .why = error.what()};
  }
  return facts;
}

}  // namespace clientsync
