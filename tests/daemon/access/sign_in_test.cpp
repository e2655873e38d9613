#include "daemon/access/sign_in.hpp"

#include <string>
#include <vector>

#include "daemon/access/administration.hpp"
#include "tests/support/captured_log.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

constexpr std::int64_t noon = 1'700'000'000;
const Visitor office{"192.0.2.1", "Firefox"};
const Visitor home{"198.51.100.7", "Safari"};

/// A database with users whose passwords are their names and "'s password".
struct Desk {
  Store store;
  ConnectionPool connections{store.options};

  explicit Desk(const std::vector<std::string>& names = {"ana"}) {
    for (const std::string& name : names) add(name);
  }

  void add(const std::string& name) {
    const auto added = add_user(connections, {.name = name, .role = Role::editor, .firms = {"main"}},
                                name + "'s password", "root", noon);
    REQUIRE(std::holds_alternative<User>(added));
  }
  User user(const std::string& name = "ana") {
    return connections.use([&](Connection& connection) { return find_user(connection, name); }).value();
  }
  std::variant<SignedIn, SignInRefusal> come(const std::string& name, const std::string& password,
                                             const Visitor& visitor = office, std::int64_t now = noon) {
    return sign_in(connections, name, password, visitor, now);
  }
  /// The secret of a new session.
  std::string enter(const std::string& name = "ana", std::int64_t now = noon) {
    const auto answer = come(name, name + "'s password", office, now);
    REQUIRE(std::holds_alternative<SignedIn>(answer));
    return std::get<SignedIn>(answer).secret;
  }
  std::optional<Caller> who(const std::string& secret, std::int64_t now = noon) {
    return identify_session(connections, secret, now);
  }
};

bool is_in(const std::variant<SignedIn, SignInRefusal>& answer) {
  return std::holds_alternative<SignedIn>(answer);
}

/// -1: signed in.
std::int64_t wait_of(const std::variant<SignedIn, SignInRefusal>& answer) {
  return is_in(answer) ? -1 : std::get<SignInRefusal>(answer).retry_after;
}

}  // namespace

TEST_CASE("a user signs in with the name in any case and the password", "[sign-in]") {
  Desk desk;
  const auto answer = desk.come(" Ana ", "ana's password");
  REQUIRE(is_in(answer));
  const auto& [secret, caller] = std::get<SignedIn>(answer);
  CHECK(caller.name == "ana");
  CHECK(caller.role == Role::editor);
  CHECK(caller.may_see("main"));
  CHECK_FALSE(caller.may_see("north"));
  CHECK(caller.form_token == form_token_of(secret));
  const Caller again = desk.who(secret).value();
  CHECK(again.user == caller.user);
  CHECK(again.session == caller.session);
  CHECK(again.form_token == caller.form_token);
  CHECK_FALSE(desk.who(secret + "x"));
  CHECK_FALSE(desk.who(caller.session));
  CHECK_FALSE(desk.who(""));
}

TEST_CASE("a refusal does not tell whether the name or the password was wrong", "[sign-in]") {
  Desk desk;
  CHECK(wait_of(desk.come("ana", "bia's password")) == 0);
  CHECK(wait_of(desk.come("bia", "bia's password")) == 0);
  CHECK(wait_of(desk.come("no name at all", "")) == 0);
}

TEST_CASE("100 wrong passwords for one account from one client keep nobody else out", "[sign-in]") {
  Desk desk({"ana", "bia"});
  int checked = 0;
  for (int n = 0; n < 100; ++n) {
    if (wait_of(desk.come("ana", "guess " + std::to_string(n))) == 0) ++checked;
    if (n % 33 == 0) CHECK(is_in(desk.come("bia", "bia's password")));
  }
  CHECK(checked == 5);
  CHECK(is_in(desk.come("ana", "ana's password", home)));
  CHECK(wait_of(desk.come("ana", "ana's password")) == 1);
  CHECK(is_in(desk.come("ana", "ana's password", office, noon + 1)));
  // A success forgets what failed.
  CHECK(wait_of(desk.come("ana", "wrong", office, noon + 1)) == 0);
  CHECK(is_in(desk.come("ana", "ana's password", office, noon + 1)));
}

