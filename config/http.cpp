#include "config/http.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <array>
#include <string>
#include <string_view>

namespace clientsync {
namespace {

constexpr std::string_view expected = "a loopback address like 127.0.0.1:9464, or the path of a socket";
constexpr std::uint64_t largest_port = 65535;
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

enum class Reach { none, machine, network };

Reach reach_of(const std::string& host) {
  std::array<unsigned char, sizeof(in_addr)> ipv4{};
  if (::inet_pton(AF_INET, host.c_str(), ipv4.data()) == 1)
    return ipv4[0] == IN_LOOPBACKNET ? Reach::machine : Reach::network;
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, host.c_str(), &ipv6) != 1) return Reach::none;
  return IN6_IS_ADDR_LOOPBACK(&ipv6) ? Reach::machine : Reach::network;
}

/// `host:port`, with brackets around a host that contains colons.
std::optional<std::pair<std::string, std::string>> split(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  if (brackets != (host.find(':') != std::string::npos)) return std::nullopt;
  return std::pair(host, text.substr(colon + 1));
}

void read_address(const Setting& setting, const std::string& text, std::optional<HttpConfig>& target) {
  const auto parts = split(text);
  const std::string host = parts && lower(parts->first) == "localhost" ? "127.0.0.1" : (parts ? parts->first : "");
  const Reach reach = reach_of(host);
  const std::optional<std::uint64_t> port = parts ? parse_whole_number(parts->second) : std::nullopt;
  if (reach == Reach::none || !port)
    return setting.fail(quote(text) + " is not an address; expected " + std::string(expected));
  if (reach == Reach::network) {
    return setting.fail(quote(text) +
                        " can be reached from other machines, and the service asks nobody for a password; expected " +
                        std::string(expected));
  }
  if (*port < 1 || *port > largest_port)
    return setting.fail(quote(text) + " has no valid port; expected one from 1 to " + std::to_string(largest_port));
  // IPv6 has only one loopback address, which requests name in its shortest form.
  const bool ipv6 = host.find(':') != std::string::npos;
  target = HttpConfig{ipv6 ? "::1" : host, static_cast<std::uint16_t>(*port), {}};
}

void read_listen(const Setting& setting, std::optional<HttpConfig>& target) {
  std::string text;
  read_text(setting, text, expected);
  if (text.empty()) return;
  if (text.front() != '/') return read_address(setting, text, target);
  if (text.size() > longest_path) {
    return setting.fail("the path of the socket has " + std::to_string(text.size()) + " bytes; expected at most " +
                        std::to_string(longest_path));
  }
  target = HttpConfig{"", 0, text};
}

}  // namespace

void read_http(const Setting& setting, std::optional<HttpConfig>& target) {
  read_map(setting, {{"listen", unless_empty([&](const Setting& s) { read_listen(s, target); })},
                     {"console", not_available},
                     {"tls", not_available},
                     {"trusted_proxies", not_available}});
}

}  // namespace clientsync
