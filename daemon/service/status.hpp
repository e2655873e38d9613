// What the service tells whoever looks after it: health, metrics, and what its inboxes are doing.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "daemon/http/server.hpp"
#include "daemon/service/inbox_roots.hpp"
#include "daemon/service/job_queue.hpp"

namespace clientsync {

/// What the pages are made of.
struct StatusSources {
  const JobQueue& queue;
  const InboxRoots& roots;
  std::span<const Fault> weaknesses;  ///< of the database, found when the service began
  Moment begun{};
  Moment now{};
};

/// The page of a path; nullopt if there is none.
[[nodiscard]] std::optional<Page> status_page(std::string_view path, std::string_view query,
                                              const StatusSources& sources);

}  // namespace clientsync
