#include "importer/plan/undo.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::a_client;
using testing::register_of;
using Of = ClientField;
using Kind = FieldOutcome::Kind;
using Text = std::optional<std::string>;

EntryChange change(std::int64_t entry, std::string id, ClientField field, Text before, Text after,
                   std::int64_t undoes = 0) {
  return {std::move(id), field, std::move(before), std::move(after), entry, undoes};
}

/// Entry 1 gave client 1 the number 20 for 10.
EntryHistory number_history(std::vector<EntryChange> later = {}) {
  return {.entry = 1, .changes = {change(1, "1", Of::number, "10", "20")}, .later = std::move(later)};
}

/// Entry 1 deleted client 1, which had the number 10.
EntryHistory deletion_history(std::vector<EntryChange> later = {}) {
  return {.entry = 1,
          .changes = {change(1, "1", Of::deleted, "Ana", {}), change(1, "1", Of::number, "10", {}),
                      change(1, "1", Of::type, "LTDA", {}), change(1, "1", Of::status, "inactive", {})},
          .later = std::move(later)};
}

/// Entry 1 created client 1 with the number 10.
EntryHistory creation_history(std::vector<EntryChange> later = {}) {
  return {.entry = 1,
          .changes = {change(1, "1", Of::created, {}, "Ana"), change(1, "1", Of::number, {}, "10")},
          .later = std::move(later)};
}

UndoPlan undo(EntryHistory history, const std::vector<Client>& clients, const Policy& policy = {}) {
  return plan_undo(std::move(history), register_of(clients), policy);
}

}  // namespace

TEST_CASE("a field that has the value that the entry wrote is reversed", "[undo]") {
  const UndoPlan plan = undo(number_history(), {a_client("1").named("Ana").numbered("20").typed("LTDA")});
  REQUIRE(plan.outcomes.size() == 1);
  CHECK(plan.outcomes[0] == FieldOutcome{.kind = Kind::reversed,
                                         .company_id = "1",
                                         .display_name = "Ana",
                                         .field = Of::number,
                                         .before = "10",
                                         .written = "20",
                                         .now = "20"});
  REQUIRE(plan.writes.size() == 1);
  CHECK(plan.writes[0] == ClientWrite{.company_id = "1",
                                      .name_before = "Ana",
                                      .name_after = "Ana",
                                      .number_before = "20",
                                      .number_after = "10",
                                      .details_before = {"LTDA", "", true},
                                      .details_after = {"LTDA", "", true}});
  CHECK(plan.counts == Counts{.rows = 1, .updated = 1});
}

TEST_CASE("a field that a later entry changed is kept", "[undo]") {
  const UndoPlan plan =
      undo(number_history({change(2, "1", Of::number, "20", "30"), change(3, "1", Of::type, "", "LTDA")}),
           {a_client("1").numbered("30").typed("LTDA")});
  CHECK(plan.outcomes.at(0).kind == Kind::kept);
  CHECK(plan.outcomes[0].kept_for == 2);
  CHECK_FALSE(plan.outcomes[0].already_reversed);
  CHECK(plan.outcomes[0].now == "30");
  CHECK(plan.writes.empty());
  CHECK(plan.kept == 1);
  CHECK(plan.counts == Counts{.rows = 1, .unchanged = 1});
}

TEST_CASE("the fields of a client that was deleted since are kept", "[undo]") {
  const UndoPlan plan =
      undo(number_history({change(2, "1", Of::deleted, "Ana", {}), change(2, "1", Of::number, "20", {})}), {});
  CHECK(plan.outcomes.at(0).kind == Kind::kept);
  CHECK(plan.outcomes[0].kept_for == 2);
  CHECK(plan.outcomes[0].display_name == "Ana");
  CHECK(plan.outcomes[0].now == std::nullopt);
}

TEST_CASE("a field that an undo reversed is kept even if somebody wrote the value again", "[undo]") {
  const EntryChange undone = change(2, "1", Of::number, "20", "10", 1);
  const EntryChange again = change(3, "1", Of::number, "10", "20");
  const UndoPlan plan = undo(number_history({undone, again}), {a_client("1").numbered("20")});
  CHECK(plan.outcomes.at(0).kind == Kind::kept);
  CHECK(plan.outcomes[0].already_reversed);
  CHECK(plan.outcomes[0].kept_for == 2);
  const EntryChange redone = change(3, "1", Of::number, "10", "20", 2);
  CHECK(undo(number_history({undone, redone}), {a_client("1").numbered("20")}).outcomes.at(0).kind == Kind::reversed);
}

TEST_CASE("a number that another client has taken is not restored", "[undo]") {
  const UndoPlan plan =
      undo(number_history(), {a_client("1").numbered("20"), a_client("2").named("Bia").numbered("10")});
  CHECK(plan.outcomes.at(0).kind == Kind::failed);
  REQUIRE(plan.outcomes[0].problem.has_value());
  CHECK(sentence(*plan.outcomes[0].problem, Language::en) ==
        "The client number 10 cannot be restored, because it belongs to \"Bia\" (company ID 2). Change that client's "
        "number first.");
  CHECK(plan.failed == 1);
  CHECK(plan.counts == Counts{.rows = 1, .failed = 1});
}

