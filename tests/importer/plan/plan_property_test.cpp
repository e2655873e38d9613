// The plan of random sheets on random registers against a brute force that follows docs/specification.md §4.3 word by
// word.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/report.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/thousands.hpp"

namespace clientsync {
namespace {

using testing::holds_thousands_of_times;
using Number = std::optional<std::string>;
using Numbers = std::map<std::string, Number>;  // by company ID

/// A register, a sheet and a policy, small enough to try every subset of rows.
struct World {
  Numbers numbers;
  std::map<std::string, std::string> names;  // of the clients that are not called "Client" and their ID
  std::vector<testing::Cells> rows;
  Policy policy;
};

std::ostream& operator<<(std::ostream& out, const World& world) {
  out << "register:";
  for (const auto& [id, number] : world.numbers) out << ' ' << id << '=' << number.value_or("-");
  out << "\nrows:\n";
  for (const testing::Cells& row : world.rows) out << "  " << row[0] << ',' << row[1] << ',' << row[2] << '\n';
  return out << "create " << (world.policy.unknown_company == Policy::UnknownCompany::create) << " blank "
             << static_cast<int>(world.policy.blank_number) << " all_or_nothing "
             << (world.policy.apply == Policy::Apply::all_or_nothing) << " max_clients " << world.policy.max_clients;
}

std::string name_of(const std::string& id) {
  return "Client " + id;
}

Numbers random_numbers() {
  const int clients = *rc::gen::inRange(2, 8);
  std::vector<std::string> free{"a", "b", "c", "d", "e", "f", "g"};
  Numbers numbers;
  for (int id = 1; id <= clients; ++id) {
    Number number;
    if (*rc::gen::inRange(0, 5) != 0) {
      const auto taken = free.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(free));
      number = *taken;
      free.erase(taken);
    }
    numbers[std::to_string(id)] = number;
  }
  return numbers;
}

testing::Cells random_row(int clients) {
  const bool unknown = *rc::gen::inRange(0, 8) == 0;
  const std::string id =
      unknown ? *rc::gen::element<std::string>("91", "92") : std::to_string(*rc::gen::inRange(1, clients + 1));
  const bool renamed = *rc::gen::inRange(0, 10) == 0;
  return {id, renamed ? "Other" : name_of(id),
          *rc::gen::element<std::string>("a", "b", "c", "d", "e", "f", "g", "x", "")};
}

World random_world() {
  World world;
  world.numbers = random_numbers();
  const int rows = *rc::gen::inRange(0, 8);
  for (int i = 0; i < rows; ++i) world.rows.push_back(random_row(static_cast<int>(world.numbers.size())));
  using Blank = Policy::BlankNumber;
  world.policy.blank_number = *rc::gen::element(Blank::reject, Blank::keep, Blank::clear);
  if (*rc::gen::arbitrary<bool>()) world.policy.unknown_company = Policy::UnknownCompany::create;
  world.policy.max_clients = world.numbers.size() + *rc::gen::inRange<std::size_t>(0, 4);
  return world;
}

Register register_of(const World& world) {
  std::vector<Client> clients;
  for (const auto& [id, number] : world.numbers) {
    Client client = testing::a_client(id);
    if (const auto name = world.names.find(id); name != world.names.end()) client.display_name = name->second;
    client.number = number;
    clients.push_back(client);
  }
  return testing::register_of(std::move(clients));
}

Plan plan_world(const World& world) {
  return plan_import(testing::sheet_of_cells(world.rows), register_of(world), world.policy);
}

/// What the specification says of one row: its codes, or none and the company's number after it.
struct Expected {
  std::string codes;
  Number after;
};

bool is_unique(const Numbers& numbers) {
  std::set<std::string> seen;
  return std::all_of(numbers.begin(), numbers.end(),
                     [&](const auto& client) { return !client.second || seen.insert(*client.second).second; });
}

/// Judges a world by trying, for the last rule, every subset of the rows that passed the others.
class BruteForce {
 public:
  explicit BruteForce(const World& world) : world_(world), expected_(world.rows.size()) {
    for (std::size_t i = 0; i < world.rows.size(); ++i) expected_[i] = alone(world.rows[i]);
    fail_company_duplicates();
    fail_creations_beyond_the_limit();
    fail_number_duplicates();
    fail_taken();
    share_the_first_ones_fate();
  }

  [[nodiscard]] const std::vector<Expected>& expected() const { return expected_; }

 private:
  [[nodiscard]] const std::string& id(std::size_t row) const { return world_.rows[row][0]; }
  [[nodiscard]] bool known(std::size_t row) const { return world_.numbers.contains(id(row)); }
  [[nodiscard]] Number before(std::size_t row) const { return known(row) ? world_.numbers.at(id(row)) : std::nullopt; }

