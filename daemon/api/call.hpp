// One request to the API, as its handlers see it, and what they answer with.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "daemon/api/api.hpp"
#include "daemon/http/form.hpp"
#include "importer/messages/messages.hpp"

namespace clientsync {

/// A request that a route has taken.
struct ApiCall {
  const ApiContext& context;
  const Caller& caller;
  const HttpRequest& request;
  FormFields parameters{};  ///< of the query, each name once
  std::string id{};         ///< what stands for `{id}` in the path, decoded
};

/// Why a request is not answered as it wanted: ends the handler, and becomes a problem (RFC 9457).
struct ApiError {
  unsigned status = 400;
  std::string code;               ///< a word for programs
  std::string detail;             ///< a sentence for people
  boost::json::object members{};  ///< further members of the problem
};

/// The parameter; nullopt if it is not given.
[[nodiscard]] std::optional<std::string_view> parameter(const ApiCall& call, std::string_view name);

/// "true" or "false"; false if it is not given. Throws ApiError.
[[nodiscard]] bool flag_parameter(const ApiCall& call, std::string_view name);

/// The number of an entry in the path. Throws ApiError: 404.
[[nodiscard]] std::int64_t entry_number(const ApiCall& call);

/// The language for people: what the user chose, or else the browser. nullopt: neither says.
[[nodiscard]] std::optional<Language> language_for(const Caller& caller, const HttpRequest& request);

/// The firms that are configured and that the caller may see, in the order of the configuration.
[[nodiscard]] std::vector<std::string> firms_of(const ApiCall& call);

/// The inbox whose rules the request follows: `inbox`, or else the first one of the firm, which is `firm`, or else the
/// only one that the caller may see. Throws ApiError; what the caller may not see is unknown to him.
[[nodiscard]] InboxConfig inbox_for(const ApiCall& call);

/// What is said of an inbox or firm that is not known: 404, or 503 if it may be in a root that is still to be listed.
[[nodiscard]] ApiError unknown(const KnownInboxes& known, std::string code, std::string detail);

/// The turn to look into folders, which one request at a time has: if a folder does not answer, it keeps one of the
/// threads that answer, not all of them. Waits for 2 seconds. Without the turn, folders must not be looked at.
[[nodiscard]] std::unique_lock<std::timed_mutex> turn_at_folders(const ApiContext& context);

[[nodiscard]] HttpResponse json_response(const boost::json::value& value, unsigned status = 200);

/// application/problem+json.
[[nodiscard]] HttpResponse problem_response(const ApiError& error);

/// A file to be saved. `name`: bytes.
[[nodiscard]] HttpResponse csv_response(std::string body, const std::string& name);

/// What stands for `value` in an ETag, which names this state of a thing.
[[nodiscard]] std::string etag_of(std::string_view value);

/// True if the header `name`, which is If-None-Match or If-Match, names the ETag.
[[nodiscard]] bool names_etag(const HttpRequest& request, std::string_view name, std::string_view etag);

/// 304 with the ETag.
[[nodiscard]] HttpResponse not_modified(const std::string& etag);

}  // namespace clientsync
