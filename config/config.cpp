#include "config/config.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <system_error>
#include <tuple>

#include "config/yaml.hpp"

namespace clientsync {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// What this version lacks is refused, never ignored: words without a value here, and the keys that `refuse` reads
// below.
constexpr std::nullopt_t not_yet = std::nullopt;
enum class Oversize { reject };

constexpr Choice<Backend> backends[] = {{"sqlite", Backend::sqlite}, {"postgresql", not_yet}, {"mysql", not_yet}};
constexpr Choice<Oversize> oversizes[] = {{"reject", Oversize::reject}, {"split", not_yet}};
constexpr Choice<LogFormat> log_formats[] = {
    {"auto", LogFormat::automatic}, {"text", LogFormat::text}, {"json", LogFormat::json}, {"journal", not_yet}};

constexpr Choice<Watch> watches[] = {{"auto", Watch::automatic}, {"inotify", Watch::inotify}, {"poll", Watch::poll}};
constexpr Choice<UnknownCompany> unknown_companies[] = {{"reject", UnknownCompany::reject},
                                                        {"create", UnknownCompany::create}};
constexpr Choice<DisplayNames> display_names[] = {
    {"check", DisplayNames::check}, {"ignore", DisplayNames::ignore}, {"update", DisplayNames::update}};
constexpr Choice<BlankNumber> blank_numbers[] = {
    {"reject", BlankNumber::reject}, {"keep", BlankNumber::keep}, {"clear", BlankNumber::clear}};
constexpr Choice<CompanyIds> company_ids[] = {{"digits", CompanyIds::digits}, {"text", CompanyIds::text}};
constexpr Choice<LeadingZeros> leading_zeros[] = {{"check", LeadingZeros::check}, {"accept", LeadingZeros::accept}};
constexpr Choice<Apply> applies[] = {{"good_rows", Apply::good_rows}, {"all_or_nothing", Apply::all_or_nothing}};
constexpr Choice<Fallback> fallbacks[] = {{"windows-1252", Fallback::windows1252}, {"reject", Fallback::reject}};
constexpr Choice<ReportWhen> reports[] = {{"always", ReportWhen::always}, {"errors", ReportWhen::errors}};
constexpr Choice<LogLevel> log_levels[] = {
    {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warning", LogLevel::warning}, {"error", LogLevel::error}};

constexpr std::chrono::milliseconds longest_time = 36500 * 24h;
constexpr std::size_t largest_file = std::size_t{1024} * 1024;
constexpr std::size_t largest_password = 4096;
constexpr std::size_t longest_firm = 100;
constexpr std::size_t longest_name = 64;
constexpr const char* no_inboxes = "no inboxes; expected a list of at least one";

/// A key whose feature this version lacks: it may stand there only without a value.
void refuse(const Setting& setting) {
  const bool empty_list = setting.node.kind == YamlNode::Kind::list && setting.node.items.empty();
  if (!setting.is_empty() && !empty_list) setting.fail("not available yet; leave it empty or out");
}

/// A file's content, or why it can't be had, as the rest of a sentence that starts with its name.
struct Reading {
  std::string content;
  std::string fault;
};

std::string system_message(int error) {
  return std::system_category().message(error);
}

/// Reads a regular file of at most `limit` bytes; a `secret` one must not be open to group and others.
Reading read_file(const fs::path& path, std::size_t limit, bool secret) {
  struct Descriptor {
    int number;
    ~Descriptor() { ::close(number); }
  };
  // A FIFO must not hold up the start.
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (number < 0) return {"", "can't be opened: " + system_message(errno)};
  const Descriptor file{number};
  struct stat status {};
  if (::fstat(file.number, &status) != 0) return {"", "can't be read: " + system_message(errno)};
  if (!S_ISREG(status.st_mode)) return {"", "is not a regular file"};
  if (secret && (status.st_mode & 077U) != 0) {
    return {"", "is open to group or others; run: chmod 600 " + path.native()};
  }
  std::string content(limit + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ::ssize_t count = ::read(file.number, content.data() + size, content.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {"", "can't be read: " + system_message(errno)};
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > limit) return {"", "is larger than " + std::to_string(limit) + " bytes"};
  content.resize(size);
  return {std::move(content), ""};
}

/// What a password file holds, its last line end dropped.
Reading read_password(const fs::path& path, bool secret) {
  Reading file = read_file(path, largest_password, secret);
  if (!file.fault.empty()) return file;
  if (file.content.ends_with('\n')) file.content.pop_back();
  if (file.content.ends_with('\r')) file.content.pop_back();
  if (file.content.empty()) return {"", "is empty; expected a password"};
  constexpr std::string_view inner("\r\n\0", 3);
  if (file.content.find_first_of(inner) != std::string::npos) {
    return {"", "has several lines; expected a password in one line"};
  }
  return file;
}

/// Where the configuration's text came from and what is looked at besides it.
struct Surroundings {
  ConfigChecks checks;
  fs::path folder;  ///< where relative paths start; empty: the working directory
};

void read_password_file(const Setting& setting, const Surroundings& around, std::optional<std::string>& password) {
  if (setting.is_empty()) return;
  std::string path;
  read_text(setting, path);
  if (path.empty() || !around.checks.secrets) return;
  Reading file = read_password(around.folder / path, true);
  if (!file.fault.empty()) return setting.fail(quote(path) + " " + file.fault);
  password = std::move(file.content);
}

/// systemd's credential `db-password`; its directory is protected by systemd, so that modes say nothing there.
void read_credential(std::optional<std::string>& password, std::vector<ConfigError>& errors) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0') return;
  const fs::path path = fs::path(directory) / "db-password";
  std::error_code unknown;
  if (!fs::exists(path, unknown) && !unknown) return;
  Reading file = read_password(path, false);
  if (!file.fault.empty()) {
    errors.push_back({0, 0, "database.password_file", "the credential " + quote(path.native()) + " " + file.fault});
  } else {
    password = std::move(file.content);
  }
}

/// `password=…` under one of its names, or `scheme://user:password@host`.
bool holds_password(std::string_view connection) {
  std::string text(connection);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view word : {"password", "passwd", "pass", "pwd"}) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const std::size_t next = text.find_first_not_of(" \t", at + word.size());
      if (next != std::string::npos && text[next] == '=') return true;
    }
  }
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) return false;
  const std::string_view user = std::string_view(text).substr(scheme + 3);
  const std::size_t host = user.find('@');
  return host != std::string_view::npos && user.substr(0, host).find(':') != std::string_view::npos;
}

