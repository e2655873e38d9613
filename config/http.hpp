// The `http` section: where health and metrics are told.
#pragma once

#include <optional>

#include "config/config.hpp"
#include "config/setting.hpp"

namespace clientsync {

/// `listen`: an address of this machine alone with a port (`127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`), or the
/// absolute path of a socket. Whoever reads them needs no password, so that others are not answered at all.
void read_http(const Setting& setting, std::optional<HttpConfig>& target);

}  // namespace clientsync
