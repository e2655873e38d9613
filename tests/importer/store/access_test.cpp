// Users, their sessions and links, failed sign-ins, and tokens.
#include <soci/soci.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "importer/store/connection_pool.hpp"
#include "importer/store/sessions.hpp"
#include "importer/store/tokens.hpp"
#include "importer/store/users.hpp"
#include "tests/support/store.hpp"

using namespace clientsync;
using namespace clientsync::testing;

namespace {

UserId a_user(Connection& connection, const std::string& name = "ana", const std::vector<std::string>& firms = {}) {
  return insert_user(connection,
                     {.name = name,
                      .role = Role::editor,
                      .all_firms = firms.empty(),
                      .firms = firms,
                      .language = Language::pt_br,
                      .created_at = 10,
                      .password_at = 20},
                     "the hash")
      .value();
}

Session a_session(const std::string& hash, std::int64_t at = 100) {
  return {.secret_hash = hash, .created_at = at, .seen_at = at, .address = "192.0.2.1", .agent = "Firefox"};
}

bool begin(Connection& connection, UserId user, const std::string& hash, std::int64_t at = 100) {
  return insert_session(connection, user, "the hash", a_session(hash, at));
}

}  // namespace

TEST_CASE("a user is kept with role, firms and language, and the name is given once", "[users]") {
  Store store;
  const UserId ana = a_user(store, "ana", {"north", "main", "north"});
  a_user(store, "bia");
  CHECK_FALSE(insert_user(store, {.name = "ana"}, "other"));
  const std::vector<User> users = list_users(store);
  REQUIRE(users.size() == 2);
  const User& found = users[0];
  CHECK(found.id == ana);
  CHECK(found.name == "ana");
  CHECK(found.role == Role::editor);
  CHECK_FALSE(found.all_firms);
  CHECK(found.firms == std::vector<std::string>{"main", "north"});
  CHECK(found.language == Language::pt_br);
  CHECK(found.created_at == 10);
  CHECK(found.password_at == 20);
  CHECK(users[1].all_firms);
  CHECK(find_user(store, "bia").value().id == users[1].id);
  CHECK_FALSE(find_user(store, "Bia"));
  CHECK(read_password_hash(store, "ana") == "the hash");
  CHECK_FALSE(read_password_hash(store, "eva"));
}

TEST_CASE("a user's role, firms, language and preferences change, and those of others stay", "[users]") {
  Store store;
  const UserId ana = a_user(store, "ana", {"main"});
  a_user(store, "bia", {"main"});
  CHECK(update_user(store, {.id = ana, .role = Role::admin, .firms = {"east", "west"}}));
  update_language(store, ana, Language::en);
  update_preferences(store, ana, R"({"columns":["name"]})");
  const User changed = read_user(store, ana).value();
  CHECK(changed.role == Role::admin);
  CHECK(changed.firms == std::vector<std::string>{"east", "west"});
  CHECK(changed.language == Language::en);
  CHECK(changed.preferences == R"({"columns":["name"]})");
  CHECK(find_user(store, "bia").value().firms == std::vector<std::string>{"main"});
  update_language(store, ana, std::nullopt);
  CHECK_FALSE(read_user(store, ana).value().language);
  CHECK(update_user(store, {.id = ana, .all_firms = true}));
  CHECK(read_user(store, ana).value().firms.empty());
  CHECK_FALSE(update_user(store, {.id = 999}));
}

TEST_CASE("a session is found with its user, and ends alone or with all others", "[sessions]") {
  Store store;
  const UserId ana = a_user(store, "ana", {"main", "north"}), bia = a_user(store, "bia");
  CHECK(begin(store, ana, "one"));
  CHECK(begin(store, ana, "two"));
  CHECK(begin(store, bia, "three"));
  CHECK_FALSE(insert_session(store, ana, "an older hash", a_session("four")));
  CHECK_FALSE(begin(store, 999, "five"));
  const UserSession found = find_session(store, "one").value();
  CHECK(found.user.name == "ana");
  CHECK(found.user.firms == std::vector<std::string>{"main", "north"});
  CHECK(found.session.address == "192.0.2.1");
  CHECK(found.session.agent == "Firefox");
  CHECK_FALSE(find_session(store, "four"));
  update_seen(store, "two", 500);
  const std::vector<Session> sessions = list_sessions(store, ana);
  REQUIRE(sessions.size() == 2);
  CHECK(sessions[0].secret_hash == "two");
  CHECK(sessions[0].seen_at == 500);
  CHECK_FALSE(delete_session(store, bia, "one"));
  CHECK(delete_session(store, ana, "one"));
  CHECK_FALSE(delete_session(store, ana, "one"));
  CHECK(update_password(store, ana, "another hash", 30));
  CHECK(list_sessions(store, ana).empty());
  CHECK(list_sessions(store, bia).size() == 1);
  CHECK(read_user(store, ana).value().password_at == 30);
  CHECK_FALSE(begin(store, ana, "six"));
  CHECK_FALSE(update_password(store, 999, "hash", 30));
}

TEST_CASE("whoever removes a user ends the user's sessions and links", "[users]") {
  Store store;
  const UserId ana = a_user(store, "ana", {"main"});
  CHECK(begin(store, ana, "one"));
  CHECK(insert_sign_in_link(store, ana, "link", 1000));
  CHECK(delete_user(store, ana));
  CHECK_FALSE(delete_user(store, ana));
  CHECK_FALSE(find_session(store, "one"));
  CHECK_FALSE(insert_session_by_link(store, "link", a_session("two")));
  CHECK_FALSE(insert_sign_in_link(store, ana, "link", 1000));
  CHECK(text_of(store, "select count(*) from user_firms") == "0");
}

