// Any head: what the guard lets through has one host, no transfer coding, and at most one length.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "daemon/http/guard.hpp"

using namespace clientsync;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string take(std::string_view& text, char end) {
  const std::string part(text.substr(0, text.find(end)));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// One line for the request, then one for each header.
RequestHead head_of(std::string_view text) {
  std::string line = take(text, '\n');
  std::string_view first = line;
  RequestHead head{.version = 10, .method = take(first, ' '), .target = take(first, ' ')};
  if (first == "1") head.version = 11;
  while (!text.empty()) {
    line = take(text, '\n');
    std::string_view rest = line;
    std::string name = take(rest, ':');
    head.headers.push_back({std::move(name), std::string(rest)});
  }
  return head;
}

void check(const RequestHead& head, const HttpRequest& request) {
  const auto count = [&](std::string_view name) {
    return std::ranges::count(request.headers, name, &HttpHeader::name);
  };
  require(count("host") == 1);
  require(count("transfer-encoding") == 0);
  require(count("content-length") <= 1);
  require(request.headers.size() == head.headers.size());
  const std::string target = request.path + (head.target.find('?') == std::string::npos ? "" : "?") + request.query;
  require(request.path.starts_with('/') && target == head.target);
  require(request.path.find('?') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const RequestHead head = head_of(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto guarded = guard_request(head);
  if (const auto* const request = std::get_if<HttpRequest>(&guarded)) {
    check(head, *request);
    (void)is_known_host(header_of(request->headers, "host"), "::1", {"clients.example"});
  } else {
    require(std::get<Refusal>(guarded).status >= 400);
  }
  return 0;
}