void read_connection(const Setting& setting, std::string& target) {
  std::string connection;
  read_text(setting, connection);
  if (holds_password(connection)) {
    return setting.fail(
        "holds a password; expected none: put it into a file of its own and name that in password_file");
  }
  if (!connection.empty()) target = std::move(connection);
}

void read_database(const Setting& setting, const Surroundings& around, DatabaseConfig& database) {
  read_map(setting, {{"backend", [&](const Setting& s) { read_choice(s, backends, database.backend); }},
                     {"connection", [&](const Setting& s) { read_connection(s, database.connection); }},
                     {"password_file", [&](const Setting& s) { read_password_file(s, around, database.password); }}});
}

bool has_white_space_at_ends(std::string_view text) {
  constexpr std::array<std::string_view, 25> blanks = {
      " ",      "\t",     "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
      "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u200B", "\u200C", "\u200D",
      "\u2028", "\u2029", "\u202F", "\u205F", "\u2060", "\u3000", "\uFEFF"};
  const auto at_end = [text](std::string_view blank) { return text.starts_with(blank) || text.ends_with(blank); };
  return std::any_of(blanks.begin(), blanks.end(), at_end);
}

/// Text that people will compare with what they see: no white space at its ends.
void read_label(const Setting& setting, std::string& target) {
  std::string text;
  read_text(setting, text);
  if (text.empty()) return;
  if (has_white_space_at_ends(text)) return setting.fail(quote(text) + " has white space at an end; expected none");
  target = std::move(text);
}

