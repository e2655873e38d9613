// The JSON API (docs/specification.md §11; docs/openapi.yaml lists its routes and errors).
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "config/config.hpp"
#include "daemon/access/access.hpp"
#include "daemon/api/keys_in_progress.hpp"
#include "daemon/http/message.hpp"
#include "daemon/http/status_page.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// What the API, and the pages, work with.
struct ApiContext {
  const Config& config;
  ConnectionPool& connections;
  /// Asks the running service, and waits for its answer. Throws std::runtime_error if none comes.
  std::function<ServiceStatus(const StatusFilter&)> status;
  std::shared_ptr<KeysInProgress> keys = std::make_shared<KeysInProgress>();  ///< of requests with an Idempotency-Key
};

/// Answers a request that `caller` makes. `path` is what follows `/api/v1/`. Blocks while the database works. Faults of
/// the environment become responses too; nothing is thrown.
[[nodiscard]] HttpResponse answer_api(const ApiContext& context, const Caller& caller, const HttpRequest& request,
                                      std::string_view path);

}  // namespace clientsync
