#include "config/network.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "config/setting.hpp"

namespace clientsync {
namespace {

constexpr unsigned byte_bits = 8;
constexpr std::size_t ipv4_place = 12;  ///< of an IPv4 address in an IPv6 one

bool same_bits(const IpAddress& a, const IpAddress& b, unsigned bits) {
  const auto whole = static_cast<std::ptrdiff_t>(bits / byte_bits);
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const unsigned rest = bits % byte_bits;
  const auto place = static_cast<std::size_t>(whole);
  return rest == 0 || ((a.at(place) ^ b.at(place)) >> (byte_bits - rest)) == 0;
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) {
  const std::string address(text);
  if (address.find('\0') != std::string::npos) return std::nullopt;
  IpAddress bytes{};
  if (::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  if (::inet_pton(AF_INET, address.c_str(), bytes.data() + ipv4_place) != 1) return std::nullopt;
  constexpr unsigned char ones = 0xff;
  bytes[ipv4_place - 2] = bytes[ipv4_place - 1] = ones;
  return bytes;
}

bool Network::contains(const IpAddress& other) const {
  return same_bits(address, other, bits);
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  constexpr unsigned all = sizeof(IpAddress) * byte_bits;
  const unsigned before = text.substr(0, slash).find(':') == std::string_view::npos ? ipv4_place * byte_bits : 0;
  if (slash == std::string_view::npos) return Network{*address, all};
  const auto given = parse_whole_number(text.substr(slash + 1));
  if (!given || *given > all - before) return std::nullopt;
  const unsigned bits = before + static_cast<unsigned>(*given);
  IpAddress first{};
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 1U << (byte_bits - 1 - bit % byte_bits);
    first.at(bit / byte_bits) |= static_cast<unsigned char>(address->at(bit / byte_bits) & mask);
  }
  if (first != *address) return std::nullopt;
  return Network{*address, bits};
}

}  // namespace clientsync
