#include "daemon/http/guard.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

RequestHead a_head(const std::string& method = "GET", const std::string& target = "/") {
  return {.method = method, .target = target, .headers = {{"Host", "localhost"}}};
}

RequestHead with(RequestHead head, const std::vector<HttpHeader>& more) {
  head.headers.insert(head.headers.end(), more.begin(), more.end());
  return head;
}

/// The status of the refusal; 0 if the request is let through.
unsigned refused(const RequestHead& head) {
  const auto guarded = guard_request(head);
  const auto* const refusal = std::get_if<Refusal>(&guarded);
  return refusal == nullptr ? 0 : refusal->status;
}

}  // namespace

TEST_CASE("a request is let through as its method, path, query and headers", "[guard]") {
  const auto guarded = guard_request(with(a_head("PATCH", "/api/v1/clients/7?firm=a%20b?"), {{"X-Form-Token", "T"}}));
  const HttpRequest& request = std::get<HttpRequest>(guarded);
  CHECK(request.method == HttpMethod::patch);
  CHECK(request.path == "/api/v1/clients/7");
  CHECK(request.query == "firm=a%20b?");
  CHECK(request.headers == std::vector<HttpHeader>{{"host", "localhost"}, {"x-form-token", "T"}});
}

TEST_CASE("a framing that a proxy may read in another way is refused", "[guard]") {
  for (const std::string coding : {"chunked", "xchunked", "chunked, identity", "identity", "gzip", ""}) {
    CHECK(refused(with(a_head("POST"), {{"transfer-ENCODING", coding}})) == 501);
    CHECK(refused(with(a_head("POST"), {{"Transfer-Encoding", coding}, {"Content-Length", "5"}})) == 501);
    RequestHead old = with(a_head("POST"), {{"Transfer-Encoding", coding}});
    old.version = 10;
    CHECK(refused(old) == 501);
  }
  CHECK(refused(with(a_head("POST"), {{"Content-Length", "5"}, {"content-length", "5"}})) == 400);
  for (const std::string length : {"", "-5", "+5", "5, 5", "0x5", " 5", "5 ", "9999999999999999999"}) {
    CAPTURE(length);
    CHECK(refused(with(a_head("POST"), {{"Content-Length", length}})) == 400);
  }
  for (const std::string method : {"GET", "HEAD"}) {
    CHECK(refused(with(a_head(method), {{"Content-Length", "5"}})) == 400);
    CHECK(refused(with(a_head(method), {{"Content-Length", "00"}})) == 0);
  }
  CHECK(refused(with(a_head("POST"), {{"Content-Length", "5"}})) == 0);
}

TEST_CASE("a request names one host, and one of each header that decides about it", "[guard]") {
  CHECK(refused({.method = "GET", .target = "/"}) == 400);
  CHECK(refused({.version = 10, .method = "GET", .target = "/"}) == 400);
  CHECK(refused(with(a_head(), {{"Host", "localhost"}})) == 400);
  for (const std::string name : {"Authorization", "Origin", "Sec-Fetch-Site", "X-Form-Token", "Idempotency-Key"})
    CHECK(refused(with(a_head(), {{name, "a"}, {name, "a"}})) == 400);
  CHECK(refused(with(a_head(), {{"Accept", "a"}, {"Accept", "b"}})) == 0);
  for (const std::string host : {"user@localhost", "local host", "localhost/", "localhost,evil", "localh\xc3\xb6st"})
    CHECK(refused({.method = "GET", .target = "/", .headers = {{"Host", host}}}) == 400);
}

TEST_CASE("only known methods, paths, versions and expectations are let through", "[guard]") {
  for (const std::string method : {"PUT", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", ""})
    CHECK(refused(a_head(method)) == 501);
  for (const std::string target : {"http://localhost/", "*", "localhost:80", "", "/a b", "/a#b", "/\x7f", "/\xc3\xa9"})
    CHECK(refused(a_head("GET", target)) == 400);
  for (const unsigned version : {9U, 12U, 20U}) {
    RequestHead head = a_head();
    head.version = version;
    CHECK(refused(head) == 505);
  }
  CHECK(refused(with(a_head("POST"), {{"Expect", "100-Continue"}})) == 0);
  CHECK(refused(with(a_head("POST"), {{"Expect", "something"}})) == 417);
}

TEST_CASE("only loopback, the address of the connection and the listed hosts are known", "[guard]") {
  const std::vector<std::string> hosts{"clients.example"};
  for (const std::string host : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.0.0.1:9464", "Clients.Example:443"})
    CHECK(is_known_host(host, "127.0.0.1", hosts));
  for (const std::string host : {"", ":80", "[]", "[", "127.0.0.2", "[::1]", "localhost.", "localhost.example",
                                 "127.0.0.1.example", "rebound.example", "x.clients.example"})
    CHECK_FALSE(is_known_host(host, "127.0.0.1", hosts));
  CHECK(is_known_host("[::1]:9464", "::1", {}));
  CHECK_FALSE(is_known_host("", "", {}));
}