  [[nodiscard]] Expected alone(const testing::Cells& cells) const {
    const auto client = world_.numbers.find(cells[0]);
    const bool is_known = client != world_.numbers.end();
    std::string found;
    if (!is_known && world_.policy.unknown_company == Policy::UnknownCompany::reject) found += " company_id_unknown";
    if (is_known && cells[1] != name_of(cells[0])) found += " display_name_changed";
    Number after = cells[2];
    if (cells[2].empty()) {
      if (world_.policy.blank_number == Policy::BlankNumber::reject) found += " client_number_blank";
      const bool keeps = is_known && world_.policy.blank_number == Policy::BlankNumber::keep;
      after = keeps ? client->second : std::nullopt;
    }
    return {found.empty() ? "" : found.substr(1), after};
  }

  /// The rows that passed so far; of those that write the same to the same company, only the first.
  [[nodiscard]] std::vector<std::size_t> standing() const {
    std::set<std::string> seen;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      if (expected_[i].codes.empty() && seen.insert(id(i)).second) rows.push_back(i);
    }
    return rows;
  }

  void fail(const std::vector<std::size_t>& rows, const std::string& code) {
    for (const std::size_t row : rows) expected_[row].codes = code;
  }

  void fail_company_duplicates() {
    const auto writes_other = [&](std::size_t a, std::size_t b) {
      return expected_[a].codes.empty() && expected_[b].codes.empty() && id(a) == id(b) &&
             (expected_[a].after != expected_[b].after || (!known(a) && world_.rows[a][1] != world_.rows[b][1]));
    };
    std::set<std::string> torn;
    for (std::size_t a = 0; a < expected_.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (writes_other(a, b)) torn.insert(id(a));
      }
    }
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      if (expected_[i].codes.empty() && torn.contains(id(i))) expected_[i].codes = "company_id_duplicate";
    }
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      if (expected_[i].codes.empty()) same_as_first_[i] = first.emplace(id(i), i).first->second;
    }
  }

  void fail_creations_beyond_the_limit() {
    std::vector<std::size_t> creations = standing();
    std::erase_if(creations, [&](std::size_t row) { return known(row); });
    if (world_.numbers.size() + creations.size() > world_.policy.max_clients)
      fail_with_followers(creations, "register_full");
  }

  void fail_number_duplicates() {
    const std::vector<std::size_t> rows = standing();
    std::vector<std::size_t> failed;
    for (const std::size_t row : rows) {
      const Number& number = expected_[row].after;
      const auto same =
          std::count_if(rows.begin(), rows.end(), [&](std::size_t r) { return expected_[r].after == number; });
      if (number && same > 1 && before(row) != number) failed.push_back(row);
    }
    fail_with_followers(failed, "client_number_duplicate");
  }

  void fail_taken() {
    const std::vector<std::size_t> rows = standing();
    std::uint32_t largest = 0;
    std::uint32_t all_valid = 0;
    for (std::uint32_t subset = 0; subset < (1U << rows.size()); ++subset) {
      if (!is_unique(after(rows, subset))) continue;
      all_valid |= subset;
      if (std::popcount(subset) > std::popcount(largest)) largest = subset;
    }
    RC_ASSERT(all_valid == largest);  // so the largest set is unique
    std::vector<std::size_t> failed;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if ((largest >> i & 1U) == 0) failed.push_back(rows[i]);
    }
    fail_with_followers(failed, "client_number_taken");
  }

  [[nodiscard]] Numbers after(const std::vector<std::size_t>& rows, std::uint32_t subset) const {
    Numbers numbers = world_.numbers;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if ((subset >> i & 1U) != 0) numbers[id(rows[i])] = expected_[rows[i]].after;
    }
    return numbers;
  }

  /// Rows that write the same as a failing one must not stand for it in the next rule.
  void fail_with_followers(const std::vector<std::size_t>& rows, const std::string& code) {
    fail(rows, code);
    share_the_first_ones_fate();
  }

  void share_the_first_ones_fate() {
    for (const auto& [row, first] : same_as_first_) expected_[row].codes = expected_[first].codes;
  }

  const World& world_;
  std::vector<Expected> expected_;
  std::map<std::size_t, std::size_t> same_as_first_;
};

