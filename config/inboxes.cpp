#include "config/inboxes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "importer/messages/messages.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::size_t longest_firm = 100;
constexpr std::size_t longest_name = 64;

/// Text that is compared with what people see.
void read_label(const Setting& setting, std::string& target) {
  std::string text;
  read_text(setting, text);
  if (trim(text) != text) return setting.fail(quote(text) + " starts or ends with white space; expected none there");
  if (!text.empty()) target = std::move(text);
}

void read_name(const Setting& setting, std::string& target) {
  const std::string expected = "1 to " + std::to_string(longest_name) + " characters of A-Z a-z 0-9 . _ -";
  const std::string* text = setting.scalar(expected);
  if (text == nullptr) return;
  if (!is_inbox_name(*text)) return setting.fail(quote(*text) + " is not a valid name; expected " + expected);
  target = *text;
}

void read_firm(const Setting& setting, std::string& target) {
  std::string firm;
  read_label(setting, firm);
  const std::size_t length = code_points(firm);
  if (length > longest_firm) {
    return setting.fail("has " + std::to_string(length) + " characters; expected 1 to " + std::to_string(longest_firm));
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
                       " contains a `/`; expected a pattern for file names, like *.csv: folders inside an inbox are "
                       "not read");
    }
    if (!pattern.empty()) patterns.push_back(std::move(pattern));
  });
  if (setting.node.kind == YamlNode::Kind::list && setting.node.items.empty()) {
    setting.fail("an empty list takes no files; expected at least one pattern, like \"*.csv\"");
  }
  if (!patterns.empty()) target = std::move(patterns);
}

void read_limits(const Setting& setting, ImportRules& rules) {
  constexpr std::size_t most_bytes = std::size_t{64} * 1024 * 1024;
  read_map(setting, {{"rows", [&](const Setting& s) { read_number(s, 1, 1'000'000, rules.sheet.max_rows); }},
                     {"bytes", [&](const Setting& s) { read_size(s, 1, most_bytes, rules.sheet.max_bytes); }},
                     {"clients", [&](const Setting& s) { read_number(s, 1, 10'000'000, rules.policy.max_clients); }},
                     {"changes", [&](const Setting& s) { read_percentage(s, rules.policy.max_changes_percent); }}});
}

bool is_report_column(std::string_view name) {
  for (const Language language : all_languages) {
    const auto is_name = [&](ReportColumn column) { return header(column, language) == name; };
    if (std::ranges::any_of(all_report_columns, is_name)) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 3> column_keys{"company_id", "display_name", "client_number"};  ///< by Column

/// The inbox's own headers. A header names one column only; those that an inbox keeps from `defaults` count too.
void read_columns(const Setting& setting, std::array<std::vector<std::string>, 3>& headers) {
  std::map<std::string, std::string_view> columns;  // by header
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (setting.node.find(column_keys[i]) != nullptr) headers[i].clear();
    for (const std::string& kept : headers[i]) columns.emplace(kept, column_keys[i]);
  }
  const auto read_header = [&](const Setting& item, std::size_t column) {
    std::string name;
    read_label(item, name);
    if (name.empty()) return;
    // A report that is dropped again would have such a column twice.
    if (is_report_column(name)) {
      return item.fail(quote(name) + " is a column that reports add; expected another header");
    }
    const auto [owner, is_first] = columns.try_emplace(name, column_keys[column]);
    if (!is_first) {
      return item.fail(quote(name) + " already names the column " + std::string(owner->second) + "; expected it once");
    }
    headers[column].push_back(std::move(name));
  };
  std::vector<KnownKey> keys;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    keys.push_back({column_keys[i], [&, i](const Setting& list) {
                      read_list(list, [&](const Setting& item) { read_header(item, i); });
                    }});
  }
  read_map(setting, keys);
}

/// Reports what an inbox may not have otherwise than the first inbox of its firm, because it is about the register.
void require_agreement(const Setting& setting, const Policy& policy, const Policy& first, std::size_t first_line) {
  const auto refuse = [&](const std::string& key) {
    setting.fail("`" + key + "` differs from that of the inbox in line " + std::to_string(first_line) +
                 ", which has the same firm; expected the same");
  };
  if (policy.max_clients != first.max_clients) refuse("limits.clients");
  if (policy.company_id != first.company_id) refuse("company_id");
}

void refuse_own(const Setting& setting) {
  setting.fail("each inbox has its own; expected it in `inboxes`");
}

