// Ranges of IP addresses. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace clientsync {

/// 16 bytes; an IPv4 address is the IPv6 address that stands for it (::ffff:192.0.2.1).
using IpAddress = std::array<unsigned char, 16>;

/// `192.0.2.1`, `2001:db8::1`; nullopt if it is anything else.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text);

/// The addresses that begin with the same bits.
struct Network {
  IpAddress address{};
  unsigned bits = 0;

  [[nodiscard]] bool contains(const IpAddress& other) const;
  bool operator==(const Network&) const = default;
};

/// An address, or a network such as `10.0.0.0/8` or `2001:db8::/32`, in which no bit behind the prefix is set.
[[nodiscard]] std::optional<Network> parse_network(std::string_view text);

}  // namespace clientsync
