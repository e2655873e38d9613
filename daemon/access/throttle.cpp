#include "daemon/access/throttle.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace clientsync {
namespace {

constexpr std::int64_t free_failures = 5;     ///< of an account from one client
constexpr std::int64_t longest_wait = 900;    ///< seconds
constexpr std::int64_t client_failures = 30;  ///< whatever the accounts
constexpr std::int64_t client_pause = 30;     ///< seconds after which one of them is forgotten

/// Seconds; a clock that was set back has not gone back.
std::int64_t since(const Failures& failures, std::int64_t now) {
  return std::max<std::int64_t>(now - failures.last_at, 0);
}

std::int64_t count_here(const Failures& failures, std::int64_t now) {
  return since(failures, now) < failure_lifetime ? failures.count : 0;
}

std::int64_t count_of_client(const Failures& failures, std::int64_t now) {
  return std::max<std::int64_t>(failures.count - since(failures, now) / client_pause, 0);
}

std::int64_t pause_after(std::int64_t count) {
  if (count < free_failures) return 0;
  constexpr std::int64_t most_doublings = 10;  // 1,024 seconds
  return std::min(std::int64_t{1} << std::min(count - free_failures, most_doublings), longest_wait);
}

}  // namespace

std::int64_t wait_after(const AttemptFailures& failures, std::int64_t now) {
  const std::int64_t here = pause_after(count_here(failures.here, now)) - since(failures.here, now);
  const bool client_waits = count_of_client(failures.client, now) >= client_failures;
  const std::int64_t client = client_waits ? client_pause - since(failures.client, now) % client_pause : 0;
  return std::max({here, client, std::int64_t{0}});
}

AttemptFailures with_failure(const AttemptFailures& failures, std::int64_t now) {
  return {.here = {count_here(failures.here, now) + 1, now},
          .client = {count_of_client(failures.client, now) + 1, now}};
}

std::string network_of(std::string_view address) {
  const std::string text(address);
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<char, INET6_ADDRSTRLEN> network{};
  if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
    inet_ntop(AF_INET, bytes.data() + mapped.size(), network.data(), network.size());
    return network.data();
  }
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  inet_ntop(AF_INET6, bytes.data(), network.data(), network.size());
  return std::string(network.data()) + "/64";
}

}  // namespace clientsync
