#include "config/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "config/connection.hpp"
#include "config/database.hpp"
#include "config/file.hpp"
#include "config/folders.hpp"
#include "config/http.hpp"
#include "config/inboxes.hpp"
#include "config/setting.hpp"
#include "config/yaml.hpp"

namespace clientsync {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{1024} * 1024;

void read_log(const Setting& setting, Config& config) {
  const auto read_format = [&](const Setting& s) {
    if (s.node.text == "journal") return s.fail("`journal` is not available in this version; expected text or json");
    one_of(config.log_format,
           {{"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}})(s);
  };
  read_map(setting, {{"level", one_of(config.log_level, {{"debug", LogLevel::debug},
                                                         {"info", LogLevel::info},
                                                         {"warning", LogLevel::warning},
                                                         {"error", LogLevel::error}})},
                     {"format", read_format}});
}

void read_roots(const Setting& setting, std::vector<fs::path>& roots, std::vector<WatchedFolder>& folders) {
  const auto read_root = [&](const Setting& item) {
    fs::path root;
    read_path(item, root);
    if (root.empty()) return;
    folders.push_back({item, root, true});
    roots.push_back(std::move(root));
  };
  read_list(setting, read_root, "a list, like [/srv/firms]");
}

/// The directory of the service's own files, if the configuration names none.
fs::path default_state(const DatabaseOptions& database) {
  const char* given = std::getenv("STATE_DIRECTORY");
  if (given != nullptr) {
    // systemd separates several directories with colons.
    const std::string_view first = std::string_view(given).substr(0, std::string_view(given).find(':'));
    if (first.starts_with('/')) return first;
  }
  if (database.kind == DatabaseKind::sqlite) return database_file(database.connection).parent_path();
  return Config{}.state;
}

Config read_config(const YamlNode& root, const ConfigChecks& checks, const fs::path& folder,
                   std::vector<ConfigError>& errors) {
  Config config;
  fs::path state;
  std::vector<WatchedFolder> folders;
  const YamlNode* roots = root.find("roots");
  const YamlNode* inboxes = root.find("inboxes");
  const bool has_roots = roots != nullptr && !roots->is_empty();
  const bool has_inboxes = inboxes != nullptr && !inboxes->is_empty();
  const auto read_all_inboxes = [&](const Setting& s) { read_inboxes(s, config.defaults, config.inboxes, folders); };
  read_map({root, "", errors},
           {{"database", [&](const Setting& s) { read_database(s, checks, folder, config.database); }},
            {"state", unless_empty([&](const Setting& s) { read_path(s, state); })},
            {"defaults", [&](const Setting& s) { read_defaults(s, has_roots, config.defaults); }},
            {"roots", unless_empty([&](const Setting& s) { read_roots(s, config.roots, folders); })},
            {"inboxes", unless_empty(read_all_inboxes)},
            {"retention", [&](const Setting& s) { read_duration(s, 1s, 24h * 36500, config.retention); }},
            {"log", [&](const Setting& s) { read_log(s, config); }},
            {"http", [&](const Setting& s) { read_http(s, config.http); }}});
  if (checks.secrets && !config.database.password) read_credential(config.database.password, errors);
  config.state = state.empty() ? default_state(config.database) : std::move(state);
  config.defaults.rules.firm.clear();
  check_folders(folders, config.state, checks.folders);
  const bool is_map = root.kind == YamlNode::Kind::map || root.kind == YamlNode::Kind::null;
  if (checks.inboxes && is_map && !has_roots && !has_inboxes) {
    const std::string message = "no inboxes and no roots; expected at least one";
    if (inboxes != nullptr) Setting{*inboxes, "inboxes", errors}.fail(message);
    if (inboxes == nullptr) errors.push_back({0, 0, "inboxes", message});
  }
  return config;
}

ConfigResult parse(std::string_view yaml, const ConfigChecks& checks, const fs::path& folder) {
  std::vector<ConfigError> errors;
  const std::optional<YamlNode> root = parse_yaml(yaml, errors);
  Config config = root ? read_config(*root, checks, folder, errors) : Config{};
  if (errors.empty()) return config;
  std::ranges::stable_sort(errors, {}, [](const ConfigError& error) { return std::tuple(error.line, error.column); });
  return errors;
}

}  // namespace

std::string format_error(std::string_view file, const ConfigError& error) {
  std::string text(file);
  if (error.line != 0) text += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
  if (!error.key.empty()) text += ": " + error.key;
  return text + ": " + error.message;
}

ConfigResult parse_config(std::string_view yaml, const ConfigChecks& checks) {
  if (yaml.size() > largest_file) return std::vector<ConfigError>{{0, 0, "", "is larger than 1048576 bytes"}};
  return parse(yaml, checks, {});
}

ConfigResult load_config(const fs::path& file, const ConfigChecks& checks) {
  const FileText text = read_file(file, largest_file, false);
  if (!text.fault.empty()) return std::vector<ConfigError>{{0, 0, "", text.fault}};
  return parse(text.content, checks, file.parent_path());
}

}  // namespace clientsync
