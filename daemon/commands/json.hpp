// What the commands put into JSON in the same way.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string_view>

#include "importer/plan/plan.hpp"

namespace clientsync {

/// null for an empty text.
[[nodiscard]] inline boost::json::value text_or_null(std::string_view text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

/// null for what is not there.
template <class Value>
[[nodiscard]] boost::json::value value_or_null(const std::optional<Value>& value) {
  return value ? boost::json::value(*value) : boost::json::value(nullptr);
}

/// Adds `rows`, `updated`, `unchanged`, `created` and `failed`.
inline void add_counts(boost::json::object& object, const Counts& counts) {
  object["rows"] = counts.rows;
  object["updated"] = counts.updated;
  object["unchanged"] = counts.unchanged;
  object["created"] = counts.created;
  object["failed"] = counts.failed;
}

}  // namespace clientsync