void read_name(const Setting& setting, std::string& target) {
  const std::string expected = "1 to " + std::to_string(longest_name) + " of A-Z a-z 0-9 . _ -";
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return;
  const auto is_allowed = [](unsigned char c) {
    return c < 0x80U && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-');
  };
  if (text->empty() || text->size() > longest_name || !std::all_of(text->begin(), text->end(), is_allowed)) {
    return setting.fail(quote(*text) + " is not a name; expected " + expected);
  }
  target = *text;
}

void read_path(const Setting& setting, fs::path& target) {
  std::string path;
  read_text(setting, path);
  if (path.empty()) return;
  if (!fs::path(path).is_absolute())
    return setting.fail(quote(path) + " is not an absolute path; expected one that starts with /");
  target = path;
}

void read_firm(const Setting& setting, std::string& target) {
  std::string firm;
  read_label(setting, firm);
  const auto starts_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
  const auto characters = std::count_if(firm.begin(), firm.end(), starts_character);
  if (static_cast<std::size_t>(characters) > longest_firm) {
    return setting.fail("has " + std::to_string(characters) + " characters; expected 1 to " +
                        std::to_string(longest_firm));
  }
  if (!firm.empty()) target = std::move(firm);
}

void read_patterns(const Setting& setting, std::vector<std::string>& target) {
  std::vector<std::string> patterns;
  read_list(setting, [&](const Setting& item) {
    std::string pattern;
    read_text(item, pattern);
    if (pattern.find('/') != std::string::npos) {
      return item.fail(quote(pattern) +
                       " has a `/`; expected a file name's pattern, like *.csv: folders in an inbox are not read");
    }
    if (!pattern.empty()) patterns.push_back(std::move(pattern));
  });
  if (setting.node.kind == YamlNode::Kind::list && setting.node.items.empty()) {
    setting.fail("an empty list takes no file; expected at least one pattern, like \"*.csv\"");
  }
  if (!patterns.empty()) target = std::move(patterns);
}

void read_limits(const Setting& setting, LimitsConfig& limits) {
  read_map(setting,
           {{"rows", [&](const Setting& s) { read_number(s, 1, 1'000'000, limits.rows); }},
            {"bytes", [&](const Setting& s) { read_size(s, 1, std::uint64_t{64} * 1024 * 1024, limits.bytes); }},
            {"clients", [&](const Setting& s) { read_number(s, 1, 10'000'000, limits.clients); }},
            {"changes", [&](const Setting& s) { read_percentage(s, limits.changes_percent); }}});
}

/// What reports call their own columns, in every language: a report that is dropped again would have such a column
/// twice.
constexpr std::array<std::string_view, 7> added_by_reports{"Row",   "Error code",     "Error", "Ref",
                                                           "Linha", "Código do erro", "Erro"};

/// The headers of an inbox's own. One may stand for one column alone, those that `defaults` gave to the other columns
/// included.
void read_columns(const Setting& setting, ColumnsConfig& columns) {
  const std::map<std::string_view, std::vector<std::string>*> lists = {{"company_id", &columns.company_id},
                                                                       {"display_name", &columns.display_name},
                                                                       {"client_number", &columns.client_number}};
  std::map<std::string, std::string_view> owners;
  for (const auto& [column, headers] : lists) {
    const auto is_column = [column = column](const YamlEntry& entry) { return entry.key == column; };
    const std::vector<YamlEntry>& entries = setting.node.entries;
    if (std::any_of(entries.begin(), entries.end(), is_column)) continue;
    for (const std::string& header : *headers) owners.emplace(header, column);
  }
  const auto read_headers = [&](std::string_view column) {
    return [&, column](const Setting& list) {
      std::vector<std::string> headers;
      read_list(list, [&](const Setting& item) {
        std::string header;
        read_label(item, header);
        if (header.empty()) return;
        if (std::find(added_by_reports.begin(), added_by_reports.end(), header) != added_by_reports.end()) {
          return item.fail(quote(header) + " is a column that reports add; expected another name");
        }
        const auto [owner, is_first] = owners.try_emplace(header, column);
        if (!is_first) {
          return item.fail(quote(header) + " already stands for " + std::string(owner->second) + "; expected once");
        }
        headers.push_back(std::move(header));
      });
      *lists.at(column) = std::move(headers);
    };
  };
  std::vector<KnownKey> fields;
  for (const std::string_view column : {"company_id", "display_name", "client_number"}) {
    fields.push_back({column, read_headers(column)});
  }
  read_map(setting, fields);
}

