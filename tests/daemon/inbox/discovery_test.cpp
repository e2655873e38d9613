#include "daemon/inbox/discovery.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

Names names_of(const std::vector<InboxConfig>& inboxes) {
  Names names;
  for (const InboxConfig& inbox : inboxes) names.push_back(inbox.name);
  return names;
}

Names not_taken(const std::vector<NotTaken>& all) {
  Names names;
  for (const NotTaken& each : all) names.push_back(each.path.filename());
  return names;
}

InboxConfig inbox_at(const std::string& name, const fs::path& path) {
  InboxConfig inbox;
  inbox.name = name;
  inbox.rules.firm = "of " + name;
  inbox.path = path;
  return inbox;
}

}  // namespace

TEST_CASE("each direct, non-hidden child directory of a root is an inbox of its own firm, with the defaults") {
  const testing::Sandbox sandbox;
  const fs::path root = sandbox.inbox();
  fs::create_directories(root / "north" / "deeper");
  fs::create_directory(root / "south.2-B_c");
  fs::create_directory(root / ".hidden");
  std::ofstream(root / "file") << "no directory";
  fs::create_directory_symlink(sandbox.elsewhere(), root / "link");
  InboxConfig defaults;
  defaults.settle = std::chrono::milliseconds{7};
  const FoundInboxes found = find_inboxes(Directory(root), defaults, {});
  CHECK(names_of(found.inboxes) == Names{"north", "south.2-B_c"});
  CHECK(found.not_taken.empty());
  for (const InboxConfig& inbox : found.inboxes) {
    CHECK(inbox.rules.firm == inbox.name);
    CHECK(inbox.path == root / inbox.name);
    CHECK(inbox.settle == defaults.settle);
  }
}

TEST_CASE("a directory whose name cannot be an inbox name, or is taken, is not an inbox") {
  const testing::Sandbox sandbox;
  const fs::path root = sandbox.inbox();
  for (const std::string name : {"two words", "caf\xC3\xA9", "\xFF", "good", "taken"})
    fs::create_directory(root / name);
  fs::create_directory(root / std::string(65, 'x'));
  const TakenInboxes taken{.names = {{"taken", "/srv/main"}}, .directories = {}};
  const FoundInboxes found = find_inboxes(Directory(root), {}, taken);
  CHECK(names_of(found.inboxes) == Names{"good"});
  CHECK(not_taken(found.not_taken) == Names{"caf\xC3\xA9", "taken", "two words", std::string(65, 'x'), "\xFF"});
  CHECK(found.not_taken[1].why == "the inbox in /srv/main has the same name");
}

TEST_CASE("a directory that the configuration names is the inbox that it says, not one of the root") {
  const testing::Sandbox sandbox;
  const fs::path root = sandbox.inbox();
  fs::create_directory(root / "acme");
  fs::create_directory(root / "other");
  fs::create_directory_symlink(root / "acme", sandbox.elsewhere() / "alias");
  Config config;
  config.roots = {root};
  config.inboxes = {inbox_at("special", sandbox.elsewhere() / "alias")};
  const AllInboxes all = all_inboxes(config);
  CHECK(names_of(all.inboxes) == Names{"special", "other"});
  CHECK(all.inboxes.front().rules.firm == "of special");
  CHECK(all.not_taken.empty());
  CHECK(all.faults.empty());
}

TEST_CASE("if two roots have a directory of the same name, the first is the inbox, and a missing root stops no other") {
  const testing::Sandbox sandbox;
  const fs::path first = sandbox.inbox(), second = sandbox.elsewhere();
  for (const fs::path& path : {first / "a", second / "a", second / "b"}) fs::create_directory(path);
  Config config;
  config.roots = {sandbox.inbox() / "missing", first, second};
  const AllInboxes all = all_inboxes(config);
  CHECK(names_of(all.inboxes) == Names{"a", "b"});
  CHECK(all.inboxes.front().path == first / "a");
  REQUIRE(all.not_taken.size() == 1);
  CHECK(all.not_taken.front().path == second / "a");
  REQUIRE(all.faults.size() == 1);
  CHECK(all.faults.front().find("missing") != std::string::npos);
}
