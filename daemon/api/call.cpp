#include "daemon/api/call.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>
#include <utility>

#include "importer/digest.hpp"
#include "importer/text.hpp"

namespace clientsync {
namespace {

std::string_view title_of(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

/// Takes the next part of a list that is separated by commas, without white space at its ends.
std::string_view next_part(std::string_view& list) {
  const std::size_t end = std::min(list.find(','), list.size());
  const std::string_view part = trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return part;
}

/// What `en-GB;q=0.5` weighs: in thousandths.
int weight_of(std::string_view part) {
  constexpr int most = 1000;
  const std::size_t at = part.find("q=");
  if (part.find(';') == std::string_view::npos || at == std::string_view::npos) return most;
  double weight = 0;
  const std::string_view digits = part.substr(at + 2);
  std::from_chars(digits.data(), digits.data() + digits.size(), weight);
  return static_cast<int>(std::clamp(weight, 0.0, 1.0) * most);
}

/// The language whose name begins with the same word: "pt-PT" gives Brazilian Portuguese.
std::optional<Language> language_named(std::string_view part) {
  constexpr std::size_t word = 2;
  if (part.size() > word && part[word] != '-' && part[word] != ';' && part[word] != ' ') return std::nullopt;
  for (const Language language : all_languages) {
    if (part.size() >= word && fold_for_search(part.substr(0, word)) == tag(language).substr(0, word)) return language;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> parameter(const ApiCall& call, std::string_view name) {
  const auto found = std::ranges::find(call.parameters, name, &FormField::name);
  return found == call.parameters.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

bool flag_parameter(const ApiCall& call, std::string_view name) {
  const auto value = parameter(call, name);
  if (!value || value == "false") return false;
  if (value == "true") return true;
  throw ApiError{400, "parameter_invalid", "The parameter " + std::string(name) + " is true or false."};
}

std::int64_t entry_number(const ApiCall& call) {
  std::int64_t number = 0;
  const char* const last = call.id.data() + call.id.size();
  const auto [end, error] = std::from_chars(call.id.data(), last, number);
  if (error == std::errc() && end == last && number > 0) return number;
  throw ApiError{404, "entry_unknown", "There is no such entry."};
}

std::optional<Language> language_for(const Caller& caller, const HttpRequest& request) {
  if (caller.language) return caller.language;
  std::optional<Language> best;
  int best_weight = 0;
  std::string_view list = header_of(request.headers, "accept-language");
  if (!is_utf8(list)) return std::nullopt;
  while (!list.empty()) {
    const std::string_view part = next_part(list);
    const auto language = language_named(part);
    if (!language || weight_of(part) <= best_weight) continue;
    best = language;
    best_weight = weight_of(part);
  }
  return best;
}

std::vector<std::string> firms_of(const ApiCall& call) {
  std::vector<std::string> firms;
  for (const InboxConfig& inbox : call.context.inboxes().inboxes) {
    const std::string& firm = inbox.rules.firm;
    if (call.caller.may_see(firm) && std::ranges::find(firms, firm) == firms.end()) firms.push_back(firm);
  }
  return firms;
}

InboxConfig inbox_for(const ApiCall& call) {
  KnownInboxes known = call.context.inboxes();
  std::vector<InboxConfig>& inboxes = known.inboxes;
  std::erase_if(inboxes, [&](const InboxConfig& inbox) { return !call.caller.may_see(inbox.rules.firm); });
  if (const auto firm = parameter(call, "firm")) {
    std::erase_if(inboxes, [&](const InboxConfig& inbox) { return inbox.rules.firm != *firm; });
    if (inboxes.empty()) throw unknown(known, "firm_unknown", "There is no such firm.");
  }
  if (const auto name = parameter(call, "inbox")) {
    std::erase_if(inboxes, [&](const InboxConfig& inbox) { return inbox.name != *name; });
    if (inboxes.empty()) throw unknown(known, "inbox_unknown", "There is no such inbox.");
  }
  if (inboxes.empty()) throw unknown(known, "firm_unknown", "There is no firm that you may see.");
  const bool one_firm = std::ranges::all_of(
      inboxes, [&](const InboxConfig& inbox) { return inbox.rules.firm == inboxes.front().rules.firm; });
  if (one_firm) return inboxes.front();
  throw ApiError{400, "firm_required", "There are several firms; name one with the parameter firm."};
}

ApiError unknown(const KnownInboxes& known, std::string code, std::string detail) {
  if (known.complete) return {404, std::move(code), std::move(detail)};
  return {503, "unavailable", "A root of inboxes has not been listed yet; try again."};
}

std::unique_lock<std::timed_mutex> turn_at_folders(const ApiContext& context) {
  // By the system's clock, because the thread sanitizer does not see a wait by the steady one.
  return std::unique_lock(*context.folders, std::chrono::system_clock::now() + std::chrono::seconds{2});
}

HttpResponse json_response(const boost::json::value& value, unsigned status) {
  return {.status = status, .type = "application/json", .body = boost::json::serialize(value)};
}

HttpResponse problem_response(const ApiError& error) {
  boost::json::object object{{"type", "about:blank"},
                             {"title", title_of(error.status)},
                             {"status", error.status},
                             {"detail", error.detail},
                             {"code", error.code}};
  for (const auto& [key, value] : error.members) object[key] = value;
  return {.status = error.status, .type = "application/problem+json", .body = boost::json::serialize(object)};
}

HttpResponse csv_response(std::string body, const std::string& name) {
  HttpResponse response{.status = 200, .type = "text/csv; charset=utf-8", .body = std::move(body)};
  response.headers.push_back({"content-disposition", "attachment; filename*=UTF-8''" + escape_field(name)});
  return response;
}

std::string etag_of(std::string_view value) {
  constexpr std::size_t digits = 32;
  return sha256(value).substr(0, digits);
}

bool names_etag(const HttpRequest& request, std::string_view name, std::string_view etag) {
  std::string_view list = header_of(request.headers, name);
  while (!list.empty()) {
    std::string_view part = next_part(list);
    if (part == "*") return true;
    if (part.starts_with("W/")) part.remove_prefix(2);
    if (part.size() == etag.size() + 2 && part.substr(1, etag.size()) == etag) return true;
  }
  return false;
}

HttpResponse not_modified(const std::string& etag) {
  return {.status = 304, .headers = {{"etag", '"' + etag + '"'}}};
}

}  // namespace clientsync
