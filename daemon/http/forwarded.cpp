#include "daemon/http/forwarded.hpp"

#include <algorithm>
#include <array>

namespace clientsync {
namespace {

std::string_view trim_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

/// Some proxies write a port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  return std::ranges::count(text, ':') == 1 ? text.substr(0, text.find(':')) : text;
}

/// The addresses of all X-Forwarded-For headers, as if they were one; the one that the nearest proxy wrote is the last.
std::vector<std::string_view> forwarded_for(const std::vector<HttpHeader>& headers) {
  std::vector<std::string_view> addresses;
  for (const HttpHeader& header : headers) {
    if (header.name != "x-forwarded-for") continue;
    std::string_view rest = header.value;
    for (bool more = true; more;) {
      const std::size_t comma = rest.find(',');
      addresses.push_back(without_port(trim_blanks(rest.substr(0, comma))));
      more = comma != std::string_view::npos;
      if (more) rest.remove_prefix(comma + 1);
    }
  }
  return addresses;
}

}  // namespace

bool is_trusted_proxy(std::string_view peer, const HttpConfig& config) {
  if (peer.empty()) return config.trust_socket;
  const auto address = parse_address(peer);
  return address && std::ranges::any_of(config.trusted_proxies,
                                        [&](const Network& network) { return network.contains(*address); });
}

std::string forwarded_peer(std::string_view peer, const std::vector<HttpHeader>& headers, const HttpConfig& config) {
  std::string_view client = peer;
  if (!is_trusted_proxy(peer, config)) return std::string(client);
  const std::vector<std::string_view> addresses = forwarded_for(headers);
  for (auto address = addresses.rbegin(); address != addresses.rend(); ++address) {
    if (!parse_address(*address)) break;
    client = *address;
    if (!is_trusted_proxy(client, config)) break;
  }
  return std::string(client);
}

bool forwarded_secure(std::string_view peer, const std::vector<HttpHeader>& headers, const HttpConfig& config) {
  return is_trusted_proxy(peer, config) && header_of(headers, "x-forwarded-proto") == "https";
}

bool is_forwarded_unknown(std::string_view peer, const std::vector<HttpHeader>& headers, const HttpConfig& config) {
  constexpr std::array<std::string_view, 3> names{"forwarded", "x-forwarded-for", "x-forwarded-proto"};
  return !is_trusted_proxy(peer, config) && std::ranges::any_of(headers, [&](const HttpHeader& header) {
    return std::ranges::find(names, header.name) != names.end();
  });
}

bool is_from_here(const HttpRequest& request, const HttpConfig& config) {
  if (request.forwarded_unknown) return false;
  if (request.peer.empty() || request.peer == config.address) return true;
  const auto address = parse_address(request.peer);
  return address && std::ranges::any_of(std::array{"127.0.0.0/8", "::1"}, [&](const char* loopback) {
           return parse_network(loopback)->contains(*address);
         });
}

}  // namespace clientsync
