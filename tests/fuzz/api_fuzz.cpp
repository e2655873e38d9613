// Any body at any route that takes one: the answer is what the API describes, never a failure of ours.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>

#include "daemon/api/api.hpp"
#include "importer/store/schema.hpp"

namespace {

using namespace clientsync;

struct Target {
  HttpMethod method;
  std::string_view path;
  std::string_view type;
};

constexpr Target targets[]{
    {HttpMethod::post, "imports", "application/json"},       {HttpMethod::post, "imports", "text/csv"},
    {HttpMethod::post, "clients/edits", "application/json"}, {HttpMethod::post, "clients", "application/json"},
    {HttpMethod::patch, "clients/1", "application/json"},    {HttpMethod::post, "imports/1/undo", "application/json"},
    {HttpMethod::patch, "session", "application/json"},
};

/// A database of its own, which stays for the next look at a finding.
struct Office {
  Office() {
    InboxConfig inbox;
    inbox.name = inbox.rules.firm = "main";
    inbox.path = directory;
    inbox.rules.policy.unknown_company = Policy::UnknownCompany::create;
    config.inboxes = {inbox};
    pool.use([](Connection& connection) { prepare_schema(connection); });
  }

  std::filesystem::path directory = [] {
    std::string path = (std::filesystem::temp_directory_path() / "clientsync-fuzz-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) std::abort();
    return std::filesystem::path(path);
  }();
  Config config;
  ConnectionPool pool{DatabaseOptions{.connection = directory.string() + "/clientsync.db"}};
  ApiContext context{config, pool, [this] { return KnownInboxes{config.inboxes}; }, {}};
  Caller caller{.user = 1, .name = "maria", .role = Role::admin, .firms = {"main"}};
};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Office office;
  if (size == 0) return 0;
  const Target& target = targets[data[0] % std::size(targets)];
  HttpRequest request{.method = target.method};
  request.headers = {{"content-type", std::string(target.type)}};
  request.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  const HttpResponse response = answer_api(office.context, office.caller, request, target.path);
  require(response.status < 500);
  require(boost::json::parse(response.body).is_object());
  require((response.status >= 400) == (response.type == "application/problem+json"));
  return 0;
}
