// What would make a failed row right, if it can be told (docs/specification.md §11, "Upload").
#pragma once

#include <optional>
#include <string>

#include "importer/plan/plan.hpp"

namespace clientsync {

/// The text that a cell should have.
struct Fix {
  Column column = Column::client_number;
  std::string text;

  bool operator==(const Fix&) const = default;
};

/// The only sensible correction of the first problem that has one: the value that a spreadsheet damaged, or the name
/// that the register has. Other problems of the row may remain. nullopt: a person has to know what is right.
[[nodiscard]] std::optional<Fix> fix_of(const PlannedRow& row);

}  // namespace clientsync
