#include "config/config.hpp"

#include <algorithm>
#include <tuple>

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

constexpr Choice<LogFormat> log_formats[] = {
    {"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}, {"journal", not_yet}};
constexpr Choice<LogLevel> log_levels[] = {
    {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}};

constexpr std::size_t largest_file = std::size_t{1024} * 1024;
constexpr const char* no_inboxes = "no inboxes and no roots; expected at least one";

bool is_empty_list(const Setting& setting) {
  return setting.is_empty() || (setting.node.kind == YamlNode::Kind::list && setting.node.items.empty());
}

void read_roots(const Setting& setting, Folders& folders, std::vector<fs::path>& roots) {
  const auto read_root = [&](const Setting& item) {
    fs::path root;
    read_path(item, root);
    folders.add_root(item, root);
    if (!root.empty()) roots.push_back(std::move(root));
  };
  read_list(setting, read_root, "a list, like [/srv/firms]");
}

void read_log(const Setting& setting, Config& config) {
  read_map(setting, {{"level", [&](const Setting& s) { read_choice(s, log_levels, config.log_level); }},
                     {"format", [&](const Setting& s) { read_choice(s, log_formats, config.log_format); }}});
}

/// Sections that depend on one another and may stand in any order.
struct Sections {
  std::optional<Setting> defaults, roots, inboxes;
};

void fail_without_inboxes(const Sections& sections, const YamlNode& root, std::vector<ConfigError>& errors) {
  if (sections.inboxes) return sections.inboxes->fail(no_inboxes);
  const bool is_map = root.kind == YamlNode::Kind::map || root.kind == YamlNode::Kind::null;
  if (is_map) errors.push_back({0, 0, "inboxes", no_inboxes});
}

void read_folders(const Sections& sections, const YamlNode& root, const ConfigChecks& checks, Config& config,
                  std::vector<ConfigError>& errors) {
  const bool has_roots = sections.roots && !is_empty_list(*sections.roots);
  const bool has_inboxes = sections.inboxes && !is_empty_list(*sections.inboxes);
  InboxConfig defaults;
  if (sections.defaults) read_defaults(*sections.defaults, defaults);
  if (has_roots && !defaults.firm.empty()) {
    part(*sections.defaults, "firm").fail("each inbox of `roots` has a firm of its own; expected it in `inboxes`");
  }
  Folders folders(checks.folders);
  if (has_roots) read_roots(*sections.roots, folders, config.roots);
  if (has_inboxes) read_inboxes(*sections.inboxes, defaults, folders, config.inboxes);
  if (!has_roots && !has_inboxes && checks.inboxes) fail_without_inboxes(sections, root, errors);
  folders.report_missing();
  defaults.firm.clear();
  config.defaults = std::move(defaults);
}

void read_root(const YamlNode& root, const Surroundings& around, Config& config, std::vector<ConfigError>& errors) {
  Sections sections;
  read_map({root, "", errors},
           {{"database", [&](const Setting& s) { read_database(s, around, config.database); }},
            {"defaults", [&](const Setting& s) { sections.defaults.emplace(s); }},
            {"inboxes", [&](const Setting& s) { sections.inboxes.emplace(s); }},
            {"roots", [&](const Setting& s) { sections.roots.emplace(s); }},
            {"retention", [&](const Setting& s) { read_duration(s, 1s, longest_time, config.retention); }},
            {"log", [&](const Setting& s) { read_log(s, config); }},
            {"http", [&](const Setting& s) { read_http(s, config.http); }}});
  read_folders(sections, root, around.checks, config, errors);
}

ConfigResult parse(std::string_view yaml, const Surroundings& around) {
  std::vector<ConfigError> errors;
  Config config;
  if (const std::optional<YamlNode> root = parse_yaml(yaml, errors)) {
    read_root(*root, around, config, errors);
    if (around.checks.secrets && !config.database.password) read_credential(config.database.password, errors);
  }
  if (errors.empty()) return config;
  const auto place = [](const ConfigError& error) { return std::tie(error.line, error.column); };
  std::stable_sort(errors.begin(), errors.end(),
                   [&](const ConfigError& a, const ConfigError& b) { return place(a) < place(b); });
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
  if (yaml.size() > largest_file) return std::vector<ConfigError>{{0, 0, "", "larger than 1 MiB"}};
  return parse(yaml, {checks, {}});
}

ConfigResult load_config(const fs::path& file, const ConfigChecks& checks) {
  const FileText text = read_file(file, largest_file, false);
  if (!text.fault.empty()) return std::vector<ConfigError>{{0, 0, "", text.fault}};
  return parse(text.content, {checks, file.parent_path()});
}

}  // namespace clientsync