/// Reads the keys of an inbox. Those that differ between an inbox and `defaults` come first, as messages list them.
void read_keys(const Setting& setting, std::vector<KnownKey> keys, InboxConfig& inbox) {
  SheetRules& sheet = inbox.rules.sheet;
  Policy& policy = inbox.rules.policy;
  const std::vector<KnownKey> shared = {
      {"watch", one_of(inbox.watch, {{"auto", Watch::automatic}, {"inotify", Watch::inotify}, {"poll", Watch::poll}})},
      {"settle", [&](const Setting& s) { read_duration(s, 0s, 1h, inbox.settle); }},
      {"poll", [&](const Setting& s) { read_duration(s, 100ms, 1h, inbox.poll); }},
      {"rescan", [&](const Setting& s) { read_duration(s, 1s, 24h, inbox.rescan); }},
      {"patterns", [&](const Setting& s) { read_patterns(s, inbox.patterns); }},
      {"limits", [&](const Setting& s) { read_limits(s, inbox.rules); }},
      {"unknown_company", one_of(policy.unknown_company, {{"reject", Policy::UnknownCompany::reject},
                                                          {"create", Policy::UnknownCompany::create}})},
      {"display_name", one_of(policy.display_name, {{"check", Policy::DisplayName::check},
                                                    {"ignore", Policy::DisplayName::ignore},
                                                    {"update", Policy::DisplayName::update}})},
      {"blank_number", one_of(policy.blank_number, {{"reject", Policy::BlankNumber::reject},
                                                    {"keep", Policy::BlankNumber::keep},
                                                    {"clear", Policy::BlankNumber::clear}})},
      {"company_id",
       one_of(policy.company_id, {{"digits", Policy::CompanyId::digits}, {"text", Policy::CompanyId::text}})},
      {"damaged_ids",
       one_of(policy.damaged_ids, {{"restore", Policy::DamagedIds::restore}, {"reject", Policy::DamagedIds::reject}})},
      {"leading_zeros", one_of(policy.leading_zeros,
                               {{"check", Policy::LeadingZeros::check}, {"accept", Policy::LeadingZeros::accept}})},
      {"older_files",
       one_of(policy.older_files, {{"check", Policy::OlderFiles::check}, {"accept", Policy::OlderFiles::accept}})},
      {"apply", one_of(policy.apply,
                       {{"good_rows", Policy::Apply::good_rows}, {"all_or_nothing", Policy::Apply::all_or_nothing}})},
      {"fallback_encoding",
       one_of(sheet.fallback, {{"windows-1252", FallbackEncoding::windows1252}, {"reject", FallbackEncoding::reject}})},
      {"headers", one_of(sheet.spelling,
                         {{"exact", HeaderSpelling::exact}, {"forgiving", HeaderSpelling::forgiving}})},
      {"language", one_of(sheet.language, {{"en", Language::en}, {"pt-BR", Language::pt_br}})},
      {"columns", [&](const Setting& s) { read_columns(s, sheet.headers); }},
      {"report", one_of(inbox.rules.report_always, {{"always", true}, {"errors", false}})},
      {"archive", not_available},
      {"damaged_numbers", not_available}};
  keys.insert(keys.end(), shared.begin(), shared.end());
  read_map(setting, keys);
}

}  // namespace

bool is_inbox_name(std::string_view name) {
  const auto is_allowed = [](unsigned char c) {
    return c < 0x80U && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-');
  };
  return !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_allowed);
}

void read_path(const Setting& setting, fs::path& target) {
  std::string path;
  read_text(setting, path, "a path");
  if (path.empty()) return;
  if (!path.starts_with('/'))
    return setting.fail(quote(path) + " is not an absolute path; expected one that starts with /");
  target = path;
}

void read_defaults(const Setting& setting, bool has_roots, InboxConfig& defaults) {
  const auto read = [&](const Setting& s) {
    if (has_roots) return s.fail("each inbox of `roots` has its own firm; expected it in `inboxes`");
    read_firm(s, defaults.rules.firm);
  };
  read_keys(setting, {{"name", refuse_own}, {"path", refuse_own}, {"firm", read}}, defaults);
}

void read_inboxes(const Setting& setting, const InboxConfig& defaults, std::vector<InboxConfig>& inboxes,
                  std::vector<WatchedFolder>& folders) {
  std::map<std::string, std::size_t> lines;                     // by name
  std::map<std::string, std::pair<std::size_t, Policy>> firms;  // line and rules of the first inbox of each
  const auto read_own_name = [&](const Setting& s, InboxConfig& inbox) {
    read_name(s, inbox.name);
    const auto [first, is_first] = lines.try_emplace(inbox.name, s.node.line);
    if (inbox.name.empty() || is_first) return;
    s.fail(quote(inbox.name) + " is already the name of the inbox in line " + std::to_string(first->second) +
           "; expected another name");
  };
  const auto read_own_path = [&](const Setting& s, InboxConfig& inbox) {
    read_path(s, inbox.path);
    if (!inbox.path.empty()) folders.push_back({s, inbox.path});
  };
  read_list(setting, [&](const Setting& item) {
    if (item.node.kind == YamlNode::Kind::null) return item.fail("no value; expected an inbox");
    InboxConfig inbox = defaults;
    read_keys(item,
              {{"name", [&](const Setting& s) { read_own_name(s, inbox); }},
               {"path", [&](const Setting& s) { read_own_path(s, inbox); }},
               {"firm", [&](const Setting& s) { read_firm(s, inbox.rules.firm); }}},
              inbox);
    require(item, "name", "the inbox's name");
    require(item, "path", "the directory to watch");
    if (inbox.rules.firm.empty()) inbox.rules.firm = inbox.name;
    const Policy& policy = inbox.rules.policy;
    const auto [first, is_first] = firms.try_emplace(inbox.rules.firm, item.node.line, policy);
    if (!is_first) require_agreement(item, policy, first->second.second, first->second.first);
    inboxes.push_back(std::move(inbox));
  });
}

}  // namespace clientsync
