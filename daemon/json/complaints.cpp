#include "daemon/json/complaints.hpp"

#include <sstream>
#include <utility>

#include "daemon/json/json.hpp"

namespace clientsync {

std::vector<Complaint> complaints_of(const Plan& plan, Language language) {
  std::vector<Complaint> complaints;
  for (const Problem& problem : plan.problems)
    complaints.push_back({problem.row, "", std::string(token(code_of(problem.message))), sentence(problem, language)});
  for (const PlannedRow& row : plan.rows) {
    if (row.outcome == RowOutcome::failed)
      complaints.push_back({row.row, std::string(row.company_id), error_codes(row), sentences(row, language)});
  }
  return complaints;
}

std::vector<Complaint> read_complaints(Connection& connection, ImportId entry) {
  std::vector<Complaint> complaints;
  for (EntryError& error : read_entry_errors(connection, entry))
    complaints.push_back({error.row, std::move(error.company_id), std::move(error.codes), std::move(error.message)});
  return complaints;
}

boost::json::array json_of_codes(const std::string& codes) {
  boost::json::array array;
  std::istringstream words(codes);
  for (std::string code; words >> code;) array.emplace_back(code);
  return array;
}

boost::json::array json_of(std::span<const Complaint> complaints) {
  boost::json::array errors;
  for (const Complaint& complaint : complaints) {
    errors.push_back({{"row", complaint.row == 0 ? boost::json::value(nullptr) : boost::json::value(complaint.row)},
                      {"company_id", text_or_null(complaint.company_id)},
                      {"codes", json_of_codes(complaint.codes)},
                      {"message", complaint.message}});
  }
  return errors;
}

}  // namespace clientsync
