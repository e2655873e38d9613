#include "daemon/files/rename.hpp"

#include <fcntl.h>

#include "importer/digest.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sandbox.hpp"

using namespace clientsync;
using clientsync::testing::Refusal;
using clientsync::testing::Sandbox;
using clientsync::testing::with_refused;

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

constexpr std::uint64_t limit = 1000;

/// Runs the test on a file system that has renameat2's flags, and on one that lacks them.
void with_and_without_flags(const std::function<void(const Sandbox&, const Directory&)>& body) {
  const bool flags = GENERATE(true, false);
  INFO("renameat2 has its flags: " << flags);
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  const Refusal refused{.call = SYS_renameat2, .error = EINVAL, .flag = RENAME_EXCHANGE | RENAME_NOREPLACE};
  with_refused(flags ? std::vector<Refusal>() : std::vector{refused}, [&] { body(sandbox, inbox); });
}

}  // namespace

TEST_CASE("what is seen is the same as long as neither the file nor its bytes change") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  CHECK_FALSE(see(inbox, "a.csv", limit));
  sandbox.write("a.csv", "first");
  const auto first = see(inbox, "a.csv", limit);
  REQUIRE(first);
  CHECK(first->sha256 == sha256("first"));
  CHECK(same(*first, *see(inbox, "a.csv", limit)));
  SECTION("written in place") {
    sandbox.write("a.csv", "other");
  }
  SECTION("saved by a rename, with the same bytes") {
    sandbox.save("a.csv", "first");
  }
  SECTION("over the limit") {
    sandbox.write("a.csv", std::string(limit + 1, 'x'));
    CHECK(see(inbox, "a.csv", limit)->sha256.empty());
  }
  CHECK_FALSE(same(*first, *see(inbox, "a.csv", limit)));
}

TEST_CASE("a move to a new place replaces nothing") {
  with_and_without_flags([](const Sandbox& sandbox, const Directory& inbox) {
    sandbox.write("ours", "ours");
    sandbox.write("a.csv", "a user's");
    CHECK_FALSE(move_new(inbox, "ours", "a.csv"));
    CHECK(sandbox.read("a.csv") == "a user's");
    CHECK(move_new(inbox, "ours", "b.csv"));
    CHECK(sandbox.read("b.csv") == "ours");
    CHECK(sandbox.names() == Names{"a.csv", "b.csv"});
    CHECK_THROWS_AS(move_new(inbox, "ours", "c.csv"), std::system_error);
  });
}

TEST_CASE("only a file with the accepted bytes is taken aside, anything else is put back") {
  with_and_without_flags([](const Sandbox& sandbox, const Directory& inbox) {
    CHECK(take_aside(inbox, "a.csv", "aside", sha256("ours"), limit) == Taken::put_back);
    sandbox.write("a.csv", "a user's");
    CHECK(take_aside(inbox, "a.csv", "aside", sha256("ours"), limit) == Taken::put_back);
    CHECK(sandbox.read("a.csv") == "a user's");
    sandbox.write("a.csv", "ours");
    CHECK(take_aside(inbox, "a.csv", "aside", sha256("ours"), limit) == Taken::accepted_is_aside);
    CHECK(sandbox.names() == Names{"aside"});
    CHECK_FALSE(remove_accepted(inbox, "aside", sha256("a user's"), limit));
    CHECK(remove_accepted(inbox, "aside", sha256("ours"), limit));
    CHECK(sandbox.names().empty());
    fs::create_directory(sandbox.inbox() / "a.csv");
    CHECK(take_aside(inbox, "a.csv", "aside", sha256("ours"), limit) == Taken::put_back);
    CHECK(sandbox.names() == Names{"a.csv"});
  });
}

TEST_CASE("a user's file that came out of an exchange is put back at its place") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  sandbox.write("aside", "ours");
  sandbox.write("a.csv", "a user's");
  auto ours = see(inbox, "aside", limit);
  REQUIRE(exchange(inbox, "aside", "a.csv") == Exchanged::yes);
  SECTION("nobody saved meanwhile") {
    put_back(inbox, "aside", "a.csv", std::move(*ours), limit);
    CHECK(sandbox.read("a.csv") == "a user's");
    CHECK(sandbox.read("aside") == "ours");
  }
  SECTION("the user saved over what was put there") {
    sandbox.save("a.csv", "the user's newest");
    put_back(inbox, "aside", "a.csv", std::move(*ours), limit);
    CHECK(sandbox.read("a.csv") == "the user's newest");
    CHECK(sandbox.read("aside") == "a user's");
  }
  SECTION("somebody removed what was put there") {
    fs::remove(sandbox.inbox() / "a.csv");
    put_back(inbox, "aside", "a.csv", std::move(*ours), limit);
    CHECK(sandbox.read("a.csv") == "a user's");
    CHECK(sandbox.names() == Names{"a.csv"});
  }
}

TEST_CASE("an exchange needs two files and a file system that can do it") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  sandbox.write("aside", "ours");
  CHECK(exchange(inbox, "aside", "a.csv") == Exchanged::nothing_there);
  with_refused({{.call = SYS_renameat2, .error = EINVAL}},
               [&] { CHECK(exchange(inbox, "aside", "a.csv") == Exchanged::unsupported); });
  with_refused({{.call = SYS_renameat2, .error = EPERM}},
               [&] { CHECK(exchange(inbox, "aside", "a.csv") == Exchanged::not_movable); });
  with_refused({{.call = SYS_renameat2, .error = EIO}},
               [&] { CHECK_THROWS_AS(exchange(inbox, "aside", "a.csv"), std::system_error); });
}

TEST_CASE("a file that somebody has open for writing is being written") {
  const Sandbox sandbox;
  const Directory inbox(sandbox.inbox());
  sandbox.write("a.csv", "x");
  CHECK_FALSE(is_being_written(inbox, "missing.csv"));
  CHECK_FALSE(is_being_written(inbox, "a.csv"));
  {
    const FileDescriptor reader(::open((sandbox.inbox() / "a.csv").c_str(), O_RDONLY | O_CLOEXEC));
    CHECK_FALSE(is_being_written(inbox, "a.csv"));
    const FileDescriptor writer(::open((sandbox.inbox() / "a.csv").c_str(), O_WRONLY | O_CLOEXEC));
    CHECK(is_being_written(inbox, "a.csv"));
  }
  CHECK_FALSE(is_being_written(inbox, "a.csv"));
}
