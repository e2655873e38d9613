// What commands and the API put into JSON in the same way.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
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
void add_counts(boost::json::object& object, const Counts& counts);

/// Seconds since the epoch as people and programs read them: "2026-04-30T08:15:00Z".
[[nodiscard]] std::string time_of(std::int64_t seconds);

/// The name of a file of which the ledger has the whole path, or the name.
[[nodiscard]] std::string file_name_of(const std::string& name);

}  // namespace clientsync
