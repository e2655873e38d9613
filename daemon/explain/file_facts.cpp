#include "daemon/explain/file_facts.hpp"

#include <exception>
#include <system_error>

#include "daemon/inbox/crash_count.hpp"
#include "daemon/inbox/not_taken.hpp"
#include "importer/digest.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

void ask_ledger(ConnectionPool& pool, const InboxConfig& inbox, const std::string& name, LedgerFacts& facts) {
  pool.use([&](Connection& connection) {
    facts.known = look_up_name(connection, inbox.name, name);
    facts.history = read_file_history(connection, inbox.name, name, most_told_imports);
  });
}

/// Reads the file as the service would, and asks the ledger for its bytes.
void read(ConnectionPool& pool, const InboxConfig& inbox, const Directory& directory, FileFacts& facts) {
  const auto input = read_input(pool, inbox, directory, facts.name, facts.ledger.known.report_of.has_value());
  if (!input) {
    facts.folder.read_fault = input.error();
    return;
  }
  facts.folder.file = input->identity;
  facts.folder.over_limit = input->file.over_limit;
  facts.folder.cut_off = may_be_cut_off(input->file);
  pool.use([&](Connection& connection) {
    if (input->own_report)
      facts.ledger.own_report = publication_of(connection, inbox.name, facts.name, sha256(input->file.bytes));
    facts.ledger.first_import =
        read_first_import(connection, inbox.rules.firm, inbox.name, facts.name, input->identity.sha256);
  });
}

}  // namespace

FileFacts find_facts(ConnectionPool* pool, const std::string& database_fault, const Config& config,
                     const InboxConfig& inbox, const std::string& name) {
  FileFacts facts{.name = name, .ledger = {.fault = database_fault}};
  std::string ledger;
  try {
    if (pool != nullptr) {
      ledger = pool->use(ledger_uuid);
      ask_ledger(*pool, inbox, name, facts.ledger);
    }
  } catch (const DatabaseError& error) {
    facts.ledger.fault = error.what();
  }
  try {
    const Directory directory(inbox.path);
    if (!ledger.empty()) facts.folder.mark = look_at_mark(directory, {ledger, inbox.name});
    facts.folder.entry = directory.look(name);
    const auto& entry = facts.folder.entry;
    if (!entry) return facts;
    facts.folder.deaths = count_deaths(config.state, inbox.name, name, entry->stamp);
    const bool report = facts.ledger.known.report_of.has_value();
    if (facts.ledger.fault.empty() && !why_not_taken(*entry, inbox.patterns, report))
      read(*pool, inbox, directory, facts);
  } catch (const DatabaseError& error) {
    facts.ledger.fault = error.what();
  } catch (const std::system_error& error) {
    facts.folder.fault = error.what();
  }
  return facts;
}

}  // namespace clientsync