void read_archive(const Setting& setting) {
  std::chrono::milliseconds after{};
  read_map(setting,
           {{"path", refuse}, {"after", [&](const Setting& s) { read_duration(s, 0s, longest_time, after); }}});
}

/// Sets what the map says; all else stays as it is, so that an inbox starts as a copy of the defaults.
void read_inbox(const Setting& setting, InboxConfig& inbox) {
  Oversize oversize{};
  const auto choice = [](const auto& choices, auto& target) {
    return [&choices, &target](const Setting& s) { read_choice(s, choices, target); };
  };
  read_map(setting, {{"name", [&](const Setting& s) { read_name(s, inbox.name); }},
                     {"path", [&](const Setting& s) { read_path(s, inbox.path); }},
                     {"firm", [&](const Setting& s) { read_firm(s, inbox.firm); }},
                     {"watch", choice(watches, inbox.watch)},
                     {"settle", [&](const Setting& s) { read_duration(s, 0s, 1h, inbox.settle); }},
                     {"poll", [&](const Setting& s) { read_duration(s, 100ms, 1h, inbox.poll); }},
                     {"rescan", [&](const Setting& s) { read_duration(s, 1s, 24h, inbox.rescan); }},
                     {"patterns", [&](const Setting& s) { read_patterns(s, inbox.patterns); }},
                     {"limits", [&](const Setting& s) { read_limits(s, inbox.limits); }},
                     {"unknown_company", choice(unknown_companies, inbox.unknown_company)},
                     {"display_name", choice(display_names, inbox.display_name)},
                     {"blank_number", choice(blank_numbers, inbox.blank_number)},
                     {"company_id", choice(company_ids, inbox.company_id)},
                     {"leading_zeros", choice(leading_zeros, inbox.leading_zeros)},
                     {"apply", choice(applies, inbox.apply)},
                     {"oversize", choice(oversizes, oversize)},
                     {"fallback_encoding", choice(fallbacks, inbox.fallback_encoding)},
                     {"columns", [&](const Setting& s) { read_columns(s, inbox.columns); }},
                     {"report", choice(reports, inbox.report)},
                     {"archive", read_archive}});
}

/// The value of a map's key; where it isn't there, the map itself: where to complain.
Setting part(const Setting& map, std::string_view key) {
  const auto is_key = [key](const YamlEntry& entry) { return entry.key == key; };
  const auto entry = std::find_if(map.node.entries.begin(), map.node.entries.end(), is_key);
  return {entry == map.node.entries.end() ? map.node : entry->value, map.key + "." + std::string(key), map.errors};
}

/// What inboxes must not share, with the line that has it.
struct Taken {
  std::map<std::string, std::size_t> names;
  std::map<std::string, std::size_t> paths;
  std::map<std::tuple<dev_t, ino_t>, std::size_t> directories;
  std::vector<std::pair<Setting, std::string>> missing;  ///< directories that can't be used, and why
};

void check_name(const Setting& setting, const InboxConfig& inbox, Taken& taken) {
  if (inbox.name.empty()) return;
  const auto [first, is_first] = taken.names.try_emplace(inbox.name, setting.node.line);
  if (is_first) return;
  setting.fail(quote(inbox.name) + " is the name of the inbox in line " + std::to_string(first->second) +
               "; expected another");
}