TEST_CASE("numbers that were swapped are swapped back", "[undo]") {
  const EntryHistory swap{.entry = 1,
                          .changes = {change(1, "1", Of::number, "10", "20"), change(1, "2", Of::number, "20", "10")}};
  const UndoPlan plan = undo(swap, {a_client("1").numbered("20"), a_client("2").numbered("10")});
  REQUIRE(plan.writes.size() == 2);
  CHECK(plan.writes[0].release_first);
  CHECK(plan.writes[1].release_first);
  const UndoPlan one_left =
      undo(swap, {a_client("1").numbered("20"), a_client("2").numbered("30"), a_client("3").numbered("10")});
  CHECK(one_left.outcomes.at(0).kind == Kind::failed);
  CHECK(one_left.outcomes.at(1).kind == Kind::kept);
}

TEST_CASE("the other fields of a client are reversed even if its number is not", "[undo]") {
  EntryHistory history = number_history();
  history.changes.push_back(change(1, "1", Of::lead, "", "Rui"));
  const UndoPlan plan = undo(history, {a_client("1").numbered("20").led_by("Rui"), a_client("2").numbered("10")});
  CHECK(plan.outcomes.at(0).kind == Kind::failed);
  CHECK(plan.outcomes.at(1).kind == Kind::reversed);
  REQUIRE(plan.writes.size() == 1);
  CHECK(plan.writes[0].number_after == "20");
  CHECK(plan.writes[0].details_after.lead.empty());
}

TEST_CASE("a deleted client comes back with all that it had", "[undo]") {
  const UndoPlan plan = undo(deletion_history(), {});
  REQUIRE(plan.writes.size() == 1);
  CHECK(plan.writes[0] == ClientWrite{.company_id = "1",
                                      .created = true,
                                      .name_after = "Ana",
                                      .number_after = "10",
                                      .details_after = {"LTDA", "", false}});
  CHECK(plan.reversed == 4);
  CHECK(plan.outcomes.at(1).display_name == "Ana");
  CHECK(plan.counts == Counts{.rows = 1, .created = 1});
}

TEST_CASE("a deleted client whose number is taken does not come back at all", "[undo]") {
  const UndoPlan plan = undo(deletion_history(), {a_client("2").numbered("10")});
  CHECK(plan.failed == 4);
  CHECK(plan.writes.empty());
}

TEST_CASE("deleted clients come back only if there is room for all of them", "[undo]") {
  EntryHistory history = deletion_history();
  history.changes.push_back(change(1, "2", Of::deleted, "Bia", {}));
  CHECK(undo(history, {a_client("3")}, {.max_clients = 3}).reversed == 5);
  const UndoPlan plan = undo(history, {a_client("3")}, {.max_clients = 2});
  CHECK(plan.failed == 5);
  REQUIRE(plan.outcomes.at(0).problem.has_value());
  CHECK(sentence(*plan.outcomes[0].problem, Language::en) ==
        "Clients to restore: 2; room in the register: 1 (at most 2 clients in all). Delete other clients first, or ask "
        "your administrator to make room.");
}

TEST_CASE("a deletion is kept if the client was added again", "[undo]") {
  const UndoPlan plan = undo(deletion_history({change(2, "1", Of::created, {}, "Ana")}), {a_client("1").named("Ana")});
  CHECK(plan.kept == 4);
  CHECK(plan.outcomes.at(1).kept_for == 2);
}

TEST_CASE("a client that is as the entry created it is deleted, even if it is active", "[undo]") {
  const UndoPlan plan = undo(creation_history(), {a_client("1").named("Ana").numbered("10")});
  REQUIRE(plan.writes.size() == 1);
  CHECK(plan.writes[0] == ClientWrite{.company_id = "1", .name_before = "Ana", .number_before = "10", .deleted = true});
  CHECK(plan.counts == Counts{.rows = 1, .updated = 1});
}

TEST_CASE("a creation is kept whole if a later entry changed any field of the client", "[undo]") {
  const UndoPlan plan = undo(creation_history({change(2, "1", Of::lead, "", "Rui"), change(3, "1", Of::type, "", "T"),
                                               change(4, "1", Of::type, "T", "", 3)}),
                             {a_client("1").named("Ana").numbered("10").led_by("Rui")});
  CHECK(plan.kept == 2);
  CHECK(plan.outcomes.at(0).kept_for == 2);
  CHECK(plan.outcomes.at(1).kept_for == 2);
  CHECK(plan.writes.empty());
}

TEST_CASE("each field of a creation that is kept names the entry that changed it, or else the client", "[undo]") {
  const UndoPlan plan =
      undo(creation_history({change(2, "1", Of::number, "10", "20"), change(3, "1", Of::lead, "", "Rui")}),
           {a_client("1").named("Ana").numbered("20").led_by("Rui")});
  CHECK(plan.outcomes.at(0).kept_for == 3);
  CHECK(plan.outcomes[0].now == plan.outcomes[0].written);
  CHECK(plan.outcomes.at(1).kept_for == 2);
  const UndoPlan renamed =
      undo(creation_history({change(2, "1", Of::name, "Ana", "Bia"), change(3, "1", Of::number, "10", "20")}),
           {a_client("1").named("Bia").numbered("20")});
  CHECK(renamed.outcomes.at(0).kept_for == 2);
  CHECK(renamed.outcomes.at(1).kept_for == 3);
}

TEST_CASE("an undo touches the clients of its entry and the holders of the numbers to restore", "[undo]") {
  const EntryHistory history{.entry = 1,
                             .changes = {change(1, "1", Of::number, "010", "20"), change(1, "2", Of::lead, "", "Rui")}};
  const Touched touched = touched_by(history.changes);
  CHECK(touched.company_ids == std::vector<std::string_view>{"1", "2"});
  CHECK(touched.number_keys == std::vector<std::string_view>{"10"});
}

}  // namespace clientsync
