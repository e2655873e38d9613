#include "daemon/commands/complaints.hpp"

#include <iostream>
#include <string>

#include "importer/text.hpp"

namespace clientsync {

void print_complaints(std::span<const Complaint> complaints) {
  for (const Complaint& complaint : complaints) {
    std::cout << "  " << (complaint.row == 0 ? "file" : "row " + std::to_string(complaint.row));
    if (!complaint.company_id.empty()) std::cout << "  " << escape(complaint.company_id);
    std::cout << "  " << escape(complaint.codes) << "\n    " << escape(complaint.message) << "\n";
  }
}

}  // namespace clientsync