void check_path(const Setting& setting, const InboxConfig& inbox, ConfigChecks::Folders folders, Taken& taken) {
  if (inbox.path.empty()) return;
  const std::string path = (inbox.path.lexically_normal() / "").parent_path().native();
  const auto fail_same = [&](std::size_t line) {
    setting.fail(quote(inbox.path.native()) + " is the directory of the inbox in line " + std::to_string(line) +
                 "; expected one for each inbox");
  };
  const auto [same_path, is_new_path] = taken.paths.try_emplace(path, setting.node.line);
  if (!is_new_path) return fail_same(same_path->second);
  if (folders == ConfigChecks::Folders::ignore) return;
  struct stat status {};
  if (::stat(inbox.path.c_str(), &status) != 0) {
    taken.missing.emplace_back(
        setting, quote(inbox.path.native()) + " can't be used: " + system_message(errno) + "; expected a directory");
    return;
  }
  if (!S_ISDIR(status.st_mode)) return setting.fail(quote(inbox.path.native()) + " is not a directory");
  const auto [same, is_new] = taken.directories.try_emplace({status.st_dev, status.st_ino}, setting.node.line);
  if (!is_new) fail_same(same->second);
}

/// What an inbox needs and must not share. A value that was refused already is not missed.
void check_inbox(const Setting& setting, const ConfigChecks& checks, InboxConfig& inbox, Taken& taken) {
  if (setting.node.kind != YamlNode::Kind::map) return;
  const Setting name = part(setting, "name");
  const Setting path = part(setting, "path");
  if (inbox.name.empty() && &name.node == &setting.node) name.fail("missing; expected the inbox's name");
  if (inbox.path.empty() && &path.node == &setting.node) path.fail("missing; expected the directory to watch");
  check_name(name, inbox, taken);
  check_path(path, inbox, checks.folders, taken);
  if (inbox.firm.empty()) inbox.firm = inbox.name;
}

void read_inboxes(const Setting& setting, const ConfigChecks& checks, const InboxConfig& defaults, Config& config) {
  const bool is_list = setting.node.kind == YamlNode::Kind::list;
  if (setting.is_empty() || (is_list && setting.node.items.empty())) return setting.fail(no_inboxes);
  Taken taken;
  read_list(setting, [&](const Setting& item) {
    if (item.node.kind == YamlNode::Kind::null) return item.fail("nothing stands here; expected an inbox");
    InboxConfig inbox = defaults;
    read_inbox(item, inbox);
    check_inbox(item, checks, inbox, taken);
    config.inboxes.push_back(std::move(inbox));
  });
  const bool some_there = taken.missing.size() < config.inboxes.size();
  if (some_there && checks.folders == ConfigChecks::Folders::some) return;
  for (const auto& [path, message] : taken.missing) path.fail(message);
}

void read_http(const Setting& setting) {
  read_map(setting, {{"listen", refuse}});
}

void read_log(const Setting& setting, Config& config) {
  read_map(setting, {{"level", [&](const Setting& s) { read_choice(s, log_levels, config.log_level); }},
                     {"format", [&](const Setting& s) { read_choice(s, log_formats, config.log_format); }}});
}

void read_root(const YamlNode& root, const Surroundings& around, Config& config, std::vector<ConfigError>& errors) {
  // Inboxes are read last, wherever they stand: they start from the defaults.
  InboxConfig defaults;
  std::optional<Setting> inboxes;
  read_map({root, "", errors},
           {{"database", [&](const Setting& s) { read_database(s, around, config.database); }},
            {"defaults", [&](const Setting& s) { read_inbox(s, defaults); }},
            {"inboxes", [&](const Setting& s) { inboxes.emplace(s); }},
            {"roots", refuse},
            {"retention", [&](const Setting& s) { read_duration(s, 1s, longest_time, config.retention); }},
            {"log", [&](const Setting& s) { read_log(s, config); }},
            {"http", read_http}});
  if (inboxes) return read_inboxes(*inboxes, around.checks, defaults, config);
  const bool is_map = root.kind == YamlNode::Kind::map || root.kind == YamlNode::Kind::null;
  if (is_map) errors.push_back({0, 0, "inboxes", no_inboxes});
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
  const Reading reading = read_file(file, largest_file, false);
  if (!reading.fault.empty()) return std::vector<ConfigError>{{0, 0, "", reading.fault}};
  return parse(reading.content, {checks, file.parent_path()});
}

}  // namespace clientsync
