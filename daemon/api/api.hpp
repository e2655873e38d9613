// The JSON API (docs/specification.md §11; docs/openapi.yaml lists its routes and errors).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

#include "config/config.hpp"
#include "daemon/access/access.hpp"
#include "daemon/api/keys_in_progress.hpp"
#include "daemon/http/message.hpp"
#include "daemon/http/status_page.hpp"
#include "daemon/inbox/discovery.hpp"
#include "importer/store/connection_pool.hpp"

namespace clientsync {

/// What the API, and the pages, work with.
struct ApiContext {
  const Config& config;
  ConnectionPool& connections;
  /// What the running service knows. Asks no file system, since one that hangs would hang all who ask.
  std::function<KnownInboxes()> inboxes;
  /// Asks the running service, and waits for its answer. Throws std::runtime_error if none comes.
  std::function<ServiceStatus(const StatusFilter&)> status;
  std::shared_ptr<KeysInProgress> keys = std::make_shared<KeysInProgress>();  ///< of requests with an Idempotency-Key
  /// Held by the request that looks into folders: see turn_at_folders.
  std::shared_ptr<std::timed_mutex> folders = std::make_shared<std::timed_mutex>();
};

/// Answers a request that `caller` makes. `path` is what follows `/api/v1/`. Blocks while the database works. Faults of
/// the environment become responses too; nothing is thrown.
[[nodiscard]] HttpResponse answer_api(const ApiContext& context, const Caller& caller, const HttpRequest& request,
                                      std::string_view path);

}  // namespace clientsync