TEST_CASE("a user who is unlocked, or gets a password, signs in without waiting", "[sign-in]") {
  Desk desk;
  for (int n = 0; n < 6; ++n) (void)desk.come("ana", "wrong");
  CHECK(wait_of(desk.come("ana", "ana's password")) > 0);
  unlock_user(desk.connections, desk.user(), "root");
  CHECK(is_in(desk.come("ana", "ana's password")));
  for (int n = 0; n < 6; ++n) (void)desk.come("ana", "wrong");
  CHECK_FALSE(set_password(desk.connections, desk.user(), "another password", "root", noon));
  CHECK(is_in(desk.come("ana", "another password")));
  CHECK(set_password(desk.connections, desk.user(), "short", "root", noon) == PasswordProblem::too_short);
}

TEST_CASE("a user is unlocked even if too many sign-ins failed from the same client", "[sign-in]") {
  Desk desk;
  (void)desk.come("ana", "wrong");
  for (int n = 0; n < 29; ++n) (void)desk.come("user" + std::to_string(n), "wrong");
  CHECK(wait_of(desk.come("ana", "ana's password")) == 30);
  unlock_user(desk.connections, desk.user(), "root");
  CHECK(is_in(desk.come("ana", "ana's password")));
}

TEST_CASE("a client that tries many accounts waits, and other clients do not", "[sign-in]") {
  Desk desk;
  for (int n = 0; n < 30; ++n) CHECK(wait_of(desk.come("user" + std::to_string(n), "wrong")) == 0);
  CHECK(wait_of(desk.come("ana", "ana's password")) == 30);
  CHECK(is_in(desk.come("ana", "ana's password", home)));
  CHECK(is_in(desk.come("ana", "ana's password", office, noon + 30)));
}

TEST_CASE("a session ends after 12 hours without a request, and after 7 days in any case", "[sessions]") {
  Desk desk;
  const std::string idle = desk.enter();
  CHECK(desk.who(idle, noon + session_idle - 1));
  CHECK(desk.who(idle, noon + 2 * session_idle - 2));
  CHECK_FALSE(desk.who(idle, noon + 3 * session_idle - 2));
  const std::string busy = desk.enter();
  for (std::int64_t at = 0; at < session_lifetime; at += session_idle / 2) CHECK(desk.who(busy, noon + at));
  CHECK_FALSE(desk.who(busy, noon + session_lifetime));
  remove_old_access(desk.connections, noon + session_lifetime);
  CHECK(text_of(desk.store, "select secret_hash from sessions").find('\n') == std::string::npos);
  remove_old_access(desk.connections, noon + session_lifetime + 1);
  CHECK(text_of(desk.store, "select count(*) from sessions") == "0");
  CHECK(text_of(desk.store, "select count(*) from sign_in_failures where account <> ''") == "0");
}

TEST_CASE("requests within a minute write nothing", "[sessions]") {
  Desk desk;
  const std::string secret = desk.enter();
  const auto seen = [&] { return text_of(desk.store, "select seen_at from sessions"); };
  CHECK(desk.who(secret, noon + 59));
  CHECK(seen() == std::to_string(noon));
  CHECK(desk.who(secret, noon + 60));
  CHECK(seen() == std::to_string(noon + 60));
}

TEST_CASE("whoever only looks gets in while another writer has the database", "[sessions]") {
  Desk desk;
  const std::string secret = desk.enter();
  Connection other(desk.store.options);
  if (other.kind() != DatabaseKind::sqlite) return;  // a server locks rows, which nobody holds for long
  Batch first(other);
  first.add({.sql = "update sessions set seen_at = seen_at"});
  Transaction transaction(first, "holding the lock");
  CHECK(desk.who(secret, noon + 60));
  transaction.commit();
  CHECK(desk.who(secret, noon + 120));
  CHECK(text_of(desk.store, "select seen_at from sessions") == std::to_string(noon + 120));
}

