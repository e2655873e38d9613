#include "daemon/http/server.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "daemon/http/client.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

namespace {

/// A server on a socket of its own that says what it was asked.
struct TestServer {
  const HttpConfig config{.socket = std::filesystem::temp_directory_path() /
                                    ("clientsync-server-test-" + std::to_string(::getpid()))};
  HttpServer server{config,
                    [](const HttpRequest& request, const HttpRespond& respond) {
                      respond({.status = 200, .type = "text/plain", .body = request.path + " " + request.query});
                    },
                    [](const HttpRequest&) { return std::size_t{16}; }};
};

}  // namespace

TEST_CASE("a server answers with what its handler says", "[http]") {
  const TestServer server;
  const HttpResponse response = fetch_page(server.config, "/some/path?a=b");
  CHECK(response.status == 200);
  CHECK(response.type == "text/plain");
  CHECK(response.body == "/some/path a=b");
}
