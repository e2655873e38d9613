// What commands say of the rows that failed.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "importer/plan/plan.hpp"

namespace clientsync {

/// What is wrong with one row, or with the file as a whole.
struct Complaint {
  std::size_t row = 0;     ///< 0: the file as a whole
  std::string company_id;  ///< "" if it is not known
  std::string codes;       ///< separated by spaces
  std::string message;
};

/// First those of the file, then one for each failed row.
[[nodiscard]] std::vector<Complaint> complaints_of(const Plan& plan, Language language);

/// For people: two lines for each, the message on the second.
void print_complaints(std::span<const Complaint> complaints);

/// As docs/specification.md §8 shows `errors`.
[[nodiscard]] boost::json::array json_of(std::span<const Complaint> complaints);

}  // namespace clientsync
