// What is wrong with a file and its rows, as people and programs are told.
#pragma once

#include <boost/json/array.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "importer/plan/plan.hpp"
#include "importer/store/entries.hpp"

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

/// The same as the ledger has them, in the language of the entry. Throws DatabaseError.
[[nodiscard]] std::vector<Complaint> read_complaints(Connection& connection, ImportId entry);

/// Codes that are separated by spaces.
[[nodiscard]] boost::json::array json_of_codes(const std::string& codes);

/// As docs/specification.md §8 shows `errors`.
[[nodiscard]] boost::json::array json_of(std::span<const Complaint> complaints);

}  // namespace clientsync
