// What the service tells whoever looks after it: health, metrics, and what its inboxes are doing.
#pragma once

#include <span>
#include <string_view>

#include "daemon/http/message.hpp"
#include "daemon/http/status_page.hpp"
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

/// True for the paths of the pages that the service itself answers: `/health`, `/metrics`, `/status`.
[[nodiscard]] bool is_status_page(std::string_view path);

/// The page that a request to one of these paths asks for.
[[nodiscard]] HttpResponse status_page(const HttpRequest& request, const StatusSources& sources);

[[nodiscard]] ServiceStatus status_of(const StatusSources& sources, const StatusFilter& filter);

/// For a path that nobody answers, or a method by which no page is asked for.
[[nodiscard]] HttpResponse no_page(HttpMethod method);

/// For other machines: the pages show names of files, and nobody is asked for a password.
[[nodiscard]] HttpResponse only_from_here();

}  // namespace clientsync
