// The `http` section: where the service answers with health and metrics.
#pragma once

#include <optional>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// `listen` is a loopback address with a port (`127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`) or the absolute path
/// of a socket. Other addresses are refused, since the service asks nobody for a password.
void read_http(const Setting& setting, std::optional<HttpConfig>& target);

}  // namespace clientsync
