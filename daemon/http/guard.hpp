// Which requests are let through (docs/specification.md §11). The parser takes framings on which it and a proxy in
// front may disagree about where a request ends; all of these are refused. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/http/message.hpp"

namespace clientsync {

/// The head of a request as the parser read it.
struct RequestHead {
  unsigned version = 11;  ///< 10 for HTTP/1.0
  std::string method{};
  std::string target{};
  std::vector<HttpHeader> headers{};
};

/// Why a request is not let through. What follows it on its connection is not read.
struct Refusal {
  unsigned status = 400;
  std::string why{};  ///< a sentence without its full stop

  bool operator==(const Refusal&) const = default;
};

/// The request without what its body, its connection and its proxies add; or why it is refused.
[[nodiscard]] std::variant<HttpRequest, Refusal> guard_request(RequestHead head);

/// True if `host` (`name`, `name:port`, `[::1]:port`) is a name for loopback, the address on which the connection came
/// in, or one of `hosts`. A web page that is open in somebody's browser cannot get at the service under a name of its
/// own (DNS rebinding).
[[nodiscard]] bool is_known_host(std::string_view host, std::string_view local_address,
                                 const std::vector<std::string>& hosts);

}  // namespace clientsync
