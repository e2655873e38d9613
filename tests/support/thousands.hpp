// Properties that are tried on thousands of cases.
#pragma once

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include "tests/support/catch.hpp"

namespace clientsync::testing {

/// Like CHECK_PROPERTY, but thousands of cases, unless RC_PARAMS asks for more.
template <class Property>
bool holds_thousands_of_times(const std::string& description, Property property) {
  rc::detail::TestMetadata metadata;
  metadata.id = description;
  metadata.description = description;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(params.maxSuccess, 4000);
  const auto result = rc::detail::checkTestable(std::move(property), metadata, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << '\n';
  return result.template is<rc::detail::SuccessResult>();
}

}  // namespace clientsync::testing
