#include "importer/plan/plan_key.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "importer/plan/edit.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/catch.hpp"

namespace clientsync {
namespace {

using testing::a_client;
using testing::register_of;
using testing::sheet_of;

std::string key_of(std::string_view rows, const std::vector<Client>& clients) {
  return plan_key(plan_import(sheet_of(rows), register_of(clients), {}));
}

std::string key_of(const Edit& edit, const std::vector<Client>& clients) {
  return plan_key(plan_edits({edit}, register_of(clients), {}));
}

}  // namespace

TEST_CASE("the same plan has the same key, whatever else the register holds and in whatever order", "[plan]") {
  const std::string key = key_of("1,Client 1,10\n", {a_client("1"), a_client("2").numbered("20")});
  CHECK(key == key_of("1,Client 1,10\n", {a_client("2").numbered("20"), a_client("1"), a_client("3")}));
}

TEST_CASE("plans that write or answer something else have other keys", "[plan]") {
  const std::string row = "1,Client 1,10\n";
  const std::set<std::string> keys{
      key_of(row, {a_client("1")}),
      key_of("1,Client 1,11\n", {a_client("1")}),
      key_of(row, {a_client("1").numbered("9")}),
      key_of(row, {a_client("1").numbered("10")}),
      key_of(row, {a_client("1"), a_client("2").numbered("10")}),
      key_of(row, {a_client("1"), a_client("2").named("Other").numbered("10")}),
      key_of(row, {a_client("1").named("Other")}),
      key_of(row + "2,Client 2,20\n", {a_client("1")}),
      key_of(row, {}),
  };
  CHECK(keys.size() == 9);
}

TEST_CASE("the key of an edit depends on each field of the client", "[plan]") {
  const Edit edit{.row = 1, .company_id = "1", .number = "10"};
  const std::set<std::string> keys{
      key_of(edit, {a_client("1")}),
      key_of(edit, {a_client("1").typed("T")}),
      key_of(edit, {a_client("1").led_by("T")}),
      key_of(edit, {a_client("1").inactive()}),
      key_of(edit, {a_client("1").named("T")}),
  };
  CHECK(keys.size() == 5);
}

TEST_CASE("the key of an undo depends on what stands now and on which entry changed it", "[plan]") {
  const EntryHistory history{.entry = 1, .changes = {{"1", ClientField::number, "10", "20", 1, 0}}};
  const auto later = [&](std::int64_t entry, const std::string& number) {
    EntryHistory with_later = history;
    with_later.later = {{"1", ClientField::number, "20", number, entry, 0}};
    return plan_key(plan_undo(with_later, register_of({a_client("1").numbered(number)}), {}));
  };
  const std::set<std::string> keys{
      plan_key(plan_undo(history, register_of({a_client("1").numbered("20")}), {})),
      plan_key(plan_undo(history, register_of({a_client("1").numbered("20"), a_client("2").numbered("10")}), {})),
      later(2, "30"),
      later(3, "30"),
      later(3, "31"),
  };
  CHECK(keys.size() == 5);
}

}  // namespace clientsync
