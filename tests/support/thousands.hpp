// Properties that are tried on more cases than usual.
#pragma once

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include "tests/support/catch.hpp"

namespace clientsync::testing {

/// Like CHECK_PROPERTY, but so many cases, unless RC_PARAMS asks for more. Prints the seed.
template <class Property>
bool holds_so_often(int cases, const std::string& description, Property property) {
  rc::detail::TestMetadata metadata;
  metadata.id = description;
  metadata.description = description;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(params.maxSuccess, cases);
  std::cerr << "RC_PARAMS=seed=" << params.seed << " repeats this\n";
  const auto result = rc::detail::checkTestable(std::move(property), metadata, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << '\n';
  return result.template is<rc::detail::SuccessResult>();
}

template <class Property>
bool holds_thousands_of_times(const std::string& description, Property property) {
  return holds_so_often(4000, description, std::move(property));
}

}  // namespace clientsync::testing
