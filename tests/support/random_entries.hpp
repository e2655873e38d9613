// Random entries of the ledger, over few clients and few values, so that they meet. Drawn inside a RapidCheck property.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "importer/plan/edit.hpp"
#include "importer/plan/plan.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/register_model.hpp"

namespace clientsync::testing {

/// What somebody does to a register.
struct RandomStep {
  enum class Kind { import, load, edit, undo } kind = Kind::edit;
  std::string csv{};          ///< import, load
  std::vector<Edit> edits{};  ///< edit
  std::int64_t undone = 0;    ///< undo: the entry
};

[[nodiscard]] inline std::string random_id() {
  return std::to_string(*rc::gen::inRange(1, 7));
}

[[nodiscard]] inline std::string random_number() {
  return *rc::gen::element<std::string>("a", "b", "c", "d", "e", "f");
}

template <class Make>
[[nodiscard]] auto maybe(Make make) {
  return *rc::gen::inRange(0, 3) == 0 ? std::optional(make()) : std::nullopt;
}

[[nodiscard]] inline std::string random_csv(bool with_details) {
  std::string csv = "Company ID,Display name,Client number";
  csv += with_details ? ",Type,Lead accountant,Status\n" : "\n";
  const int rows = *rc::gen::inRange(1, 6);
  for (int i = 0; i < rows; ++i) {
    csv += random_id() + "," + *rc::gen::element<std::string>("Ana", "Bia") + ",";
    if (*rc::gen::inRange(0, 4) != 0) csv += random_number();
    if (with_details) {
      csv += "," + *rc::gen::element<std::string>("", "T", "U") + "," + *rc::gen::element<std::string>("", "L");
      csv += "," + *rc::gen::element<std::string>("", "active", "inactive");
    }
    csv += "\n";
  }
  return csv;
}

[[nodiscard]] inline Edit random_edit(const Clients& clients) {
  Edit edit{.company_id = random_id()};
  const auto client = clients.find(edit.company_id);
  const bool known = client != clients.end();
  edit.kind = !known                                                   ? Edit::Kind::add
              : !client->second.active && *rc::gen::inRange(0, 2) == 0 ? Edit::Kind::remove
                                                                       : Edit::Kind::change;
  if (edit.kind == Edit::Kind::remove) return edit;
  edit.display_name = maybe([] { return *rc::gen::element<std::string>("Ana", "Bia", "Caio"); });
  if (!known && !edit.display_name) edit.display_name = "Davi";
  edit.number = maybe([] { return *rc::gen::inRange(0, 4) == 0 ? std::string() : random_number(); });
  edit.type = maybe([] { return *rc::gen::element<std::string>("", "T", "U"); });
  edit.lead = maybe([] { return *rc::gen::element<std::string>("", "L", "M"); });
  edit.active = maybe([] { return *rc::gen::inRange(0, 3) == 0; });
  return edit;
}

/// Clients that exchange their numbers in a circle.
[[nodiscard]] inline std::vector<Edit> random_swap(const Clients& clients) {
  std::vector<Edit> edits;
  std::vector<std::string> numbers;
  for (const auto& [id, client] : clients) {
    if (!client.number || *rc::gen::inRange(0, 2) == 0) continue;
    edits.push_back({.company_id = id});
    numbers.push_back(*client.number);
  }
  for (std::size_t i = 0; i < edits.size(); ++i) edits[i].number = numbers[(i + 1) % numbers.size()];
  return edits;
}

[[nodiscard]] inline std::vector<Edit> random_edits(const Clients& clients) {
  std::vector<Edit> edits;
  if (*rc::gen::inRange(0, 3) == 0) {
    edits = random_swap(clients);
  } else {
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) edits.push_back(random_edit(clients));
  }
  for (std::size_t i = 0; i < edits.size(); ++i) edits[i].row = i + 1;
  return edits;
}

[[nodiscard]] inline RandomStep random_step(const RegisterModel& model) {
  using Kind = RandomStep::Kind;
  const std::int64_t entries = std::ssize(model.entries());
  switch (*rc::gen::inRange(0, entries == 0 ? 2 : 7)) {
    case 0:
      return {.kind = Kind::load, .csv = random_csv(true)};
    case 1:
      return {.kind = Kind::import, .csv = random_csv(false)};
    case 2:
    case 3:
    case 4:
      return {.kind = Kind::edit, .edits = random_edits(model.clients())};
    default:
      return {.kind = Kind::undo, .undone = *rc::gen::inRange<std::int64_t>(1, entries + 1)};
  }
}

/// How imports and loads are judged, so that most rows write something.
[[nodiscard]] inline Policy random_entries_policy(std::size_t max_clients) {
  return {.unknown_company = Policy::UnknownCompany::create,
          .display_name = Policy::DisplayName::update,
          .blank_number = Policy::BlankNumber::clear,
          .max_clients = max_clients};
}

[[nodiscard]] inline Sheet sheet_of_step(const RandomStep& step) {
  SheetRules rules;
  rules.details = step.kind == RandomStep::Kind::load;
  return read_sheet(step.csv, rules);
}

}  // namespace clientsync::testing
