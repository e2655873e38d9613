#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <variant>

#include "daemon/commands/commands.hpp"

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

const InboxConfig& chosen_inbox(const Config& config, const Options& options) {
  std::string names;
  for (const InboxConfig& inbox : config.inboxes) {
    if (inbox.name == options.inbox) return inbox;
    names += (names.empty() ? "" : ", ") + inbox.name;
  }
  if (!options.inbox.empty()) throw UsageError("there is no inbox " + options.inbox + "; configured are: " + names);
  if (config.inboxes.size() != 1)
    throw UsageError("several inboxes are configured; say which with --inbox NAME: " + names);
  return config.inboxes.front();
}

std::string user_name() {
  const char* behind_sudo = std::getenv("SUDO_USER");
  if (behind_sudo != nullptr && *behind_sudo != '\0' && ::geteuid() == 0) return behind_sudo;
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(::geteuid());
}

}  // namespace clientsync
