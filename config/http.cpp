#include "config/http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "config/inboxes.hpp"

namespace clientsync {
namespace {

constexpr std::string_view expected = "an address like 127.0.0.1:9464, or the path of a socket";
constexpr std::uint64_t largest_port = 65535;
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t longest_host = 253;

/// Which machines can connect to an address.
enum class Reach { none, machine, network };

/// Also brings the address into its shortest form, in which requests name it.
Reach reach_of(std::string& host) {
  in_addr ipv4{};
  if (::inet_pton(AF_INET, host.c_str(), &ipv4) == 1)
    return ntohl(ipv4.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET ? Reach::machine : Reach::network;
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, host.c_str(), &ipv6) != 1) return Reach::none;
  std::array<char, INET6_ADDRSTRLEN> shortest{};
  host = ::inet_ntop(AF_INET6, &ipv6, shortest.data(), shortest.size());
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

/// What the section says, and how far its address reaches.
struct Http {
  HttpConfig config{};
  bool listens = false;
  Reach reach = Reach::machine;
};

void read_address(const Setting& setting, const std::string& text, Http& target) {
  const auto parts = split(text);
  std::string host = parts && lower(parts->first) == "localhost" ? "127.0.0.1" : (parts ? parts->first : "");
  target.reach = reach_of(host);
  const std::optional<std::uint64_t> port = parts ? parse_whole_number(parts->second) : std::nullopt;
  if (target.reach == Reach::none || !port)
    return setting.fail(quote(text) + " is not an address; expected " + std::string(expected));
  if (*port < 1 || *port > largest_port)
    return setting.fail(quote(text) + " has no valid port; expected one from 1 to " + std::to_string(largest_port));
  target.config.address = host;
  target.config.port = static_cast<std::uint16_t>(*port);
  target.listens = true;
}

void read_listen(const Setting& setting, Http& target) {
  std::string text;
  read_text(setting, text, expected);
  if (text.empty()) return;
  if (text.front() != '/') return read_address(setting, text, target);
  if (text.size() > longest_path) {
    return setting.fail("the path of the socket has " + std::to_string(text.size()) + " bytes; expected at most " +
                        std::to_string(longest_path));
  }
  target.config.socket = text;
  target.listens = true;
}

void read_tls(const Setting& setting, std::optional<TlsFiles>& target) {
  TlsFiles files;
  const auto read_certificate = [&](const Setting& s) { read_path(s, files.certificate); };
  const auto read_key = [&](const Setting& s) { read_path(s, files.key); };
  const std::size_t faults = setting.errors.size();
  read_map(setting, {{"certificate", unless_empty(read_certificate)}, {"key", unless_empty(read_key)}});
  if (files == TlsFiles{} || setting.errors.size() != faults) return;
  if (files.certificate.empty()) return setting.fail("has no certificate; expected the path of a file in PEM form");
  if (files.key.empty()) return setting.fail("has no key; expected the path of a file in PEM form");
  target = std::move(files);
}

void read_proxy(const Setting& item, HttpConfig& target) {
  constexpr std::string_view proxy = "an address, a network like 10.0.0.0/8, or unix";
  std::string text;
  read_text(item, text, proxy);
  if (text.empty()) return;
  if (text == "unix") {
    target.trust_socket = true;
  } else if (const auto network = parse_network(text)) {
    target.trusted_proxies.push_back(*network);
  } else {
    item.fail(quote(text) + " is no network; expected " + std::string(proxy));
  }
}

void read_host(const Setting& item, std::vector<std::string>& target) {
  constexpr std::string_view name = "a name like clients.example.com, without its port";
  std::string text;
  read_text(item, text, name);
  if (text.empty()) return;
  const bool good = text.size() <= longest_host && std::ranges::all_of(text, [](unsigned char c) {
                      return std::isalnum(c) != 0 || c == '.' || c == '-';
                    });
  if (!good && !parse_address(text))
    return item.fail(quote(text) + " is no name of a host; expected " + std::string(name));
  target.push_back(lower(text));
}

/// What is said of the service must suit the place where it listens.
void check_reach(const Setting& listen, const Http& http) {
  const bool guarded = http.config.tls || !http.config.trusted_proxies.empty();
  if (http.reach == Reach::network && !guarded) {
    listen.fail(
        "other machines can reach this address, and passwords would cross the network in the clear; expected "
        "http.tls, or http.trusted_proxies with a proxy that speaks TLS, or a loopback address");
  }
  if (!http.config.socket.empty() && http.config.tls)
    listen.fail("TLS is not spoken on a Unix socket; leave http.tls out, or listen on an address");
}

}  // namespace

void read_http(const Setting& setting, std::optional<HttpConfig>& target) {
  Http http;
  std::optional<Setting> listen;
  const auto read_listen_here = [&](const Setting& s) {
    listen.emplace(s);
    read_listen(s, http);
  };
  const auto read_proxies = [&](const Setting& s) {
    read_list(s, [&](const Setting& item) { read_proxy(item, http.config); });
  };
  const auto read_hosts = [&](const Setting& s) {
    read_list(s, [&](const Setting& item) { read_host(item, http.config.hosts); });
  };
  read_map(setting, {{"listen", unless_empty(read_listen_here)},
                     {"console", one_of(http.config.console, {{"off", false}, {"on", true}})},
                     {"tls", unless_empty([&](const Setting& s) { read_tls(s, http.config.tls); })},
                     {"trusted_proxies", unless_empty(read_proxies)},
                     {"hosts", unless_empty(read_hosts)}});
  if (listen && http.listens) check_reach(*listen, http);
  if (http.config.console && !listen) setting.fail("the console needs an address; expected http.listen");
  if (http.listens) target = std::move(http.config);
}

}  // namespace clientsync
