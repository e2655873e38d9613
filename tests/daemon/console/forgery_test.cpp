#include "daemon/console/forgery.hpp"

#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

bool is_foreign(const std::vector<HttpHeader>& headers) {
  HttpRequest request{.method = HttpMethod::post, .headers = headers};
  request.headers.push_back({"host", "office.test:8080"});
  return is_from_another_site(request);
}

}  // namespace

TEST_CASE("a browser says by Sec-Fetch-Site whether another site sent the request") {
  CHECK_FALSE(is_foreign({{"sec-fetch-site", "same-origin"}}));
  CHECK_FALSE(is_foreign({{"sec-fetch-site", "none"}}));
  CHECK(is_foreign({{"sec-fetch-site", "same-site"}}));
  CHECK(is_foreign({{"sec-fetch-site", "cross-site"}}));
  CHECK(is_foreign({{"sec-fetch-site", "cross-site"}, {"origin", "http://office.test:8080"}}));
}

TEST_CASE("without Sec-Fetch-Site the Origin must have the host of the request") {
  CHECK_FALSE(is_foreign({{"origin", "http://office.test:8080"}}));
  CHECK_FALSE(is_foreign({{"origin", "https://office.test:8080"}}));
  CHECK(is_foreign({{"origin", "http://office.test"}}));
  CHECK(is_foreign({{"origin", "http://evil.test"}}));
  CHECK(is_foreign({{"origin", "http://office.test:8080.evil.test"}}));
  CHECK(is_foreign({{"origin", "null"}}));
}

TEST_CASE("a program that is no browser sends neither") {
  CHECK_FALSE(is_foreign({}));
}

TEST_CASE("methods that only read change nothing") {
  CHECK_FALSE(is_unsafe(HttpMethod::get));
  CHECK_FALSE(is_unsafe(HttpMethod::head));
  CHECK(is_unsafe(HttpMethod::post));
  CHECK(is_unsafe(HttpMethod::patch));
  CHECK(is_unsafe(HttpMethod::remove));
}