/// Writes as the store does: first the numbers that others take are released, then the new ones are set, one by one.
Numbers apply(Numbers numbers, const std::vector<ClientWrite>& writes) {
  std::set<std::string_view> written;
  for (const ClientWrite& write : writes) {
    const std::string id(write.company_id);
    RC_ASSERT(written.insert(write.company_id).second);
    RC_ASSERT(write.created == !numbers.contains(id));
    RC_ASSERT(write.created || numbers[id] == write.number_before);
    if (write.created || write.release_first) numbers[id] = std::nullopt;
    RC_ASSERT(write.release_first == std::ranges::any_of(writes, [&](const ClientWrite& other) {
                return &other != &write && write.number_before && other.number_after == write.number_before;
              }));
  }
  for (const ClientWrite& write : writes) {
    numbers[std::string(write.company_id)] = write.number_after;
    RC_ASSERT(is_unique(numbers));
  }
  return numbers;
}

Counts counted(const Plan& plan) {
  Counts counts;
  counts.rows = plan.rows.size();
  for (const PlannedRow& row : plan.rows) {
    if (row.outcome == RowOutcome::updated) ++counts.updated;
    if (row.outcome == RowOutcome::unchanged) ++counts.unchanged;
    if (row.outcome == RowOutcome::created) ++counts.created;
    if (row.outcome == RowOutcome::failed) ++counts.failed;
  }
  return counts;
}

TEST_CASE("the accepted rows are the largest set that leaves every number unique", "[plan][property]") {
  CHECK(holds_thousands_of_times("the plan is the brute force's", [] {
    const World world = random_world();
    const Plan plan = plan_world(world);
    const BruteForce model(world);
    RC_ASSERT(plan.rows.size() == world.rows.size());
    Numbers expected_numbers = world.numbers;
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      RC_LOG() << world << "\nrow " << i << ": " << testing::codes(plan.rows[i].problems) << "\n";
      RC_ASSERT(testing::codes(plan.rows[i].problems) == model.expected()[i].codes);
      if (model.expected()[i].codes.empty()) expected_numbers[world.rows[i][0]] = model.expected()[i].after;
    }
    RC_ASSERT(apply(world.numbers, plan.writes) == expected_numbers);
  }));
}

TEST_CASE("each row ends in exactly one outcome and failed rows alone have problems", "[plan][property]") {
  CHECK(holds_thousands_of_times("rows = updated + unchanged + created + failed", [] {
    World world = random_world();
    if (*rc::gen::arbitrary<bool>()) world.policy.apply = Policy::Apply::all_or_nothing;
    const Plan plan = plan_world(world);
    RC_LOG() << world << '\n';
    RC_ASSERT(plan.counts == counted(plan));
    RC_ASSERT(plan.counts.rows == world.rows.size());
    RC_ASSERT(plan.counts.rows ==
              plan.counts.updated + plan.counts.unchanged + plan.counts.created + plan.counts.failed);
    RC_ASSERT(plan.writes.size() == plan.counts.updated + plan.counts.created);
    for (const PlannedRow& row : plan.rows) RC_ASSERT((row.outcome == RowOutcome::failed) == !row.problems.empty());
  }));
}

TEST_CASE("all_or_nothing applies all or nothing", "[plan][property]") {
  CHECK(holds_thousands_of_times("one failed row leaves nothing to write", [] {
    World world = random_world();
    const Plan good_rows = plan_world(world);
    world.policy.apply = Policy::Apply::all_or_nothing;
    const Plan plan = plan_world(world);
    RC_LOG() << world << '\n';
    RC_ASSERT(plan.rejected == (good_rows.counts.failed > 0));
    if (!plan.rejected) {
      RC_ASSERT(plan.rows == good_rows.rows);
      RC_ASSERT(plan.writes == good_rows.writes);
      return;
    }
    RC_ASSERT(plan.writes.empty());
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      const bool was_right = good_rows.rows[i].outcome != RowOutcome::failed;
      RC_ASSERT(testing::codes(plan.rows[i].problems) ==
                (was_right ? "not_applied" : testing::codes(good_rows.rows[i].problems)));
    }
  }));
}

TEST_CASE("planning the same sheet again after applying it leaves nothing to do", "[plan][property]") {
  CHECK(holds_thousands_of_times("accepted rows are unchanged the second time", [] {
    const World world = random_world();
    const Plan plan = plan_world(world);
    World after = world;
    after.numbers = apply(world.numbers, plan.writes);
    for (const ClientWrite& write : plan.writes) after.names[std::string(write.company_id)] = write.name_after;
    const Plan again = plan_world(after);
    RC_LOG() << world << '\n';
    RC_ASSERT(again.writes.empty());
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      const bool accepted = plan.rows[i].outcome != RowOutcome::failed;
      RC_ASSERT(again.rows[i].outcome == (accepted ? RowOutcome::unchanged : RowOutcome::failed));
    }
  }));
}

