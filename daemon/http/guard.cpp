#include "daemon/http/guard.hpp"

#include <algorithm>
#include <array>

namespace clientsync {
namespace {

using Headers = std::vector<HttpHeader>;

constexpr std::array<std::pair<std::string_view, HttpMethod>, 5> methods{{{"GET", HttpMethod::get},
                                                                          {"HEAD", HttpMethod::head},
                                                                          {"POST", HttpMethod::post},
                                                                          {"PATCH", HttpMethod::patch},
                                                                          {"DELETE", HttpMethod::remove}}};

/// Headers that decide about a request. If there were two of one, a proxy might judge by the one and we by the other.
constexpr std::array<std::string_view, 10> given_once{"authorization",  "content-length",  "content-type", "expect",
                                                      "host",           "idempotency-key", "if-match",     "origin",
                                                      "sec-fetch-site", "x-form-token"};

std::ptrdiff_t count_of(const Headers& headers, std::string_view name) {
  return std::ranges::count(headers, name, &HttpHeader::name);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](char c) { return lower(c); });
  return lowered;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_length(std::string_view text) {
  constexpr std::size_t most_digits = 18;
  return !text.empty() && text.size() <= most_digits && std::ranges::all_of(text, is_digit);
}

/// A path from the root, as sent by a client that knows to whom it speaks; no `http://host/`, no `*`.
bool is_path(std::string_view target) {
  return target.starts_with('/') && std::ranges::all_of(target, [](char c) { return c > ' ' && c <= '~' && c != '#'; });
}

bool has_host_letters(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    const char low = lower(c);
    return (low >= 'a' && low <= 'z') || is_digit(c) || std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

std::optional<Refusal> refuse_headers(const Headers& headers) {
  if (count_of(headers, "transfer-encoding") != 0)
    return Refusal{501, "Transfer-Encoding is not implemented; send a Content-Length"};
  const auto repeated =
      std::ranges::find_if(given_once, [&](std::string_view name) { return count_of(headers, name) > 1; });
  if (repeated != given_once.end()) return Refusal{400, "More than one " + std::string(*repeated)};
  if (count_of(headers, "host") == 0) return Refusal{400, "No Host"};
  if (!has_host_letters(header_of(headers, "host"))) return Refusal{400, "Malformed Host"};
  if (count_of(headers, "content-length") != 0 && !is_length(header_of(headers, "content-length")))
    return Refusal{400, "Malformed Content-Length"};
  if (count_of(headers, "expect") != 0 && lower(header_of(headers, "expect")) != "100-continue")
    return Refusal{417, "Unknown Expect"};
  return std::nullopt;
}

bool has_body(const Headers& headers) {
  return header_of(headers, "content-length").find_first_not_of('0') != std::string_view::npos;
}

/// A host without its port.
std::string_view name_in(std::string_view host) {
  const std::size_t end = host.starts_with('[') ? host.find(']') : host.find(':');
  if (host.starts_with('[')) return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  return host.substr(0, end);
}

}  // namespace

std::variant<HttpRequest, Refusal> guard_request(RequestHead head) {
  if (head.version != 10 && head.version != 11) return Refusal{505, "Unknown version of HTTP"};
  for (HttpHeader& header : head.headers) header.name = lower(header.name);
  if (auto refusal = refuse_headers(head.headers)) return *std::move(refusal);
  const auto method = std::ranges::find(methods, head.method, &std::pair<std::string_view, HttpMethod>::first);
  if (method == methods.end()) return Refusal{501, "Unknown method"};
  if (!is_path(head.target)) return Refusal{400, "The target is no path"};
  const bool takes_body = method->second != HttpMethod::get && method->second != HttpMethod::head;
  if (!takes_body && has_body(head.headers)) return Refusal{400, "A body in a " + head.method};
  const std::size_t path = std::min(head.target.find('?'), head.target.size());
  HttpRequest request{.method = method->second, .path = head.target.substr(0, path)};
  request.query = head.target.substr(std::min(path + 1, head.target.size()));
  request.headers = std::move(head.headers);
  return request;
}

bool is_known_host(std::string_view host, std::string_view local_address, const std::vector<std::string>& hosts) {
  const std::string name = lower(name_in(host));
  return name == "localhost" || (!name.empty() && name == local_address) ||
         std::ranges::find(hosts, name) != hosts.end();
}

}  // namespace clientsync
