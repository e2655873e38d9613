#include "daemon/console/site.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "daemon/api/call.hpp"
#include "daemon/console/api_request.hpp"
#include "daemon/console/assets.hpp"
#include "daemon/console/forgery.hpp"
#include "daemon/console/frame.hpp"
#include "daemon/console/page_request.hpp"
#include "daemon/console/routes.hpp"
#include "daemon/log.hpp"

namespace clientsync {

/// So many requests are answered at a time. The others wait.
constexpr std::size_t worker_count = 4;

struct Site::State {
  ApiContext context;
  boost::asio::thread_pool workers;
};

namespace {

/// What may be fetched, run and framed. No script can be in a page, only beside it, and none can make HTML of text.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

void add_headers(HttpResponse& response) {
  const auto add = [&](std::string_view name, std::string_view value) {
    response.headers.push_back({std::string(name), std::string(value)});
  };
  add("content-security-policy", content_security_policy);
  add("x-content-type-options", "nosniff");
  add("referrer-policy", "no-referrer");
  add("cross-origin-opener-policy", "same-origin");
  add("cross-origin-resource-policy", "same-origin");
  add("x-frame-options", "DENY");
  if (header_of(response.headers, "cache-control").empty()) add("cache-control", "no-store");
}

HttpResponse with_headers(HttpResponse response) {
  add_headers(response);
  return response;
}

HttpResponse answer_asset(const Asset& asset, const HttpRequest& request) {
  HttpResponse response{
      .type = std::string(type_of(asset)),
      .headers = {{"cache-control", "public, max-age=31536000, immutable"}, {"vary", "Accept-Encoding"}}};
  const bool compressed = header_of(request.headers, "accept-encoding").find("gzip") != std::string_view::npos;
  response.body = compressed ? asset.gzip : asset.plain;
  if (compressed) response.headers.push_back({"content-encoding", "gzip"});
  return response;
}

/// A file in Base64, with room for corrections.
std::size_t largest_upload(const Config& config) {
  return largest_input(config) / 3 * 4 + (std::size_t{1} << 20);
}

HttpResponse open_target(const ApiContext& context, const HttpRequest& request, const Target& target) {
  const bool is_api = target.kind == Target::Kind::api;
  if (is_unsafe(request.method) && is_from_another_site(request)) {
    return is_api ? problem_response({403, "from_another_site", "The request came from a page of another site."})
                  : page_refusal(context, request, 403, "not_allowed", "from_another_site");
  }
  return is_api ? answer_api_request(context, request, target.rest)
                : answer_page_request(context, request, target.rest);
}

/// Something does not work: the log says what; whoever asks is told to try again.
HttpResponse answer_request(const ApiContext& context, const HttpRequest& request) {
  const Target target = target_of(request.path);
  const bool is_api = target.kind == Target::Kind::api;
  const auto say = [&](const char* why) {
    log(LogLevel::error, "console.failed", {{"path", request.path}, {"why", why}});
  };
  const auto failed = [&] {
    return is_api ? problem_response({500, "internal", "Something went wrong; the log says what."})
                  : page_refusal(context, request, 500, "does_not_work", "try_again");
  };
  try {
    return open_target(context, request, target);
  } catch (const DatabaseError& error) {
    say(error.what());
    return is_api ? problem_response({503, "unavailable", "The database does not answer."})
                  : page_refusal(context, request, 503, "does_not_work", "database_away");
  } catch (const std::exception& error) {
    say(error.what());
    return failed();
  } catch (...) {  // what left this thread would end the service
    say("something was thrown that is no std::exception");
    return failed();
  }
}

}  // namespace

Site::Site(ApiContext context) : state_(new State{std::move(context), boost::asio::thread_pool(worker_count)}) {}

Site::~Site() {
  stop();
}

void Site::answer(HttpRequest request, HttpRespond respond) {
  if (const Asset* asset = find_asset(request.path); asset != nullptr && !is_unsafe(request.method)) {
    respond(with_headers(answer_asset(*asset, request)));
    return;
  }
  boost::asio::post(state_->workers, [this, request = std::move(request), respond = std::move(respond)] {
    respond(with_headers(answer_request(state_->context, request)));
  });
}

std::size_t Site::largest_body(const HttpRequest& head) const {
  constexpr std::size_t of_forms = std::size_t{16} << 10;
  const Target target = target_of(head.path);
  if (!is_unsafe(head.method)) return 0;
  const bool is_list = target.kind == Target::Kind::api && (target.rest == "imports" || target.rest == "clients/edits");
  return is_list ? largest_upload(state_->context.config) : of_forms;
}

void Site::stop() {
  state_->workers.join();
}

}  // namespace clientsync