TEST_CASE("permuting the rows permutes their outcomes", "[plan][property]") {
  CHECK(holds_thousands_of_times("row order never changes an outcome", [] {
    const World world = random_world();
    std::vector<std::size_t> order(world.rows.size());
    std::iota(order.begin(), order.end(), 0U);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
    World shuffled = world;
    for (std::size_t i = 0; i < order.size(); ++i) shuffled.rows[i] = world.rows[order[i]];
    const Plan plan = plan_world(world);
    const Plan other = plan_world(shuffled);
    RC_LOG() << world << '\n';
    for (std::size_t i = 0; i < order.size(); ++i) {
      RC_ASSERT(testing::codes(other.rows[i].problems) == testing::codes(plan.rows[order[i]].problems));
    }
    RC_ASSERT(other.counts == plan.counts);
    RC_ASSERT(apply(world.numbers, other.writes) == apply(world.numbers, plan.writes));
  }));
}

/// The same world, with IDs as long as accounting systems give them.
World with_long_ids(const World& world) {
  const auto long_id = [](const std::string& id) { return "913035153052974" + id; };
  World result;
  result.policy = world.policy;
  for (const auto& [id, number] : world.numbers) result.numbers[long_id(id)] = number;
  for (testing::Cells row : world.rows) {
    if (world.numbers.contains(row[0])) {
      if (row[1] == name_of(row[0])) row[1] = name_of(long_id(row[0]));
      row[0] = long_id(row[0]);
    }
    result.rows.push_back(row);
  }
  return result;
}

/// A world with long IDs, in half of whose rows a spreadsheet damaged the company ID.
World damaged(World world) {
  for (testing::Cells& row : world.rows) {
    const bool damage = world.numbers.contains(row[0]) && *rc::gen::arbitrary<bool>();
    if (damage) row[0] = *rc::gen::element<std::string>("9.13E+15", "9,13035E+15", "9130351530529740");
  }
  return world;
}

TEST_CASE("a row with a restored company ID fares as if it had the client's own", "[plan][property]") {
  CHECK(holds_thousands_of_times("damaged IDs change nothing but the restored count", [] {
    const World world = with_long_ids(random_world());
    const World worse = damaged(world);
    const Plan plan = plan_world(world);
    const Plan restored = plan_world(worse);
    RC_LOG() << worse << '\n';
    RC_ASSERT(restored.writes == plan.writes);
    Counts counts = plan.counts;
    for (std::size_t i = 0; i < plan.rows.size(); ++i) {
      const bool is_damaged = worse.rows[i][0] != world.rows[i][0];
      if (is_damaged && plan.rows[i].outcome != RowOutcome::failed) ++counts.restored;
      if (is_damaged && worse.rows[i][1] == "Other") {
        RC_ASSERT(testing::codes(restored.rows[i].problems).starts_with("company_id_reformatted"));
      } else {
        RC_ASSERT(testing::codes(restored.rows[i].problems) == testing::codes(plan.rows[i].problems));
        RC_ASSERT(restored.rows[i].outcome == plan.rows[i].outcome);
        RC_ASSERT(restored.rows[i].company_id == plan.rows[i].company_id);
      }
    }
    RC_ASSERT(restored.counts == counts);
  }));
}

TEST_CASE("a report dropped unmended fails again and applies nothing whatever was applied before",
          "[plan][report][property]") {
  CHECK(holds_thousands_of_times("a report's rows fail again", [] {
    World world = random_world();
    if (*rc::gen::arbitrary<bool>()) world = damaged(with_long_ids(world));
    const Sheet sheet = testing::sheet_of_cells(world.rows);
    const Plan plan = plan_import(sheet, register_of(world), world.policy);
    World after = world;
    after.numbers = apply(world.numbers, plan.writes);
    for (const ClientWrite& write : plan.writes) after.names[std::string(write.company_id)] = write.name_after;
    const Sheet again = read_sheet(render_report(sheet, plan), SheetRules{});
    const Plan second = plan_import(again, register_of(after), world.policy);
    RC_LOG() << world << '\n';
    RC_ASSERT(again.rows.size() == plan.counts.failed);
    RC_ASSERT(second.counts.failed == plan.counts.failed);
    RC_ASSERT(second.writes.empty());
  }));
}

TEST_CASE("the part of the register that a sheet touches is all that its plan needs", "[plan][property]") {
  CHECK(holds_thousands_of_times("a slice gives the same plan", [] {
    const World world = random_world();
    const Sheet sheet = testing::sheet_of_cells(world.rows);
    const Register whole = register_of(world);
    const Plan sliced = plan_import(sheet, testing::slice_of(whole, sheet), world.policy);
    const Plan plan = plan_import(sheet, whole, world.policy);
    RC_LOG() << world << '\n';
    RC_ASSERT(sliced.rows == plan.rows);
    RC_ASSERT(sliced.writes == plan.writes);
  }));
}

}  // namespace
}  // namespace clientsync