TEST_CASE("of several who come with a sign-in link at once, one gets in", "[sessions]") {
  Store store;
  const UserId ana = a_user(store);
  CHECK(insert_sign_in_link(store, ana, "link", 1000));
  ConnectionPool connections(store.options);
  std::atomic<int> inside = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&, n] {
      const auto user = connections.retry_conflicts([&](Connection& connection) {
        return insert_session_by_link(connection, "link", a_session("session " + std::to_string(n)));
      });
      if (user && user->name == "ana") ++inside;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(inside == 1);
  CHECK(list_sessions(store, ana).size() == 1);
}

TEST_CASE("a sign-in link that has expired begins no session, and a new password ends those that wait", "[sessions]") {
  Store store;
  const UserId ana = a_user(store);
  CHECK(insert_sign_in_link(store, ana, "old", 1000));
  CHECK_FALSE(insert_session_by_link(store, "old", a_session("one", 1000)));
  CHECK(insert_sign_in_link(store, ana, "waiting", 1000));
  CHECK(update_password(store, ana, "another hash", 30));
  CHECK_FALSE(insert_session_by_link(store, "waiting", a_session("two", 100)));
  CHECK(list_sessions(store, ana).empty());
}

TEST_CASE("attempts of one client at once are each counted", "[sessions]") {
  Store store;
  ConnectionPool connections(store.options);
  const auto attempt_as = [&](const std::string& account, const std::string& client) {
    return connections.retry_conflicts([&](Connection& connection) {
      return count_attempt(connection, account, client, [](AttemptFailures& failures) {
        if (failures.here.count == 5) return false;
        failures = {{failures.here.count + 1, 7}, {failures.client.count + 1, 8}};
        return true;
      });
    });
  };
  std::atomic<int> counted = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      for (int tries = 0; tries < 5; ++tries) counted += attempt_as("ana", "192.0.2.1") ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(counted == 5);
  CHECK(attempt_as("ana", "192.0.2.2"));
  CHECK(attempt_as("bia", "192.0.2.1"));
  const auto rows = [&] {
    return text_of(store, "select client, account, failures, last_at from sign_in_failures order by client, account");
  };
  CHECK(rows() == "192.0.2.1  6 8\n192.0.2.1 ana 5 7\n192.0.2.1 bia 1 7\n192.0.2.2  1 8\n192.0.2.2 ana 1 7");
  forget_failures(store, "bia", "192.0.2.1");
  CHECK(rows() == "192.0.2.1  5 8\n192.0.2.1 ana 5 7\n192.0.2.2  1 8\n192.0.2.2 ana 1 7");
  delete_failures(store, "ana");
  CHECK(rows().empty());
  CHECK(attempt_as("bia", "192.0.2.1"));
  CHECK(attempt_as("ana", "192.0.2.2"));
  delete_failures(store, "ana");
  CHECK(rows() == "192.0.2.1  1 8\n192.0.2.1 bia 1 7");
}

TEST_CASE("a token is found by its hash until it is removed", "[tokens]") {
  Store store;
  const TokenId id = insert_token(store,
                                  {.name = "the practice's system",
                                   .role = Role::editor,
                                   .firm = "main",
                                   .created_at = 10,
                                   .created_by = "ana",
                                   .expires_at = 99},
                                  "hash");
  const Token found = find_token(store, "hash").value();
  CHECK(found.id == id);
  CHECK(found.name == "the practice's system");
  CHECK(found.role == Role::editor);
  CHECK(found.firm == "main");
  CHECK(found.created_by == "ana");
  CHECK(found.expires_at == 99);
  CHECK(found.used_at == 0);
  update_used(store, id, 50);
  CHECK(list_tokens(store).at(0).used_at == 50);
  CHECK_FALSE(find_token(store, "other"));
  CHECK(delete_token(store, id));
  CHECK_FALSE(delete_token(store, id));
  CHECK_FALSE(find_token(store, "hash"));
}

TEST_CASE("what is too old goes, and the rest stays", "[retention]") {
  Store store;
  const UserId ana = a_user(store);
  CHECK(begin(store, ana, "idle", 100));
  CHECK(begin(store, ana, "used", 100));
  update_seen(store, "used", 300);
  CHECK(begin(store, ana, "ancient", 50));
  update_seen(store, "ancient", 300);
  CHECK(insert_sign_in_link(store, ana, "old", 100));
  CHECK(insert_sign_in_link(store, ana, "new", 300));
  for (const auto& [account, at] : {std::pair("ana", 100), std::pair("bia", 300)}) {
    CHECK(count_attempt(store, account, account, [at = at](AttemptFailures& failures) {
      failures = {{1, at}, {1, at}};
      return true;
    }));
  }
  delete_old_access(store, {.session_created = 80, .session_seen = 200, .link_expiry = 200, .failure = 200});
  CHECK(text_of(store, "select secret_hash from sessions") == "used");
  CHECK(text_of(store, "select secret_hash from sign_in_links") == "new");
  CHECK(text_of(store, "select client from sign_in_failures") == "bia\nbia");
}
