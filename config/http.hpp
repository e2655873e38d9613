// The `http` section: where and how the service answers.
#pragma once

#include <optional>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// `listen` is an IP address with a port (`127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`) or the absolute path of a
/// socket. An address that other machines can reach needs `tls` or `trusted_proxies`.
void read_http(const Setting& setting, std::optional<HttpConfig>& target);

}  // namespace clientsync
