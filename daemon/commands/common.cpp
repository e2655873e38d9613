#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <variant>

#include "config/connection.hpp"
#include "daemon/commands/common.hpp"
#include "daemon/files/user.hpp"
#include "daemon/inbox/discovery.hpp"
#include "importer/store/schema.hpp"
#include "importer/text.hpp"

namespace clientsync {

Config read_config(const Options& options, const ConfigChecks& checks) {
  ConfigResult result = load_config(options.config, checks);
  if (auto* config = std::get_if<Config>(&result)) return std::move(*config);
  std::string all;
  for (const ConfigError& error : std::get<std::vector<ConfigError>>(result)) {
    all += (all.empty() ? "" : "\n") + format_error(options.config.string(), error);
  }
  throw UsageError(all);
}

namespace {

std::string names_of(const std::vector<InboxConfig>& inboxes) {
  constexpr std::size_t most = 20;
  std::string names;
  for (std::size_t i = 0; i < std::min(inboxes.size(), most); ++i) names += (i == 0 ? "" : ", ") + inboxes[i].name;
  return inboxes.size() > most ? names + ", …" : names;
}

}  // namespace

InboxConfig chosen_inbox(const Config& config, const Options& options) {
  const AllInboxes all = all_inboxes(config);
  const auto chosen = std::ranges::find(all.inboxes, options.inbox, &InboxConfig::name);
  if (chosen != all.inboxes.end()) return *chosen;
  if (!all.faults.empty())
    throw std::runtime_error("cannot read a root: " + all.faults.front() + "; mount it or create it");
  if (all.inboxes.empty()) throw UsageError("there are no inboxes, because the roots contain no folders; create one");
  const std::string names = names_of(all.inboxes);
  if (!options.inbox.empty())
    throw UsageError("unknown inbox " + escape(options.inbox) + "; expected one of: " + names);
  if (all.inboxes.size() > 1) throw UsageError("several inboxes are configured; add --inbox with one of: " + names);
  return all.inboxes.front();
}

void require_database(const DatabaseOptions& database) {
  if (database.kind != DatabaseKind::sqlite) return;
  const std::filesystem::path file = database_file(database.connection);
  std::error_code unknown;
  if (std::filesystem::exists(file, unknown) || unknown || !std::filesystem::exists(file.parent_path(), unknown))
    return;
  throw std::runtime_error("there is no database " + escape(file.native()) +
                           " yet; clientsync run, clients load or db upgrade creates it");
}

void refuse_csv(const Options& options) {
  if (options.format == Format::csv) throw UsageError("this command has no --format csv; use table or json");
}

std::unique_ptr<Connection> open_to_read(const DatabaseOptions& database) {
  require_database(database);
  auto connection = std::make_unique<Connection>(database);
  prepare_schema(*connection);
  return connection;
}

std::string user_name() {
  const char* behind_sudo = std::getenv("SUDO_USER");
  if (behind_sudo != nullptr && *behind_sudo != '\0' && ::geteuid() == 0) return behind_sudo;
  return name_of_user(::geteuid());
}

std::string counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string outcomes(const Counts& counts) {
  return std::to_string(counts.updated) + " updated, " + std::to_string(counts.unchanged) + " unchanged, " +
         std::to_string(counts.created) + " created, " + std::to_string(counts.failed) + " failed";
}

}  // namespace clientsync
