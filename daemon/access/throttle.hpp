// How many sign-ins may fail, and how long one must wait then (docs/specification.md §11). Whoever guesses from one
// network keeps nobody else out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "importer/store/sessions.hpp"

namespace clientsync {

/// Seconds until the next attempt may be made; 0: now. After five failures of an account from one client, one second,
/// and twice as long after each further one, up to 15 minutes. A client may fail 30 times, whatever the accounts, and
/// once more for every 30 seconds that it waits.
[[nodiscard]] std::int64_t wait_after(const AttemptFailures& failures, std::int64_t now);

/// The failures with one more. Those of an account are forgotten after a day without any.
[[nodiscard]] AttemptFailures with_failure(const AttemptFailures& failures, std::int64_t now);

/// How long a failure counts, in seconds.
inline constexpr std::int64_t failure_lifetime = std::int64_t{24} * 60 * 60;

/// The network by which a client is known: an IPv4 address, or the first 64 bits of an IPv6 address, since one
/// subscriber has all that begin with them. What is no address ("" for a Unix socket) stays as it is.
[[nodiscard]] std::string network_of(std::string_view address);

}  // namespace clientsync
