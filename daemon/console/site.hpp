// The console and the API as one handler of requests: routes, who may what, protection against forged requests, and
// the headers of every response (docs/specification.md §11).
#pragma once

#include <cstddef>
#include <memory>

#include "daemon/api/api.hpp"
#include "daemon/http/message.hpp"

namespace clientsync {

/// Answers the requests that are not about the service's own pages (`/health`, `/metrics`, `/status`). Works on threads
/// of its own.
class Site {
 public:
  explicit Site(ApiContext context);
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  /// Begins to answer. Does not block.
  void answer(HttpRequest request, HttpRespond respond);

  /// The largest body that a request with this head may have: bytes.
  [[nodiscard]] std::size_t largest_body(const HttpRequest& head) const;

  /// Waits for the answers that were begun.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace clientsync