TEST_CASE("whoever signs out ends that session alone, and an admin ends any", "[sessions]") {
  Desk desk;
  const std::string one = desk.enter(), two = desk.enter(), three = desk.enter();
  sign_out(desk.connections, desk.who(one).value());
  CHECK_FALSE(desk.who(one));
  CHECK(end_session(desk.connections, desk.user(), desk.who(two).value().session, "root"));
  CHECK_FALSE(desk.who(two));
  CHECK_FALSE(end_session(desk.connections, desk.user(), "no such session", "root"));
  CHECK(desk.who(three));
}

TEST_CASE("a user who changes the password ends all other sessions and goes on with a new one", "[sessions]") {
  Desk desk({"ana", "bia"});
  const std::string here = desk.enter(), elsewhere = desk.enter(), others = desk.enter("bia");
  const auto change = [&](const std::string& old_password, const std::string& new_password) {
    return change_password(desk.connections, desk.who(here).value(), old_password, new_password, office, noon);
  };
  CHECK(std::get<PasswordProblem>(change("ana's password", "short")) == PasswordProblem::too_short);
  CHECK(std::get<SignInRefusal>(change("wrong", "ana's new password")).retry_after == 0);
  CHECK(desk.who(elsewhere));
  const auto changed = change("ana's password", "ana's new password");
  REQUIRE(std::holds_alternative<SignedIn>(changed));
  CHECK_FALSE(desk.who(here));
  CHECK_FALSE(desk.who(elsewhere));
  CHECK(desk.who(others));
  CHECK(desk.who(std::get<SignedIn>(changed).secret).value().name == "ana");
  CHECK_FALSE(is_in(desk.come("ana", "ana's password")));
  CHECK(is_in(desk.come("ana", "ana's new password")));
}

TEST_CASE("guesses of the old password are throttled as those at the door are", "[sessions]") {
  Desk desk;
  const Caller caller = desk.who(desk.enter()).value();
  const auto guess = [&] {
    const auto answer = change_password(desk.connections, caller, "wrong", "ana's new password", office, noon);
    return std::get<SignInRefusal>(answer).retry_after;
  };
  for (int n = 0; n < 5; ++n) CHECK(guess() == 0);
  CHECK(guess() == 1);
}

TEST_CASE("another role or other firms hold at once in open sessions, and a removed user is out", "[sessions]") {
  Desk desk;
  const std::string secret = desk.enter();
  CHECK(edit_user(desk.connections, desk.user(), {.role = Role::viewer, .firms = {"north"}}, "root"));
  const Caller caller = desk.who(secret).value();
  CHECK_FALSE(caller.may(Role::editor));
  CHECK(caller.may_see("north"));
  CHECK_FALSE(caller.may_see("main"));
  CHECK(edit_user(desk.connections, desk.user(), {.role = Role::admin, .all_firms = true}, "root"));
  CHECK(desk.who(secret).value().may(Role::admin));
  CHECK(desk.who(secret).value().may_see("main"));
  const User user = desk.user();
  CHECK(remove_user(desk.connections, user, "root"));
  CHECK_FALSE(desk.who(secret));
  CHECK_FALSE(is_in(desk.come("ana", "ana's password")));
  CHECK_FALSE(remove_user(desk.connections, user, "root"));
  CHECK_FALSE(edit_user(desk.connections, user, {.all_firms = true}, "root"));
  CHECK_FALSE(make_sign_in_link(desk.connections, user, "root", noon));
}

TEST_CASE("a sign-in link opens one session within ten minutes", "[sign-in]") {
  Desk desk;
  const std::string link = make_sign_in_link(desk.connections, desk.user(), "root", noon).value();
  const auto first = sign_in_by_link(desk.connections, link, home, noon + 599);
  REQUIRE(first);
  CHECK(desk.who(first->secret).value().name == "ana");
  CHECK_FALSE(sign_in_by_link(desk.connections, link, home, noon + 599));
  const std::string late = make_sign_in_link(desk.connections, desk.user(), "root", noon).value();
  CHECK_FALSE(sign_in_by_link(desk.connections, late, home, noon + 600));
}

