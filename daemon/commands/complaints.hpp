// What commands print of the rows that failed.
#pragma once

#include <span>

#include "daemon/json/complaints.hpp"

namespace clientsync {

/// Two lines for each, the message on the second.
void print_complaints(std::span<const Complaint> complaints);

}  // namespace clientsync
