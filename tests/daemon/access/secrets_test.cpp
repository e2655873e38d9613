#include "daemon/access/secrets.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "daemon/access/access.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

TEST_CASE("a secret is 43 characters that fit a URL, and never the same", "[secrets]") {
  std::set<std::string> secrets;
  for (int n = 0; n < 100; ++n) secrets.insert(make_secret());
  CHECK(secrets.size() == 100);
  for (const std::string& secret : secrets) {
    CHECK(secret.size() == 43);
    CHECK(std::ranges::all_of(secret, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }));
  }
  CHECK(form_token_of("one") != form_token_of("two"));
  CHECK(same_secret("one", "one"));
  CHECK_FALSE(same_secret("one", "two"));
  CHECK_FALSE(same_secret("one", "one "));
  CHECK_FALSE(same_secret("one", ""));
}

TEST_CASE("passwords are hashed with Argon2id, each with a salt of its own", "[secrets]") {
  const std::string hash = hash_password("correct horse");
  CHECK(hash.starts_with("$argon2id$"));
  CHECK(hash != hash_password("correct horse"));
  CHECK(password_fits("correct horse", hash));
  CHECK_FALSE(password_fits("correct hors", hash));
  CHECK_FALSE(password_fits("", hash));
  CHECK_FALSE(password_fits("correct horse", std::nullopt));
}

TEST_CASE("passwords that are checked at once need the memory of one", "[secrets]") {
  const auto most_kilobytes = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  CHECK_FALSE(password_fits("correct horse", std::nullopt));
  const long before = most_kilobytes();
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) threads.emplace_back([] { (void)password_fits("correct horse", std::nullopt); });
  for (std::thread& thread : threads) thread.join();
  CHECK(most_kilobytes() - before < 32 * 1024);
}

TEST_CASE("a password fits however the keyboard composes its accents", "[secrets]") {
  CHECK(password_fits("cora\u00e7\u00e3o123", hash_password("corac\u0327a\u0303o123")));
}

TEST_CASE("a password is text of 10 to 1,000 characters, and not its user's name", "[secrets]") {
  CHECK_FALSE(judge_password("ten chars!", "ana"));
  CHECK(judge_password("nine char", "ana") == PasswordProblem::too_short);
  CHECK(judge_password("ça é cinco", "ana") == std::nullopt);
  CHECK_FALSE(judge_password(std::string(1000, 'x'), "ana"));
  CHECK(judge_password(std::string(1001, 'x'), "ana") == PasswordProblem::too_long);
  CHECK(judge_password("Maria.Souza", "maria.souza") == PasswordProblem::is_name);
  CHECK(judge_password("not text \xff\xff", "ana") == PasswordProblem::not_text);
}

TEST_CASE("a user's name is small letters, digits and a few signs", "[secrets]") {
  CHECK(user_name_of(" Ana.Souza@example.org ") == "ana.souza@example.org");
  CHECK(user_name_of(std::string(64, 'a')));
  for (const char* typed : {"", " ", "joão", ".ana", "ana souza", "ana\nb", "a\xff"}) {
    CAPTURE(typed);
    CHECK_FALSE(user_name_of(typed));
  }
  CHECK_FALSE(user_name_of(std::string(65, 'a')));
}

TEST_CASE("an admin of some firms has no say in others", "[access]") {
  const Caller some{.role = Role::admin, .firms = {"main", "north"}};
  CHECK(may_grant(some, {.role = Role::admin, .firms = {"main"}}));
  CHECK_FALSE(may_grant(some, {.firms = {"main", "south"}}));
  CHECK_FALSE(may_grant(some, {.all_firms = true}));
  CHECK(may_grant({.role = Role::admin, .all_firms = true}, {.role = Role::admin, .all_firms = true}));
  CHECK_FALSE(may_grant({.role = Role::editor, .all_firms = true}, {.firms = {"main"}}));
}
