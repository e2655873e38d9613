#include "daemon/service/startup_checks.hpp"

#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/log.hpp"
#include "importer/store/durability.hpp"
#include "importer/store/schema.hpp"

namespace clientsync {
namespace {

/// No statement of an import under these limits is larger: the bytes of file and report in Base64, or their cells
/// escaped for SQL, and for each row what the register has.
std::uint64_t statement_bytes(const SheetRules& limits) {
  constexpr std::uint64_t copies = 3, escape = 7, row = 4096;
  return copies * escape * limits.max_bytes + row * limits.max_rows;
}

void require_room(std::uint64_t largest, const std::string& whose, const SheetRules& limits) {
  const std::uint64_t needed = statement_bytes(limits);
  if (needed <= largest) return;
  throw DatabaseError(DatabaseError::Kind::refused,
                      "the limits of " + whose + " allow files that need statements of " + std::to_string(needed) +
                          " bytes, and the database takes " + std::to_string(largest) +
                          ": lower limits.rows or limits.bytes, or raise the server's max_allowed_packet");
}

}  // namespace

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // If this fails, the fault shows when a descriptor is missing.
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

std::vector<Fault> prepare_database(Connection& connection, const Config& config) {
  prepare_schema(connection);
  std::vector<Fault> weaknesses;
  for (const DurabilitySetting& setting : durability(connection)) {
    if (setting.weakness.empty()) continue;
    log(LogLevel::warning, "database.weak",
        {{"setting", setting.name},
         {"value", setting.value},
         {"expected", setting.expected},
         {"why", setting.weakness}});
    weaknesses.push_back(
        {.event = "database.weak",
         .why = setting.name + " is " + setting.value + " and not " + setting.expected + ": " + setting.weakness,
         .warning = true});
  }
  const std::optional<std::uint64_t> largest = connection.largest_statement();
  if (!largest) return weaknesses;
  for (const InboxConfig& inbox : config.inboxes) require_room(*largest, "inbox " + inbox.name, inbox.rules.sheet);
  if (!config.roots.empty()) require_room(*largest, "the inboxes of roots", config.defaults.rules.sheet);
  return weaknesses;
}

}  // namespace clientsync
