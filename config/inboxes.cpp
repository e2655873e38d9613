#include "config/inboxes.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace clientsync {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

enum class Oversize { reject };

constexpr Choice<Oversize> oversizes[] = {{"reject", Oversize::reject}, {"split", not_yet}};
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

constexpr std::size_t longest_firm = 100;
constexpr std::size_t longest_name = 64;

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
  if (!is_inbox_name(*text)) return setting.fail(quote(*text) + " is not a name; expected " + expected);
  target = *text;
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

/// The keys that inboxes and defaults have alike.
std::vector<KnownKey> shared_keys(InboxConfig& inbox) {
  const auto choice = [](const auto& choices, auto& target) {
    return [&choices, &target](const Setting& s) { read_choice(s, choices, target); };
  };
  // A word that this version has alone needs no place.
  const auto read_oversize = [](const Setting& s) {
    Oversize oversize{};
    read_choice(s, oversizes, oversize);
  };
  return {{"firm", [&](const Setting& s) { read_firm(s, inbox.firm); }},
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
          {"oversize", read_oversize},
          {"fallback_encoding", choice(fallbacks, inbox.fallback_encoding)},
          {"columns", [&](const Setting& s) { read_columns(s, inbox.columns); }},
          {"report", choice(reports, inbox.report)},
          {"archive", read_archive}};
}

void refuse_own(const Setting& setting) {
  setting.fail("each inbox has its own; expected it there");
}

/// With names in front of the others, as messages list them.
void read_keys(const Setting& setting, InboxConfig& inbox, KnownKey name, KnownKey path) {
  std::vector<KnownKey> keys = shared_keys(inbox);
  keys.insert(keys.begin(), {std::move(name), std::move(path)});
  read_map(setting, keys);
}

/// The line in which each name stands.
using Names = std::map<std::string, std::size_t>;

void check_name(const Setting& setting, const InboxConfig& inbox, Names& names) {
  if (inbox.name.empty()) return;
  const auto [first, is_first] = names.try_emplace(inbox.name, setting.node.line);
  if (is_first) return;
  setting.fail(quote(inbox.name) + " is the name of the inbox in line " + std::to_string(first->second) +
               "; expected another");
}

/// What an inbox needs and must not share. A value that was refused already is not missed.
void check_inbox(const Setting& setting, InboxConfig& inbox, Names& names, Folders& folders) {
  if (setting.node.kind != YamlNode::Kind::map) return;
  const Setting name = part(setting, "name");
  const Setting path = part(setting, "path");
  if (inbox.name.empty() && &name.node == &setting.node) name.fail("missing; expected the inbox's name");
  if (inbox.path.empty() && &path.node == &setting.node) path.fail("missing; expected the directory to watch");
  check_name(name, inbox, names);
  folders.add_inbox(path, inbox.path);
  if (inbox.firm.empty()) inbox.firm = inbox.name;
}

}  // namespace

bool is_inbox_name(std::string_view name) {
  const auto is_allowed = [](unsigned char c) {
    return c < 0x80U && (std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-');
  };
  return !name.empty() && name.size() <= longest_name && std::all_of(name.begin(), name.end(), is_allowed);
}

void read_path(const Setting& setting, fs::path& target) {
  std::string path;
  read_text(setting, path, "a path");
  if (path.empty()) return;
  if (!fs::path(path).is_absolute())
    return setting.fail(quote(path) + " is not an absolute path; expected one that starts with /");
  target = path;
}

void read_defaults(const Setting& setting, InboxConfig& defaults) {
  read_keys(setting, defaults, {"name", refuse_own}, {"path", refuse_own});
}

void read_inboxes(const Setting& setting, const InboxConfig& defaults, Folders& folders,
                  std::vector<InboxConfig>& inboxes) {
  Names names;
  read_list(setting, [&](const Setting& item) {
    if (item.node.kind == YamlNode::Kind::null) return item.fail("nothing stands here; expected an inbox");
    InboxConfig inbox = defaults;
    read_keys(item, inbox, {"name", [&](const Setting& s) { read_name(s, inbox.name); }},
              {"path", [&](const Setting& s) { read_path(s, inbox.path); }});
    check_inbox(item, inbox, names, folders);
    inboxes.push_back(std::move(inbox));
  });
}

}  // namespace clientsync
