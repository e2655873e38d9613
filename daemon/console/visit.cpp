#include "daemon/console/visit.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "daemon/inbox/discovery.hpp"

namespace clientsync {
namespace {

bool equal_ignoring_case(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(one, other, {}, lower, lower);
}

/// "pt" fits "pt-BR", as "pt-PT" does: its readers read it rather than English.
std::optional<Language> language_with(std::string_view wanted) {
  const std::string_view primary = wanted.substr(0, wanted.find('-'));
  for (const Language language : all_languages) {
    const std::string_view known = tag(language);
    if (equal_ignoring_case(primary, known.substr(0, known.find('-')))) return language;
  }
  return std::nullopt;
}

/// The `q` of `pt-BR;q=0.8`, whose digits are compared as text: "1", "0.8", "0.75".
std::string_view weight_of(std::string_view range) {
  const std::size_t at = range.find("q=");
  return at == std::string_view::npos ? "1" : range.substr(at + 2);
}

}  // namespace

std::string Visit::link(std::string_view to, std::initializer_list<UrlParameter> parameters) const {
  std::vector<UrlParameter> all(parameters);
  if (firms.size() > 1) all.emplace_back("firm", firm);
  return link_to(to, all);
}

Author author_of(const Visit& visit) {
  return {.who = visit.caller.name, .source = EntrySource::console, .now = now_of_day()};
}

ImportRules rules_of(const Visit& visit) {
  const std::vector<InboxConfig> inboxes = all_inboxes(visit.context.config).inboxes;
  const auto inbox = std::ranges::find(inboxes, visit.firm, [](const InboxConfig& each) { return each.rules.firm; });
  if (inbox == inboxes.end()) throw std::runtime_error("the firm has no inbox any more");
  return inbox->rules;
}

Visitor visitor_of(const HttpRequest& request) {
  return {.address = request.peer, .agent = std::string(header_of(request.headers, "user-agent"))};
}

std::int64_t now_of_day() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Language language_of(const Caller& caller, const HttpRequest& request) {
  if (caller.language) return *caller.language;
  std::string_view rest = header_of(request.headers, "accept-language"), best_weight = "0";
  Language best = Language::en;
  while (!rest.empty()) {
    std::string_view range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(range.size() + 1, rest.size()));
    range.remove_prefix(std::min(range.find_first_not_of(' '), range.size()));
    const auto language = language_with(range.substr(0, range.find_first_of("; ")));
    if (!language || weight_of(range) <= best_weight) continue;
    best = *language;
    best_weight = weight_of(range);
  }
  return best;
}

}  // namespace clientsync
