// Who asks, if there are proxies in between that the configuration trusts (docs/specification.md §11). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "daemon/http/message.hpp"

namespace clientsync {

/// True if headers that say for whom a request is forwarded count. `peer` is the address from which a connection came;
/// "" for one on a Unix socket.
[[nodiscard]] bool is_trusted_proxy(std::string_view peer, const HttpConfig& config);

/// The address of whoever asked the first trusted proxy: the last address in X-Forwarded-For that is no trusted proxy's
/// itself. Addresses in front of it are what he says about himself. If the peer is not trusted, or the header says
/// nothing, it is the peer.
[[nodiscard]] std::string forwarded_peer(std::string_view peer, const std::vector<HttpHeader>& headers,
                                         const HttpConfig& config);

/// True if a trusted proxy says, in X-Forwarded-Proto, that it was asked over TLS.
[[nodiscard]] bool forwarded_secure(std::string_view peer, const std::vector<HttpHeader>& headers,
                                    const HttpConfig& config);

/// True if the request says that it was forwarded, and its peer is no trusted proxy: for whom it asks is unknown.
[[nodiscard]] bool is_forwarded_unknown(std::string_view peer, const std::vector<HttpHeader>& headers,
                                        const HttpConfig& config);

/// True if the request comes from this machine: over the Unix socket, loopback, or the very address on which the
/// service listens, and through no proxy that is not trusted.
[[nodiscard]] bool is_from_here(const HttpRequest& request, const HttpConfig& config);

}  // namespace clientsync
