#include "daemon/json/json.hpp"

#include <chrono>
#include <filesystem>

#include "importer/text.hpp"

namespace clientsync {

void add_counts(boost::json::object& object, const Counts& counts) {
  object["rows"] = counts.rows;
  object["updated"] = counts.updated;
  object["unchanged"] = counts.unchanged;
  object["created"] = counts.created;
  object["failed"] = counts.failed;
}

std::string time_of(std::int64_t seconds) {
  return utc_timestamp(std::chrono::system_clock::time_point(std::chrono::seconds(seconds)));
}

std::string file_name_of(const std::string& name) {
  return std::filesystem::path(name).filename().string();
}

}  // namespace clientsync