TEST_CASE("a user is not added without a good name, a good password and a firm", "[users]") {
  Desk desk;
  const auto add = [&](const User& wanted, const std::string& password = "a good password") {
    return add_user(desk.connections, wanted, password, "root", noon);
  };
  CHECK(std::get<UserProblem>(add({.name = "joão", .all_firms = true})) == UserProblem::bad_name);
  CHECK(std::get<UserProblem>(add({.name = "ANA", .all_firms = true})) == UserProblem::name_taken);
  CHECK(std::get<UserProblem>(add({.name = "bia"})) == UserProblem::no_firm);
  CHECK(std::get<PasswordProblem>(add({.name = "bia", .all_firms = true}, "short")) == PasswordProblem::too_short);
}

TEST_CASE("a token has a role for one firm until it expires or is removed", "[tokens]") {
  Desk desk;
  const auto add = [&](const Token& wanted) { return add_token(desk.connections, wanted, "ana", noon); };
  CHECK(std::get<TokenProblem>(add({.name = " "})) == TokenProblem::bad_name);
  CHECK(std::get<TokenProblem>(add({.name = "a\u200bb"})) == TokenProblem::bad_name);
  const auto [token, secret] =
      std::get<NewToken>(add({.name = "the practice", .role = Role::editor, .firm = "main", .expires_at = noon + 100}));
  CHECK(secret.starts_with("cs_"));
  const Caller caller = identify_token(desk.connections, secret, noon + 99).value();
  CHECK(caller.token == token.id);
  CHECK(caller.user == 0);
  CHECK(caller.name == "the practice");
  CHECK(caller.may(Role::editor));
  CHECK_FALSE(caller.may(Role::admin));
  CHECK(caller.may_see("main"));
  CHECK_FALSE(caller.may_see("north"));
  CHECK(text_of(desk.store, "select used_at from tokens") == std::to_string(noon + 99));
  CHECK_FALSE(identify_token(desk.connections, secret, noon + 100));
  CHECK_FALSE(identify_token(desk.connections, secret + "x", noon));
  CHECK_FALSE(desk.who(secret));
  const auto [lasting_token, lasting_secret] = std::get<NewToken>(add({.name = "another", .firm = "main"}));
  CHECK(identify_token(desk.connections, lasting_secret, noon + 1'000'000'000));
  CHECK(remove_token(desk.connections, lasting_token, "ana"));
  CHECK_FALSE(identify_token(desk.connections, lasting_secret, noon));
  CHECK_FALSE(remove_token(desk.connections, lasting_token, "ana"));
}

TEST_CASE("neither the log nor the database has a secret", "[access]") {
  const CapturedLog log;
  Desk desk;
  std::vector<std::string> secrets{"ana's password", "a wrong password", "typed in the wrong box", desk.enter()};
  (void)desk.come("ana", secrets[1]);
  (void)desk.come(secrets[2], "");
  secrets.push_back(make_sign_in_link(desk.connections, desk.user(), "root", noon).value());
  const auto token = add_token(desk.connections, {.name = "script", .firm = "main"}, "root", noon);
  secrets.push_back(std::get<NewToken>(token).secret);
  std::string all = log.read();
  CHECK(log.lines("user.added", R"("by":"root")") == 1);
  CHECK(log.lines("user.signed_in", R"("address":"192.0.2.1")") == 1);
  CHECK(log.lines("user.sign_in_failed", R"("user":"ana")") == 1);
  CHECK(log.lines("user.sign_in_failed", R"("user":"")") == 1);
  CHECK(log.lines("user.link_made") == 1);
  CHECK(log.lines("token.added") == 1);
  for (const char* table : {"users", "sessions", "sign_in_links", "sign_in_failures", "tokens"})
    all += text_of(desk.store, std::string("select * from ") + table);
  for (const std::string& secret : secrets) {
    CAPTURE(secret);
    CHECK(all.find(secret) == std::string::npos);
  }
}

TEST_CASE("what a browser calls itself is kept as harmless text, and not at any length", "[sessions]") {
  Desk desk;
  const auto answer = desk.come("ana", "ana's password", {"", "\xff\n" + std::string(1000, 'x')});
  REQUIRE(is_in(answer));
  const auto sessions =
      desk.connections.use([&](Connection& connection) { return list_sessions(connection, desk.user().id); });
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0].address.empty());
  CHECK(sessions[0].agent.size() == 300);
  CHECK(sessions[0].agent.starts_with("\\xff\\x0ax"));
}
